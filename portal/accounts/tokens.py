"""Tokens: a program's key, in a person's name. The token itself is never stored."""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db import transaction

from portal.accounts.models import ApiToken, User
from provisioner import audit

PREFIX = "pp_"  # lets a secret scanner recognize one
LONGEST = 128
# "last used" is for people; to the minute is fine, and spares a write per request.
LAST_USED_STEP = timedelta(minutes=1)


def create(*, user: User, name: str, now: datetime) -> str:
    """A new token. The return value is the only time that anybody sees it."""
    token = PREFIX + secrets.token_urlsafe(32)
    with transaction.atomic():
        row = ApiToken.objects.create(
            user=user, name=name, sha256=digest(token), hint=token[: len(PREFIX) + 4], created_at=now
        )
        audit.record("token.created", subject=subject_of(row))
    return token


def revoke(token: ApiToken, *, now: datetime) -> None:
    """From now on the token opens nothing. Revoking twice keeps the first time."""
    with transaction.atomic():
        if ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=now):
            audit.record("token.revoked", subject=subject_of(token))


def owner(token: str, *, now: datetime) -> User | None:
    """Whose token it is; None for an unknown or revoked one, and for a person who is no longer active.

    Looked up by digest: the time it takes tells nothing about how much of a guess was right.
    """
    found = ApiToken.objects.select_related("user").filter(sha256=digest(token), revoked_at=None).first()
    if found is None or not found.user.is_active:
        return None
    if found.last_used_at is None or now - found.last_used_at > LAST_USED_STEP:
        ApiToken.objects.filter(pk=found.pk).update(last_used_at=now)
    return found.user


def digest(token: str) -> str:
    """What is stored of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def subject_of(token: ApiToken) -> audit.Subject:
    """A token as the trail's subject, without what opens anything."""
    return audit.Subject(type="token", id=str(token.pk), name=f"{token.hint}… {token.name}".strip())
