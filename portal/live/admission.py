"""Who may watch a run: checked when the socket opens, and again every few seconds while it is open."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from importlib import import_module
from uuid import UUID

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
from portal.live.asgi import Scope
from provisioner import audit


@dataclass(frozen=True)
class Credentials:
    """What came with the handshake: a session or a bearer token. If there is a token, it alone decides."""

    session_key: str | None = None
    token: str | None = field(default=None, repr=False)


def credentials_in(scope: Scope) -> Credentials:
    """The credentials of a handshake, not checked."""
    header = dict(scope.get("headers", [])).get(b"authorization", b"").decode("latin1")
    scheme, _, token = header.partition(" ")
    if scheme.lower() == "bearer":
        return Credentials(token=token.strip())
    return Credentials(session_key=scope["cookies"].get(settings.SESSION_COOKIE_NAME))


@dataclass(frozen=True)
class Decision:
    """`close_code` is 0 if the person may watch; `person` is their primary key, None if not known."""

    close_code: int
    person: int | None = None


def decide(*, credentials: Credentials, run_id: UUID, actor: audit.Actor) -> Decision:
    """May they watch the run now? Reads credentials, role and membership again; audits a denial."""
    token = credentials.token
    user = _session_user(credentials.session_key) if token is None else _token_user(token)
    if user is None:
        return Decision(close_codes.NO_SESSION)
    with audit.acting(replace(actor, name=user.get_username(), role=user.role)):
        try:
            access.run_to_watch(user, run_id)
        except (Http404, PermissionDenied):
            return Decision(close_codes.NOT_FOUND, user.pk)
    return Decision(0, user.pk)


def actor_of(scope: Scope) -> audit.Actor:
    """Where the socket comes from. Its person is known only after the session has been read."""
    headers = dict(scope.get("headers", []))
    client = scope.get("client") or ("", 0)
    agent = headers.get(b"user-agent", b"").decode("latin1").replace("\x00", "")
    return audit.Actor(name="anonymous", ip=client[0], user_agent=agent[:200])


def _token_user(token: str) -> User | None:
    return tokens.owner(token, now=timezone.now()) if 0 < len(token) <= tokens.LONGEST else None


def _session_user(session_key: str | None) -> User | None:
    """The user of a session. Writes nothing.

    After `SECRET_KEY` was replaced, Django's `get_user` would give the session another key, and a socket
    cannot send that key to the browser.
    """
    if not session_key:
        return None
    session = import_module(settings.SESSION_ENGINE).SessionStore(session_key).load()
    backend = session.get(auth.BACKEND_SESSION_KEY)
    if backend not in settings.AUTHENTICATION_BACKENDS:
        return None
    # The backend does not return users who are not active.
    user = auth.load_backend(backend).get_user(session[auth.SESSION_KEY])
    return user if isinstance(user, User) and _has_current_password(session, user) else None


def _has_current_password(session: Mapping[str, str], user: User) -> bool:
    """Was the session opened with the password that the user has now?"""
    kept = session.get(auth.HASH_SESSION_KEY, "")
    valid = [user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()]
    return any(constant_time_compare(kept, each) for each in valid)
