"""Taking a run as far as this worker can: a list of steps for each situation, done in order.

A queued run is planned (`PLAN`); an approved one is applied (`APPLY`); after a plan without changes the
outputs are read (`READ_OUTPUTS`); a run of a dead worker is taken over (`TAKE_OVER`). A step may replace the
rest of the list: a plan that policy approves continues with the apply.
"""

import functools
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias
from uuid import UUID

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


def advance(*, run_id: UUID) -> None:
    """Advance the run, or take it over from a dead worker.

    Returns without an error if there is nothing to do, if another worker has the run, if no slot is free, and
    if this worker is stopping: Terraform then continues, and the next worker follows it.
    """
    try:
        run = retry.until_database_answers(Run.objects.filter(pk=run_id).first)
        if run is None or run.is_final:
            return
        if run.host_id not in ("", hosts.host_id()):
            dispatch.publish(run_id=run_id, now=retry.until_database_answers(clock.now))
            return
        _carry_out(run)
        if not shutdown.is_near():
            retry.until_database_answers(lambda: dispatch.next_runs(now=clock.now()))
    except shutdown.ShuttingDown:
        log.info("worker stops; the next worker takes the run", run_id=str(run_id))


@dataclass
class Job:
    """A run in this worker's hands, and what one step leaves for the next."""

    run: Run
    exit: phase.Exit | None = None
    _redactor: redaction.Redactor | None = field(default=None, init=False)
    _starter: phase.Starter | None = field(default=None, init=False)

    def warm_up(self) -> None:
        """Start the shepherd's interpreter, so that it is up once the run is claimed and prepared."""
        if self._starter is None:
            self._starter = phase.Starter().__enter__()

    def start(self, prepare: Callable[[Run, phase.Starter], redaction.Redactor]) -> None:
        """Prepare Terraform and start it. Raises preparation.NotPrepared."""
        self.warm_up()
        assert self._starter is not None  # noqa: S101 - for the type checker
        try:
            self._redactor = prepare(self.run, self._starter)
        finally:
            self.close()

    def follow(self, name: str) -> None:
        """Store the events of the phase until it has ended; `exit` is then how, or None if nothing says."""
        directory = preparation.directory_of(self.run)
        redactor = self._redactor or preparation.redactor_of_running(self.run)
        # The state is written before the outputs are read from it.
        beside = {"output": functools.partial(outcome.record_version, self.run)} if name == "apply" else {}
        follower = ingestion.Ingestion(
            run=self.run,
            phase=name,
            directory=directory,
            redactor=redactor,
            outputs_shown=outputs.declared(self.run),
            beside=beside,
        )
        try:
            self.exit = follower.follow()
        except shutdown.ShuttingDown:
            claims.release(run=self.run)
            raise

    def close(self) -> None:
        """End the interpreter that `warm_up` started, unless it has become a shepherd."""
        if self._starter is not None:
            self._starter.__exit__(None, None, None)
            self._starter = None


# A step returns None to go on with the next one, or the steps that replace all that are left.
Step: TypeAlias = "Callable[[Job], Sequence[Step] | None]"
DONE: Sequence[Step] = ()


def _carry_out(run: Run) -> None:
    job = Job(run)
    steps = deque(_steps_for(run))
    try:
        while steps:
            instead = steps.popleft()(job)
            if instead is not None:
                steps = deque(instead)
    except (claims.NotClaimed, lifecycle.LeaseLost, lifecycle.CannotMove) as reason:
        log.info("run left to another worker", run_id=str(run.pk), reason=str(reason))
    finally:
        job.close()


def _steps_for(run: Run) -> Sequence[Step]:
    if run.status == RunStatus.QUEUED:
        return PLAN
    if run.status == RunStatus.APPROVED:
        return APPLY
    if run.status in HELD_BY_A_WORKER:
        return TAKE_OVER
    return REMEDIATE if run.remediation else DONE


def _claim_plan(job: Job) -> Sequence[Step] | None:
    _check_not_stopping()
    job.warm_up()
    job.run = claims.claim_with_retry(job.run, lambda: claims.to_plan(run_id=job.run.pk, now=clock.now()))
    return None if job.run.status == RunStatus.PLANNING else DONE


def _claim_apply(job: Job, *, has_slot: bool = False) -> Sequence[Step] | None:
    _check_not_stopping()
    job.warm_up()
    digest = outcome.sha256(preparation.directory_of(job.run) / preparation.PLAN_FILE)
    job.run = claims.claim_with_retry(
        job.run,
        lambda: claims.to_apply(run_id=job.run.pk, plan_sha256=digest, now=clock.now(), has_slot=has_slot),
    )
    return None if job.run.status == RunStatus.APPLYING else DONE


def _claim_of_dead_worker(job: Job) -> Sequence[Step] | None:
    job.run = claims.claim_with_retry(job.run, lambda: claims.adopt(run_id=job.run.pk, now=clock.now()))
    return None if job.run.status in HELD_BY_A_WORKER else DONE


def _start_plan(job: Job) -> Sequence[Step] | None:
    return _start(job, preparation.plan)


def _start_apply(job: Job) -> Sequence[Step] | None:
    return _start(job, preparation.apply)


def _start(job: Job, prepare: Callable[[Run, phase.Starter], redaction.Redactor]) -> Sequence[Step] | None:
    try:
        job.start(prepare)
    except preparation.NotPrepared as missing:
        outcome.not_started(job.run, missing.reason)
        return DONE
    return None


def _follow_plan(job: Job) -> None:
    job.follow("plan")


def _follow_apply(job: Job) -> None:
    job.follow("apply")


def _judge_plan(job: Job) -> Sequence[Step] | None:
    if job.exit is None or job.exit.reason == "killed":
        remediation.unlock_dead_plan(job.run)
    if job.exit is None:
        return PLAN_AGAIN
    ended = job.exit
    if job.run.approval == Run.Approval.AUTOMATIC:
        job.warm_up()
    # The verdict is read from the database, so it may have to be read once more.
    after = retry.until_database_answers(lambda: outcome.of_plan(job.run, ended))
    return _AFTER_PLAN[after]


def _judge_apply(job: Job) -> None:
    ended = job.exit
    if ended is None:
        retry.until_database_answers(lambda: outcome.of_lost_apply(job.run))
    else:
        retry.until_database_answers(lambda: outcome.of_apply(job.run, ended))


def _judge_unchanged(job: Job) -> None:
    retry.until_database_answers(lambda: outcome.of_unchanged(job.run))


def _note_second_plan(job: Job) -> Sequence[Step] | None:
    """Terraform died while planning: plan once more, but not a third time."""
    if event_queries.was_planned_again(job.run):
        outcome.of_lost_plan(job.run)
        return DONE
    words = "Terraform died while planning. Nothing was changed. The run is planned once more."
    ingestion.add_note(run=job.run, level="warn", message=words, data=event_queries.PLANNED_AGAIN)
    claims.refresh(job.run)
    return None


def _read_outputs(job: Job) -> None:
    """The plan has no changes, but the environment's outputs may still be unknown here."""
    try:
        job.start(preparation.output)
        job.follow("output")
    except preparation.NotPrepared as missing:
        ingestion.add_note(run=job.run, level="warn", message=f"The outputs could not be read. {missing}")


def _follow_on(job: Job) -> Sequence[Step]:
    """Continue where the dead worker was. What lives and what has ended is in the run's files."""
    name = _phase_of(job.run)
    note = _takeover_note(job.run, name)
    ingestion.add_note(run=job.run, level="warn", message=note, data={"fence": job.run.fence})
    claims.refresh(job.run)
    job.follow(name)
    return {"plan": (_judge_plan,), "apply": (_judge_apply,), "output": (_judge_unchanged,)}[name]


def _remediate(job: Job) -> None:
    remediation.carry_out(run_id=job.run.pk, now=retry.until_database_answers(clock.now))


def _check_not_stopping() -> None:
    """Raise shutdown.ShuttingDown if this worker must not start anything more."""
    if shutdown.is_ending():
        raise shutdown.ShuttingDown


def _phase_of(run: Run) -> str:
    if run.status == RunStatus.APPLYING:
        return "apply"
    return "output" if (preparation.directory_of(run) / "output").exists() else "plan"


def _takeover_note(run: Run, name: str) -> str:
    seen = phase.observe(preparation.directory_of(run), phase=name)
    if seen.exit:
        state = "Terraform has ended in the meantime"
    else:
        state = "Terraform continues" if seen.is_held else "Terraform is gone"
    return f"The worker was lost; re-attached by host {hosts.host_id()[:8]}. {state}."


PLAN: Sequence[Step] = (_claim_plan, _start_plan, _follow_plan, _judge_plan)
PLAN_AGAIN: Sequence[Step] = (_note_second_plan, _start_plan, _follow_plan, _judge_plan)
APPLY: Sequence[Step] = (_claim_apply, _start_apply, _follow_apply, _judge_apply)
# Without another message and another slot: both would only cost time.
APPLY_AT_ONCE: Sequence[Step] = (functools.partial(_claim_apply, has_slot=True), *APPLY[1:])
READ_OUTPUTS: Sequence[Step] = (_read_outputs, _judge_unchanged)
TAKE_OVER: Sequence[Step] = (_claim_of_dead_worker, _follow_on)
REMEDIATE: Sequence[Step] = (_remediate,)
_AFTER_PLAN: dict[outcome.AfterPlan, Sequence[Step]] = {
    outcome.AfterPlan.ENDED: DONE,
    outcome.AfterPlan.WAITS_FOR_APPROVAL: DONE,
    outcome.AfterPlan.IS_APPROVED: APPLY_AT_ONCE,
    outcome.AfterPlan.HAS_NO_CHANGES: READ_OUTPUTS,
}
