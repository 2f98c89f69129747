"""Remediation of the leftovers of an interrupted apply; each check refuses once."""

import json
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from provisioner import accounts, operations
from provisioner.cloud import remediation_writes, state_storage
from provisioner.models import AuditEntry, CloudAccount, Run, RunEvent
from provisioner.run_status import Remediation, RunStatus
from provisioner.scheduling import hosts
from provisioner.terraform import shepherd
from provisioner.worker import claims, ingestion, inspection, preparation, remediation
from tests.support.engine import PlaceOrder, brought_to, eventually, executed
from tests.support.interrupted import (
    lock_id,
    lose_its_host,
    outcomes,
    remediated,
    state,
    store,
    stored_serial,
)
from tests.support.refusing_cloud import refusing_cloud
from tests.support.state_locks import put_lock, record_step
from tests.support.threads import in_background

pytestmark = pytest.mark.django_db(transaction=True)


class TestUnlock:
    def test_releases_the_runs_own_lock_and_reports_it(self, left: Run, oscar: Any) -> None:
        words = remediated(left, Remediation.UNLOCK, oscar)

        assert words == "The lock a-lock was released."
        assert lock_id(left) == ""
        left.refresh_from_db()
        assert (left.status, left.remediation, left.leftovers["lock"]) == (
            RunStatus.NEEDS_ATTENTION,
            "",
            None,
        )
        assert outcomes(left) == ["run.unlock.done"]
        assert AuditEntry.objects.filter(action="run.unlock", actor="oscar").count() == 1

    def test_does_not_release_a_lock_that_another_took_meanwhile(self, left: Run, oscar: Any) -> None:
        put_lock(left, taken_seconds_ago=0, id="another")

        words = remediated(left, Remediation.UNLOCK, oscar)

        assert words == "Not done. The state has another lock now."
        assert lock_id(left) == "another"
        assert outcomes(left) == ["run.unlock.refused"]

    def test_deletes_only_the_content_that_it_read(self, left: Run, monkeypatch: Any) -> None:
        read = remediation_writes._read

        def read_then_another_comes(account: Any, key: str) -> Any:
            found = read(account, key)
            put_lock(left, taken_seconds_ago=0, id="another")
            return found

        monkeypatch.setattr(remediation_writes, "_read", read_then_another_comes)
        account = accounts.to_cloud(left.environment.account)

        with pytest.raises(state_storage.ForeignLock, match="changed at the same time"):
            state_storage.release_lock(account, environment_id=left.environment_id, lock_id="a-lock")

        assert lock_id(left) == "another"

    def test_is_refused_while_a_process_of_the_run_is_alive(self, left: Run, oscar: Any) -> None:
        operations.remediate(
            run_id=left.pk, remediation=Remediation.UNLOCK, by=oscar, name="web-1", now=timezone.now()
        )
        descriptor = shepherd.take_lock(str(preparation.directory_of(left)))
        assert descriptor is not None

        executed(left)

        os.close(descriptor)
        assert lock_id(left) == "a-lock"
        assert outcomes(left) == ["run.unlock.refused"]

    @pytest.mark.parametrize(
        ("part", "found", "refusal"),
        [
            ("lock", {"owner": "another"}, "not certain that the lock belongs"),
            ("lock", {"owner": "unknown"}, "not certain that the lock belongs"),
            ("lock", None, "not locked"),
            ("host", None, "does not respond"),
            ("host", {"lives": True, "keeps_state": False}, "still alive"),
        ],
    )
    def test_is_not_offered_if_it_is_not_safe(
        self, left: Run, oscar: Any, part: str, found: Any, refusal: str
    ) -> None:
        Run.objects.filter(pk=left.pk).update(leftovers=left.leftovers | {part: found})

        with pytest.raises(operations.CannotRemediate, match=refusal):
            remediated(left, Remediation.UNLOCK, oscar)

    def test_is_refused_to_a_member_and_without_the_name(self, left: Run, alice: Any, oscar: Any) -> None:
        with pytest.raises(operations.CannotRemediate, match="Only an operator or an admin"):
            remediated(left, Remediation.UNLOCK, alice)
        with pytest.raises(operations.CannotRemediate, match="Type web-1"):
            operations.remediate(
                run_id=left.pk, remediation=Remediation.UNLOCK, by=oscar, name="x", now=timezone.now()
            )

    def test_after_settling_is_only_in_the_audit_trail(self, left: Run, oscar: Any) -> None:
        operations.remediate(
            run_id=left.pk, remediation=Remediation.UNLOCK, by=oscar, name="web-1", now=timezone.now()
        )

        run = remediation._claim(left.pk, timezone.now())
        lose_its_host(left)
        operations.settle(run_id=left.pk, by=oscar, now=timezone.now())

        remediation._record_result(run, inspection.inspect(run), "The lock a-lock was released.", "done")

        assert outcomes(left) == ["run.unlock.done"]
        assert Run.objects.get(pk=left.pk).is_final

    def test_is_done_by_one_worker(self, left: Run, oscar: Any) -> None:
        now = timezone.now()
        operations.remediate(run_id=left.pk, remediation=Remediation.UNLOCK, by=oscar, name="web-1", now=now)
        until = now + timedelta(seconds=30)
        Run.objects.filter(pk=left.pk).update(lease_owner="elsewhere", lease_expires_at=until)

        with pytest.raises(claims.NotClaimed, match="belongs to elsewhere"):
            remediation.carry_out(run_id=left.pk, now=now)

        remediation.carry_out(run_id=left.pk, now=until)
        assert lock_id(left) == ""


class TestEmergencyStateDump:
    """A state that Terraform could not write to any file, so it printed it."""

    @pytest.fixture
    def printed(self, left: Run) -> Run:
        directory = preparation.directory_of(left)
        (directory / "module" / inspection.ERRORED_STATE).unlink()
        message = {"@message": "Emergency state dump", "type": "log", "state": json.loads(state(serial=7))}
        (directory / ingestion.EMERGENCY_STATE_FILE).write_text(json.dumps(message) + "\n")
        return left

    def test_can_be_pushed(self, printed: Run, oscar: Any) -> None:
        words = remediated(printed, Remediation.PUSH, oscar)

        assert words == "The state was pushed, serial 7."
        assert stored_serial(printed) == 7
        assert not Run.objects.get(pk=printed.pk).leftovers["host"]["keeps_state"]

    def test_prevents_a_new_plan(self, printed: Run, oscar: Any) -> None:
        Run.objects.filter(pk=printed.pk).update(
            state_lock_id="", leftovers=inspection.inspect(printed).as_json()
        )
        printed.refresh_from_db()
        printed.leftovers["lock"] = None

        assert operations.why_not_replan(printed, oscar).startswith("Push the state first")

    def test_is_not_pushed_if_it_is_incomplete(self, printed: Run, oscar: Any) -> None:
        (preparation.directory_of(printed) / ingestion.EMERGENCY_STATE_FILE).write_text(
            '{"state": {"serial": 7\n'
        )

        assert remediated(printed, Remediation.PUSH, oscar).startswith(
            "Not done. The state that Terraform printed is incomplete"
        )
        assert stored_serial(printed) is None


class TestPush:
    def test_stores_the_kept_state_as_the_next_version(self, left: Run, oscar: Any) -> None:
        store(left, state(serial=4))

        words = remediated(left, Remediation.PUSH, oscar)

        assert words == "The state was pushed, serial 5."
        assert stored_serial(left) == 5
        left.refresh_from_db()
        assert left.leftovers["host"]["keeps_state"] is False
        assert left.leftovers["state"]["serial"] == 5

    @pytest.mark.parametrize(
        ("there", "refusal"),
        [
            (state(serial=6), "The stored state is not older: it has serial 6, and the unsaved one has 5."),
            (state(serial=4, lineage="b-lineage"), "The stored state has another lineage"),
        ],
    )
    def test_is_refused_for_an_older_serial_or_another_lineage(
        self, left: Run, oscar: Any, there: bytes, refusal: str
    ) -> None:
        store(left, there)

        words = remediated(left, Remediation.PUSH, oscar)

        assert refusal in words
        assert stored_serial(left) == json.loads(there)["serial"]
        assert inspection.unsaved_state(left)

    def test_is_refused_while_somebody_else_has_the_lock(self, left: Run, oscar: Any) -> None:
        put_lock(left, taken_seconds_ago=0, id="another")

        words = remediated(left, Remediation.PUSH, oscar)

        assert "The state is locked by root@elsewhere." in words
        assert stored_serial(left) is None

    def test_records_a_state_version_once_if_terraform_could_not(self, left: Run, oscar: Any) -> None:
        kept = preparation.directory_of(left) / "module" / inspection.ERRORED_STATE
        kept.write_bytes(state(serial=0, lineage=""))
        account = accounts.to_cloud(left.environment.account)
        state_storage.push_state(account, environment_id=left.environment_id, body=kept.read_bytes())
        named = state_storage.read_state(account, environment_id=left.environment_id).lineage

        words = remediated(left, Remediation.PUSH, oscar)

        assert words == "The state was pushed, serial 0."
        assert named
        assert state_storage.read_state(account, environment_id=left.environment_id).lineage == named

    def test_records_no_version_if_there_is_another_state(self, left: Run, oscar: Any) -> None:
        kept = preparation.directory_of(left) / "module" / inspection.ERRORED_STATE
        kept.write_bytes(state(serial=9, lineage=""))
        store(left, state(serial=4))

        assert "another lineage" in remediated(left, Remediation.PUSH, oscar)
        assert stored_serial(left) == 4

    def test_repairs_the_leftovers_of_a_bucket_that_rejected_writes(
        self, place_order: PlaceOrder, oscar: Any, settings: Settings, tmp_path: Path
    ) -> None:
        gate = tmp_path / "gate"
        with refusing_cloud() as (endpoint, refuses):
            settings.SIMULATED_AWS_ENDPOINT = endpoint
            run = place_order(command=f"while [ ! -e {gate} ]; do sleep 0.05; done")
            with in_background(run):
                eventually(lambda: Run.objects.get(pk=run.pk).state_lock_id)
                refuses.set()
                gate.touch()
            refuses.clear()
            assert remediated(run, Remediation.PUSH, oscar).startswith("The state was pushed")
            assert remediated(run, Remediation.UNLOCK, oscar).endswith("was released.")
            afresh = operations.replan(run_id=run.pk, by=oscar, now=timezone.now())
            assert executed(afresh).status == RunStatus.UNCHANGED


class TestInspection:
    def test_inspects_again_when_a_silent_host_is_back(self, left: Run, oscar: Any) -> None:
        Run.objects.filter(pk=left.pk).update(leftovers={})
        with pytest.raises(operations.CannotRemediate, match="does not respond"):
            remediated(left, Remediation.UNLOCK, oscar)

        operations.inspect_again(run_id=left.pk, by=oscar, now=timezone.now())
        found = executed(left)

        assert found.leftovers["host"] == {"lives": False, "keeps_state": True}
        assert found.leftovers["lock"]["owner"] == "this run"
        assert outcomes(left) == ["run.look.done"]
        assert remediated(left, Remediation.UNLOCK, oscar) == "The lock a-lock was released."

    def test_is_refused_to_a_member(self, left: Run, alice: Any) -> None:
        with pytest.raises(operations.CannotRemediate, match="Only an operator or an admin"):
            operations.inspect_again(run_id=left.pk, by=alice, now=timezone.now())


class TestDeadPlan:
    @pytest.fixture
    def dead(self, place_order: PlaceOrder, account: CloudAccount, cloud: None) -> Run:
        """A plan on this host that reported a resource; then all its processes died."""
        run = brought_to(place_order(), RunStatus.PLANNING)
        state_storage.ensure_bucket(accounts.to_cloud(account))
        Run.objects.filter(pk=run.pk).update(host_id=hosts.host_id())
        record_step(run, "plan", proof="refresh_start")
        run.refresh_from_db()
        return run

    def test_releases_its_lock_and_is_repeated_once(self, dead: Run) -> None:
        put_lock(dead, taken_seconds_ago=8)

        run = executed(dead)

        assert run.status == RunStatus.APPLIED
        assert RunEvent.objects.filter(run=run, message="The lock a-lock was released.").count() == 1
        assert outcomes(run) == ["run.unlock.done"]

    def test_does_not_release_a_lock_that_is_older(self, dead: Run) -> None:
        put_lock(dead, taken_seconds_ago=60)

        remediation.unlock_dead_plan(dead)

        assert lock_id(dead) == "a-lock"
        assert outcomes(dead) == []
