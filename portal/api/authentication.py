"""Authenticates a program by `Authorization: Bearer TOKEN`."""

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from portal.accounts import tokens
from portal.accounts.models import User

REFUSED = gettext_lazy("This token is unknown or was revoked.")


class BadToken(Exception):
    """There is a bearer token, and it is not valid."""


class TokenAuthentication(BaseAuthentication):
    """A person, by one of their tokens. Without a bearer token, the session decides."""

    def authenticate(self, request: Request) -> tuple[User, None] | None:
        try:
            user = bearer(request._request)
        except BadToken as refusal:
            raise AuthenticationFailed(str(refusal)) from refusal
        return (user, None) if user else None

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


def bearer(request: HttpRequest) -> User | None:
    """The owner of the request's bearer token; None without one. Raises BadToken."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return None
    token = token.strip()
    user = tokens.owner(token, now=timezone.now()) if 0 < len(token) <= tokens.LONGEST else None
    if user is None:
        raise BadToken(REFUSED)
    return user


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How OpenAPI describes it."""

    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}
