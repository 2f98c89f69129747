"""A person's own page: role and teams, password, and the tokens of their programs."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from portal import access
from portal.accounts import passwords, signed_in, tokens
from portal.accounts.models import ApiToken, User


class TokenForm(forms.Form):
    """What a new token is for."""

    name = forms.CharField(
        max_length=80, help_text=_("The program that will use it, for example: CI of the shop.")
    )


@never_cache
def profile(request: HttpRequest) -> HttpResponse:
    """GET: context `form`, `password_form`, `tokens` (newest first), `teams`, `newest` (the last token's id).

    POST creates a token and shows it once as `new_token`. Sent again, for example by a reload, it creates
    none.
    """
    user = signed_in.person(request)
    form = TokenForm(request.POST or None)
    new_token = ""
    if request.method == "POST" and form.is_valid():
        if request.POST.get("after", "") != _newest(user):
            messages.info(
                request, gettext("The token already exists. It was shown once and cannot be shown again.")
            )
            return redirect("profile")
        new_token = tokens.create(user=user, name=form.cleaned_data["name"], now=timezone.now())
        form = TokenForm()
    return _page(request, user, form=form, password_form=passwords.PasswordForm(user), new_token=new_token)


@never_cache
@require_POST
def password(request: HttpRequest) -> HttpResponse:
    """Change the password. Errors are shown at their fields; nothing that was typed is sent back."""
    user = signed_in.person(request)
    form = passwords.posted(request, user)
    if not form.is_valid():
        return _page(request, user, form=TokenForm(), password_form=form)
    passwords.change(request, form, now=timezone.now())
    messages.success(request, gettext("Your password was changed. All your other sessions were signed out."))
    return redirect("profile")


def _newest(user: User) -> str:
    """The id of the person's latest token, revoked or not; "" before the first."""
    found = ApiToken.objects.filter(user=user).order_by("-pk").values_list("pk", flat=True).first()
    return str(found or "")


def _page(
    request: HttpRequest,
    user: User,
    *,
    form: TokenForm,
    password_form: passwords.PasswordForm,
    new_token: str = "",
) -> HttpResponse:
    context = {
        "form": form,
        "password_form": password_form,
        "new_token": new_token,
        "newest": _newest(user),
        "tokens": ApiToken.objects.filter(user=user, revoked_at=None),
        "teams": user.teams.all(),
    }
    is_wrong = any(each.is_bound and each.errors for each in (form, password_form))
    return render(request, "accounts/profile.html", context, status=400 if is_wrong else 200)


@never_cache
@require_http_methods(["GET", "POST"])
def revoke(request: HttpRequest, token_id: int) -> HttpResponse:
    """GET asks for confirmation; POST revokes one of one's own tokens.

    Another person's token is not found.
    """
    token = access.token(signed_in.person(request), token_id)
    if token.revoked_at is not None:
        messages.info(request, gettext("This token was already revoked."))
    elif request.method == "POST":
        tokens.revoke(token, now=timezone.now())
        messages.success(
            request,
            gettext("The token %(token)s was revoked. It no longer works.") % {"token": f"{token.hint}…"},
        )
    else:
        return render(request, "accounts/revoke.html", {"token": token})
    return redirect("profile")
