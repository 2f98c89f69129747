"""The matrix itself: it tries every input with an allowed value, and sees more than was declared."""

from __future__ import annotations

import pytest

from provisioner import blueprints
from provisioner.blueprints import Effect
from tests.terraform_modules.matrix import life, values
from tests.terraform_modules.matrix.terraform import Done
from tests.terraform_modules.program import BLUEPRINTS

OFFERED = blueprints.load([BLUEPRINTS]).blueprints
SIZES = [(slug, size.slug) for slug, blueprint in OFFERED.items() for size in blueprint.sizes]


@pytest.mark.parametrize(("slug", "size"), SIZES)
def test_each_input_is_tried_once_with_another_allowed_value(slug: str, size: str) -> None:
    blueprint = OFFERED[slug]
    now = values.of_size(blueprint, size, number=1)
    samples = {"certificate_arn": ["arn:aws:acm:us-east-1:123456789012:certificate/0b0c7a3e"]}

    order = values.order(blueprint, now)

    assert sorted(order) == sorted(blueprint.inputs)
    for name in order:
        other = values.other(blueprint, name, now[name], samples=samples)
        checked = blueprints.check_inputs(blueprint, {name: other}, size=size)
        assert other != now[name]
        assert checked.errors == {}, name


@pytest.mark.parametrize(("slug", "size"), SIZES)
def test_what_an_answer_needs_is_allowed_by_itself(slug: str, size: str) -> None:
    blueprint = OFFERED[slug]

    for (name, _), needed in values.NEEDS.items():
        if name in blueprint.inputs:
            assert blueprints.check_inputs(blueprint, dict(needed), size=size).errors == {}


@pytest.mark.parametrize(
    ("planned", "seen"),
    [
        ({"aws_lb.this": "update", "aws_route.out": "delete"}, "in_place"),
        ({"aws_lb.this": "replace"}, "replaces"),
        ({"aws_db_instance.this": "replace"}, "loses_data"),
        ({"aws_s3_bucket.logs[0]": "delete"}, "loses_data"),
    ],
)
def test_what_a_change_did_is_seen_in_its_plan(planned: dict[str, str], seen: Effect) -> None:
    assert life.seen(Done(0, 1.0, planned), refreshed=False) == seen


def test_servers_that_were_replaced_are_seen_in_the_account() -> None:
    assert life.seen(Done(0, 1.0, {"aws_launch_template.app": "update"}), refreshed=True) == "rolling"


def test_a_change_that_does_more_than_was_declared_is_wrong() -> None:
    assert life.beyond("loses_data", "rolling") == "it is declared as rolling, and does more: loses_data"
    assert life.beyond("in_place", None)
    assert life.beyond("in_place", "loses_data") == ""
