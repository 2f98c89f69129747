"""Tokens: keys of programs, in a person's name. The token itself is never stored."""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db import transaction

from portal.accounts.models import ApiToken, User
from provisioner import audit

PREFIX = "pp_"  # lets a secret scanner recognize one
LONGEST = 128
# People read "last used": a minute is exact enough, and saves a write per request.
LAST_USED_STEP = timedelta(minutes=1)


def create(*, user: User, name: str, now: datetime) -> str:
    """A new token. It is returned once and cannot be read again."""
    token = PREFIX + secrets.token_urlsafe(32)
    with transaction.atomic():
        row = ApiToken.objects.create(
            user=user, name=name, sha256=digest(token), hint=token[: len(PREFIX) + 4], created_at=now
        )
        audit.record("token.created", subject=subject_of(row))
    return token


def revoke(token: ApiToken, *, now: datetime) -> None:
    """The token stops working. Revoking it again keeps the first time."""
    with transaction.atomic():
        if ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=now):
            audit.record("token.revoked", subject=subject_of(token))


def owner(token: str, *, now: datetime) -> User | None:
    """The token's owner; None if the token is unknown or revoked, or the person is not active.

    Looked up by its digest: the response time does not depend on how much of a guess is right.
    """
    found = ApiToken.objects.select_related("user").filter(sha256=digest(token), revoked_at=None).first()
    if found is None or not found.user.is_active:
        return None
    if found.last_used_at is None or now - found.last_used_at > LAST_USED_STEP:
        ApiToken.objects.filter(pk=found.pk).update(last_used_at=now)
    return found.user


def digest(token: str) -> str:
    """The stored form of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def subject_of(token: ApiToken) -> audit.Subject:
    """A token as a subject of the audit trail, without its secret part."""
    return audit.Subject(type="token", id=str(token.pk), name=f"{token.hint}… {token.name}".strip())
