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
    """The person. Raises PermissionDenied if a view was left open to people who are not signed in."""
    # A page's user is lazy: it is a User by its class, not by its type.
    if not isinstance(request.user, User):
        raise PermissionDenied(_("Sign in first."))
    return request.user
