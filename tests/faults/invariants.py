"""The invariants I1 to I12 over the test's database, its run directories and its account's bucket.

Each gives the violations it found, in sentences: `assert invariants.violations() == []`.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
from django.apps import apps
from django.core.serializers import serialize
from django.test import Client

from provisioner import accounts, audit
from provisioner.cloud import state_storage
from provisioner.models import AuditEntry, Environment, Run, RunEvent
from provisioner.run_status import FINAL, HELD_BY_A_WORKER, RunStatus
from provisioner.runs import event_queries, events
from provisioner.terraform import lock
from provisioner.worker import preparation, sweep
from tests.faults import streams

# Beside what Terraform and its shepherd say.
_OF_THE_PORTAL = ("portal", "status", sweep.EVENT)


def one_tree_at_a_time() -> Iterator[str]:
    """I1: of an environment's runs at most one has living processes."""
    for environment in Environment.objects.all():
        alive = [run for run in environment.runs.all() if lock.is_held(preparation.directory_of(run))]
        if len(alive) > 1:
            yield f"I1: {environment} is worked on by {alive}"


def made_once(side_effects: Path, *, each: Iterable[str]) -> Iterator[str]:
    """I2: every planned create stands once in the file that creates append to."""
    written = side_effects.read_text().split() if side_effects.exists() else []
    for name in each:
        if written.count(name) != 1:
            yield f"I2: {name} was made {written.count(name)} times"


def event_logs_are_complete() -> Iterator[str]:
    """I3: numbers from 1 without a hole, the seal over them, and every line that was written."""
    for run in Run.objects.all():
        reported = list(RunEvent.objects.filter(run=run).order_by("seq").values_list("seq", flat=True))
        if reported != list(range(1, run.last_seq + 1)):
            yield f"I3: {run} has {len(reported)} events of {run.last_seq}"
        if run.sealed_at and run.sha256 != _sha256(events.lines(run_id=run.pk)):
            yield f"I3: {run} is not what it was sealed as"
        yield from _each_line_once(run)


def _each_line_once(run: Run) -> Iterator[str]:
    """Every line of its files is reported, in order, as what it was and of when it was; and nothing else."""
    if run.status in HELD_BY_A_WORKER:
        return
    of_terraform = RunEvent.objects.filter(run=run).exclude(type__in=_OF_THE_PORTAL)
    reported = list(of_terraform.order_by("seq").values_list("type", "at"))
    written = streams.written(run.pk)
    # A stage's run has had no Terraform, and tells what the test output.
    if not written and not event_queries.has_step_started(run, step="init"):
        return
    if len(reported) != len(written):
        lacking = Counter(type for type, _ in written)
        lacking.subtract(type for type, _ in reported)
        which = ", ".join(f"{count} {type}" for type, count in lacking.items() if count)
        yield f"I3: {run} tells {len(reported)} of {len(written)} lines; not reported: {which}"
    elif any(_differ(*pair) for pair in zip(reported, written, strict=True)):
        yield f"I3: {run} tells other lines than were written, or in another order"


def _differ(reported: tuple[str, datetime], written: tuple[str, datetime | None]) -> bool:
    return reported[0] != written[0] or written[1] not in (None, reported[1])


def is_the_event_log(transcript: list[events.SentEvent], *, run: Run) -> Iterator[str]:
    """I4: what a browser received is what is stored."""
    if _sha256(map(events.canonical_line, transcript)) != _sha256(events.lines(run_id=run.pk)):
        yield f"I4: a viewer of {run} has {len(transcript)} of {run.last_seq} events, or others"


def nothing_lives_on() -> Iterator[str]:
    """I5: nothing of a final run is alive."""
    for run in Run.objects.filter(status__in=FINAL):
        if not lock.wait_until_free(preparation.directory_of(run), seconds=2):
            yield f"I5: {run} is {run.status} and {lock.holder_pids(preparation.directory_of(run))} live"


def no_orphan_lock() -> Iterator[str]:
    """I6: no lock on the state of an environment at rest, or its run says so."""
    for run in Run.objects.filter(status__in=FINAL | {RunStatus.NEEDS_ATTENTION}):
        if run.number != run.environment.run_counter or not run.started_at:
            continue
        account = accounts.to_cloud(run.environment.account)
        held = state_storage.read_lock(account, environment_id=run.environment_id)
        if held and "lock" not in run.reason:
            yield f"I6: the state of {run} is locked by {held.who}, and {run.reason!r} does not say so"


def every_move_is_in_the_audit_trail() -> Iterator[str]:
    """I7: each move of a run has its entry, and the chain holds."""
    verdict = audit.verify()
    if not verdict.is_intact:
        yield f"I7: {verdict.reason}"
    for run in Run.objects.all():
        moves = [data["to"] for data in _datas(run, "status")]
        noted = AuditEntry.objects.filter(run_id=str(run.pk), action__in=[f"run.{to}" for to in moves])
        recorded = [entry.details.get("to") for entry in noted.order_by("seq") if "to" in entry.details]
        if recorded != moves:
            yield f"I7: {run} went {moves}, the audit trail has {recorded}"


def final_rows() -> dict[str, str]:
    """Every final run as it is now, for `unchanged_since`."""
    return {str(run.pk): serialize("json", [run]) for run in Run.objects.filter(status__in=FINAL)}


def unchanged_since(before: dict[str, str]) -> Iterator[str]:
    """I8: what was final is still the same."""
    now = final_rows()
    yield from (f"I8: run {key} has changed" for key, row in before.items() if now.get(key) != row)


def shows_nowhere(canary: str, *, beside: Iterable[bytes] = ()) -> Iterator[str]:
    """I9: a secret is in no table, nor in the given texts (logs, frames, downloads, Redis)."""
    for model in apps.get_models():
        if canary in serialize("json", model._default_manager.all()):
            yield f"I9: the secret is in {model.__name__}"
    for number, place in enumerate(beside):
        if canary.encode() in place:
            yield f"I9: the secret is in place {number}"


def hidden_from(stranger: Client | httpx.Client, *, run: Run) -> Iterator[str]:
    """I10: a stranger finds nothing under the run's addresses."""
    pages = ("", "actions/", "log.txt", "log.jsonl")
    addresses = [f"/runs/{run.pk}/{page}" for page in pages]
    addresses += [f"/api/v1/runs/{run.pk}/", f"/api/v1/runs/{run.pk}/events/"]
    for address in addresses:
        if (status := stranger.get(address).status_code) != 404:
            yield f"I10: {address} answers {status} to a stranger"


def states_go_forward() -> Iterator[str]:
    """I11: serials rise within one lineage, over every version in the bucket."""
    for environment in Environment.objects.all():
        account = accounts.to_cloud(environment.account)
        found = state_storage.list_versions(account, environment_id=environment.pk)
        read = [
            state_storage.read_state(account, environment_id=environment.pk, version_id=version.version_id)
            for version in reversed(found)
        ]
        # Versions of one second are listed in any order: a set that repeats nothing has stepped back nowhere.
        serials = [state.serial for state in read]
        if len(set(serials)) != len(serials) or len({state.lineage for state in read}) > 1:
            yield f"I11: the state of {environment} went {serials}"


def fences_rise() -> Iterator[str]:
    """I12: the last writer holds the highest fence, and each adoption has one of its own."""
    for run in Run.objects.all():
        reported = [data["fence"] for data in _datas(run, "portal") if "fence" in data]
        if reported != sorted(set(reported)) or (reported and reported[-1] > run.fence):
            yield f"I12: {run} was adopted under {reported}, its fence is {run.fence}"


def _datas(run: Run, type: str) -> Iterator[dict[str, Any]]:
    yield from RunEvent.objects.filter(run=run, type=type).order_by("seq").values_list("data", flat=True)


ALWAYS: tuple[Callable[[], Iterator[str]], ...] = (
    one_tree_at_a_time,
    event_logs_are_complete,
    nothing_lives_on,
    no_orphan_lock,
    every_move_is_in_the_audit_trail,
    states_go_forward,
    fences_rise,
)


def violations() -> list[str]:
    """Of every invariant that needs nothing but the database, the directories and the bucket."""
    return [violation for check in ALWAYS for violation in check()]


def _sha256(lines: Iterable[str]) -> str:
    return hashlib.sha256("".join(lines).encode()).hexdigest()
