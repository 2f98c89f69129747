"""The whole story of a run as a file, streamed page by page: text for people, JSON lines for programs."""

import uuid
from collections.abc import AsyncIterator, Callable
from typing import Any

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
    """Canonical JSON lines: `sha256sum` of a sealed run's file is the run's SHA-256."""
    return await _download(request, run_id, "jsonl", events.canonical_line)


@require_GET
@never_cache
async def text(request: HttpRequest, run_id: uuid.UUID) -> StreamingHttpResponse:
    """Plain text: time, phase, level, message."""
    return await _download(request, run_id, "txt", _as_text)


def _as_text(event: dict[str, Any]) -> str:
    detail = event["data"].get("detail") if event["type"] == "diagnostic" else None
    whole = "\n".join(part for part in (event["message"], detail) if part)
    head = f"{event['at'][:23]}Z  {event['phase']:<8}  {event['level']:<5}  "
    return head + whole.replace("\n", "\n" + " " * len(head)) + "\n"


async def _download(
    request: HttpRequest, run_id: uuid.UUID, ending: str, written: Callable[[dict[str, Any]], str]
) -> StreamingHttpResponse:
    user = await request.auser()
    run = await sync_to_async(access.run)(user, run_id)
    kind = "application/x-ndjson" if ending == "jsonl" else "text/plain"
    response = StreamingHttpResponse(_pages(run, written), content_type=f"{kind}; charset=utf-8")
    disposition = "attachment" if ending == "jsonl" or "download" in request.GET else "inline"
    name = f"{run.environment.name}-run-{run.number}.{ending}"
    response["Content-Disposition"] = f'{disposition}; filename="{name}"'
    return response


async def _pages(run: Run, written: Callable[[dict[str, Any]], str]) -> AsyncIterator[str]:
    cursor = 0
    # A run that goes on is given out as far as it was when asked for.
    while cursor < run.last_seq:
        found = await sync_to_async(events.after)(run_id=run.pk, cursor=cursor, limit=PAGE)
        if not found:
            return
        yield "".join(written(event) for event in found if event["seq"] <= run.last_seq)
        cursor = found[-1]["seq"]
