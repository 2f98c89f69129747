"""State locks, and the events by which a run recognizes its own."""

import json
from datetime import timedelta
from typing import Any

import boto3
from django.db import transaction
from django.utils import timezone

from provisioner import accounts
from provisioner.cloud import state_storage
from provisioner.models import Run
from provisioner.runs import events, lifecycle


def record_step(run: Run, step: str, *, proof: str) -> None:
    """Add events: the step started 10 s ago; what Terraform reports only with the lock came 5 s ago."""
    now = timezone.now()
    began, reported = now - timedelta(seconds=10), now - timedelta(seconds=5)
    new = [
        events.NewEvent(at=began, phase=step, type="step_start", message="", data={"step": step}),
        events.NewEvent(at=reported, phase=step, type=proof, message=""),
    ]
    with transaction.atomic():
        events.append(lifecycle.lock_run(run.pk), new)


def put_lock(
    run: Run,
    *,
    taken_seconds_ago: float,
    id: str = "a-lock",
    who: str = "root@elsewhere",
    operation: str = "OperationTypeApply",
) -> None:
    created = timezone.now() - timedelta(seconds=taken_seconds_ago)
    account = accounts.to_cloud(run.environment.account)
    key = state_storage.backend_settings(account, environment_id=run.environment_id)["key"]
    body = {
        "ID": id,
        "Who": who,
        "Operation": operation,
        "Created": created.isoformat(),
    }
    bucket(account).put_object(Key=f"{key}.tflock", Body=json.dumps(body).encode())


def bucket(account: Any) -> Any:
    session = boto3.Session("test", "test", region_name=account.region)
    return session.resource("s3", endpoint_url=account.endpoint_url).Bucket(account.bucket)
