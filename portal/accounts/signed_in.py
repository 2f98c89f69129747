"""Who makes the request, where somebody must be."""

from typing import Any, Protocol

from django.core.exceptions import PermissionDenied

from portal.accounts.models import User


class HasUser(Protocol):
    """A request, Django's or REST framework's."""

    @property
    def user(self) -> Any: ...


def person(request: HasUser) -> User:
    """The person. Raises PermissionDenied where a door was left open to anybody else."""
    # A page's user is lazy: it is a User by its class, not by its type.
    if not isinstance(request.user, User):
        raise PermissionDenied("Sign in first.")
    return request.user
