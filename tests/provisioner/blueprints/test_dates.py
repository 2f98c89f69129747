"""Days of the calendar as answers."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from provisioner import blueprints
from provisioner.blueprints import Input, dates, refusal
from tests.provisioner.blueprints.small import BLUEPRINT, MAIN, VARIABLES, Write

DAY = Input(name="until", kind="date", label="Until")


@pytest.mark.parametrize("given", ["2027-01-31", "2028-02-29", " 2027-01-31 ", ""])
def test_a_day_that_there_is_stays_as_it_is_written(given: str) -> None:
    assert dates.check(DAY, given) == given.strip()


@pytest.mark.parametrize(
    "given",
    [
        "2026-02-30",
        "2027-02-29",
        "2027-13-01",
        "2027-1-31",
        "20270131",
        "2027-W04-7",
        "31.1.2027",
        "soon",
        "${x}",
    ],
)
def test_another_text_is_refused_with_an_example(given: str) -> None:
    with pytest.raises(refusal.Rejected, match="such as 2027-01-31"):
        dates.check(DAY, given)


@pytest.mark.parametrize("given", [20270131, None, ["2027-01-31"], "2027-01-31\n", "x" * 1_000_000, "\0"])
def test_what_is_no_line_of_text_is_refused(given: Any) -> None:
    with pytest.raises(refusal.Rejected):
        dates.check(DAY, given)


@pytest.mark.parametrize("day", ["2027-03-01", "2027-02-28", "2199-12-31", "", None])
def test_a_day_that_may_not_be_over_may_be_yesterday_for_somewhere_it_still_is(day: str | None) -> None:
    dates.refuse_past(replace(DAY, not_past=True), day, today=date(2027, 3, 1))


@pytest.mark.parametrize("day", ["2027-02-27", "0001-01-01"])
def test_a_day_that_may_not_be_over_is_refused_from_the_day_before_on(day: str) -> None:
    with pytest.raises(refusal.Rejected, match="This date is in the past"):
        dates.refuse_past(replace(DAY, not_past=True), day, today=date(2027, 3, 1))

    dates.refuse_past(DAY, day, today=date(2027, 3, 1))


def test_a_day_that_is_over_may_stay_where_it_stands(small: blueprints.Blueprint) -> None:
    until = replace(small, inputs={"until": replace(DAY, not_past=True)})

    asked = blueprints.check_inputs(until, {"until": "2020-01-31"}, size=None)
    stands = blueprints.check_inputs(
        until, {"until": "2020-01-31"}, size=None, standing={"until": "2020-01-31"}
    )
    moved = blueprints.check_inputs(
        until, {"until": "2020-02-01"}, size=None, standing={"until": "2020-01-31"}
    )

    assert (
        asked.errors == moved.errors == {"until": ["This date is in the past. Enter today or a later date."]}
    )
    assert (stands.errors, stands.values) == ({}, {"until": "2020-01-31"})


def test_a_blueprint_is_not_wrong_because_the_day_that_it_names_is_over(write: Write, folder: Path) -> None:
    variables = VARIABLES.replace(
        'variable "note" {\n  type    = string\n  default = ""',
        'variable "note" {\n  type    = string\n  default = "2020-01-31"',
    )
    toml = f'{BLUEPRINT}\n[inputs.note]\nkind = "date"\nnot_past = true\n'
    write("small", {"blueprint.toml": toml, "variables.tf": variables, "main.tf": MAIN})

    found = blueprints.load([folder])

    assert found.mistakes == ()
    assert blueprints.check_inputs(found.blueprints["small"], {"contact": "x@example.com"}, size=None).errors


@pytest.mark.parametrize(("default", "passed_on"), [(None, {}), ("", {"note": ""})])
def test_a_day_that_nobody_gave_is_what_the_variable_has_for_it(
    small: blueprints.Blueprint, default: str | None, passed_on: dict[str, str]
) -> None:
    day = replace(DAY, name="note", default=default)

    variables = blueprints.variables_for(
        replace(small, inputs={"note": day}), inputs={"note": ""}, supplied={}
    )

    assert {name: value for name, value in variables.items() if name == "note"} == passed_on
