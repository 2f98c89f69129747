"""Days of the calendar as answers."""

from dataclasses import replace
from typing import Any

import pytest

from provisioner import blueprints
from provisioner.blueprints import Input, dates, refusal

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
    with pytest.raises(refusal.Unwanted, match="such as 2027-01-31"):
        dates.check(DAY, given)


@pytest.mark.parametrize("given", [20270131, None, ["2027-01-31"], "2027-01-31\n", "x" * 1_000_000, "\0"])
def test_what_is_no_line_of_text_is_refused(given: Any) -> None:
    with pytest.raises(refusal.Unwanted):
        dates.check(DAY, given)


@pytest.mark.parametrize(("default", "passed_on"), [(None, {}), ("", {"note": ""})])
def test_a_day_that_nobody_gave_is_what_the_variable_has_for_it(
    small: blueprints.Blueprint, default: str | None, passed_on: dict[str, str]
) -> None:
    day = replace(DAY, name="note", default=default)

    variables = blueprints.variables_for(
        replace(small, inputs={"note": day}), inputs={"note": ""}, supplied={}
    )

    assert {name: value for name, value in variables.items() if name == "note"} == passed_on
