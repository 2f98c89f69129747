"""Who may watch a run: asked when the socket opens, and again every few seconds while it lives."""

from dataclasses import dataclass, field, replace
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib import auth
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from portal import access
from portal.accounts import tokens
from portal.accounts.models import User
from portal.live import close_codes
from provisioner import audit


@dataclass(frozen=True)
class Ticket:
    """What the handshake brought: a session, or a bearer token, which then decides alone."""

    session_key: str | None = None
    token: str | None = field(default=None, repr=False)


def ticket_of(scope: dict[str, Any]) -> Ticket:
    """The ticket of a handshake, unread."""
    header = dict(scope.get("headers", [])).get(b"authorization", b"").decode("latin1")
    scheme, _, token = header.partition(" ")
    if scheme.lower() == "bearer":
        return Ticket(token=token.strip())
    return Ticket(session_key=scope["cookies"].get(settings.SESSION_COOKIE_NAME))


@dataclass(frozen=True)
class Answer:
    """`refusal` is 0, or the code to close with; `person` the primary key of who asked, None if unknown."""

    refusal: int
    person: Any = None


def asked(*, ticket: Ticket, run_id: Any, actor: audit.Actor) -> Answer:
    """May they watch? Reads ticket, person, role and membership afresh; notes a denial."""
    user = _person(ticket.session_key) if ticket.token is None else _program(ticket.token)
    if user is None:
        return Answer(close_codes.NO_SESSION)
    with audit.acting(replace(actor, name=user.get_username(), role=user.role)):
        try:
            access.run_to_watch(user, run_id)
        except (Http404, PermissionDenied):
            return Answer(close_codes.UNKNOWN, user.pk)
    return Answer(0, user.pk)


def actor_of(scope: dict[str, Any]) -> audit.Actor:
    """Where the socket comes from; its person is known only after the session has been read."""
    headers = dict(scope.get("headers", []))
    client = scope.get("client") or ("", 0)
    agent = headers.get(b"user-agent", b"").decode("latin1").replace("\x00", "")
    return audit.Actor(name="anonymous", ip=client[0], user_agent=agent[:200])


def _program(token: str) -> User | None:
    return tokens.owner(token, now=timezone.now()) if 0 < len(token) <= tokens.LONGEST else None


def _person(session_key: str | None) -> User | None:
    """Whose session it is. Nothing of it is written: Django's `get_user` would give it another key, which a
    socket cannot hand to the browser, after `SECRET_KEY` has been replaced.
    """
    if not session_key:
        return None
    session = import_module(settings.SESSION_ENGINE).SessionStore(session_key).load()
    backend = session.get(auth.BACKEND_SESSION_KEY)
    if backend not in settings.AUTHENTICATION_BACKENDS:
        return None
    # The backend gives nobody who is not active.
    user = auth.load_backend(backend).get_user(session[auth.SESSION_KEY])
    return user if isinstance(user, User) and _is_of(session, user) else None


def _is_of(session: dict[str, Any], user: User) -> bool:
    """Whether it was opened with the password that the person still has."""
    kept = session.get(auth.HASH_SESSION_KEY, "")
    valid = [user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()]
    return any(constant_time_compare(kept, each) for each in valid)
