"""For every request: an id, an actor for the audit trail, a log line, a page without a database."""

import time
import uuid
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any, cast

import structlog
from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import sync_and_async_middleware

from portal import error_pages
from portal.accounts.models import User
from portal.monitoring import metrics
from provisioner import audit
from provisioner.database import outage

log = structlog.get_logger(__name__)

# Requested every few seconds by machines, or for every page: only logged at the level "debug".
QUIET = ("/static/", "/healthz", "/readyz", "/metrics")

View = Callable[[HttpRequest], Any]


@sync_and_async_middleware
def request_id(get_response: View) -> View:
    """Give the request an id, set the actor of the audit trail, and log one line when it is answered."""
    if iscoroutinefunction(get_response):

        async def answer_later(request: HttpRequest) -> HttpResponse:
            started = _begin(request)
            with audit.acting(lambda: actor_of(request)):
                response = await cast("Awaitable[HttpResponse]", get_response(request))
            return _finish(request, response, started)

        return answer_later

    def answer(request: HttpRequest) -> HttpResponse:
        started = _begin(request)
        with audit.acting(lambda: actor_of(request)):
            response = get_response(request)
        return _finish(request, response, started)

    return answer


@sync_and_async_middleware
def without_nul(get_response: View) -> View:
    """Take NUL characters out of a page's query and out of the user agent: no database column can hold one.

    Forms and the API refuse a NUL themselves, with an error at its field.
    """
    if iscoroutinefunction(get_response):

        async def answer_later(request: HttpRequest) -> HttpResponse:
            _drop_nul(request)
            return await cast("Awaitable[HttpResponse]", get_response(request))

        return answer_later

    def answer(request: HttpRequest) -> HttpResponse:
        _drop_nul(request)
        return cast("HttpResponse", get_response(request))

    return answer


def _drop_nul(request: HttpRequest) -> None:
    query = request.META.get("QUERY_STRING", "")
    if "%00" in query and not request.path.startswith("/api/"):
        request.META["QUERY_STRING"] = query.replace("%00", "")
    if agent := request.META.get("HTTP_USER_AGENT"):
        request.META["HTTP_USER_AGENT"] = agent.replace("\x00", "")


@sync_and_async_middleware
def method_not_allowed(get_response: View) -> View:
    """Give a 405 its page. Django's `require_POST` and similar decorators answer with an empty one."""
    if iscoroutinefunction(get_response):

        async def answer_later(request: HttpRequest) -> HttpResponse:
            return _with_page(request, await cast("Awaitable[HttpResponse]", get_response(request)))

        return answer_later

    def answer(request: HttpRequest) -> HttpResponse:
        return _with_page(request, get_response(request))

    return answer


def _with_page(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    is_empty = response.status_code == HTTPStatus.METHOD_NOT_ALLOWED and not response.content
    return error_pages.method_not_allowed(request, response) if is_empty else response


def actor_of(request: HttpRequest) -> audit.Actor:
    """Who makes the request, for the audit trail. Evaluated late: a token is read inside the view."""
    found = getattr(request, "user", None)
    user = found if isinstance(found, User) else None
    return audit.Actor(
        name=user.get_username() if user else "anonymous",
        role=user.role if user else "",
        ip=request.META.get("REMOTE_ADDR") or "",
        user_agent=request.headers.get("User-Agent", "")[:200],
        request_id=getattr(request, "request_id", ""),
    )


def _begin(request: HttpRequest) -> float:
    request.request_id = str(uuid.uuid4())  # type: ignore[attr-defined]
    structlog.contextvars.bind_contextvars(request_id=request.request_id)  # type: ignore[attr-defined]
    return time.monotonic()


def _finish(request: HttpRequest, response: HttpResponse, started: float) -> HttpResponse:
    response["X-Request-ID"] = request.request_id  # type: ignore[attr-defined]
    seconds = time.monotonic() - started
    metrics.observe(request, status=response.status_code, seconds=seconds)
    write = log.debug if request.path.startswith(QUIET) else log.info
    write(
        "request",
        method=request.method,
        path=request.path,
        status=response.status_code,
        milliseconds=round(seconds * 1000, 1),
        user=_known_name(request),
    )
    structlog.contextvars.unbind_contextvars("request_id")
    return response


def _known_name(request: HttpRequest) -> str:
    # Not request.user: on a page that did not need the person, reading it would cost a query.
    user = getattr(request, "_cached_user", None) or getattr(request, "user", None)
    return user.get_username() if type(user) is User else ""


@sync_and_async_middleware
def database_away(get_response: View) -> View:
    """Answer 503 instead of 500 when a view cannot reach the database.

    If a middleware cannot reach it, `error_pages.server_error` answers.
    """
    if iscoroutinefunction(get_response):

        async def passed_later(request: HttpRequest) -> HttpResponse:
            return await cast("Awaitable[HttpResponse]", get_response(request))

        passed_later.process_exception = _away  # type: ignore[attr-defined]
        return passed_later

    def passed(request: HttpRequest) -> HttpResponse:
        return get_response(request)  # type: ignore[no-any-return]

    passed.process_exception = _away  # type: ignore[attr-defined]
    return passed


def _away(request: HttpRequest, error: Exception) -> HttpResponse | None:
    if not isinstance(error, outage.ERRORS):
        return None
    log.error("database away", path=request.path, error=str(error), status=HTTPStatus.SERVICE_UNAVAILABLE)
    return error_pages.database_away(request)
