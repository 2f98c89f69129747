"""An account that answers late, never or oddly: the run stays its worker's, and is reported once."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from provisioner.cloud import credentials, state_storage
from provisioner.database import clock
from provisioner.models import Run
from provisioner.run_status import RunStatus
from provisioner.runs import lifecycle
from provisioner.scheduling import hosts
from provisioner.terraform import phase
from provisioner.worker import claims, leases, outcome, state_versions
from tests.faults.proxy import Fault, Proxy
from tests.support.engine import PlaceOrder, brought_to, carried
from tests.support.state_locks import tell_of_step

pytestmark = pytest.mark.django_db(transaction=True)

KILLED = phase.Exit(exit_code=-9, step="apply", reason="killed", started_at="", finished_at="")
FINISHED = phase.Exit(exit_code=0, step="output", reason="finished", started_at="", finished_at="")


@pytest.fixture
def applying(place_order: PlaceOrder) -> Run:
    """Its apply reported a resource; no Terraform behind it, and this process has it."""
    run = brought_to(place_order(), RunStatus.APPLYING)
    tell_of_step(run, "apply", proof="apply_start")
    whole = leases.until(clock.now())
    Run.objects.filter(pk=run.pk).update(
        host_id=hosts.host_id(), fence=1, lease_owner=leases.own_name(), lease_expires_at=whole
    )
    run.refresh_from_db()
    return run


@contextmanager
def waited_for_by_another(run: Run) -> Iterator[list[Run]]:
    """A worker that adopts the run as soon as its lease has ended; what it got."""
    adopted: list[Run] = []
    is_over = threading.Event()

    def wait_for_it() -> None:
        while not adopted and not is_over.wait(0.1):
            try:
                adopted.append(claims.adopt(run_id=run.pk, now=clock.now()))
            except claims.NotClaimed:
                continue
        connection.close()

    other = threading.Thread(target=wait_for_it)
    other.start()
    yield adopted
    is_over.set()
    other.join()


class TestAnAccountThatNeverAnswers:
    @pytest.fixture(autouse=True)
    def _silent(self, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        # A question takes its patience twice and a second more; all of them take longer than the lease.
        settings.LEASE_SECONDS = 6
        monkeypatch.setattr(state_storage, "SHORT_TIMEOUT_SECONDS", 1.0)
        with socket.create_server(("127.0.0.1", 0), backlog=50) as listener:
            settings.SIMULATED_AWS_ENDPOINT = f"http://127.0.0.1:{listener.getsockname()[1]}"
            yield

    def test_costs_no_worker_its_run(self, applying: Run) -> None:
        with waited_for_by_another(applying) as adopted:
            run = outcome.of_apply(applying, KILLED)

        assert adopted == []
        assert run.status == RunStatus.NEEDS_ATTENTION
        assert "It is not known whether the state is locked" in run.reason
        assert "does not answer" in run.leftovers["lock"]["error"]


class TestEachQuestion:
    """The clock jumps to the lease's end after each: the next is asked with a whole lease all the same."""

    @pytest.fixture
    def lefts(self, monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
        """What was left of the lease, in seconds, when each question was first asked."""
        found: dict[str, float] = {}
        questions = (
            (state_versions, "demand_recorded_state"),
            (state_storage, "ensure_bucket"),
            (credentials, "environment_variables"),
            (state_storage, "list_versions"),
            (state_storage, "read_lock"),
        )
        for module, name in questions:
            monkeypatch.setattr(module, name, self._ageing(getattr(module, name), name, found))
        return found

    def _ageing(self, ask: Any, name: str, found: dict[str, float]) -> Any:
        def asked(*given: Any, **more: Any) -> Any:
            run = Run.objects.get()
            assert run.lease_expires_at
            left = (run.lease_expires_at - clock.now()).total_seconds()
            found[name] = min(found.get(name, left), left)
            answer = ask(*given, **more)
            Run.objects.update(lease_expires_at=clock.now())
            return answer

        return asked

    @pytest.mark.usefixtures("cloud")
    def test_of_a_whole_run_is_asked_with_a_whole_lease(
        self, place_order: PlaceOrder, lefts: dict[str, float], settings: Settings
    ) -> None:
        run = carried(place_order())

        assert run.status == RunStatus.APPLIED
        assert {
            "demand_recorded_state",
            "ensure_bucket",
            "environment_variables",
            "list_versions",
        } <= lefts.keys()
        assert min(lefts.values()) > settings.LEASE_SECONDS - 10

    @pytest.mark.usefixtures("cloud")
    def test_of_a_verdict_is_asked_with_a_whole_lease(
        self, applying: Run, lefts: dict[str, float], settings: Settings
    ) -> None:
        outcome.of_apply(applying, KILLED)

        assert lefts.keys() == {"list_versions", "read_lock"}
        assert min(lefts.values()) > settings.LEASE_SECONDS - 10


class TestRenew:
    @pytest.mark.parametrize(
        "lost", [{"fence": 2}, {"status": RunStatus.NEEDS_ATTENTION}], ids=["adopted", "over"]
    )
    def test_is_refused_once_the_run_is_in_other_hands(self, applying: Run, lost: dict[str, object]) -> None:
        past = timezone.now() - timedelta(seconds=1)
        Run.objects.filter(pk=applying.pk).update(lease_expires_at=past, **lost)

        with pytest.raises(lifecycle.LeaseLost):
            leases.renew(applying)

        assert Run.objects.get(pk=applying.pk).lease_expires_at == past


class TestAnAccountThatRefusesInWordsOfItsOwn:
    @pytest.fixture(autouse=True)
    def _refusing(self, aws_endpoint: str, settings: Settings) -> Iterator[None]:
        with Proxy(("127.0.0.1", int(aws_endpoint.rpartition(":")[2]))) as proxy:
            settings.SIMULATED_AWS_ENDPOINT = f"http://127.0.0.1:{proxy.port}"
            proxy.fail(Fault(mode="reply", status=403, code="RequestTimeTooSkewed"))
            yield

    def test_does_not_keep_an_apply_from_its_end(self, applying: Run) -> None:
        assert outcome.of_apply(applying, FINISHED).status == RunStatus.APPLIED

    def test_is_quoted_to_the_person_who_has_to_look(self, applying: Run) -> None:
        run = outcome.of_apply(applying, KILLED)

        assert run.status == RunStatus.NEEDS_ATTENTION
        assert "denied the request (RequestTimeTooSkewed" in run.reason

    def test_does_not_keep_a_run_that_nobody_could_carry_on_from_a_person(self, applying: Run) -> None:
        Run.objects.update(fence=claims.MOST_CLAIMS, lease_expires_at=None)

        assert carried(applying).status == RunStatus.NEEDS_ATTENTION
