"""Faults of the state's bucket, behind a proxy that both Terraform and the portal use."""

import contextlib
import json
from pathlib import Path
from typing import Any

import boto3
import pytest
from django.utils import timezone

from provisioner import operations
from provisioner.models import Run
from provisioner.run_status import Remediation, RunStatus
from provisioner.worker import preparation
from tests.faults import invariants, workers
from tests.faults.proxy import Fault, Proxy
from tests.support import processes
from tests.support.engine import PlaceOrder, eventually, executed
from tests.support.interrupted import lock_id, remediated, stored_serial
from tests.support.kills import kill_tree
from tests.support.threads import in_background

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("invariants_hold")]


@pytest.fixture
def bucket(aws_endpoint: str) -> Any:
    keys: Any = {
        "aws_access_key_id": "test",
        "aws_secret_access_key": "test",
        "region_name": "ap-northeast-2",
    }
    found = boto3.resource("s3", endpoint_url=aws_endpoint, **keys).Bucket("states")
    # The first run of an account creates it; this may be the first one.
    with contextlib.suppress(found.meta.client.exceptions.BucketAlreadyOwnedByYou):
        found.create(CreateBucketConfiguration={"LocationConstraint": keys["region_name"]})
    return found


def state_of(run: Run) -> str:
    return f"environments/{run.environment_id}/terraform.tfstate"


@pytest.mark.fault(41)
@pytest.mark.parametrize("status", [500, 503])
def test_temporary_errors_of_the_bucket_lose_nothing(
    gated: Run, gate: Path, made: Path, bucket_proxy: Proxy, status: int
) -> None:
    with in_background(gated):
        workers.until_in_mid_apply(gated)
        before = bucket_proxy.accepted
        bucket_proxy.fail(Fault(mode="reply", status=status))
        gate.touch()
        eventually(lambda: bucket_proxy.accepted > before + 1)
        bucket_proxy.heal()

    gated.refresh_from_db()
    assert (gated.status, gated.reason) == (RunStatus.APPLIED, "")
    assert list(invariants.made_once(made, each=["web-1"])) == []


@pytest.mark.fault(42)
@pytest.mark.fault(44)
@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(Fault(mode="refuse"), id="gone", marks=pytest.mark.slow_fault),
        pytest.param(Fault(mode="reply", status=403, code="ExpiredToken"), id="expired"),
    ],
)
def test_a_state_that_cannot_be_saved_is_kept_until_an_operator_pushes_it(
    gated: Run, gate: Path, made: Path, oscar: Any, bucket_proxy: Proxy, fault: Fault
) -> None:
    with in_background(gated, limit_seconds=150):
        workers.until_its_lock_is_known(gated)
        bucket_proxy.fail(fault)
        gate.touch()

    gated.refresh_from_db()
    kept = preparation.directory_of(gated) / "module" / "errored.tfstate"
    assert gated.status == RunStatus.NEEDS_ATTENTION
    assert "could not save its state" in gated.reason
    assert "lock" in gated.reason
    assert [each["name"] for each in json.loads(kept.read_bytes())["resources"]] == ["first", "second"]
    assert (kept.stat().st_mode & 0o777) == 0o600
    serial = json.loads(kept.read_bytes())["serial"]
    bucket_proxy.heal()
    assert remediated(gated, Remediation.PUSH, oscar) == f"The state was pushed, serial {serial}."
    assert stored_serial(gated) == serial
    gated.refresh_from_db()
    assert gated.leftovers["lock"]["owner"] == "this run"
    assert remediated(gated, Remediation.UNLOCK, oscar) == f"The lock {gated.state_lock_id} was released."
    afresh = executed(operations.replan(run_id=gated.pk, by=oscar, now=timezone.now()))
    assert afresh.status == RunStatus.UNCHANGED
    assert list(invariants.made_once(made, each=["web-1"])) == []


@pytest.mark.fault(45)
@pytest.mark.long_fault
def test_a_lock_of_somebody_else_is_waited_for_and_then_reported(
    place_order: PlaceOrder, bucket: Any
) -> None:
    run = place_order()
    held = {"ID": "1", "Operation": "x", "Info": "", "Who": "eve@outside", "Version": "1", "Path": ""}
    lock_file = bucket.Object(f"{state_of(run)}.tflock")
    lock_file.put(Body=json.dumps(held | {"Created": "2026-01-01T00:00:00Z"}).encode())

    run = executed(run)

    assert run.status == RunStatus.FAILED
    assert "lock" in run.reason
    assert "eve@outside" in "".join(run.events.values_list("message", flat=True))
    assert json.loads(lock_file.get()["Body"].read())["ID"] == "1"
    lock_file.delete()


@pytest.mark.fault(46)
def test_a_foreign_lock_that_replaced_our_stale_one_is_not_released(
    gated: Run, bucket: Any, oscar: Any
) -> None:
    with processes.executing(gated) as worker:
        workers.until_its_lock_is_known(gated)
        worker.kill()
        kill_tree(gated)
    run = executed(gated)
    assert run.leftovers["lock"]["owner"] == "this run"
    lock_file = bucket.Object(f"{state_of(run)}.tflock")
    ours = json.loads(lock_file.get()["Body"].read())
    lock_file.put(Body=json.dumps(ours | {"ID": "another", "Who": "eve@outside"}).encode())

    words = remediated(run, Remediation.UNLOCK, oscar)

    assert words == "Not done. The state has another lock now."
    assert lock_id(run) == "another"
    run.refresh_from_db()
    assert run.leftovers["lock"]["owner"] == "another"
    with pytest.raises(operations.CannotRemediate, match="not certain that the lock belongs"):
        remediated(run, Remediation.UNLOCK, oscar)


@pytest.mark.fault(47)
def test_a_plan_is_not_applied_after_its_state_has_changed(
    place_order: PlaceOrder, bucket: Any, made: Path, oscar: Any
) -> None:
    created = executed(place_order())
    waiting = executed(_guarded_change(created, f"echo web-1 >> {made}"))
    state = bucket.Object(state_of(created))
    content = json.loads(state.get()["Body"].read())
    state.put(Body=json.dumps(content | {"serial": content["serial"] + 1}).encode())

    operations.approve(run_id=waiting.pk, by=oscar, now=timezone.now())
    run = executed(waiting)

    assert run.status == RunStatus.FAILED
    assert "stale" in run.reason
    assert not made.exists()


def _guarded_change(created: Run, command: str) -> Run:
    return operations.change(
        operations.ChangeRequest(
            environment_id=created.environment_id,
            size="guarded",
            inputs=created.inputs | {"command": command, "greeting": "good evening"},
            by=created.requested_by,
            key="",
        ),
        now=timezone.now(),
    )
