"""The catalog: every entry knows its error's real words, no other's, and costs little for any text."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

import simulator
from provisioner import explanations
from provisioner.explanations import matching
from tests.provisioner.explanations import pattern_work
from tests.provisioner.explanations.cases import CASES

IDS = [entry.id for entry in explanations.ENTRIES]
PATTERNS = [(entry.id, pattern) for entry in explanations.ENTRIES for pattern in entry.patterns]
KNOWN_FAULTS = Path(simulator.__file__).parent / "lab" / "known_faults.toml"


def entry_of(text: str) -> str:
    found = explanations.match(text)
    return found.entry.id if found else ""


def test_every_entry_has_its_case_and_every_case_its_entry() -> None:
    assert sorted(CASES) == sorted(IDS)
    assert len(set(IDS)) == len(IDS)


@pytest.mark.parametrize("entry_id", IDS)
class TestAnEntry:
    def test_knows_its_error_by_the_real_words(self, entry_id: str) -> None:
        entry = explanations.entry(entry_id)
        assert entry

        for text in (entry.example, *CASES[entry_id].also):
            assert entry_of(text) == entry_id, text

    def test_does_not_know_what_only_looks_like_it(self, entry_id: str) -> None:
        assert entry_of(CASES[entry_id].not_this) != entry_id

    def test_names_the_values_of_the_very_error(self, entry_id: str) -> None:
        entry = explanations.entry(entry_id)
        assert entry
        found = explanations.match(entry.example)
        assert found

        reported = " ".join((found.cause, *found.steps))

        for value in CASES[entry_id].says:
            assert value in reported

    def test_reads_well_with_values_and_without(self, entry_id: str) -> None:
        entry = explanations.entry(entry_id)
        assert entry
        found = explanations.match(entry.example)
        assert found

        for text in (found.cause, entry.general_cause, *found.steps, *entry.general_steps):
            assert not re.search(r"[{}|]|  ", text), text
        assert not entry.title.endswith(".")
        assert entry.steps
        # What passes by itself can be tried again; what does not, says what else to do.
        assert entry.ways


@pytest.mark.parametrize(("entry_id", "pattern"), PATTERNS)
def test_no_text_makes_a_pattern_work_hard(entry_id: str, pattern: str) -> None:
    work = pattern_work.of(pattern)

    assert work.is_bounded, "a quantifier without an end, or one inside another"
    assert work.prefix >= 2, "it has to begin with a word of its own"
    assert work.ambiguous <= 500, "too many ways to read the same text"
    starts = (matching.HEAD_CHARACTERS + matching.TAIL_CHARACTERS) / work.prefix
    assert starts * work.ambiguous * work.total < 5_000_000_000


@pytest.mark.parametrize(
    "pattern", ["(a+)+b", "abc.*d", "abc(?:x{1,9}y{0,9}){1,9}", "abc.{0,400}def.{0,400}g", "[a-z]{1,50}: no"]
)
def test_a_pattern_that_could_work_hard_is_found_out(pattern: str) -> None:
    work = pattern_work.of(pattern)

    assert not work.is_bounded or work.prefix < 2 or work.ambiguous > 500


@pytest.mark.parametrize("entry_id", IDS)
def test_a_hostile_line_of_100_kb_is_cut_before_it_is_searched(entry_id: str) -> None:
    entry = explanations.entry(entry_id)
    assert entry
    half = entry.example[: len(entry.example) // 2]

    hostile = (half * (1 + 100_000 // len(half)))[:100_000]

    assert len(matching._searchable(hostile)) <= matching.HEAD_CHARACTERS + matching.TAIL_CHARACTERS + 1
    explanations.match(hostile)


def test_the_end_of_a_long_output_is_searched_too() -> None:
    text = "x" * 50_000 + " api error VpcLimitExceeded: The maximum number of VPCs has been reached."

    assert entry_of(text) == "vpc-limit"


def test_what_is_framed_for_a_terminal_is_known_as_well() -> None:
    framed = "╷\n│ Error: Saved plan\n│ is stale\n│\n╵"

    assert entry_of(framed) == "plan-stale"


def test_a_value_is_short_and_printable() -> None:
    text = f"The role arn:aws:iam::1:role/{'r' * 180} of the account shop does not admit the portal."
    found = explanations.match(text)
    assert found

    assert all(value.isprintable() and len(value) <= 161 for value in found.values.values())


@pytest.mark.parametrize("text", ["", " ", "Apply complete! Resources: 3 added.", "\x00\x1b[31m", "Error"])
def test_what_is_no_known_error_stays_unexplained(text: str) -> None:
    assert explanations.match(text) is None


def _rules() -> list[tuple[str, dict[str, Any]]]:
    faults = tomllib.loads(KNOWN_FAULTS.read_text())["fault"]
    # Where the words are made at the call, only the answer itself has them.
    plain = [
        (fault["name"], rule)
        for fault in faults
        for rule in fault["rule"]
        if rule.get("code") and "_problem}" not in rule.get("message", "")
    ]
    return [each for each in plain if each[1]["code"] not in ("PreconditionFailed", "Gateway.NotAttached")]


@pytest.mark.parametrize(("name", "rule"), _rules())
def test_every_fault_of_the_simulated_account_is_explained(name: str, rule: dict[str, Any]) -> None:
    words = re.sub(r"\{\w+\}", "vpc-0a1b2c3d4e5f60718", " ".join(rule.get("message", "").split()))
    text = (
        f"operation error X: {rule['action']}, https response error StatusCode: {rule.get('status', 400)}, "
        f"RequestID: 1, api error {rule['code']}: {words}"
    )

    assert entry_of(text), text


def test_searching_finds_by_any_word_of_it_in_any_case() -> None:
    assert "elastic-ip-limit" in [each.id for each in explanations.searched("addresslimitexceeded")]
    assert [each.id for each in explanations.searched("carol laptop")] == ["lock-held"]
    assert explanations.searched("no-such-word-anywhere") == []
    assert len(explanations.searched("")) == len(explanations.ENTRIES)
