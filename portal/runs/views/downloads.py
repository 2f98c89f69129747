"""The event log of a run as a file, streamed page by page: text for people, JSON lines for programs."""

import uuid
from collections.abc import AsyncIterator, Callable

from asgiref.sync import sync_to_async
from django.http import HttpRequest, StreamingHttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from portal import access
from provisioner.models import Run
from provisioner.runs import events

PAGE = 2000


@require_GET
@never_cache
async def lines(request: HttpRequest, run_id: uuid.UUID) -> StreamingHttpResponse:
    """Canonical JSON lines. The SHA-256 of a sealed run's file is the SHA-256 of the run."""
    return await _download(request, run_id, "jsonl", events.canonical_line)


@require_GET
@never_cache
async def text(request: HttpRequest, run_id: uuid.UUID) -> StreamingHttpResponse:
    """Plain text: time, phase, level, message."""
    return await _download(request, run_id, "txt", _as_text)


def _as_text(event: events.SentEvent) -> str:
    detail = event["data"].get("detail") if event["type"] == "diagnostic" else None
    message = "\n".join(part for part in (event["message"], str(detail or "")) if part)
    head = f"{event['at'][:23]}Z  {event['phase']:<8}  {event['level']:<5}  "
    return head + message.replace("\n", "\n" + " " * len(head)) + "\n"


async def _download(
    request: HttpRequest, run_id: uuid.UUID, extension: str, to_line: Callable[[events.SentEvent], str]
) -> StreamingHttpResponse:
    user = await request.auser()
    run = await sync_to_async(access.run)(user, run_id)
    kind = "application/x-ndjson" if extension == "jsonl" else "text/plain"
    response = StreamingHttpResponse(_pages(run, to_line), content_type=f"{kind}; charset=utf-8")
    disposition = "attachment" if extension == "jsonl" or "download" in request.GET else "inline"
    name = f"{run.environment.name}-run-{run.number}.{extension}"
    response["Content-Disposition"] = f'{disposition}; filename="{name}"'
    return response


async def _pages(run: Run, to_line: Callable[[events.SentEvent], str]) -> AsyncIterator[str]:
    cursor = 0
    # Of a run that is still running, only the events that existed at the time of the request.
    while cursor < run.last_seq:
        found = await sync_to_async(events.after)(run_id=run.pk, cursor=cursor, limit=PAGE)
        if not found:
            return
        yield "".join(to_line(event) for event in found if event["seq"] <= run.last_seq)
        cursor = found[-1]["seq"]
