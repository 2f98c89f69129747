"""Liveness and readiness, for load balancers and for operators who look for what is missing."""

import time
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from ipaddress import ip_address

import redis
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import Error as DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse

from portal.accounts.models import User
from provisioner import permissions
from provisioner.scheduling import queue, tooling

REDIS_SECONDS = 1.0
TOOLING_SECONDS = 30  # the check starts Terraform


@dataclass(frozen=True)
class Finding:
    """The result of one check. `missing`: what is missing and what to do about it; empty if nothing is."""

    missing: str = ""

    def document(self) -> dict[str, bool | str]:
        return {"ok": not self.missing, "message": self.missing}


@login_not_required
def healthz(request: HttpRequest) -> HttpResponse:
    """200 if the process answers. Checks nothing else."""
    return HttpResponse("ok\n", content_type="text/plain")


@login_not_required
def readyz(request: HttpRequest) -> HttpResponse:
    """200 if orders can be accepted and run, otherwise 503.

    `{"ready", "checks": {name: {"ok", "message"}}}`. Only this machine, operators and admins get the checks.
    """
    found = findings()
    is_ready = not any(each.missing for each in found.values())
    document: dict[str, object] = {"ready": is_ready}
    if is_direct_from_this_machine(request) or _operates(request, found):
        document["checks"] = {name: each.document() for name, each in found.items()}
    return JsonResponse(document, status=HTTPStatus.OK if is_ready else HTTPStatus.SERVICE_UNAVAILABLE)


def findings() -> dict[str, Finding]:
    """Check each part that runs need."""
    return {
        "database": Finding(),
        "redis": _redis(),
        "workers": Finding(),
        "terraform": Finding(),
    } | _workers()


def is_direct_from_this_machine(request: HttpRequest) -> bool:
    """Does the request come from loopback, and not through a proxy there?"""
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        return False
    try:
        return ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


def _workers() -> dict[str, Finding]:
    try:
        now = queue.overview()
    except DatabaseError as error:
        return {"database": Finding(f"The database does not respond: {error}")}
    if now.hosts_alive:
        return {"terraform": Finding(" ".join(now.troubles))}
    since = f"since {now.last_seen_at:%Y-%m-%d %H:%M} UTC" if now.last_seen_at else "yet"
    message = f"No runs worker has reported {since}. Start one: python manage.py worker runs."
    return {"workers": Finding(message), "terraform": Finding(_tooling(int(time.time()) // TOOLING_SECONDS))}


@lru_cache(maxsize=1)
def _tooling(moment: int) -> str:
    return tooling.find_trouble()


def _redis() -> Finding:
    client = redis.Redis.from_url(
        settings.REDIS_URL, socket_connect_timeout=REDIS_SECONDS, socket_timeout=REDIS_SECONDS
    )
    try:
        with client:
            client.ping()
    except (redis.RedisError, OSError, ValueError) as error:
        return Finding(
            f"Redis does not respond: {error} Set REDIS_URL, or start `make demo`, which includes Redis."
        )
    return Finding()


def _operates(request: HttpRequest, found: dict[str, Finding]) -> bool:
    if found["database"].missing:
        return False
    return isinstance(request.user, User) and request.user.role in permissions.OPERATES
