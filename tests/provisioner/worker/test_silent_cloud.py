"""An account that responds late, never or with an unknown error: the run stays with its worker."""

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
from tests.support.engine import PlaceOrder, brought_to, executed
from tests.support.state_locks import record_step

pytestmark = pytest.mark.django_db(transaction=True)

KILLED = phase.Exit(exit_code=-9, step="apply", reason="killed", started_at="", finished_at="")
FINISHED = phase.Exit(exit_code=0, step="output", reason="finished", started_at="", finished_at="")


@pytest.fixture
def applying(place_order: PlaceOrder) -> Run:
    """A run whose apply reported a resource, claimed by this process, without a Terraform process."""
    run = brought_to(place_order(), RunStatus.APPLYING)
    record_step(run, "apply", proof="apply_start")
    whole = leases.until(clock.now())
    Run.objects.filter(pk=run.pk).update(
        host_id=hosts.host_id(), fence=1, lease_owner=leases.own_name(), lease_expires_at=whole
    )
    run.refresh_from_db()
    return run


@contextmanager
def adopting_when_the_lease_ends(run: Run) -> Iterator[list[Run]]:
    """Another worker that adopts the run as soon as its lease ends. Yields the runs that it adopted."""
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


class TestAccountThatNeverResponds:
    @pytest.fixture(autouse=True)
    def _silent(self, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        # A request takes two timeouts and a second; together they take longer than the lease.
        settings.LEASE_SECONDS = 6
        monkeypatch.setattr(state_storage, "SHORT_TIMEOUT_SECONDS", 1.0)
        with socket.create_server(("127.0.0.1", 0), backlog=50) as listener:
            settings.SIMULATED_AWS_ENDPOINT = f"http://127.0.0.1:{listener.getsockname()[1]}"
            yield

    def test_does_not_take_the_run_from_its_worker(self, applying: Run) -> None:
        with adopting_when_the_lease_ends(applying) as adopted:
            run = outcome.of_apply(applying, KILLED)

        assert adopted == []
        assert run.status == RunStatus.NEEDS_ATTENTION
        assert "It is not known whether the state is locked" in run.reason
        assert "does not answer" in run.leftovers["lock"]["error"]


class TestLeaseBeforeEachRequest:
    """Each request uses up the lease; before the next one it must have been renewed."""

    @pytest.fixture
    def seconds_left(self, monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
        """The least time left of the lease before each request, in seconds."""
        found: dict[str, float] = {}
        questions = (
            (state_versions, "demand_recorded_state"),
            (state_storage, "ensure_bucket"),
            (credentials, "environment_variables"),
            (state_storage, "list_versions"),
            (state_storage, "read_lock"),
        )
        for module, name in questions:
            monkeypatch.setattr(module, name, self._expiring_the_lease(getattr(module, name), name, found))
        return found

    def _expiring_the_lease(self, ask: Any, name: str, found: dict[str, float]) -> Any:
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
    def test_is_renewed_during_a_run(
        self, place_order: PlaceOrder, seconds_left: dict[str, float], settings: Settings
    ) -> None:
        run = executed(place_order())

        assert run.status == RunStatus.APPLIED
        assert {
            "demand_recorded_state",
            "ensure_bucket",
            "environment_variables",
            "list_versions",
        } <= seconds_left.keys()
        assert min(seconds_left.values()) > settings.LEASE_SECONDS - 10

    @pytest.mark.usefixtures("cloud")
    def test_is_renewed_while_leftovers_are_inspected(
        self, applying: Run, seconds_left: dict[str, float], settings: Settings
    ) -> None:
        outcome.of_apply(applying, KILLED)

        assert seconds_left.keys() == {"list_versions", "read_lock"}
        assert min(seconds_left.values()) > settings.LEASE_SECONDS - 10


class TestRenew:
    @pytest.mark.parametrize(
        "lost", [{"fence": 2}, {"status": RunStatus.NEEDS_ATTENTION}], ids=["adopted", "over"]
    )
    def test_is_refused_if_the_run_was_claimed_or_ended(self, applying: Run, lost: dict[str, object]) -> None:
        past = timezone.now() - timedelta(seconds=1)
        Run.objects.filter(pk=applying.pk).update(lease_expires_at=past, **lost)

        with pytest.raises(lifecycle.LeaseLost):
            leases.renew(applying)

        assert Run.objects.get(pk=applying.pk).lease_expires_at == past


class TestAccountWithAnUnknownError:
    @pytest.fixture(autouse=True)
    def _refusing(self, aws_endpoint: str, settings: Settings) -> Iterator[None]:
        with Proxy(("127.0.0.1", int(aws_endpoint.rpartition(":")[2]))) as proxy:
            settings.SIMULATED_AWS_ENDPOINT = f"http://127.0.0.1:{proxy.port}"
            proxy.fail(Fault(mode="reply", status=403, code="RequestTimeTooSkewed"))
            yield

    def test_does_not_prevent_the_end_of_an_apply(self, applying: Run) -> None:
        assert outcome.of_apply(applying, FINISHED).status == RunStatus.APPLIED

    def test_is_quoted_in_the_reason(self, applying: Run) -> None:
        run = outcome.of_apply(applying, KILLED)

        assert run.status == RunStatus.NEEDS_ATTENTION
        assert "denied the request (RequestTimeTooSkewed" in run.reason

    def test_does_not_prevent_that_a_run_needs_attention_after_many_claims(self, applying: Run) -> None:
        Run.objects.update(fence=claims.MOST_CLAIMS, lease_expires_at=None)

        assert executed(applying).status == RunStatus.NEEDS_ATTENTION
