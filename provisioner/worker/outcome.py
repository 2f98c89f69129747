"""What the end of a phase means for its run: the verdict, in words, and what is kept of it."""

import hashlib
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from provisioner.database import retry
from provisioner.models import Environment, Run
from provisioner.run_status import RunKind, RunStatus
from provisioner.runs import event_queries, lifecycle, resource_times
from provisioner.terraform import phase, shepherd
from provisioner.worker import (
    claims,
    ingestion,
    leases,
    leftovers,
    outputs,
    preparation,
    state_lock,
    state_versions,
    sweep,
)

_UNCHANGED, _CHANGES = 0, 2
_STOPPED_AFTER_PLAN = "Stopped after the plan; nothing was changed."
_NOTHING_STARTED = "The worker died before Terraform started. Nothing was changed; ask for it again."


def of_plan(run: Run, ended: phase.Exit) -> Run:
    """Move the run on after init and plan: planned, unchanged, cancelled or failed."""
    claims.refresh(run)
    if ended.reason == "finished" and ended.step == "plan" and ended.exit_code in (_UNCHANGED, _CHANGES):
        if run.cancel_asked_at is not None:
            return _end(run, RunStatus.CANCELLED, _STOPPED_AFTER_PLAN)
        return _planned(run) if ended.exit_code == _CHANGES else run
    if ended.reason == "cancelled" and not event_queries.has_unsupported_stream(run):
        return _end(run, RunStatus.CANCELLED, f"{_stopped(run)} while planning; nothing was changed.")
    if _was_killed_when_asked_to_stop(run, ended):
        return _end(run, RunStatus.CANCELLED, f"{_killed(run)} while planning; nothing was changed.")
    if ended.reason == "deadline":
        limit = settings.PLAN_DEADLINE_SECONDS
        return _end(run, RunStatus.CANCELLED, f"The plan took longer than {limit} s and was stopped.")
    return _end(run, RunStatus.FAILED, _failure(run, ended))


def of_unchanged(run: Run) -> Run:
    """Nothing had to change: take over what was asked and what the outputs say. Ends the run."""
    if run.kind == RunKind.DESTROY and (stood := state_versions.noted_resources(run)):
        words = f"Nothing was removed: Terraform's state had none of the {stood} resources noted before."
        return _succeed(run, RunStatus.UNCHANGED, words)
    return _succeed(run, RunStatus.UNCHANGED, "Everything is as ordered already.")


def of_apply(run: Run, ended: phase.Exit) -> Run:
    """Move the run on after the apply: applied, cancelled, failed, or a person has to look."""
    claims.refresh(run)
    if _never_started(ended):
        return _end(run, RunStatus.FAILED, _NOTHING_STARTED, untouched=True)
    if ended.step == "apply" and ended.exit_code == shepherd.NOT_STARTED:
        return _before_the_apply(run, ended)
    note_version(run)
    if ended.step == "output" or (ended.step == "apply" and ended.exit_code == 0):
        if ended.exit_code != 0:
            ingestion.add_note(
                run=run, level="warn", message="The outputs could not be read after the apply."
            )
        return _succeed(run, RunStatus.APPLIED, _words_on_the_log(run))
    if unsaved := _unsaved_state(run):
        return _give_to_a_person(run, unsaved)
    if ended.reason == "killed":
        return _give_to_a_person(run, f"{_killed(run)}. {_what_is_left(run)}")
    # As with a stale plan, or a state that somebody else has locked.
    untouched = event_queries.has_step_ended(run, step="apply") and not event_queries.has_changed_resources(
        run
    )
    if ended.reason == "cancelled" and not event_queries.has_unsupported_stream(run):
        stopped = f"{_stopped(run)} while applying. {event_queries.in_flight_sentence(run)}"
        return _end(run, RunStatus.CANCELLED, stopped.strip(), untouched=untouched)
    if ended.reason == "deadline":
        took = f"The apply took longer than {settings.APPLY_DEADLINE_SECONDS} s and was stopped."
        reason = f"{took} {event_queries.in_flight_sentence(run)}".strip()
        return _end(run, RunStatus.CANCELLED, reason, untouched=untouched)
    return _end(run, RunStatus.FAILED, _failure(run, ended), untouched=untouched)


def _before_the_apply(run: Run, ended: phase.Exit) -> Run:
    """Stopped, or short of a process, before Terraform began: the environment is what it was."""
    if ended.reason == "finished":
        return _end(run, RunStatus.FAILED, _failure(run, ended), untouched=True)
    who = _killed(run) if ended.reason == "killed" else _stopped(run)
    return _end(run, RunStatus.CANCELLED, f"{who} before the apply; nothing was changed.", untouched=True)


def note_version(run: Run) -> None:
    """Keep which version of the state the run's apply has left in the bucket, if that is not known yet."""
    if retry.until_database_answers(run.state_versions.exists):
        return
    leases.renew(run)
    state_versions.note_version(run)
    leases.renew(run)


def of_lost_plan(run: Run) -> Run:
    """A plan that died without a verdict, a second time: it changed nothing."""
    return _end(run, RunStatus.FAILED, "Terraform died twice while planning. Nothing was changed.")


def of_lost_apply(run: Run) -> Run:
    """An apply that died without a verdict: its last words decide, else a person. Never tried again."""
    claims.refresh(run)
    if not event_queries.has_step_started(run, step="apply"):
        return _end(run, RunStatus.FAILED, _NOTHING_STARTED, untouched=True)
    note_version(run)
    if event_queries.has_finished_apply(run):
        words = "The exit code was not recorded; Terraform's last words say that it finished."
        ingestion.add_note(run=run, message=words)
        return _succeed(run, RunStatus.APPLIED, "Its exit code was not recorded.")
    return _give_to_a_person(run, f"The apply was interrupted. {_what_is_left(run)}")


def not_started(run: Run, reason: str) -> Run:
    """Terraform could not be started: say why, and end the run."""
    return _end(run, RunStatus.FAILED, reason, untouched=True)


def _planned(run: Run) -> Run:
    now = timezone.now()
    by_person = run.approval == Run.Approval.PERSON
    summary = event_queries.plan_summary(run)
    columns: dict[str, Any] = {
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
        to=RunStatus.APPROVED, reason="Approved by policy.", columns={"approved_at": timezone.now()}
    )
    moves = [planned] if by_person else [planned, approved]

    def write() -> Run | None:
        # Both or neither: a plan that waits for nobody would wait for ever.
        with transaction.atomic():
            # Under its lock: a wish that came since it was read must not be left for the apply to find.
            if lifecycle.lock_run(run.pk).cancel_asked_at is not None:
                return None
            return [
                lifecycle.move(run_id=run.pk, to=to, now=now, fence=run.fence, event_phase="approval")
                for to in moves
            ][-1]

    return retry.until_database_answers(write) or _end(run, RunStatus.CANCELLED, _STOPPED_AFTER_PLAN)


def sha256(path: Path) -> str:
    """Of the plan file, in hex. Empty if there is none."""
    if not path.exists():
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _succeed(run: Run, to: RunStatus, reason: str) -> Run:
    if run.kind == RunKind.DESTROY:
        sweep.after_destroy(run)
        given: dict[str, Any] = {"outputs": {}}
    else:
        given = {"inputs": run.inputs, "networks": run.networks}
        if to == RunStatus.APPLIED or run.approval == Run.Approval.AUTOMATIC:
            # Nobody has approved a plan without changes: another size, with it another policy, would slip by.
            given["size"] = run.size
        found = outputs.shown_outputs(run)
        given |= {"outputs": found} if found is not None else {}
    columns = {"resource_times": resource_times.measured(run)} if to == RunStatus.APPLIED else None
    return _end(run, to, reason, environment=given, columns=columns)


def _give_to_a_person(run: Run, reason: str) -> Run:
    leases.renew(run)
    retry.until_database_answers(lambda: state_lock.record_lock_id(run))
    leases.renew(run)
    left = retry.until_database_answers(lambda: leftovers.find_leftovers(run))
    columns = {"leftovers": left, "lease_owner": "", "lease_expires_at": None}
    move = lifecycle.Move(to=RunStatus.NEEDS_ATTENTION, reason=reason, columns=columns)
    return _move(run, move, timezone.now(), "done")


def _end(
    run: Run,
    to: RunStatus,
    reason: str,
    *,
    environment: dict[str, Any] | None = None,
    columns: dict[str, Any] | None = None,
    untouched: bool = False,
) -> Run:
    move = lifecycle.Move(to=to, reason=reason, columns=columns, untouched=untouched)

    def write() -> Run:
        # All of it is read before the database is locked, which SQLite does as a whole.
        told = lifecycle.read_digest(run.pk)
        # One transaction: whoever sees the run final sees what it left of its environment.
        with transaction.atomic():
            moved = lifecycle.move(
                run_id=run.pk, to=move, now=timezone.now(), fence=run.fence, event_phase="done", story=told
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


def _words_on_the_log(run: Run) -> str:
    """The shepherd's own last word on the apply is missing where nothing could be written any more."""
    if event_queries.has_step_ended(run, step="apply"):
        return ""
    words = "Its log is not whole: the disk of its host was full."
    ingestion.add_note(run=run, level="warn", message=words)
    return words


def _unsaved_state(run: Run) -> str:
    if leftovers.unsaved_state(run) is None:
        return ""
    return (
        "Terraform could not save its state to the bucket. It is kept in the run's workspace: an operator "
        f"has to push it before anything else is done. {_lock_words(run)}"
    ).strip()


def _what_is_left(run: Run) -> str:
    words = (event_queries.finished_sentence(run), event_queries.in_flight_sentence(run), _lock_words(run))
    return " ".join(word for word in (*words, "A fresh plan shows what is left.") if word)


def _lock_words(run: Run) -> str:
    leases.renew(run)
    return state_versions.lock_words(run)


def _killed(run: Run) -> str:
    by = run.force_asked_by
    return f"{by.username} had Terraform killed" if by else "Terraform was killed"


def _was_killed_when_asked_to_stop(run: Run, ended: phase.Exit) -> bool:
    is_wished = run.cancel_asked_at is not None or run.force_asked_at is not None
    return is_wished and ended.reason == "killed" and not _never_started(ended)


def _stopped(run: Run) -> str:
    # Without a person's wish it was the host's: a demo that ends asks its Terraform to stop.
    return "Stopped" if run.cancel_asked_at is not None else "Stopped with the portal"


def _never_started(ended: phase.Exit) -> bool:
    """The shepherd's own word that its starter was gone before it said `go`: there is nothing in doubt."""
    return (ended.exit_code, ended.step, ended.reason) == (shepherd.NOT_STARTED, "", "killed")


def _failure(run: Run, ended: phase.Exit) -> str:
    if _never_started(ended):
        return _NOTHING_STARTED
    words = event_queries.first_error(run)
    if not words:
        return f"Terraform's {ended.step or 'start'} ended with exit code {ended.exit_code} and said nothing."
    who = _lock_words(run) if "state lock" in words else ""
    return f"{words} {who}".strip()
