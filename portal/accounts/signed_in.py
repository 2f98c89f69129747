"""The person who makes a request, for views that need one."""

from typing import Protocol

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from portal.accounts.models import User


class HasUser(Protocol):
    """A request, Django's or REST framework's."""

    @property
    def user(self) -> User | AnonymousUser: ...


def person(request: HasUser) -> User:
    """The person who makes the request. Raises PermissionDenied without one."""
    return required(request.user)


def required(user: User | AnonymousUser) -> User:
    """The same user. Raises PermissionDenied for a person who is not signed in."""
    # A request's user is lazy: it is a User by its class, not by its type.
    if not isinstance(user, User):
        raise PermissionDenied(_("Sign in first."))
    return user
