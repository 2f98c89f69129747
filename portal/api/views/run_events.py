"""`/api/v1/runs/<uuid>/events/`: the HTTP twin of the live stream, for programs and poor networks."""

import asyncio
import json
import time
from http import HTTPStatus
from typing import Any
from uuid import UUID

from asgiref.sync import sync_to_async
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.csrf import csrf_exempt

from portal import access, error_pages
from portal.accounts.models import User
from portal.api import authentication
from portal.live import listener, reading

LARGEST_PAGE = 2000  # events
LONGEST_WAIT_SECONDS = 20.0
POLL_SECONDS = 1.0


class WrongParameter(Exception):
    """`after`, `limit` or `wait` is not a number in its range."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.errors = {name: [message]}


# The view authenticates: SignInFirst knows no tokens. It changes nothing, so it needs no CSRF check.
@login_not_required
@csrf_exempt
async def run_events(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """`{"events", "last_seq", "known", "end"}` after `?after=`; at the end also `count` and `sha256`.

    With `wait` (seconds, at most 20) an answer without events comes only after that time.
    """
    if request.method not in ("GET", "HEAD"):
        refused = error_pages.in_json(
            _('Method "%(method)s" not allowed.') % {"method": request.method}, HTTPStatus.METHOD_NOT_ALLOWED
        )
        refused["Allow"] = "GET, HEAD"
        return refused
    try:
        user = await sync_to_async(_person)(request)
        if user is None:
            raise authentication.BadToken(_("Authenticate with a token or a session."))
        after, limit, wait = _parameters(request)
        await sync_to_async(access.run)(user, run_id)
        seen = await _events(run_id, after=after, limit=limit, wait=wait)
    except authentication.BadToken as refusal:
        response = error_pages.in_json(str(refusal), HTTPStatus.UNAUTHORIZED)
        response["WWW-Authenticate"] = "Bearer"
        return response
    except WrongParameter as wrong:
        return JsonResponse({"errors": wrong.errors}, status=HTTPStatus.BAD_REQUEST)
    return _response(seen)


def _person(request: HttpRequest) -> User | None:
    user = authentication.bearer(request)
    if user is not None:
        request.user = user  # for the audit trail and the log
        return user
    return request.user if isinstance(request.user, User) else None


def _parameters(request: HttpRequest) -> tuple[int, int, float]:
    after = _number(request, "after", default=0, smallest=0, largest=2**31 - 1)
    limit = _number(request, "limit", default=reading.PAGE, smallest=1, largest=LARGEST_PAGE)
    wait = _number(request, "wait", default=0, smallest=0, largest=int(LONGEST_WAIT_SECONDS))
    return after, limit, float(wait)


def _number(request: HttpRequest, name: str, *, default: int, smallest: int, largest: int) -> int:
    text = request.GET.get(name, str(default))
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 12 else -1
    if not smallest <= number <= largest:
        sentence = _("This must be a whole number from %(smallest)s to %(largest)s.")
        raise WrongParameter(name, sentence % {"smallest": smallest, "largest": largest})
    return number


async def _events(run_id: UUID, *, after: int, limit: int, wait: float) -> reading.Snapshot:
    seen = await _read(run_id, after, limit)
    if after > seen.known:
        sentence = ngettext(
            "This run has %(count)s event so far.", "This run has %(count)s events so far.", seen.known
        )
        raise WrongParameter("after", sentence % {"count": seen.known})
    if seen.events or seen.is_complete or not wait:
        return seen
    until, wake = time.monotonic() + wait, asyncio.Event()
    async with listener.notifications_for(run_id=run_id, wake=wake):
        while not seen.events and not seen.is_complete and (left := until - time.monotonic()) > 0:
            try:
                async with asyncio.timeout(min(left, POLL_SECONDS)):
                    await wake.wait()
            except TimeoutError:
                pass
            wake.clear()
            seen = await _read(run_id, after, limit)
    return seen


async def _read(run_id: UUID, after: int, limit: int) -> reading.Snapshot:
    # In the request's own thread: Django manages its connection.
    seen = await sync_to_async(reading.read_snapshot)(run_id=run_id, cursor=after, limit=limit)
    if seen is None:
        raise RuntimeError(f"run {run_id} was deleted while it was watched")
    return seen


def _response(seen: reading.Snapshot) -> HttpResponse:
    document: dict[str, Any] = seen.frame() | (seen.end() if seen.is_complete else {"end": False})
    # Encoded as for the socket: the same bytes for the same event.
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    response = HttpResponse(text, content_type="application/json")
    response["Cache-Control"] = "no-store"
    return response
