"""Runs that ended with an error, and their states."""

from typing import Any

from django.utils import timezone

from provisioner.models import Run, StateVersion
from provisioner.run_status import RunStatus
from provisioner.runs import lifecycle
from provisioner.stored_text import verbatim
from tests.portal.runs.run_page import append_event

LIMIT = "api error AddressLimitExceeded: The maximum number of addresses has been reached."


def fails(run: Run, summary: str, detail: str = "", **event: Any) -> None:
    """Terraform's diagnostic."""
    data = {"severity": "error", "summary": summary, "detail": detail}
    append_event(run, type="diagnostic", level="error", message=f"Error: {summary}", data=data, **event)


def ended(run: Run, to: RunStatus = RunStatus.FAILED, reason: str = "") -> Run:
    lifecycle.move(run_id=run.pk, to=lifecycle.Move(to=to, reason=verbatim(reason)), now=timezone.now())
    return Run.objects.select_related("environment__team").get(pk=run.pk)


def noted_state(run: Run, *types: str) -> None:
    resources = [{"address": f"{each}.this", "type": each, "mode": "managed", "id": "x"} for each in types]
    resources.append({"address": "data.aws_ami.linux", "type": "aws_ami", "mode": "data", "id": "x"})
    StateVersion.objects.create(
        environment=run.environment, run=run, version_id=f"v-{run.number}", serial=3, lineage="l",
        size_bytes=9, written_at=timezone.now(), resources=resources,
    )  # fmt: skip
