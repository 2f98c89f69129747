"""Is it alive, is it ready: for load balancers, and for people who wonder what is missing."""

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
TOOLING_SECONDS = 30  # looking starts Terraform once


@dataclass(frozen=True)
class Finding:
    """What a look at one part found: nothing missing, or what is, and how to get it, in a sentence."""

    missing: str = ""

    def document(self) -> dict[str, bool | str]:
        return {"ok": not self.missing, "message": self.missing}


@login_not_required
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers. Says nothing else, and asks nothing else."""
    return HttpResponse("ok\n", content_type="text/plain")


@login_not_required
def readyz(request: HttpRequest) -> HttpResponse:
    """200 when orders can be taken and carried out, else 503.

    `{"ready", "checks": {name: {"ok", "message"}}}`; the checks only for this machine, operators and admins.
    """
    found = findings()
    is_ready = not any(each.missing for each in found.values())
    document: dict[str, object] = {"ready": is_ready}
    if is_direct_from_this_machine(request) or _operates(request, found):
        document["checks"] = {name: each.document() for name, each in found.items()}
    return JsonResponse(document, status=HTTPStatus.OK if is_ready else HTTPStatus.SERVICE_UNAVAILABLE)


def findings() -> dict[str, Finding]:
    """A look at each part that runs need."""
    return {
        "database": Finding(),
        "redis": _redis(),
        "workers": Finding(),
        "terraform": Finding(),
    } | _workers()


def is_direct_from_this_machine(request: HttpRequest) -> bool:
    """From loopback, and not passed on by a proxy there."""
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
        return {"database": Finding(f"The database does not answer: {error}")}
    if now.hosts_alive:
        return {"terraform": Finding(" ".join(now.troubles))}
    since = f"since {now.last_seen_at:%Y-%m-%d %H:%M} UTC" if now.last_seen_at else "yet"
    message = f"No runs worker has been heard {since}. Start one: python manage.py worker runs."
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
            f"Redis does not answer: {error} Set REDIS_URL, or start `make demo`, which brings its own."
        )
    return Finding()


def _operates(request: HttpRequest, found: dict[str, Finding]) -> bool:
    if found["database"].missing:
        return False
    return isinstance(request.user, User) and request.user.role in permissions.OPERATES
