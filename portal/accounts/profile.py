"""A person's own page: who they are to the portal, and the tokens of their programs."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from portal import access
from portal.accounts import signed_in
from portal.api import tokens
from portal.api.models import ApiToken


class TokenForm(forms.Form):
    """What a new token is for."""

    name = forms.CharField(max_length=80, help_text="What will use it, for example: CI of the shop.")


@never_cache
def profile(request: HttpRequest) -> HttpResponse:
    """GET: context `form`, `tokens` (newest first), `teams`.

    POST makes a token, and shows it this once as `new_token`.
    """
    user = signed_in.person(request)
    form = TokenForm(request.POST or None)
    new_token = ""
    if request.method == "POST" and form.is_valid():
        new_token = tokens.create(user=user, name=form.cleaned_data["name"], now=timezone.now())
        form = TokenForm()
    context = {
        "form": form,
        "new_token": new_token,
        "tokens": ApiToken.objects.filter(user=user, revoked_at=None),
        "teams": user.teams.all(),
    }
    status = 400 if form.is_bound and form.errors else 200
    return render(request, "accounts/profile.html", context, status=status)


@require_POST
def revoke(request: HttpRequest, token_id: int) -> HttpResponse:
    """Revoke one of one's own tokens. Somebody else's is not found."""
    token = access.token(signed_in.person(request), token_id)
    tokens.revoke(token, now=timezone.now())
    return redirect("profile")
