"""People who are not signed in are redirected to the sign-in page, and then to a page that can be opened."""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import resolve_url
from django.utils.http import url_has_allowed_host_and_scheme


class SignInFirst(LoginRequiredMiddleware):
    """Django's middleware; after a POST without a session, the person returns to the page with the button."""

    def handle_no_permission(
        self, request: HttpRequest, view_func: Callable[..., HttpResponseBase]
    ) -> HttpResponseRedirect:
        if request.method in ("GET", "HEAD") or "HX-Request" in request.headers:
            return super().handle_no_permission(request, view_func)
        # The address of a POST has no page: opening it would be an empty 405.
        return redirect_to_login(_page_before(request))


def _page_before(request: HttpRequest) -> str:
    """The portal's page that the request comes from, else the home page."""
    referer = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(referer, {request.get_host()}, require_https=request.is_secure()):
        return resolve_url(settings.LOGIN_REDIRECT_URL)
    page = urlsplit(referer)
    return f"{page.path}?{page.query}" if page.query else page.path
