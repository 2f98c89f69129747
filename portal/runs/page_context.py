"""Everything the run page says before its script runs, asked for in a fixed number of queries."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.urls import reverse

from portal import status_badges
from portal.environments import page as environment_page
from portal.explanations import box
from portal.runs import actions, leftovers, plan
from provisioner import catalogue
from provisioner.blueprints import Blueprint
from provisioner.database import clock
from provisioner.models import Run, RunEvent
from provisioner.run_status import (
    FINAL,
    HELD_BY_A_WORKER,
    SUCCEEDED,
    RunKind,
    RunStatus,
)
from provisioner.runs import event_queries, resource_times
from provisioner.scheduling import queue
from provisioner.worker import sweep

PHASES = ("queue", "init", "plan", "approval", "apply", "output")
PHASE_TITLES = {
    "queue": "Queue", "init": "Init", "plan": "Plan",
    "approval": "Approval", "apply": "Apply", "output": "Outputs",
}  # fmt: skip
PHASE_WORDS = {
    "queue": "Waits for a free slot on a worker.",
    "init": "Terraform prepares the workspace: modules, provider, state in S3.",
    "plan": "Terraform reads what exists and works out what it would change.",
    "approval": "The plan stands and waits for its approval or its turn.",
    "apply": "Terraform makes exactly the planned changes.",
    "output": "The outputs and the state's version are read.",
}


MOST_WARNINGS = 12


@dataclass(frozen=True, kw_only=True)
class Phase:
    """One step of the stepper as it is first painted."""

    name: str
    title: str
    state: str


@dataclass(frozen=True, kw_only=True)
class RunPage:
    """What the templates of the run page show beside the run's own row."""

    phases: list[Phase]
    plan: list[plan.Group]
    actions: list[actions.Action]
    standing: queue.Position | None
    problem: RunEvent | None
    # What may be done about a run that was stopped.
    offers: list[box.Offer]
    box: box.Box | None
    sweep: sweep.Found | None
    outputs: list[environment_page.Shown]
    blueprint_title: str
    approvers: str
    silent_since: datetime | None
    first_tab: str
    target_seconds: int | None
    leftovers: leftovers.Leftovers | None
    in_flight: list[str]
    # What Terraform remarked while it planned: whoever approves is to know.
    warnings: list[str]
    script: dict[str, Any] = field(default_factory=dict)

    @property
    def losses(self) -> list[dict[str, Any]]:
        return plan.losses(self.plan)

    @property
    def approval_refusal(self) -> str:
        return next((action.why_not for action in self.actions if action.verb == "approve"), "")

    @property
    def force_refusal(self) -> str:
        return next((action.why_not for action in self.actions if action.verb == "force"), "")


def build(run: Run, *, user: Any, now: datetime) -> RunPage:
    """The facts of a run for one person, now. The run comes with its environment and its people."""
    blueprint = catalogue.blueprint(run.environment.blueprint)
    explained = box.explanation_box(run, user)
    return RunPage(
        phases=_phases(run),
        plan=plan.groups(run.plan_summary),
        actions=actions.offered(run, user, now=now),
        leftovers=leftovers.leftovers_table(run) if run.status == RunStatus.NEEDS_ATTENTION else None,
        in_flight=_in_flight(run),
        warnings=_warnings(run),
        offers=box.offers_after_stop(run, user),
        standing=queue.position(run, now=now),
        problem=None if explained else _problem(run),
        box=explained,
        sweep=sweep.found_by(run),
        outputs=_outputs(run),
        blueprint_title=blueprint.title if blueprint else run.environment.blueprint,
        approvers="an operator or an admin other than " + run.requested_by.get_username(),
        silent_since=_silent_since(run),
        first_tab=_first_tab(run),
        # The founding figure is for building it from nothing.
        target_seconds=blueprint.target_seconds if blueprint and run.kind == RunKind.CREATE else None,
        script=_script(run, now) | _forecast(run, blueprint),
    )


def _phases(run: Run) -> list[Phase]:
    current = PHASES.index(run.phase) if run.phase in PHASES else len(PHASES)
    return [
        Phase(name=name, title=PHASE_TITLES[name], state=_phase_state(run, place, current))
        for place, name in enumerate(PHASES)
    ]


def _phase_state(run: Run, place: int, current: int) -> str:
    if place < current:
        return "done"
    if place > current:
        return "skipped" if run.is_final else "waiting"
    if not run.is_final:
        return "running"
    return "done" if run.status in SUCCEEDED else "failed"


def _warnings(run: Run) -> list[str]:
    """Sentences of the plan's warnings, each once, while somebody decides about it."""
    if run.status != RunStatus.PLANNED:
        return []
    told = RunEvent.objects.filter(run_id=run.pk, phase="plan", type="diagnostic", level="warn").order_by(
        "seq"
    )
    found = [
        str(data.get("detail") or data.get("summary") or "") for data in told.values_list("data", flat=True)
    ]
    return list(dict.fromkeys(filter(None, found)))[:MOST_WARNINGS]


def _problem(run: Run) -> RunEvent | None:
    """The first error that Terraform told of in a run that is in doubt or was stopped."""
    if run.status not in (RunStatus.NEEDS_ATTENTION, RunStatus.CANCELLED):
        return None
    errors = RunEvent.objects.filter(
        run_id=run.pk, level="error", type__in=["diagnostic", "text", "apply_errored"]
    )
    return min(
        errors.order_by("seq")[:5], key=lambda event: (event.type != "diagnostic", event.seq), default=None
    )


def _outputs(run: Run) -> list[environment_page.Shown]:
    if run.status not in SUCCEEDED or run.kind == RunKind.DESTROY:
        return []
    return environment_page.outputs(run.environment)


def _in_flight(run: Run) -> list[str]:
    """What a stopping apply has begun and not finished."""
    is_stopping = run.status == RunStatus.APPLYING and run.cancel_asked_at is not None
    return event_queries.unfinished_resources(run) if is_stopping else []


def _silent_since(run: Run) -> datetime | None:
    """When the run's worker was last heard, if it has let its lease run out."""
    if run.status not in HELD_BY_A_WORKER or run.lease_expires_at is None:
        return None
    if run.lease_expires_at > clock.now():
        return None
    return run.lease_expires_at - timedelta(seconds=settings.LEASE_SECONDS)


def _first_tab(run: Run) -> str:
    if run.status == RunStatus.PLANNED:
        return "plan"
    has_outputs = run.status in SUCCEEDED and run.kind != RunKind.DESTROY and bool(run.environment.outputs)
    return "outputs" if has_outputs else "resources"


def _forecast(run: Run, blueprint: Blueprint | None) -> dict[str, Any]:
    """What the page foresees with: who waits for whom, and how long each usually takes, in seconds.

    Without the former where the blueprint is another one by now than when the run was asked for.
    """
    is_same = blueprint is not None and blueprint.digest == run.blueprint_digest
    waits_for = blueprint.dependencies if blueprint is not None and is_same else {}
    return {
        "dependencies": {address: sorted(others) for address, others in waits_for.items() if others},
        "usual": resource_times.usual(run),
    }


def _script(run: Run, now: datetime) -> dict[str, Any]:
    """What the page's script needs: addresses, words, and the server's clock in ms."""
    return {
        "id": str(run.pk),
        "now": now.timestamp() * 1000,
        "queuedAt": run.queued_at.timestamp() * 1000,
        "lastSeq": run.last_seq,
        "kind": run.kind,
        "status": run.status,
        "isFinal": run.status in FINAL,
        "socketPath": f"/ws/runs/{run.pk}/",
        "eventsPath": reverse("api-run-events", args=[run.pk]),
        "phaseWords": PHASE_WORDS,
        "statuses": {
            status.value: {"label": status.label, "tone": status_badges.RUN_BADGES[status].tone}
            for status in RunStatus
        },
    }
