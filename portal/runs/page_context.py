"""Everything that the run page shows before its script runs, read with a fixed number of queries."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal import status_badges
from portal.accounts.models import User
from portal.environments import page as environment_page
from portal.explanations import box
from portal.runs import actions, leftovers, plan
from portal.runs.plan import Resource
from provisioner import catalogue
from provisioner.blueprints import Blueprint
from provisioner.database import clock
from provisioner.models import Run, RunEvent
from provisioner.run_status import FINAL, HELD_BY_A_WORKER, SUCCEEDED, RunKind, RunStatus
from provisioner.runs import event_queries, resource_times
from provisioner.scheduling import queue
from provisioner.worker import sweep

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

PHASES = ("queue", "init", "plan", "approval", "apply", "output")
PHASE_TITLES = {
    "queue": _("Queue"), "init": _("Init"), "plan": _("Plan"),
    "approval": _("Approval"), "apply": _("Apply"), "output": _("Outputs"),
}  # fmt: skip
PHASE_WORDS = {
    "queue": _("Waiting for a free slot on a worker."),
    "init": _("Terraform is preparing the workspace: modules, provider, state in S3."),
    "plan": _("Terraform is reading what exists and working out the changes."),
    "approval": _("Plan ready, waiting for approval or for a free slot."),
    "apply": _("Terraform is making exactly the planned changes."),
    "output": _("The portal is reading the outputs and the version of the state."),
}
PHASE_STATES = {
    "waiting": _("waiting"), "running": _("running"), "done": _("done"),
    "failed": _("failed"), "skipped": _("skipped"),
}  # fmt: skip

MOST_WARNINGS = 12


@dataclass(frozen=True, kw_only=True)
class Phase:
    """One step of the progress bar when the page is loaded. `state` is a key of `PHASE_STATES`."""

    name: str
    title: "StrOrPromise"
    state: str

    @property
    def state_word(self) -> "StrOrPromise":
        return PHASE_STATES[self.state]


@dataclass(frozen=True, kw_only=True)
class RunPage:
    """What the templates of the run page show besides the columns of the run."""

    phases: list[Phase]
    plan: list[plan.Group]
    actions: list[actions.Action]
    queue_position: queue.Position | None
    problem: RunEvent | None
    # What a person can do after a run was stopped.
    offers: list[box.Offer]
    box: box.Box | None
    sweep: sweep.Found | None
    outputs: list[environment_page.ShownValue]
    blueprint_title: str
    silent_since: datetime | None
    first_tab: str
    target_seconds: int | None
    leftovers: leftovers.LeftoversTable | None
    in_flight: list[str]
    # Warnings of the plan, for the person who approves it.
    warnings: list[str]
    script: dict[str, object] = field(default_factory=dict)

    @property
    def losses(self) -> list[Resource]:
        return plan.losses(self.plan)

    @property
    def losses_in_words(self) -> str:
        """The data that is lost, each kind once: `the database, the logs`."""
        return ", ".join(dict.fromkeys(str(resource["holds"]) for resource in self.losses))

    @property
    def approval_refusal(self) -> str:
        return next((action.why_not for action in self.actions if action.verb == "approve"), "")

    @property
    def force_refusal(self) -> str:
        return next((action.why_not for action in self.actions if action.verb == "force"), "")


def build(run: Run, *, user: User, now: datetime) -> RunPage:
    """The page of a run for one person, now. `run` has its environment and its people selected."""
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
        queue_position=queue.position(run, now=now),
        problem=None if explained else _problem(run),
        box=explained,
        sweep=sweep.found_by(run),
        outputs=_outputs(run),
        blueprint_title=catalogue.shown(blueprint).title if blueprint else run.environment.blueprint,
        silent_since=_silent_since(run),
        first_tab=_first_tab(run),
        # The target of a blueprint is for creating an environment.
        target_seconds=blueprint.target_seconds if blueprint and run.kind == RunKind.CREATE else None,
        script=_script(run) | _forecast(run, blueprint),
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
    """The warnings of a plan that waits for approval, each once."""
    if run.status != RunStatus.PLANNED:
        return []
    events = RunEvent.objects.filter(run_id=run.pk, phase="plan", type="diagnostic", level="warn")
    diagnostics = events.order_by("seq").values_list("data", flat=True)
    found = [str(data.get("detail") or data.get("summary") or "") for data in diagnostics]
    return list(dict.fromkeys(filter(None, found)))[:MOST_WARNINGS]


def _problem(run: Run) -> RunEvent | None:
    """The first error of Terraform in a run that needs attention or was canceled."""
    if run.status not in (RunStatus.NEEDS_ATTENTION, RunStatus.CANCELLED):
        return None
    errors = RunEvent.objects.filter(
        run_id=run.pk, level="error", type__in=["diagnostic", "text", "apply_errored"]
    )
    return min(
        errors.order_by("seq")[:5], key=lambda event: (event.type != "diagnostic", event.seq), default=None
    )


def _outputs(run: Run) -> list[environment_page.ShownValue]:
    if run.status not in SUCCEEDED or run.kind == RunKind.DESTROY:
        return []
    return environment_page.outputs(run.environment)


def _in_flight(run: Run) -> list[str]:
    """The resources that a stopping apply has started but not finished."""
    is_stopping = run.status == RunStatus.APPLYING and run.cancel_asked_at is not None
    return event_queries.unfinished_resources(run) if is_stopping else []


def _silent_since(run: Run) -> datetime | None:
    """When the run's worker last renewed its lease, if the lease has expired."""
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


def _forecast(run: Run, blueprint: Blueprint | None) -> dict[str, object]:
    """What the page forecasts with: the dependencies of each resource, and its usual time in seconds.

    The dependencies are empty if the blueprint has changed since the run was requested.
    """
    is_same = blueprint is not None and blueprint.digest == run.blueprint_digest
    waits_for = blueprint.dependencies if blueprint is not None and is_same else {}
    return {
        "dependencies": {address: sorted(others) for address, others in waits_for.items() if others},
        "usual": resource_times.usual(run),
    }


def _script(run: Run) -> dict[str, object]:
    """What the page's script needs: URLs and texts."""
    return {
        "id": str(run.pk),
        "queuedAt": run.queued_at.timestamp() * 1000,
        "lastSeq": run.last_seq,
        "kind": run.kind,
        "status": run.status,
        "isFinal": run.status in FINAL,
        "socketPath": f"/ws/runs/{run.pk}/",
        "eventsPath": reverse("api-run-events", args=[run.pk]),
        "phaseWords": PHASE_WORDS,
        "statuses": {
            status.value: {"label": str(status.label), "tone": status_badges.RUN_BADGES[status].tone}
            for status in RunStatus
        },
    }
