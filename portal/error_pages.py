"""Error pages. Programs get the same errors as JSON."""

import sys
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import TemplateDoesNotExist, loader
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import defaults

from provisioner.database import outage

DATABASE_AWAY = gettext_lazy(
    "The portal cannot use its database at the moment. Runs that have started continue. Try "
    "again in a moment."
)
NOT_PERMITTED = gettext_lazy("You don't have permission to do this.")
NOT_FOUND = gettext_lazy("This does not exist, or you don't have permission to see it.")
RETRY_AFTER_SECONDS = 5


def wants_json(request: HttpRequest) -> bool:
    """Whether a program made the request."""
    accepts = request.headers.get("Accept", "")
    return request.path.startswith("/api/") or accepts.startswith("application/json")


def in_json(message: str, status: int) -> JsonResponse:
    """The shape of every error of the API: sentences by field; `__all__` is the request itself."""
    return JsonResponse({"errors": {"__all__": [message]}}, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if wants_json(request):
        return in_json(_("The request is malformed."), HTTPStatus.BAD_REQUEST)
    return defaults.bad_request(request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    if wants_json(request):
        return in_json(str(exception) or str(NOT_PERMITTED), HTTPStatus.FORBIDDEN)
    return defaults.permission_denied(request, exception)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if wants_json(request):
        return in_json(str(NOT_FOUND), HTTPStatus.NOT_FOUND)
    return defaults.page_not_found(request, exception)


def method_not_allowed(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """The page or the JSON for a 405 that a view answered without content. Keeps its `Allow` header."""
    allowed = response["Allow"]
    values = {"method": request.method, "allowed": allowed}
    answer = (
        in_json(
            _("This address does not accept %(method)s. Use one of: %(allowed)s.") % values,
            HTTPStatus.METHOD_NOT_ALLOWED,
        )
        if wants_json(request)
        else HttpResponse(
            loader.get_template("405.html").render(values), status=HTTPStatus.METHOD_NOT_ALLOWED
        )
    )
    answer["Allow"] = allowed
    return answer


def server_error(request: HttpRequest) -> HttpResponse:
    """500, or 503 if a middleware could not reach the database."""
    if isinstance(sys.exc_info()[1], outage.ERRORS):
        return database_away(request)
    if wants_json(request):
        number = getattr(request, "request_id", "")
        message = _("Something went wrong in the portal. Its log has the error, by the request ID %(id)s.")
        return in_json(message % {"id": number}, HTTPStatus.INTERNAL_SERVER_ERROR)
    return _without_database("500.html", request, HTTPStatus.INTERNAL_SERVER_ERROR)


def database_away(request: HttpRequest) -> HttpResponse:
    """503. `Retry-After` says when to try again."""
    response = (
        in_json(str(DATABASE_AWAY), HTTPStatus.SERVICE_UNAVAILABLE)
        if wants_json(request)
        else _without_database("503.html", request, HTTPStatus.SERVICE_UNAVAILABLE)
    )
    response["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


def _without_database(template: str, request: HttpRequest, status: int) -> HttpResponse:
    # Rendered without the request: the context processors would query the database.
    context: dict[str, object] = {"request_id": getattr(request, "request_id", ""), "reason": DATABASE_AWAY}
    try:
        return HttpResponse(loader.get_template(template).render(context), status=status)
    except TemplateDoesNotExist:
        return HttpResponse(str(DATABASE_AWAY), status=status, content_type="text/plain")
