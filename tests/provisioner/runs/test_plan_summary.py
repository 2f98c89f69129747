"""What a plan will do and why, according to its events."""

import pytest
from django.db import transaction
from django.utils import timezone

from provisioner.models import Run
from provisioner.run_status import RunStatus
from provisioner.runs import event_queries, events
from tests.support.engine import PlaceOrder, brought_to

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def run(place_order: PlaceOrder) -> Run:
    return brought_to(place_order(), RunStatus.PLANNING)


def reported(run: Run, *changes: tuple[str, str, str]) -> None:
    """Add these events to the plan: type, address, action."""
    output = [
        events.NewEvent(
            at=timezone.now(),
            phase="plan",
            type=kind,
            message="",
            resource=address,
            data={"action": action, "resource_type": address.partition(".")[0]},
        )
        for kind, address, action in changes
    ]
    with transaction.atomic():
        events.append(Run.objects.select_for_update().get(pk=run.pk), output)


def reasons(run: Run) -> dict[str, str]:
    return {each["address"]: each["reason"] for each in event_queries.plan_summary(run)["resources"]}


def test_a_resource_that_was_deleted_outside_is_created_again_with_that_reason(run: Run) -> None:
    reported(
        run,
        ("resource_drift", "aws_ssm_parameter.image", "delete"),
        ("planned_change", "aws_ssm_parameter.image", "create"),
        ("planned_change", "aws_eip.nat", "create"),
    )

    assert reasons(run) == {"aws_ssm_parameter.image": event_queries.DELETED_OUTSIDE, "aws_eip.nat": ""}
    assert event_queries.plan_summary(run)["add"] == 2


def test_other_drift_is_not_a_reason(run: Run) -> None:
    # Terraform also reports values that became known only after the creation.
    reported(
        run,
        ("resource_drift", "aws_launch_template.app", "update"),
        ("planned_change", "aws_launch_template.app", "update"),
        ("resource_drift", "aws_eip.nat", "delete"),
        ("planned_change", "aws_eip.nat", "noop"),
    )

    assert reasons(run) == {"aws_launch_template.app": ""}


def test_a_plan_that_was_made_twice_counts_once(run: Run) -> None:
    reported(run, ("planned_change", "t.a", "create"), ("planned_change", "t.b", "create"))
    reported(run, ("planned_change", "t.a", "create"), ("planned_change", "t.b", "replace"))

    summary = event_queries.plan_summary(run)

    assert (summary["add"], summary["replace"]) == (1, 1)
