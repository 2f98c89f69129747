"""The invariants I1 to I12 over the test's database, its run directories and its account's bucket.

Each returns the violations that it found, as sentences: `assert invariants.violations() == []`.
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

# Events that neither Terraform nor the shepherd wrote.
_OF_THE_PORTAL = ("portal", "status", sweep.EVENT)


def one_running_run_per_environment() -> Iterator[str]:
    """I1: at most one run of an environment has processes."""
    for environment in Environment.objects.all():
        alive = [run for run in environment.runs.all() if lock.is_held(preparation.directory_of(run))]
        if len(alive) > 1:
            yield f"I1: {environment} has processes of several runs: {alive}"


def made_once(side_effects: Path, *, each: Iterable[str]) -> Iterator[str]:
    """I2: every planned create is once in the file that creates append to."""
    written = side_effects.read_text().split() if side_effects.exists() else []
    for name in each:
        if written.count(name) != 1:
            yield f"I2: {name} was made {written.count(name)} times"


def event_logs_are_complete() -> Iterator[str]:
    """I3: numbers from 1 without a gap, the right SHA-256, and every line that was written."""
    for run in Run.objects.all():
        reported = list(RunEvent.objects.filter(run=run).order_by("seq").values_list("seq", flat=True))
        if reported != list(range(1, run.last_seq + 1)):
            yield f"I3: {run} has {len(reported)} events of {run.last_seq}"
        if run.sealed_at and run.sha256 != _sha256(events.lines(run_id=run.pk)):
            yield f"I3: the SHA-256 of {run} is not the recorded one"
        yield from _each_line_once(run)


def _each_line_once(run: Run) -> Iterator[str]:
    """Every line of the files is stored in order, with its type and time, and nothing else is."""
    if run.status in HELD_BY_A_WORKER:
        return
    of_terraform = RunEvent.objects.filter(run=run).exclude(type__in=_OF_THE_PORTAL)
    reported = list(of_terraform.order_by("seq").values_list("type", "at"))
    written = streams.written(run.pk)
    # A run without Terraform: the test wrote its events.
    if not written and not event_queries.has_step_started(run, step="init"):
        return
    if len(reported) != len(written):
        lacking = Counter(type for type, _ in written)
        lacking.subtract(type for type, _ in reported)
        which = ", ".join(f"{count} {type}" for type, count in lacking.items() if count)
        yield f"I3: {run} has {len(reported)} of {len(written)} lines; not stored: {which}"
    elif any(_differ(*pair) for pair in zip(reported, written, strict=True)):
        yield f"I3: {run} has other lines than were written, or in another order"


def _differ(reported: tuple[str, datetime], written: tuple[str, datetime | None]) -> bool:
    return reported[0] != written[0] or written[1] not in (None, reported[1])


def equals_the_event_log(transcript: list[events.SentEvent], *, run: Run) -> Iterator[str]:
    """I4: what a browser received is what is stored."""
    if _sha256(map(events.canonical_line, transcript)) != _sha256(events.lines(run_id=run.pk)):
        yield f"I4: a viewer of {run} has {len(transcript)} of {run.last_seq} events, or others"


def no_process_of_a_final_run() -> Iterator[str]:
    """I5: no process of a final run is alive."""
    for run in Run.objects.filter(status__in=FINAL):
        if not lock.wait_until_free(preparation.directory_of(run), seconds=2):
            yield f"I5: {run} is {run.status}, alive: {lock.holder_pids(preparation.directory_of(run))}"


def no_unexplained_lock() -> Iterator[str]:
    """I6: the state of an environment without an active run is not locked, or its run says so."""
    for run in Run.objects.filter(status__in=FINAL | {RunStatus.NEEDS_ATTENTION}):
        if run.number != run.environment.run_counter or not run.started_at:
            continue
        account = accounts.to_cloud(run.environment.account)
        held = state_storage.read_lock(account, environment_id=run.environment_id)
        if held and "lock" not in run.reason:
            yield f"I6: the state of {run} is locked by {held.who}, and {run.reason!r} does not say so"


def every_status_change_is_audited() -> Iterator[str]:
    """I7: each change of a run's status has its audit entry, and the chain is intact."""
    verdict = audit.verify()
    if not verdict.is_intact:
        yield f"I7: {verdict.reason}"
    for run in Run.objects.all():
        moves = [data["to"] for data in _data_of(run, "status")]
        noted = AuditEntry.objects.filter(run_id=str(run.pk), action__in=[f"run.{to}" for to in moves])
        recorded = [entry.details.get("to") for entry in noted.order_by("seq") if "to" in entry.details]
        if recorded != moves:
            yield f"I7: {run} became {moves}, the audit trail has {recorded}"


def final_rows() -> dict[str, str]:
    """Every final run, for `unchanged_since`."""
    return {str(run.pk): serialize("json", [run]) for run in Run.objects.filter(status__in=FINAL)}


def unchanged_since(before: dict[str, str]) -> Iterator[str]:
    """I8: final runs have not changed."""
    now = final_rows()
    yield from (f"I8: run {key} has changed" for key, row in before.items() if now.get(key) != row)


def secret_is_stored_nowhere(canary: str, *, beside: Iterable[bytes] = ()) -> Iterator[str]:
    """I9: a secret is in no table and in none of the given texts (logs, frames, downloads, Redis)."""
    for model in apps.get_models():
        if canary in serialize("json", model._default_manager.all()):
            yield f"I9: the secret is in {model.__name__}"
    for number, place in enumerate(beside):
        if canary.encode() in place:
            yield f"I9: the secret is in text {number}"


def hidden_from(stranger: Client | httpx.Client, *, run: Run) -> Iterator[str]:
    """I10: a person outside the team gets 404 at every address of the run."""
    pages = ("", "actions/", "log.txt", "log.jsonl")
    addresses = [f"/runs/{run.pk}/{page}" for page in pages]
    addresses += [f"/api/v1/runs/{run.pk}/", f"/api/v1/runs/{run.pk}/events/"]
    for address in addresses:
        if (status := stranger.get(address).status_code) != 404:
            yield f"I10: {address} answers {status} to a stranger"


def state_serials_increase() -> Iterator[str]:
    """I11: serials increase and the lineage stays the same, over all versions in the bucket."""
    for environment in Environment.objects.all():
        account = accounts.to_cloud(environment.account)
        found = state_storage.list_versions(account, environment_id=environment.pk)
        read = [
            state_storage.read_state(account, environment_id=environment.pk, version_id=version.version_id)
            for version in reversed(found)
        ]
        # Versions of the same second are listed in any order, so only repeated serials can be detected.
        serials = [state.serial for state in read]
        if len(set(serials)) != len(serials) or len({state.lineage for state in read}) > 1:
            yield f"I11: the state of {environment} had the serials {serials}"


def fences_increase() -> Iterator[str]:
    """I12: each adoption has a higher fence, and the last writer has the highest."""
    for run in Run.objects.all():
        reported = [data["fence"] for data in _data_of(run, "portal") if "fence" in data]
        if reported != sorted(set(reported)) or (reported and reported[-1] > run.fence):
            yield f"I12: {run} was adopted under {reported}, its fence is {run.fence}"


def _data_of(run: Run, type: str) -> Iterator[dict[str, Any]]:
    yield from RunEvent.objects.filter(run=run, type=type).order_by("seq").values_list("data", flat=True)


ALWAYS: tuple[Callable[[], Iterator[str]], ...] = (
    one_running_run_per_environment,
    event_logs_are_complete,
    no_process_of_a_final_run,
    no_unexplained_lock,
    every_status_change_is_audited,
    state_serials_increase,
    fences_increase,
)


def violations() -> list[str]:
    """The violations of every invariant that needs only the database, the directories and the bucket."""
    return [violation for check in ALWAYS for violation in check()]


def _sha256(lines: Iterable[str]) -> str:
    return hashlib.sha256("".join(lines).encode()).hexdigest()
