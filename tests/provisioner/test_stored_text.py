import json

import pytest

from provisioner import stored_text
from provisioner.sentences import SentenceError, sentence, sentence_plural
from provisioner.stored_text import stored, stored_plural, verbatim

TOO_LONG = "The plan took longer than %(seconds)s s."
GERMAN = {TOO_LONG: "Der Plan dauerte länger als %(seconds)s s."}


@pytest.fixture
def _german(monkeypatch: pytest.MonkeyPatch) -> None:
    def ngettext(singular: str, plural: str, count: int) -> str:
        return "%(count)s Ressource" if count == 1 else "%(count)s Ressourcen"

    monkeypatch.setattr(stored_text, "gettext", lambda text: GERMAN.get(text, text))
    monkeypatch.setattr(stored_text, "ngettext", ngettext)


@pytest.mark.usefixtures("_german")
def test_the_english_text_does_not_depend_on_the_active_language() -> None:
    text = stored(TOO_LONG, seconds=900) + stored_plural("%(count)s resource", "%(count)s resources", 2)

    assert str(text) == "The plan took longer than 900 s. 2 resources"


@pytest.mark.usefixtures("_german")
def test_is_translated_after_a_round_trip_through_json() -> None:
    text = stored(TOO_LONG, seconds=900) + stored_plural("%(count)s resource", "%(count)s resources", 1)

    read = stored_text.from_json(json.loads(json.dumps(text.as_json())))

    assert read.translated() == "Der Plan dauerte länger als 900 s. 1 Ressource"
    assert read == text


@pytest.mark.usefixtures("_german")
def test_text_of_terraform_is_not_translated_and_may_contain_percent_signs() -> None:
    text = verbatim("disk is 100% full %(x)s") + stored("Plan again.")

    assert str(text) == text.translated() == "disk is 100% full %(x)s Plan again."


@pytest.mark.parametrize("nothing", [None, {}, "", [], verbatim("").as_json()])
def test_an_empty_value_is_the_empty_text(nothing: object) -> None:
    assert not stored_text.from_json(nothing)
    assert stored_text.from_json(nothing).translated() == ""


@pytest.mark.usefixtures("_german")
def test_an_error_made_of_sentences_is_translated() -> None:
    resources = sentence_plural("%(count)s resource", "%(count)s resources", 2)
    error = SentenceError(sentence(TOO_LONG, seconds=900), resources)

    text = stored_text.from_error(error)

    assert str(error) == str(text) == "The plan took longer than 900 s. 2 resources"
    assert text.translated() == "Der Plan dauerte länger als 900 s. 2 Ressourcen"


def test_the_text_of_any_other_error_is_kept() -> None:
    assert str(stored_text.from_error(OSError("disk 100% full"))) == "disk 100% full"
