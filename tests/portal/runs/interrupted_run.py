"""What an interrupted apply left, as its run stores it."""

from typing import Any

from django.utils import timezone

from provisioner.models import Run
from provisioner.run_status import RunStatus
from provisioner.runs import lifecycle
from provisioner.stored_text import verbatim

LOCK = {
    "id": "a-lock",
    "who": "root@runner",
    "operation": "OperationTypeApply",
    "created_at": "2026-01-02T14:01:00+00:00",
    "owner": "this run",
}
LEFTOVERS = {
    "at": "2026-01-02T14:05:00+00:00",
    "finished": ["aws_vpc.main"],
    "in_flight": ["aws_db_instance.main"],
    "state": {
        "serial": 7, "written_at": "2026-01-02T14:02:11+00:00", "resources": 5, "is_by_this_run": True,
    },
    "lock": LOCK,
    "host": {"lives": False, "keeps_state": True},
}  # fmt: skip


def move_to_needs_attention(run: Run, leftovers: dict[str, Any]) -> None:
    to = lifecycle.Move(
        to=RunStatus.NEEDS_ATTENTION, reason=verbatim("In doubt."), columns={"leftovers": leftovers}
    )
    lifecycle.move(run_id=run.pk, to=to, now=timezone.now())


CLEARED: dict[str, Any] = {"lock": None, "host": {"lives": False, "keeps_state": False}}
