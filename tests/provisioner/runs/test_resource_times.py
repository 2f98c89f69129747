"""Times of resources, and usual times."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from provisioner.models import Run
from provisioner.run_status import RunStatus
from provisioner.runs import events, lifecycle, resource_times
from tests.support.engine import PlaceOrder, brought_to, executed

pytestmark = pytest.mark.django_db(transaction=True)


def applied(run: Run, *, times: object) -> Run:
    """The run as applied, without Terraform; its resources took these times."""
    run = brought_to(run, RunStatus.APPLYING)
    done = lifecycle.Move(to=RunStatus.APPLIED, columns={"resource_times": times})
    return lifecycle.move(run_id=run.pk, to=done, now=timezone.now())


@pytest.mark.usefixtures("cloud")
class TestCompleteApply:
    def test_records_the_time_of_each_resource(self, place_order: PlaceOrder) -> None:
        run = executed(place_order(command="sleep 0.2"))

        times = run.resource_times
        assert times is not None
        assert [entry[:2] for entry in times] == [
            ["terraform_data.first", "create"],
            ["terraform_data.second", "create"],
        ]
        assert times[1][2] >= 0.2 > times[0][2]

    def test_that_failed_records_nothing(self, place_order: PlaceOrder) -> None:
        assert executed(place_order(command="false")).resource_times is None


def test_times_are_between_the_events_of_one_action(place_order: PlaceOrder) -> None:
    run = brought_to(place_order(), RunStatus.APPLYING)
    start = timezone.now()
    event_log = [
        ("apply_start", "t.a", "delete", 0.0),
        ("apply_start", "t.b", "create", 0.5),
        ("apply_complete", "t.a", "delete", 1.25),
        ("apply_start", "t.a", "create", 1.5),
        ("apply_complete", "t.a", "create", 4.0),
    ]
    reported = [
        events.NewEvent(
            at=start + timedelta(seconds=at),
            phase="apply",
            type=kind,
            message="",
            resource=of,
            data={"action": action},
        )
        for kind, of, action, at in event_log
    ]
    with transaction.atomic():
        events.append(lifecycle.lock_run(run.pk), reported)

    assert resource_times.measured(run) == [["t.a", "delete", 1.25], ["t.a", "create", 2.5]]


class TestUsualTimes:
    def test_are_empty_before_the_first_apply(self, place_order: PlaceOrder) -> None:
        assert resource_times.usual(place_order()) == {}

    def test_are_medians_by_address_without_index_and_by_type(self, place_order: PlaceOrder) -> None:
        for number, seconds in enumerate((2.0, 9.0, 4.0)):
            times = [['aws_subnet.app["a"]', "create", seconds], ["module.net.aws_vpc.this", "create", 1.0]]
            applied(place_order(name=f"web-{number}", network=f"10.{number}.0.0/16"), times=times)
        asked = place_order(name="asked", network="10.40.0.0/16")

        assert resource_times.usual(asked) == {
            "create": {
                "aws_subnet.app": 4.0,
                "aws_subnet": 4.0,
                "module.net.aws_vpc.this": 1.0,
                "aws_vpc": 1.0,
            }
        }

    def test_are_of_the_same_size_if_possible(self, place_order: PlaceOrder) -> None:
        applied(place_order(name="web-1"), times=[["t.a", "create", 2.0], ["t.b", "create", 3.0]])
        figured = place_order(name="web-2", size="figured", network="10.20.0.0/16")
        applied(figured, times=[["t.a", "create", 8.0]])
        asked = place_order(name="web-3", size="figured", network="10.30.0.0/16")

        usual = resource_times.usual(asked)["create"]

        assert (usual["t.a"], usual["t.b"]) == (8.0, 3.0)

    def test_take_one_query(
        self, place_order: PlaceOrder, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        asked = Run.objects.select_related("environment").get(pk=place_order().pk)

        with django_assert_num_queries(1):
            resource_times.usual(asked)
