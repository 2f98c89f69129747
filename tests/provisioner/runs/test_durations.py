"""How long runs took recently."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from provisioner.models import Run
from provisioner.run_status import RunKind, RunStatus
from provisioner.runs import durations
from tests.support.engine import PlaceOrder

pytestmark = pytest.mark.django_db


@pytest.fixture
def applied(place_order: PlaceOrder) -> Callable[..., Run]:
    """`applied(planning=8, waiting=600, applying=90)`: a create with these seconds, in the size `small`."""
    networks = iter(range(20, 100))

    def make(*, planning: float, applying: float, waiting: float = 0, **columns: object) -> Run:
        number = next(networks)
        run = place_order(name=f"web-{number}", network=f"10.{number}.0.0/16")
        planned = timezone.now() + timedelta(seconds=planning)
        began = planned + timedelta(seconds=waiting)
        moments = {
            "started_at": planned - timedelta(seconds=planning),
            "planned_at": planned,
            "applying_at": began,
            "finished_at": began + timedelta(seconds=applying),
        }
        known = {"status": RunStatus.APPLIED, "size": "small"} | moments | columns
        Run.objects.filter(pk=run.pk).update(**known)
        return run

    return make


def usual(run: Run) -> float | None:
    return durations.typical_creates(blueprint=run.environment.blueprint, size="small")


def test_of_creates_is_the_median_without_the_wait_for_approval(applied: Callable[..., Run]) -> None:
    runs = [applied(planning=8, applying=each, waiting=600) for each in (90, 92, 300)]

    assert usual(runs[0]) == pytest.approx(100)


@pytest.mark.parametrize(
    "columns",
    [{"status": RunStatus.FAILED}, {"size": "large"}, {"kind": RunKind.UPDATE}, {"planned_at": None}],
    ids=["that failed", "of another size", "that changed something", "without its moments"],
)
def test_of_creates_excludes_a_run(applied: Callable[..., Run], columns: dict[str, object]) -> None:
    run = applied(planning=8, applying=90)
    Run.objects.filter(pk=run.pk).update(**columns)

    assert usual(run) is None


def test_of_creates_excludes_accounts_that_are_no_longer_used(
    applied: Callable[..., Run],
) -> None:
    run = applied(planning=8, applying=90)
    run.environment.account.is_enabled = False
    run.environment.account.save()

    assert usual(run) is None


def test_typical_durations_are_of_the_run_and_of_its_apply(applied: Callable[..., Run]) -> None:
    run = applied(planning=8, applying=90, waiting=600)

    typical = durations.typical()

    of_it = ("create", run.environment.blueprint)
    assert typical[*of_it, False] == pytest.approx(98)
    assert typical[*of_it, True] == pytest.approx(90)
