"""Carrying a run on, as far as it goes: claim, prepare, start the shepherd, follow, judge."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import structlog

from provisioner import shutdown
from provisioner.database import clock, retry
from provisioner.models import Run
from provisioner.run_status import HELD_BY_A_WORKER, RunStatus
from provisioner.runs import event_queries, lifecycle
from provisioner.scheduling import dispatch, hosts
from provisioner.terraform import phase, redaction
from provisioner.worker import claims, ingestion, outcome, outputs, preparation, remediation

log = structlog.get_logger(__name__)


def advance(*, run_id: Any) -> None:
    """Do the next of a run: plan and, once approved, apply it; or adopt it from a worker that is gone.

    Returns quietly when there is nothing to do, when another worker has it or no slot is free, and when this
    worker is to stop: Terraform then goes on by itself, and the next worker follows it.
    """
    try:
        run = retry.until_database_answers(Run.objects.filter(pk=run_id).first)
        if run is None or run.is_final:
            return
        if run.host_id not in ("", hosts.host_id()):
            dispatch.publish(run_id=run_id, now=retry.until_database_answers(clock.now))
            return
        _advance_if_free(run)
        if not shutdown.is_near():
            retry.until_database_answers(lambda: dispatch.next_runs(now=clock.now()))
    except shutdown.ShuttingDown:
        log.info("left to the next worker", run_id=str(run_id))


def _advance_if_free(run: Run) -> None:
    try:
        _advance(run)
    except (claims.NotClaimed, lifecycle.LeaseLost, lifecycle.CannotMove) as reason:
        log.info("left to another", run_id=str(run.pk), reason=str(reason))


def _advance(run: Run) -> None:
    # A shepherd's interpreter comes up while its run is being claimed; without the run it goes again.
    if run.status == RunStatus.QUEUED:
        _demand_time()
        with phase.Starter() as starter:
            run = claims.claim_with_retry(run, lambda: claims.to_plan(run_id=run.pk, now=clock.now()))
            redactor = _started(run, preparation.plan, starter) if run.status == RunStatus.PLANNING else None
        _follow_plan(run, redactor)
    elif run.status == RunStatus.APPROVED:
        with phase.Starter() as starter:
            run, redactor = _begin_apply(run, starter, has_slot=False)
        _follow_apply(run, redactor)
    elif run.status in HELD_BY_A_WORKER:
        _resume(claims.claim_with_retry(run, lambda: claims.adopt(run_id=run.pk, now=clock.now())))
    elif run.remediation:
        remediation.carry_out(run_id=run.pk, now=retry.until_database_answers(clock.now))


def _demand_time() -> None:
    """Raise shutdown.Leaving where nothing more is to be begun."""
    if shutdown.is_ending():
        raise shutdown.ShuttingDown


def _started(
    run: Run, prepare: Callable[[Run, phase.Starter], redaction.Redactor], starter: phase.Starter
) -> redaction.Redactor | None:
    """Have Terraform started; gives what masks its words. None: it was not, and the run has ended."""
    try:
        return prepare(run, starter)
    except preparation.NotPrepared as missing:
        outcome.not_started(run, str(missing))
        return None


def _follow_plan(run: Run, redactor: redaction.Redactor | None) -> None:
    if redactor is not None:
        _after_plan(run, _follow(run, "plan", redactor))


def _after_plan(run: Run, ended: phase.Exit | None) -> None:
    if ended is None or ended.reason == "killed":
        remediation.unlock_dead_plan(run)
    if ended is None:
        _plan_again(run)
        return
    redactor = None
    with phase.Starter() as starter:
        # What the verdict rests on is read from the database, and may have to be read once more.
        run = retry.until_database_answers(functools.partial(outcome.of_plan, run, ended))
        if run.status == RunStatus.APPROVED:
            # Policy approved it. Without another message: a dispatch in between would only cost time.
            run, redactor = _begin_apply(run, starter, has_slot=True)
    if run.status == RunStatus.PLANNING:
        _read_outputs(run)
    else:
        _follow_apply(run, redactor)


def _plan_again(run: Run) -> None:
    if event_queries.was_planned_again(run):
        outcome.of_lost_plan(run)
        return
    words = "Terraform died while planning. Nothing was changed; it plans once more."
    ingestion.add_note(run=run, level="warn", message=words, data=event_queries.PLANNED_AGAIN)
    claims.refresh(run)
    with phase.Starter() as starter:
        redactor = _started(run, preparation.plan, starter)
    _follow_plan(run, redactor)


def _read_outputs(run: Run) -> None:
    """A plan without changes: its environment's outputs may still be unknown here."""
    try:
        with phase.Starter() as starter:
            redactor = preparation.output(run, starter)
        _follow(run, "output", redactor)
    except preparation.NotPrepared as missing:
        ingestion.add_note(run=run, level="warn", message=f"The outputs could not be read. {missing}")
    retry.until_database_answers(lambda: outcome.of_unchanged(run))


def _begin_apply(
    run: Run, starter: phase.Starter, *, has_slot: bool
) -> tuple[Run, redaction.Redactor | None]:
    """Claim the run and have its plan applied; without a redactor it has ended instead."""
    _demand_time()
    plan_file = preparation.directory_of(run) / preparation.PLAN_FILE
    digest = outcome.sha256(plan_file)
    run = claims.claim_with_retry(
        run,
        lambda: claims.to_apply(run_id=run.pk, plan_sha256=digest, now=clock.now(), has_slot=has_slot),
    )
    return run, _started(run, preparation.apply, starter) if run.status == RunStatus.APPLYING else None


def _follow_apply(run: Run, redactor: redaction.Redactor | None) -> None:
    if redactor is not None:
        _after_apply(run, _follow(run, "apply", redactor))


def _after_apply(run: Run, ended: phase.Exit | None) -> None:
    if ended is None:
        retry.until_database_answers(lambda: outcome.of_lost_apply(run))
    else:
        retry.until_database_answers(lambda: outcome.of_apply(run, ended))


def _resume(run: Run) -> None:
    """Go on where another worker was: follow what lives, judge what has ended, by the files alone."""
    if run.status not in HELD_BY_A_WORKER:
        return
    directory = preparation.directory_of(run)
    name = _phase_of(run, directory)
    ingestion.add_note(run=run, level="warn", message=_words(directory, name), data={"fence": run.fence})
    claims.refresh(run)
    ended = _follow(run, name, preparation.redactor_of_running(run))
    if run.status == RunStatus.APPLYING:
        _after_apply(run, ended)
    elif name == "output":
        retry.until_database_answers(lambda: outcome.of_unchanged(run))
    else:
        _after_plan(run, ended)


def _phase_of(run: Run, directory: Path) -> str:
    if run.status == RunStatus.APPLYING:
        return "apply"
    return "output" if (directory / "output").exists() else "plan"


def _words(directory: Path, name: str) -> str:
    seen = phase.observe(directory, phase=name)
    if seen.exit:
        state = "Terraform had ended meanwhile"
    else:
        state = "Terraform goes on" if seen.is_held else "Terraform is gone"
    return f"The worker was lost; re-attached by host {hosts.host_id()[:8]}. {state}."


def _follow(run: Run, name: str, redactor: redaction.Redactor) -> phase.Exit | None:
    directory = preparation.directory_of(run)
    shown = outputs.declared(run)
    # The state is written before the outputs are read from it.
    beside = {"output": functools.partial(outcome.note_version, run)} if name == "apply" else {}
    follower = ingestion.Ingestion(
        run=run, phase=name, directory=directory, redactor=redactor, outputs_shown=shown, beside=beside
    )
    try:
        return follower.follow()
    except shutdown.ShuttingDown:
        claims.release(run=run)
        raise
