"""Two requests at the same time, in threads: one succeeds, the other gets an error."""

from typing import Any

import pytest
from django.utils import timezone

from provisioner import audit, operations
from provisioner.models import AuditEntry, CloudAccount, Environment, Run, Team
from provisioner.run_status import RunStatus
from provisioner.worker import claims
from tests.support.engine import PlaceOrder, brought_to, change, finished
from tests.support.races import at_once, kinds

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 5


def test_one_of_two_orders_with_the_same_name_is_refused(place_order: PlaceOrder) -> None:
    for number in range(ROUNDS):
        name, network = f"web-{number}", f"10.{number}.0.0/16"

        results = at_once(*[lambda: place_order(name=name, network=network)] * 2)  # noqa: B023

        assert kinds(results) == ["Refused", "Run"]
    assert Environment.objects.count() == ROUNDS


def test_one_of_two_orders_with_overlapping_ranges_is_refused(place_order: PlaceOrder) -> None:
    results = at_once(
        lambda: place_order(name="web-1", network="10.20.0.0/16"),
        lambda: place_order(name="web-2", network="10.20.0.0/20"),
    )

    assert kinds(results) == ["Refused", "Run"]


def test_orders_without_a_range_get_different_ranges(account: CloudAccount, shop: Team, alice: Any) -> None:
    def place(name: str) -> Run:
        request = operations.OrderRequest(blueprint="pieces", name=name, inputs={}, by=alice, size="small")
        return operations.order(request, now=timezone.now())

    results = at_once(*[lambda number=number: place(f"web-{number}") for number in range(4)])

    assert kinds(results) == ["Run"] * 4
    ranges = [run.networks for run in Run.objects.select_related("environment")]
    assert sorted(network for [network] in ranges) == [
        "10.10.0.0/16", "10.20.0.0/16", "10.21.0.0/16", "10.22.0.0/16"
    ]  # fmt: skip
    assert all(run.inputs["network"] == run.environment.networks[0] for run in Run.objects.all())


def test_a_double_click_is_one_order(place_order: PlaceOrder) -> None:
    results = at_once(*[lambda: place_order(key="click")] * 4)

    assert len({run.pk for run in results}) == 1
    assert AuditEntry.objects.filter(action="environment.order").count() == 1


def test_the_second_of_two_changes_gets_the_run_of_the_first(
    place_order: PlaceOrder, alice: Any, bob: Any
) -> None:
    for number in range(ROUNDS):
        created = finished(place_order(name=f"web-{number}", network=f"10.{number}.0.0/16"))

        results = at_once(lambda: change(created, alice), lambda: change(created, bob))  # noqa: B023

        assert kinds(results) == ["ActiveRun", "Run"]
        winner = next(result for result in results if isinstance(result, Run))
        loser = next(result for result in results if isinstance(result, operations.ActiveRun))
        assert loser.run == winner


def test_either_an_approval_or_a_discard_succeeds(place_order: PlaceOrder, oscar: Any, bob: Any) -> None:
    run = brought_to(place_order(size="guarded"), RunStatus.PLANNED)

    results = at_once(
        lambda: operations.approve(run_id=run.pk, by=oscar, now=timezone.now()),
        lambda: operations.discard(run_id=run.pk, by=bob, now=timezone.now()),
    )

    assert kinds(results) in (["CannotApprove", "Run"], ["CannotDiscard", "Run"])
    assert audit.verify().is_intact


def test_one_of_many_deliveries_of_a_message_claims_the_run(place_order: PlaceOrder) -> None:
    run = place_order()

    results = at_once(*[lambda: claims.to_plan(run_id=run.pk, now=timezone.now())] * 8)

    assert kinds(results) == ["NotClaimed"] * 7 + ["Run"]
    run.refresh_from_db()
    assert run.fence == 1
