import asyncio
import hashlib
import uuid
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.sessions.models import Session
from django.utils import timezone
from pytest_django import Settings

from portal.accounts.models import User
from portal.live import close_codes, connection_limits, consumers, hub, reading, streaming
from provisioner.models import AuditEntry, Run
from provisioner.run_status import RunStatus
from provisioner.runs import events
from tests.portal.live.viewer import Viewer, session_of
from tests.support import stage

# The socket reads in its own threads: what a test writes must be committed.
pytestmark = pytest.mark.django_db(transaction=True)

say = sync_to_async(stage.say)
move = sync_to_async(stage.move)


@pytest.fixture
def _fast(monkeypatch: pytest.MonkeyPatch) -> None:
    """The timers of the stream, thirty times as fast."""
    for name in ("HEARTBEAT_SECONDS", "ACCESS_CHECK_SECONDS"):
        monkeypatch.setattr(streaming, name, getattr(streaming, name) / 30)
    for name in ("ACTIVE_POLL_SECONDS", "IDLE_POLL_SECONDS"):
        monkeypatch.setattr(hub, name, getattr(hub, name) / 30)


class TestHandshake:
    async def test_without_a_session_closes_with_4401(self, applying_run: Run) -> None:
        async with Viewer(applying_run.pk) as viewer:
            assert await viewer.closing() == close_codes.NO_SESSION == 4401

    async def test_of_a_person_outside_the_team_closes_with_4404_and_is_audited(
        self, applying_run: Run, mallory: User
    ) -> None:
        async with Viewer(applying_run.pk, mallory) as viewer:
            assert await viewer.closing() == close_codes.NOT_FOUND == 4404

        entry = await AuditEntry.objects.aget(result="denied")
        assert (entry.actor, entry.action, entry.user_agent) == ("mallory", "run.see", "Firefox")
        assert entry.run_id == str(applying_run.pk)

    async def test_for_a_run_that_does_not_exist_closes_with_the_same_code(self, alice: User) -> None:
        async with Viewer(uuid.uuid4(), alice) as viewer:
            assert await viewer.closing() == close_codes.NOT_FOUND

    async def test_at_another_address_closes_with_the_same_code(self, alice: User) -> None:
        viewer = Viewer("x", alice)
        viewer.address = "/ws/elsewhere/"
        async with viewer:
            assert await viewer.closing() == close_codes.NOT_FOUND

    @pytest.mark.parametrize("after", ["-1", "x", "1.5", "9" * 12, "%00", "\u0661", "9999"])
    async def test_with_an_invalid_cursor_closes(self, applying_run: Run, alice: User, after: str) -> None:
        async with Viewer(applying_run.pk, alice, query=f"?after={after}") as viewer:
            assert await viewer.closing() == close_codes.BAD_FRAME

    async def test_of_a_person_with_too_many_sockets_closes(
        self, applying_run: Run, alice: User, settings: Settings
    ) -> None:
        settings.SOCKETS_PER_PERSON = 1
        async with Viewer(applying_run.pk, alice) as first:
            await first.frame()
            async with Viewer(applying_run.pk, alice) as second:
                assert await second.closing() == close_codes.TOO_MANY

        assert connection_limits.open_connections() == 0


class TestStream:
    async def test_of_a_finished_run_ends_with_count_and_sha256(self, applied_run: Run, alice: User) -> None:
        async with Viewer(applied_run.pk, alice) as viewer:
            first = await viewer.frame()
            end = await viewer.frame()
            code = await viewer.closing()

        lines = "".join(events.canonical_line(event) for event in first["events"])
        count = len(first["events"])
        assert [event["seq"] for event in first["events"]] == list(range(1, count + 1))
        assert end == {
            "end": True,
            "last_seq": count,
            "count": count,
            "sha256": hashlib.sha256(lines.encode()).hexdigest(),
        }
        assert end["sha256"] == applied_run.sha256
        assert code == close_codes.COMPLETE == 1000

    async def test_starts_after_the_cursor(self, applied_run: Run, alice: User) -> None:
        async with Viewer(applied_run.pk, alice, query="?after=3") as viewer:
            frame = await viewer.frame()

        assert frame["events"][0]["seq"] == 4

    async def test_sends_events_as_they_happen(self, applying_run: Run, alice: User) -> None:
        async with Viewer(applying_run.pk, alice) as viewer:
            before = await viewer.events(up_to=applying_run.last_seq)
            await say(applying_run, "one", "two")
            during = await viewer.events(up_to=applying_run.last_seq + 2)
            await move(applying_run, RunStatus.APPLIED)
            after = await viewer.events(up_to=applying_run.last_seq + 3)
            end = await viewer.frame()

        got = before + during + after
        assert [event["seq"] for event in got] == list(range(1, len(got) + 1))
        assert [event["message"] for event in during] == ["one", "two"]
        assert (end["end"], end["count"]) == (True, len(got))
        lines = "".join(events.canonical_line(event) for event in got)
        assert end["sha256"] == hashlib.sha256(lines.encode()).hexdigest()

    async def test_sends_a_long_event_log_in_pages(self, applying_run: Run, alice: User) -> None:
        await say(applying_run, *(f"line {number}" for number in range(1200)))

        async with Viewer(applying_run.pk, alice) as viewer:
            frames = [await viewer.frame() for _ in range(3)]

        assert [len(frame["events"]) for frame in frames[:2]] == [reading.PAGE, reading.PAGE]
        assert [frame["last_seq"] for frame in frames[:2]] == [500, 1000]
        assert {frame["known"] for frame in frames} == {applying_run.last_seq + 1200}

    @pytest.mark.usefixtures("_fast")
    async def test_does_not_need_change_notifications(
        self, applying_run: Run, alice: User, settings: Settings
    ) -> None:
        settings.CHANNEL_LAYERS = {
            "default": {
                "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
                "CONFIG": {"hosts": ["redis://127.0.0.1:1"]},
            }
        }

        async with Viewer(applying_run.pk, alice) as viewer:
            await viewer.events(up_to=applying_run.last_seq)
            await say(applying_run, "not notified")
            [event] = await viewer.events(up_to=applying_run.last_seq + 1)

        assert event["message"] == "not notified"

    async def test_resumed_at_any_cursor_sends_the_same_events(self, applying_run: Run, alice: User) -> None:
        await say(applying_run, *(f"line {number}" for number in range(40)))
        await move(applying_run, RunStatus.APPLIED)

        for cursor in (0, 1, 17, 44):
            got: list[int] = []
            async with Viewer(applying_run.pk, alice, query=f"?after={cursor}") as viewer:
                while not (frame := await viewer.frame()).get("end"):
                    got += [event["seq"] for event in frame["events"]]
            assert got == list(range(cursor + 1, frame["count"] + 1))


class TestAcknowledgment:
    async def test_limits_how_far_the_server_is_ahead(
        self, applying_run: Run, alice: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(streaming, "MAX_UNACKNOWLEDGED_EVENTS", 1000)
        async with Viewer(applying_run.pk, alice) as viewer:
            await viewer.events(up_to=applying_run.last_seq)
            await viewer.say({"ack": applying_run.last_seq})
            await say(applying_run, *(f"line {number}" for number in range(1700)))
            frames = [await viewer.frame(), await viewer.frame()]
            is_silent = await viewer.is_silent(for_seconds=0.5)
            await viewer.say({"ack": frames[-1]["last_seq"]})
            following = await viewer.events(up_to=applying_run.last_seq + 1700)

        assert is_silent
        assert frames[-1]["last_seq"] == applying_run.last_seq + 1000
        assert following[0]["seq"] == frames[-1]["last_seq"] + 1

    async def test_is_optional(self, applying_run: Run, alice: User) -> None:
        await say(applying_run, *(f"line {number}" for number in range(2600)))

        async with Viewer(applying_run.pk, alice) as viewer:
            got = await viewer.events(up_to=applying_run.last_seq + 2600)

        assert len(got) == applying_run.last_seq + 2600

    @pytest.mark.parametrize(
        "frame",
        ["", "{", "[]", "5", '{"ack": "1"}', '{"ack": true}', '{"ack": -1}', '{"ack": 1.5}', "{}", "x" * 300,
         '{"run": "another"}', "[" * 250],
    )  # fmt: skip
    async def test_in_another_format_closes(self, applying_run: Run, alice: User, frame: str) -> None:
        async with Viewer(applying_run.pk, alice) as viewer:
            await viewer.frame()
            await viewer.say(frame)
            assert await viewer.closing() == close_codes.BAD_FRAME

    async def test_in_bytes_closes(self, applying_run: Run, alice: User) -> None:
        async with Viewer(applying_run.pk, alice) as viewer:
            await viewer.frame()
            await viewer.say(b"\x00")
            assert await viewer.closing() == close_codes.BAD_FRAME

    async def test_flood_closes(
        self, applying_run: Run, alice: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(consumers, "FRAMES_PER_WINDOW", 5)
        async with Viewer(applying_run.pk, alice) as viewer:
            await viewer.frame()
            for _ in range(6):
                await viewer.say({"ack": 1})
            assert await viewer.closing() == close_codes.TOO_MANY


@pytest.mark.usefixtures("_fast")
class TestOpenSocket:
    async def heartbeat(self, viewer: Viewer) -> dict[str, Any]:
        while "alive" not in (frame := await viewer.frame()):
            pass
        return frame

    async def test_sends_heartbeats_with_the_state_of_the_worker(
        self, applying_run: Run, alice: User
    ) -> None:
        async with Viewer(applying_run.pk, alice) as viewer:
            heartbeat = await self.heartbeat(viewer)
            assert (heartbeat["worker"], heartbeat["events"]) == ("ok", [])

    async def test_says_since_when_the_worker_is_silent(
        self, applying_run: Run, alice: User, settings: Settings
    ) -> None:
        renewed_at = timezone.now() - timedelta(seconds=100)
        expired = renewed_at + timedelta(seconds=settings.LEASE_SECONDS)
        await Run.objects.filter(pk=applying_run.pk).aupdate(lease_expires_at=expired)

        async with Viewer(applying_run.pk, alice) as viewer:
            heartbeat = await self.heartbeat(viewer)

        assert heartbeat["worker"] == f"silent since {renewed_at:%Y-%m-%dT%H:%M:%SZ}"

    async def test_reports_no_worker_for_a_run_that_needs_none(self, planned_run: Run, alice: User) -> None:
        async with Viewer(planned_run.pk, alice) as viewer:
            assert (await self.heartbeat(viewer))["worker"] == "none"

    @pytest.mark.parametrize("change", ["left the team", "was disabled", "signed out", "new password"])
    async def test_closes_when_the_person_may_no_longer_watch(
        self, applying_run: Run, alice: User, change: str
    ) -> None:
        async with Viewer(applying_run.pk, alice) as viewer:
            await viewer.frame()
            if change == "left the team":
                await alice.teams.aclear()
            elif change == "signed out":
                await Session.objects.all().adelete()
            else:
                alice.is_active = change != "was disabled"
                await sync_to_async(alice.set_password)("another")
                await alice.asave()
            assert await viewer.closing() == close_codes.NO_LONGER_ALLOWED == 4403

    async def test_closes_when_the_person_loses_the_role_that_allowed_it(
        self, applying_run: Run, oscar: User
    ) -> None:
        async with Viewer(applying_run.pk, oscar) as viewer:
            await viewer.frame()
            oscar.role = "member"
            await oscar.asave()
            assert await viewer.closing() == close_codes.NO_LONGER_ALLOWED

    async def test_does_not_change_a_session_of_an_earlier_secret_key(
        self, applying_run: Run, alice: User, settings: Settings
    ) -> None:
        cookie = await sync_to_async(session_of)(alice)
        before = [each async for each in Session.objects.values()]
        settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another-" * 8

        async with Viewer(applying_run.pk, cookie=cookie) as viewer:
            assert (await viewer.frame())["events"]

        assert [each async for each in Session.objects.values()] == before

    async def test_closes_after_its_maximum_lifetime(
        self, applying_run: Run, alice: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(streaming, "MAX_LIFETIME_SECONDS", 0.3)
        async with Viewer(applying_run.pk, alice) as viewer:
            assert await viewer.closing() == close_codes.MAX_LIFETIME == 4408

    async def test_leaves_no_task_and_no_slot_behind(self, applying_run: Run, alice: User) -> None:
        before = len(asyncio.all_tasks())

        async with Viewer(applying_run.pk, alice) as viewer:
            await viewer.frame()

        assert connection_limits.open_connections() == 0
        assert len(asyncio.all_tasks()) <= before
