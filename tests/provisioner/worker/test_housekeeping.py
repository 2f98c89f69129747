"""Passes of the housekeeping, its trust in leases after an absence, and accounts that were reset."""

import http.server
import json
import multiprocessing
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from provisioner import accounts, blueprints, operations
from provisioner.models import AuditEntry, CloudAccount, Environment, Run
from provisioner.run_status import EnvironmentStatus, RunStatus
from provisioner.scheduling import hosts, tooling
from provisioner.worker import housekeeping, leases, preparation
from tests.support.engine import PlaceOrder, brought_to, eventually, finished

pytestmark = pytest.mark.django_db
NOW = datetime(2030, 1, 1, 12, 0, tzinfo=UTC)


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


class TestHangingPass:
    def test_ends_its_process(self) -> None:
        def hang() -> None:
            with housekeeping.exit_if_stuck(0.1):
                time.sleep(30)

        assert _exit_code_of(hang) == 1

    def test_that_ends_in_time_does_not_end_its_process(self) -> None:
        def pass_and_continue() -> None:
            with housekeeping.exit_if_stuck(0.1):
                pass
            time.sleep(0.3)

        assert _exit_code_of(pass_and_continue) == 0


def _exit_code_of(act: Callable[[], None]) -> int | None:
    process = multiprocessing.get_context("fork").Process(target=act)
    process.start()
    process.join()
    return process.exitcode


class TestLeaseTrust:
    def test_starts_again_after_the_housekeeping_was_absent(self) -> None:
        watch = housekeeping.LeaseTrust()

        verdicts = [watch.trusts_the_clock(NOW + seconds(at)) for at in (0, 10, 20, 30, 40, 100, 110, 130)]

        assert verdicts == [False, False, False, True, True, False, False, True]

    def test_a_late_pass_is_not_an_absence_even_with_a_short_lease(self, settings: Any) -> None:
        settings.LEASE_SECONDS = 5
        watch = housekeeping.LeaseTrust()

        verdicts = [watch.trusts_the_clock(NOW + seconds(at)) for at in (0, 10.4, 20.8, 31.2)]

        assert verdicts == [False, True, True, True]

    def test_starts_again_after_the_database_was_away(self, db: None) -> None:
        watch = housekeeping.LeaseTrust()
        watch.trusts_the_clock(NOW)
        assert watch.trusts_the_clock(NOW + seconds(30))

        with connection.execute_wrapper(_away), pytest.raises(OperationalError):
            housekeeping.run_pass(now=NOW + seconds(40), watch=watch)

        assert not watch.trusts_the_clock(NOW + seconds(50))
        assert not watch.trusts_the_clock(NOW + seconds(79))
        assert watch.trusts_the_clock(NOW + seconds(80))


class TestPass:
    def test_expires_a_plan_that_nobody_approved(self, place_order: PlaceOrder) -> None:
        run = brought_to(place_order(), RunStatus.PLANNED)
        Run.objects.filter(pk=run.pk).update(plan_expires_at=NOW)

        housekeeping.run_pass(now=NOW)

        run.refresh_from_db()
        assert (run.status, run.reason) == (
            RunStatus.EXPIRED,
            "Nobody approved the plan in time; nothing was changed.",
        )

    def test_keeps_a_plan_that_has_not_expired(self, place_order: PlaceOrder) -> None:
        run = brought_to(place_order(), RunStatus.PLANNED)
        Run.objects.filter(pk=run.pk).update(plan_expires_at=NOW + seconds(1))

        assert housekeeping.expire_plans(now=NOW) == []

    def test_removes_the_workspace_of_a_dead_worker(self, place_order: PlaceOrder) -> None:
        over, alive = finished(place_order()), place_order(name="web-2", network="10.3.0.0/16")
        for run in (over, alive):
            (preparation.directory_of(run) / "module").mkdir(parents=True)
        (preparation.directory_of(over).parent / "lost+found").mkdir()

        housekeeping.run_pass(now=NOW)

        assert not preparation.directory_of(over).exists()
        assert preparation.directory_of(alive).exists()

    @pytest.mark.django_db(transaction=True)
    def test_is_run_by_one_process_at_a_time(self, place_order: PlaceOrder, var_dir: Path) -> None:
        run = brought_to(place_order(), RunStatus.PLANNED)
        Run.objects.filter(pk=run.pk).update(plan_expires_at=NOW)
        with housekeeping._alone() as first, housekeeping._file_lock():
            assert first
            in_another = threading.Thread(target=_pass_elsewhere)
            in_another.start()
            in_another.join()

        run.refresh_from_db()
        assert run.status == RunStatus.PLANNED


@pytest.mark.django_db(transaction=True)
class TestWorkspaceCleaner:
    @pytest.fixture
    def cleaner(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[housekeeping.WorkspaceCleaner]:
        monkeypatch.setattr(housekeeping, "CLEANING_SECONDS", 0.05)
        cleaner = housekeeping.WorkspaceCleaner()
        yield cleaner
        cleaner.stop()
        cleaner.join()

    def test_removes_the_workspace_of_a_run_that_ended_without_a_worker(
        self, place_order: PlaceOrder, cleaner: housekeeping.WorkspaceCleaner, oscar: Any
    ) -> None:
        run, waits = place_order(), place_order(name="web-2", network="10.3.0.0/16")
        for each in (run, waits):
            brought_to(each, RunStatus.PLANNED)
            (preparation.directory_of(each) / "module").mkdir(parents=True)
        cleaner.start()

        operations.discard(run_id=run.pk, by=oscar, now=timezone.now())

        eventually(lambda: not preparation.directory_of(run).exists())
        assert preparation.directory_of(waits).exists()

    def test_continues_after_a_failure(
        self, cleaner: housekeeping.WorkspaceCleaner, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        sweeps: list[str] = []

        def fail() -> None:
            sweeps.append("failed")
            raise OperationalError("gone")

        monkeypatch.setattr(housekeeping, "remove_leftovers", fail)

        cleaner.start()

        eventually(lambda: len(sweeps) > 2)


class TestAccounts:
    @pytest.fixture
    def simulator(self, settings: Any) -> Iterator[Any]:
        """A server that returns a generation like the simulated account."""

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.end_headers()
                self.wfile.write(json.dumps({"generation": server.generation}).encode())  # type: ignore

            def log_message(self, *words: object) -> None:
                pass

        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            server.generation = "first"  # type: ignore[attr-defined]
            threading.Thread(target=server.serve_forever, daemon=True).start()
            settings.SIMULATED_AWS_ENDPOINT = f"http://127.0.0.1:{server.server_port}"
            yield server
            server.shutdown()

    def test_that_were_reset_mark_their_environments_as_lost(
        self, simulator: Any, place_order: PlaceOrder, alice: Any
    ) -> None:
        run = finished(place_order())
        assert accounts.check_generations(now=NOW) == []
        simulator.generation = "second"

        lost = accounts.check_generations(now=NOW)

        environment = Environment.objects.get()
        assert lost == [environment]
        assert (environment.status, environment.lost_at) == (EnvironmentStatus.NEEDS_ATTENTION, NOW)
        assert "was reset and no longer has" in environment.status_reason
        assert AuditEntry.objects.filter(action="environment.lost", actor="portal").count() == 1
        assert accounts.check_generations(now=NOW) == []
        assert "only be destroyed" in operations.why_not_change(environment, alice)
        gone = operations.destroy(environment_id=run.environment_id, by=alice, now=timezone.now())
        brought_to(gone, RunStatus.UNCHANGED)
        assert Environment.objects.get().status == EnvironmentStatus.DESTROYED

    def test_that_do_not_respond_mark_nothing(
        self, place_order: PlaceOrder, account: CloudAccount, settings: Any
    ) -> None:
        finished(place_order())
        CloudAccount.objects.update(generation="first")
        settings.SIMULATED_AWS_ENDPOINT = "http://127.0.0.1:9"

        assert accounts.check_generations(now=NOW) == []

    def test_follow_the_settings(self, db: None) -> None:
        accounts.sync([])
        real = {"slug": "shop", "title": "Shop", "kind": "aws", "region": "eu-west-1", "role_arn": "arn:x"}

        accounts.sync([real])

        enabled = {row.slug: row.is_enabled for row in CloudAccount.objects.all()}
        assert enabled == {"simulated": False, "shop": True}
        row = CloudAccount.objects.get(slug="shop")
        assert accounts.to_cloud(row).endpoint_url is None
        assert accounts.to_cloud(row).role_arn == "arn:x"


class TestLease:
    def test_of_this_process_holds(self) -> None:
        assert not leases.is_dead(leases.own_name())

    def test_of_a_dead_process_is_free(self) -> None:
        host, boot, namespace, _, ticks = leases.own_name().split(":")

        assert leases.is_dead(f"{host}:{boot}:{namespace}:{os.getpid()}:{int(ticks) + 1}")
        assert leases.is_dead(f"{host}:another-boot:{namespace}:{os.getpid()}:{ticks}")

    @pytest.mark.parametrize("owner", ["", "another:1:2:3:4", "nonsense"])
    def test_of_another_host_ends_only_by_the_clock(self, owner: str) -> None:
        assert not leases.is_dead(owner)

    def test_of_another_pid_namespace_ends_only_by_the_clock(self) -> None:
        host, boot, _, pid, ticks = leases.own_name().split(":")

        assert not leases.is_dead(f"{host}:{boot}:1:{pid}:{int(ticks) + 1}")


def test_a_heartbeat_reports_a_provider_that_the_mirror_lacks(
    settings: Any, tmp_path: Path, pieces: blueprints.Blueprint
) -> None:
    folder = tmp_path / "blueprints" / "pieces"
    shutil.copytree(pieces.path, folder)
    lock = 'provider "registry.terraform.io/hashicorp/aws" {\n  version = "5.100.0"\n}\n'
    (folder / tooling.LOCK_FILE).write_text(lock)
    settings.BLUEPRINT_FOLDERS = settings.TRUSTED_BLUEPRINT_FOLDERS = [folder.parent]
    machine = "linux_arm64" if os.uname().machine == "aarch64" else "linux_amd64"
    (tmp_path / "mirror/registry.terraform.io/hashicorp/aws/5.99.0" / machine).mkdir(parents=True)
    settings.TERRAFORM_PLUGIN_MIRROR = str(tmp_path / "mirror")

    trouble = hosts.beat(now=NOW).trouble

    assert "has hashicorp/aws, but not 5.100.0, which pieces needs" in trouble
    assert f"providers mirror {tmp_path / 'mirror'}" in trouble


def test_a_heartbeat_reports_what_the_host_lacks(settings: Any) -> None:
    assert hosts.beat(now=NOW).trouble == ""
    settings.TERRAFORM_BINARY = "no-such-terraform"

    assert "no-such-terraform" in hosts.beat(now=NOW).trouble
    assert [host.host_id for host in hosts.alive(now=NOW)] == [hosts.host_id()]


def _pass_elsewhere() -> None:
    try:
        housekeeping.run_pass(now=NOW)
    finally:
        connection.close()


def _away(*call: Any) -> None:
    raise OperationalError("server closed the connection unexpectedly")
