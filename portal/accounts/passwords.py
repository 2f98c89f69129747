"""Change one's own password. It needs the current one, and ends all other sessions of the person."""

from datetime import datetime

from django.contrib.auth import forms, update_session_auth_hash
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from portal import middleware
from portal.accounts import throttle
from portal.accounts.models import User
from portal.accounts.views import sign_in
from provisioner import audit


class PasswordForm(forms.PasswordChangeForm):
    """The current password, and the new one twice. Wrong guesses count as failed sign-ins."""

    def __init__(self, user: User, *, data: object = None, ip: str = "") -> None:
        super().__init__(user, data)
        self.ip = ip

    def clean_old_password(self) -> str:
        """Raises ValidationError, also after too many wrong guesses."""
        try:
            attempt = throttle.begin(username=self.user.get_username(), ip=self.ip, now=timezone.now())
        except throttle.TooManyFailures as refusal:
            raise ValidationError(str(refusal), code="throttled") from refusal
        password: str = super().clean_old_password()
        throttle.succeeded(attempt)
        return password


def posted(request: HttpRequest, user: User) -> PasswordForm:
    """The form as it was submitted."""
    return PasswordForm(user, data=request.POST, ip=middleware.actor_of(request).ip)


def change(request: HttpRequest, form: PasswordForm, *, now: datetime) -> None:
    """Store the new password of a valid form. The session that asks stays open; all others end."""
    with transaction.atomic():
        user = form.save()
        audit.record("account.password_changed", subject=sign_in.subject_of(user), at=now)
    update_session_auth_hash(request, user)
