"""What a run's events say: its plan, its first error, which resources are finished and which are not."""

from collections.abc import Iterator, Mapping
from typing import TypedDict

from provisioner.models import Run, RunEvent
from provisioner.stored_text import StoredText, stored, stored_plural

_ACTIONS = {"create": "add", "update": "change", "replace": "replace", "delete": "destroy"}
_NO_CHANGE = frozenset({"read", "noop"})
_MOST_NAMED = 8
# Marks the portal's event that a plan died and is made once more.
PLANNED_AGAIN = {"planned_again": True}
# In the form of Terraform's own reasons, which say nothing of it.
DELETED_OUTSIDE = "create_because_deleted_outside"
# The type of the portal's event that it cannot read this Terraform's stream.
UNSUPPORTED_STREAM = "unsupported"


class PlannedResource(TypedDict):
    """A resource that a plan changes. `action` and `reason` are Terraform's words."""

    address: str
    type: str
    action: str
    reason: str


class PlanSummary(TypedDict):
    """Counts by kind of change, and every resource with its action."""

    add: int
    change: int
    replace: int
    destroy: int
    resources: list[PlannedResource]


class Output(TypedDict, total=False):
    """An output in Terraform's JSON. A sensitive one has no value in the stream."""

    sensitive: bool
    type: object
    value: object


def plan_summary(run: Run) -> PlanSummary:
    """Counts by kind of change, and every resource with its action: the form of `Run.plan_summary`."""
    # By address: a plan that is made a second time reports everything again.
    changes = {
        address: change
        for address, change in _events_of_plan(run, "planned_change")
        if change.get("action") not in _NO_CHANGE
    }
    gone = {
        address
        for address, drift in _events_of_plan(run, "resource_drift")
        if drift.get("action") == "delete"
    }
    resources = [_planned(address, change, is_gone=address in gone) for address, change in changes.items()]
    counts = dict.fromkeys(_ACTIONS.values(), 0)
    for resource in resources:
        if (counted := _ACTIONS.get(resource["action"])) is not None:
            counts[counted] += 1
    return {
        "add": counts["add"],
        "change": counts["change"],
        "replace": counts["replace"],
        "destroy": counts["destroy"],
        "resources": resources,
    }


def _events_of_plan(run: Run, kind: str) -> Iterator[tuple[str, dict[str, object]]]:
    """Address and data of each such event of the plan, in order."""
    events_of_run = RunEvent.objects.filter(run_id=run.pk, type=kind, phase="plan").order_by("seq")
    yield from events_of_run.values_list("resource", "data")


def plan_sentence(summary: PlanSummary) -> StoredText:
    """The plan's counts as a sentence."""
    counts = {
        "add": summary["add"],
        "change": summary["change"],
        "replace": summary["replace"],
        "destroy": summary["destroy"],
    }
    if counts["replace"]:
        return stored(
            "%(add)s to add, %(change)s to change, %(replace)s to replace, %(destroy)s to destroy.", **counts
        )
    return stored("%(add)s to add, %(change)s to change, %(destroy)s to destroy.", **counts)


def first_error(run: Run) -> str:
    """The summary of the first error, with its resource; empty if there is no error."""
    errors = RunEvent.objects.filter(run_id=run.pk, level="error").exclude(type__in=("step_end", "status"))
    error = errors.filter(type="diagnostic").order_by("seq").first() or errors.order_by("seq").first()
    if error is None:
        return ""
    summary = str(error.data.get("summary") or error.message.removeprefix("Error: ")).strip()
    detail = str(error.data.get("detail") or "").strip().split("\n", 1)[0]
    where = f" ({error.resource})" if error.resource else ""
    text = f"{summary.rstrip('.')}{where}."
    return f"{text} {detail}"[:1000].strip()


def finished_resources(run: Run) -> list[str]:
    """Addresses of the resources that the apply finished, in that order."""
    events_of_run = RunEvent.objects.filter(run_id=run.pk, phase="apply", type="apply_complete").order_by(
        "seq"
    )
    return list(dict.fromkeys(events_of_run.values_list("resource", flat=True)))


def finished_sentence(run: Run) -> StoredText:
    """How many resources the apply finished; empty if none."""
    count = len(finished_resources(run))
    if not count:
        return StoredText()
    return stored_plural("%(count)s resource was finished.", "%(count)s resources were finished.", count)


def in_flight_sentence(run: Run) -> StoredText:
    """What Terraform started and did not finish; empty if nothing. The cloud goes on by itself."""
    names = unfinished_resources(run)
    if not names:
        return StoredText()
    shown, more = ", ".join(names[:_MOST_NAMED]), len(names) - _MOST_NAMED
    if more > 0:
        return stored(
            "In flight: %(names)s and %(more)s more. The cloud may finish them; the next run replaces them.",
            names=shown,
            more=more,
        )
    return stored(
        "In flight: %(names)s. The cloud may finish what was started; the next run replaces it.", names=shown
    )


def has_step_started(run: Run, *, step: str) -> bool:
    """Whether Terraform itself was started for this step."""
    return RunEvent.objects.filter(run_id=run.pk, type="step_start", data__step=step).exists()


def has_step_ended(run: Run, *, step: str) -> bool:
    """Whether an event reports the end of this step."""
    return RunEvent.objects.filter(run_id=run.pk, type="step_end", data__step=step).exists()


def has_changed_resources(run: Run) -> bool:
    """Whether the apply started to change any resource."""
    return RunEvent.objects.filter(run_id=run.pk, phase="apply", type="apply_start").exists()


def has_unsupported_stream(run: Run) -> bool:
    """Whether Terraform was stopped because the portal cannot read its stream."""
    return RunEvent.objects.filter(run_id=run.pk, type=UNSUPPORTED_STREAM).exists()


def was_planned_again(run: Run) -> bool:
    """Whether a plan of this run has died before."""
    return RunEvent.objects.filter(run_id=run.pk, type="portal", data__planned_again=True).exists()


def has_finished_apply(run: Run) -> bool:
    """Whether Terraform's last events say that the apply is complete."""
    events_of_run = RunEvent.objects.filter(run_id=run.pk)
    if events_of_run.filter(type="step_end", data__step="apply", data__exit_code=0).exists():
        return True
    summary = (
        events_of_run.filter(type="change_summary", phase="apply").exclude(data__operation="plan").exists()
    )
    return summary and events_of_run.filter(type="outputs", phase="apply").exists()


def last_outputs(run: Run) -> dict[str, Output] | None:
    """The outputs as the apply's stream reported them (`{name: {sensitive, type?, value?}}`), or None."""
    events_of_run = (
        RunEvent.objects.filter(run_id=run.pk, type="outputs", phase="apply").order_by("-seq").first()
    )
    return events_of_run.data.get("outputs") if events_of_run else None


def _planned(address: str, change: Mapping[str, object], *, is_gone: bool) -> PlannedResource:
    action = str(change.get("action", ""))
    return {
        "address": address,
        "type": str(change.get("resource_type", "")),
        "action": action,
        "reason": DELETED_OUTSIDE if is_gone and action == "create" else str(change.get("reason", "")),
    }


def unfinished_resources(run: Run) -> list[str]:
    """Addresses of the resources that Terraform started and did not finish."""
    types = ("apply_start", "apply_complete")
    events_of_run = RunEvent.objects.filter(run_id=run.pk, type__in=types).order_by("seq")
    open_: dict[str, None] = {}
    for kind, resource in events_of_run.values_list("type", "resource"):
        if kind == "apply_start":
            open_[resource] = None
        else:
            open_.pop(resource, None)
    return list(open_)
