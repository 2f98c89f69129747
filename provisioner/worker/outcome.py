"""What the end of a phase means for its run: the verdict, its reason, and what is kept of the phase."""

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import Enum, auto
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from provisioner.database import retry
from provisioner.models import Environment, Run
from provisioner.run_status import RunKind, RunStatus
from provisioner.runs import event_queries, lifecycle, resource_times
from provisioner.runs.leftovers import Leftovers
from provisioner.stored_text import EMPTY, StoredText, stored, stored_plural, verbatim
from provisioner.terraform import phase, shepherd
from provisioner.worker import (
    claims,
    ingestion,
    inspection,
    leases,
    outputs,
    preparation,
    reasons,
    state_lock,
    state_versions,
    sweep,
)
from provisioner.worker.reasons import During

# Exit codes of `terraform plan -detailed-exitcode`.
_UNCHANGED, _CHANGES = 0, 2
_STOPPED_AFTER_PLAN = stored("Stopped after the plan; nothing was changed.")
_NOTHING_STARTED = stored("The worker died before Terraform started. Nothing was changed. Try again.")


class AfterPlan(Enum):
    """What comes next for a run whose plan has ended."""

    ENDED = auto()
    WAITS_FOR_APPROVAL = auto()
    IS_APPROVED = auto()
    HAS_NO_CHANGES = auto()


def of_plan(run: Run, ended: phase.Exit) -> AfterPlan:
    """Judge init and plan, and move the run on: planned, approved by policy, canceled or failed.

    A plan without changes leaves the run planning: its outputs are read first, then `of_unchanged` ends it.
    """
    claims.refresh(run)
    if ended.reason == "finished" and ended.step == "plan" and ended.exit_code in (_UNCHANGED, _CHANGES):
        if run.cancel_asked_at is not None:
            return _end_plan(run, RunStatus.CANCELLED, _STOPPED_AFTER_PLAN)
        return _planned(run) if ended.exit_code == _CHANGES else AfterPlan.HAS_NO_CHANGES
    if ended.reason == "cancelled" and not event_queries.has_unsupported_stream(run):
        return _end_plan(run, RunStatus.CANCELLED, reasons.stopped(run, During.PLAN))
    if _was_killed_on_request(run, ended):
        return _end_plan(run, RunStatus.CANCELLED, reasons.killed(run, During.PLAN))
    if ended.reason == "deadline":
        reason = stored(
            "The plan took longer than %(seconds)s s and was stopped.", seconds=settings.PLAN_DEADLINE_SECONDS
        )
        return _end_plan(run, RunStatus.CANCELLED, reason)
    return _end_plan(run, RunStatus.FAILED, _failure(run, ended))


def of_unchanged(run: Run) -> Run:
    """Nothing had to change: take over what was ordered and what the outputs say. Ends the run."""
    if run.kind == RunKind.DESTROY and (count := state_versions.recorded_resources(run)):
        reason = stored_plural(
            "Nothing was removed: Terraform's state did not have the %(count)s resource recorded before.",
            "Nothing was removed: Terraform's state had none of the %(count)s resources recorded before.",
            count,
        )
        return _succeed(run, RunStatus.UNCHANGED, reason)
    return _succeed(run, RunStatus.UNCHANGED, stored("The environment already matches the order."))


def of_apply(run: Run, ended: phase.Exit) -> Run:
    """Judge the apply and move the run on: applied, canceled, failed, or a person has to decide."""
    claims.refresh(run)
    if _never_started(ended):
        return _end(run, RunStatus.FAILED, _NOTHING_STARTED, untouched=True)
    if ended.step == "apply" and ended.exit_code == shepherd.NOT_STARTED:
        return _before_the_apply(run, ended)
    record_version(run)
    if ended.step == "output" or (ended.step == "apply" and ended.exit_code == 0):
        if ended.exit_code != 0:
            ingestion.add_note(
                run=run, level="warn", message="The outputs could not be read after the apply."
            )
        return _succeed(run, RunStatus.APPLIED, _note_incomplete_log(run))
    if inspection.unsaved_state(run) is not None:
        return _needs_attention(run, _UNSAVED_STATE)
    if ended.reason == "killed":
        return _needs_attention(run, reasons.killed(run, During.APPLY) + _progress(run), advice=_PLAN_AGAIN)
    return _end_failed_apply(run, ended)


def _end_failed_apply(run: Run, ended: phase.Exit) -> Run:
    # For example a stale plan, or a state that somebody else has locked.
    untouched = event_queries.has_step_ended(run, step="apply") and not event_queries.has_changed_resources(
        run
    )
    in_flight = event_queries.in_flight_sentence(run)
    if ended.reason == "cancelled" and not event_queries.has_unsupported_stream(run):
        reason = reasons.stopped(run, During.APPLY) + in_flight
        return _end(run, RunStatus.CANCELLED, reason, untouched=untouched)
    if ended.reason == "deadline":
        reason = stored(
            "The apply took longer than %(seconds)s s and was stopped.",
            seconds=settings.APPLY_DEADLINE_SECONDS,
        )
        return _end(run, RunStatus.CANCELLED, reason + in_flight, untouched=untouched)
    return _end(run, RunStatus.FAILED, _failure(run, ended), untouched=untouched)


def _before_the_apply(run: Run, ended: phase.Exit) -> Run:
    """Stopped, or no process could be started, before Terraform began: the environment is unchanged."""
    if ended.reason == "finished":
        return _end(run, RunStatus.FAILED, _failure(run, ended), untouched=True)
    reason = (reasons.killed if ended.reason == "killed" else reasons.stopped)(run, During.BEFORE_APPLY)
    return _end(run, RunStatus.CANCELLED, reason, untouched=True)


def record_version(run: Run) -> None:
    """Record which version of the state the apply left in the bucket, unless it is recorded already."""
    if retry.until_database_answers(run.state_versions.exists):
        return
    leases.renew(run)
    state_versions.record_version(run)
    leases.renew(run)


def of_lost_plan(run: Run) -> Run:
    """A plan that died without a verdict, for the second time. It changed nothing."""
    return _end(run, RunStatus.FAILED, stored("Terraform died twice while planning. Nothing was changed."))


def of_lost_apply(run: Run) -> Run:
    """An apply that died without a verdict. Its last events decide, otherwise a person. Never repeated."""
    claims.refresh(run)
    if not event_queries.has_step_started(run, step="apply"):
        return _end(run, RunStatus.FAILED, _NOTHING_STARTED, untouched=True)
    record_version(run)
    if event_queries.has_finished_apply(run):
        words = "The exit code was not recorded, but Terraform's last words say that it finished."
        ingestion.add_note(run=run, message=words)
        return _succeed(run, RunStatus.APPLIED, stored("Its exit code was not recorded."))
    return _needs_attention(run, stored("The apply was interrupted.") + _progress(run), advice=_PLAN_AGAIN)


def not_started(run: Run, reason: StoredText) -> Run:
    """Terraform could not be started: end the run with the reason."""
    return _end(run, RunStatus.FAILED, reason, untouched=True)


def _planned(run: Run) -> AfterPlan:
    now = timezone.now()
    by_person = run.approval == Run.Approval.PERSON
    summary = event_queries.plan_summary(run)
    columns: dict[str, object] = {
        "planned_at": now,
        "plan_summary": summary,
        "plan_sha256": sha256(preparation.directory_of(run) / preparation.PLAN_FILE),
        "plan_expires_at": now + timedelta(seconds=settings.PLAN_EXPIRES_SECONDS) if by_person else None,
        "lease_owner": "",
        "lease_expires_at": None,
    }
    planned = lifecycle.Move(
        to=RunStatus.PLANNED, reason=event_queries.plan_sentence(summary), columns=columns
    )
    approved = lifecycle.Move(
        to=RunStatus.APPROVED, reason=stored("Approved by policy."), columns={"approved_at": timezone.now()}
    )
    moves = [planned] if by_person else [planned, approved]

    def write() -> Run | None:
        # Both or neither: a plan that waits for nobody would wait forever.
        with transaction.atomic():
            # Under the row lock: a stop request that came since the last look must not wait for the apply.
            if lifecycle.lock_run(run.pk).cancel_asked_at is not None:
                return None
            return [
                lifecycle.move(run_id=run.pk, to=to, now=now, fence=run.fence, event_phase="approval")
                for to in moves
            ][-1]

    if retry.until_database_answers(write) is None:
        return _end_plan(run, RunStatus.CANCELLED, _STOPPED_AFTER_PLAN)
    return AfterPlan.WAITS_FOR_APPROVAL if by_person else AfterPlan.IS_APPROVED


def _end_plan(run: Run, to: RunStatus, reason: StoredText) -> AfterPlan:
    _end(run, to, reason)
    return AfterPlan.ENDED


def sha256(path: Path) -> str:
    """Of the plan file, in hex. Empty if there is none."""
    if not path.exists():
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _succeed(run: Run, to: RunStatus, reason: StoredText) -> Run:
    if run.kind == RunKind.DESTROY:
        sweep.after_destroy(run)
        given: dict[str, object] = {"outputs": {}}
    else:
        given = {"inputs": run.inputs, "networks": run.networks}
        if to == RunStatus.APPLIED or run.approval == Run.Approval.AUTOMATIC:
            # Nobody has approved a plan without changes: another size, with it another policy, would slip by.
            given["size"] = run.size
        found = outputs.shown_outputs(run)
        given |= {"outputs": found} if found is not None else {}
    columns = {"resource_times": resource_times.measured(run)} if to == RunStatus.APPLIED else None
    return _end(run, to, reason, environment=given, columns=columns)


def _needs_attention(run: Run, reason: StoredText, *, advice: StoredText = EMPTY) -> Run:
    """Give the run to a person, with everything that is known about what it left."""
    leases.renew(run)
    left: Leftovers = retry.until_database_answers(lambda: inspection.inspect(run))
    columns = {"leftovers": left.as_json(), "lease_owner": "", "lease_expires_at": None}
    move = lifecycle.Move(
        to=RunStatus.NEEDS_ATTENTION, reason=reason + reasons.state_lock(left) + advice, columns=columns
    )
    return _move(run, move, timezone.now(), "done")


def _end(
    run: Run,
    to: RunStatus,
    reason: StoredText,
    *,
    environment: dict[str, object] | None = None,
    columns: Mapping[str, object] | None = None,
    untouched: bool = False,
) -> Run:
    move = lifecycle.Move(to=to, reason=reason, columns=columns, untouched=untouched)

    def write() -> Run:
        # Read before the transaction: SQLite locks the complete database.
        digest = lifecycle.read_digest(run.pk)
        # One transaction: a reader who sees the run final sees its effect on the environment, too.
        with transaction.atomic():
            moved = lifecycle.move(
                run_id=run.pk, to=move, now=timezone.now(), fence=run.fence, event_phase="done", digest=digest
            )
            if environment:
                Environment.objects.filter(pk=run.environment_id).update(**environment)
            return moved

    moved = retry.until_database_answers(write)
    if moved.is_final:
        preparation.clean_up(moved)
    return moved


def _move(run: Run, to: lifecycle.Move, now: datetime, event_phase: str) -> Run:
    return retry.until_database_answers(
        lambda: lifecycle.move(run_id=run.pk, to=to, now=now, fence=run.fence, event_phase=event_phase)
    )


def _note_incomplete_log(run: Run) -> StoredText:
    """The shepherd's last event of the apply is missing if nothing more could be written to the disk."""
    if event_queries.has_step_ended(run, step="apply"):
        return EMPTY
    reason = stored("Its log is incomplete: the disk of its host was full.")
    ingestion.add_note(run=run, level="warn", message=str(reason))
    return reason


_UNSAVED_STATE = stored(
    "Terraform could not save its state to the bucket. The run's workspace keeps it: an operator has to push "
    "it before anything else is done."
)
_PLAN_AGAIN = stored("A fresh plan shows what is left.")


def _progress(run: Run) -> StoredText:
    return event_queries.finished_sentence(run) + event_queries.in_flight_sentence(run)


def _was_killed_on_request(run: Run, ended: phase.Exit) -> bool:
    is_requested = run.cancel_asked_at is not None or run.force_asked_at is not None
    return is_requested and ended.reason == "killed" and not _never_started(ended)


def _never_started(ended: phase.Exit) -> bool:
    """The shepherd reports that its worker ended before it sent `go`: nothing is in doubt."""
    return (ended.exit_code, ended.step, ended.reason) == (shepherd.NOT_STARTED, "", "killed")


def _failure(run: Run, ended: phase.Exit) -> StoredText:
    if _never_started(ended):
        return _NOTHING_STARTED
    words = event_queries.first_error(run)
    if not words:
        return stored(
            "Terraform's %(step)s ended with exit code %(code)s and without a message.",
            step=ended.step or "start",
            code=ended.exit_code,
        )
    leases.renew(run)
    is_about_lock = "state lock" in words
    return verbatim(words) + (state_lock.read(run).sentence if is_about_lock else EMPTY)
