"""Sign in and out. Both are recorded in the audit trail, and failures too."""

from datetime import datetime
from typing import Any

import structlog
from django.contrib.auth import forms, views
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy

from portal import middleware
from portal.accounts import throttle
from portal.accounts.models import User
from provisioner import audit
from provisioner.models import AuditEntry

log = structlog.get_logger(__name__)

ACTION = "account.sign_in"
TOO_MANY = "too many failures"


class SignInForm(forms.AuthenticationForm):
    """User name and password. Every failure gets the same answer, whether the account exists or not."""

    error_messages = {
        "invalid_login": gettext_lazy("Incorrect user name or password."),
        "inactive": gettext_lazy("Incorrect user name or password."),
    }

    def clean(self) -> dict[str, Any]:
        username, password = self.cleaned_data.get("username"), self.cleaned_data.get("password")
        if self.request is None or not username or not password:
            return self.cleaned_data
        ip, now = _address(self.request), timezone.now()
        try:
            attempt = throttle.begin(username=username, ip=ip, now=now)
        except throttle.TooManyFailures as refusal:
            _note_refusal(username, ip=ip, now=now)
            raise ValidationError(str(refusal), code="throttled") from refusal
        try:
            cleaned: dict[str, Any] = super().clean()
        except ValidationError:
            _note_failure(_subject_named(username), reason="wrong user name or password")
            raise
        throttle.succeeded(attempt)
        return cleaned


class SignIn(views.LoginView):
    """GET shows the form (context `form`, `next`); POST signs in and redirects to `next` or home."""

    template_name = "accounts/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def form_valid(self, form: forms.AuthenticationForm) -> HttpResponse:
        user = form.get_user()
        with transaction.atomic():
            response = super().form_valid(form)
            audit.record("account.signed_in", subject=subject_of(user))
        return response


class SignOut(views.LogoutView):
    """POST signs out."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            audit.record("account.signed_out", subject=subject_of(request.user))
        return super().post(request, *args, **kwargs)


def subject_of(user: User) -> audit.Subject:
    """A person as a subject of the audit trail."""
    return audit.Subject(type="account", id=str(user.pk), name=user.get_username())


def _subject_named(username: str) -> audit.Subject:
    # An unknown name is not recorded: it may be a password that was typed into the wrong field.
    user = User.objects.filter(username=username).first()
    return subject_of(user) if user else audit.Subject(type="account", name="unknown")


def _note_failure(subject: audit.Subject, *, reason: str) -> None:
    denied = AuditEntry.Result.DENIED
    audit.record(ACTION, subject=subject, result=denied, details={"reason": reason})


def _note_refusal(username: str, *, ip: str, now: datetime) -> None:
    """Once per account, address and window: anybody can try, and entries of the audit trail stay forever."""
    subject = _subject_named(username)
    recorded = AuditEntry.objects.filter(
        action=ACTION, object_id=subject.id, ip=ip, at__gt=now - throttle.WINDOW, details__reason=TOO_MANY
    )
    if recorded.exists():
        log.warning("sign-in refused", account=subject.name, ip=ip, reason=TOO_MANY)
    else:
        _note_failure(subject, reason=TOO_MANY)


def _address(request: HttpRequest) -> str:
    return middleware.actor_of(request).ip
