"""The ingestion, with a file that the test writes and a claimed run."""

import fcntl
import json
import threading
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone

from provisioner import shutdown
from provisioner.database import retry
from provisioner.models import Run, RunEvent
from provisioner.runs import events, lifecycle
from provisioner.terraform import lock, phase, redaction
from provisioner.worker import claims, ingestion, preparation
from tests.support.engine import PlaceOrder

pytestmark = pytest.mark.django_db
ENDED = {"exit_code": 0, "step": "plan", "reason": "finished", "started_at": "", "finished_at": ""}


@pytest.fixture
def run(place_order: PlaceOrder) -> Run:
    return claims.to_plan(run_id=place_order().pk, now=timezone.now())


@pytest.fixture
def folder(run: Run) -> Path:
    """The workspace with a finished plan phase that wrote nothing."""
    directory = preparation.directory_of(run)
    (directory / "plan").mkdir(parents=True)
    (directory / "plan" / "exit.json").write_text(json.dumps(ENDED))
    return directory


def write(folder: Path, *lines: bytes) -> None:
    with phase.stream_path(folder, phase="plan").open("ab") as file:
        file.write(b"".join(lines))


def follow(
    run: Run, folder: Path, *, secrets: tuple[str, ...] = (), beside: Any = MappingProxyType({})
) -> phase.Exit | None:
    redactor = redaction.Redactor(secrets)
    follower = ingestion.Ingestion(run=run, phase="plan", directory=folder, redactor=redactor, beside=beside)
    return follower.follow()


def messages(run: Run) -> list[str]:
    reported = RunEvent.objects.filter(run=run, phase="plan").order_by("seq")
    return list(reported.values_list("message", flat=True))


def test_every_line_becomes_one_event_even_without_a_final_newline(run: Run, folder: Path) -> None:
    write(folder, b"one\n", b"two\n", b"three")

    ended = follow(run, folder)

    assert ended == phase.Exit(**ENDED)  # type: ignore[arg-type]
    assert messages(run) == ["one", "two", "three"]


def test_continues_where_another_worker_stopped(run: Run, folder: Path) -> None:
    write(folder, b"one\n", b"two\n")
    follow(run, folder)
    write(folder, b"three\n")

    follow(Run.objects.get(pk=run.pk), folder)

    assert messages(run) == ["one", "two", "three"]


@pytest.mark.django_db(transaction=True)
def test_stores_nothing_twice_if_the_connection_breaks_at_the_commit(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(folder, b"one\n", b"two\n")
    transaction, cuts = ingestion.Ingestion._transaction, iter([True])

    def break_after_commit(self: ingestion.Ingestion, *given: Any) -> Run:
        row = transaction(self, *given)
        if next(cuts, False):
            raise OperationalError("server closed the connection unexpectedly")
        return row

    monkeypatch.setattr(ingestion.Ingestion, "_transaction", break_after_commit)

    follow(run, folder)

    assert next(cuts, "cut") == "cut"
    assert messages(run) == ["one", "two"]


@pytest.mark.django_db(transaction=True)
def test_stores_a_note_once_if_the_connection_breaks_at_its_commit(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell, cuts = ingestion.append_once, iter([True])

    def break_after_commit(*given: Any, **more: Any) -> None:
        tell(*given, **more)
        if next(cuts, False):
            raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(ingestion, "append_once", break_after_commit)

    ingestion.add_note(run=run, message="Once.")
    ingestion.add_note(run=run, message="Once.")

    reported = RunEvent.objects.filter(run=run, message="Once.")
    assert reported.count() == 2  # two notes, the first of which was sent twice


def test_an_event_type_is_never_longer_than_its_column(run: Run, folder: Path) -> None:
    write(folder, json.dumps({"@message": "long", "type": "a" * 41}).encode() + b"\n")

    follow(run, folder)

    assert messages(run) == ["long"]


def test_stores_lines_that_a_database_would_reject(run: Run, folder: Path) -> None:
    write(folder, b"nul \0 here\n", b"\xff\xfe broken\n", b'{"@message":"n\\u0000l","type":"log"}\n')

    follow(run, folder)

    assert messages(run)[0] == "nul \ufffd here"
    assert messages(run)[2] == "n\ufffdl"


@pytest.mark.parametrize(
    "text", ["a\tb", "back\\slash \\N \\.", "\\", "two\\nlines", "one\rreturn", "'; --", "%s {} \x01"]
)
def test_the_content_of_a_line_is_stored_unchanged(run: Run, folder: Path, text: str) -> None:
    reported = {"@message": text, "type": "apply_start", "hook": {"action": text, "resource": {"addr": text}}}
    write(folder, json.dumps(reported).encode() + b"\n", b"the next\n")

    follow(run, folder)

    event = RunEvent.objects.get(run=run, type="apply_start")
    assert (event.message, event.resource, event.data["action"]) == (text, text, text)
    assert messages(run) == [text, "the next"]


def test_a_state_dump_goes_to_a_private_file_and_not_into_events(run: Run, folder: Path) -> None:
    dump = b'{"@level":"info","@message":"x","type":"log","state":{"secret":"hunter2-and-more"}}\n'
    write(folder, dump)

    follow(run, folder)

    assert RunEvent.objects.get(run=run, type="state_dump").level == "error"
    assert "hunter2" not in "".join(messages(run))
    dump_file = folder / ingestion.EMERGENCY_STATE_FILE
    assert dump_file.read_bytes() == dump
    assert dump_file.stat().st_mode & 0o777 == 0o600


def test_secrets_are_masked_before_they_are_stored(run: Run, folder: Path) -> None:
    write(folder, b"key is hunter2-and-more\n")

    follow(run, folder, secrets=("hunter2-and-more",))

    assert messages(run) == ["key is (sensitive value)"]


def test_a_log_over_its_limit_is_cut_with_a_mark_and_keeps_decisive_events(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingestion, "LOG_LIMIT_BYTES", 10)
    summary = {"@level": "info", "@message": "Plan: 2", "type": "change_summary", "changes": {"add": 2}}
    write(folder, b"noise\n", b"more noise\n", b"and more\n", json.dumps(summary).encode() + b"\n")

    follow(run, folder)

    assert [message[:12] for message in messages(run)] == ["noise", "The log is o", "Plan: 2"]


def test_an_unsupported_major_version_is_reported_and_stopped(run: Run, folder: Path) -> None:
    write(folder, b'{"@level":"info","@message":"Terraform 9","type":"version","ui":"2.0"}\n')

    follow(run, folder)

    assert messages(run)[0].startswith("This version of Terraform is not supported")
    assert (folder / "plan" / "cancel").exists()


def test_a_lost_lease_writes_nothing(run: Run, folder: Path) -> None:
    write(folder, b"one\n")
    Run.objects.filter(pk=run.pk).update(fence=run.fence + 1)

    with pytest.raises(lifecycle.LeaseLost):
        follow(run, folder)

    assert messages(run) == []


def test_the_lease_is_renewed_with_what_is_stored(run: Run, folder: Path) -> None:
    soon = timezone.now() + timedelta(seconds=1)
    Run.objects.filter(pk=run.pk).update(lease_expires_at=soon)
    write(folder, b"one\n")

    follow(run, folder)

    renewed = Run.objects.get(pk=run.pk).lease_expires_at
    assert renewed
    assert renewed > soon


class TestRunningPhase:
    @pytest.fixture(autouse=True)
    def _alive(self, folder: Path) -> Any:
        """A process of the run is alive and has not reported its end."""
        (folder / "plan" / "exit.json").unlink()
        descriptor = lock_of(folder)
        yield
        descriptor.close()

    def test_is_left_immediately_by_a_stopping_worker(self, run: Run, folder: Path) -> None:
        write(folder, b"one\n")
        shutdown.announce()
        try:
            with pytest.raises(shutdown.ShuttingDown):
                follow(run, folder)
        finally:
            shutdown.forget()

        assert messages(run) == ["one"]

    def test_a_line_that_arrives_during_a_write_waits_for_the_next_batch(
        self, run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        append = events.append

        def slowly(row: Run, new: list[events.NewEvent]) -> None:
            write(folder, b"meanwhile\n")
            append(row, new)

        monkeypatch.setattr(events, "append", slowly)
        write(folder, b"one\n")
        shutdown.announce()
        try:
            with pytest.raises(shutdown.ShuttingDown):
                follow(run, folder)
        finally:
            shutdown.forget()

        assert messages(run) == ["one"]

    def test_a_stop_request_reaches_terraform(self, run: Run, folder: Path) -> None:
        Run.objects.filter(pk=run.pk).update(cancel_asked_at=timezone.now())
        follower = ingestion.Ingestion(
            run=run, phase="plan", directory=folder, redactor=redaction.Redactor(())
        )

        follower._renew_and_read_requests()

        assert (folder / "plan" / "cancel").exists()

    def test_work_beside_a_step_is_done_once(
        self, run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        append = events.append
        known: list[list[str]] = []

        def end_with_the_second(row: Run, new: list[events.NewEvent]) -> None:
            append(row, new)
            if new[-1].message == "and on":
                (folder / "plan" / "exit.json").write_text(json.dumps(ENDED))

        def act() -> None:
            known.append(messages(run))
            write(folder, b"and on\n")

        monkeypatch.setattr(events, "append", end_with_the_second)
        begun = {"type": "step_start", "step": "plan", "@message": "plan started"}
        write(folder, json.dumps(begun).encode() + b"\n")

        follow(run, folder, beside={"plan": act, "output": act})

        assert known == [["plan started"]]
        assert messages(run) == ["plan started", "and on"]

    def test_the_start_of_a_step_is_not_delayed(
        self, run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(ingestion, "TICK_SECONDS", 60.0)
        follower = ingestion.Ingestion(
            run=run, phase="plan", directory=folder, redactor=redaction.Redactor(())
        )
        waiting = threading.Thread(target=follower._wait, kwargs={"for_line": False}, daemon=True)
        waiting.start()

        (folder / "plan" / "pid.json").touch()  # the shepherd writes it again for each step

        waiting.join(10)
        assert not waiting.is_alive()


def lock_of(folder: Path) -> Any:
    file = (folder / lock.FILE_NAME).open("w")
    fcntl.flock(file, fcntl.LOCK_EX)
    return file


class TestWithoutADatabase:
    def test_waits_for_the_database(self) -> None:
        answers = iter([OperationalError("gone"), OperationalError("gone"), 7])

        def ask() -> Any:
            answer = next(answers)
            if isinstance(answer, Exception):
                raise answer
            return answer

        assert retry.until_database_answers(ask) == 7

    def test_stops_waiting_if_the_worker_must_stop(self) -> None:
        shutdown.announce()
        try:
            with pytest.raises(shutdown.ShuttingDown):
                retry.until_database_answers(_away)
        finally:
            shutdown.forget()


def _away() -> None:
    raise OperationalError("gone")
