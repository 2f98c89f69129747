"""The pages, or for programs the JSON, of requests that went wrong."""

import sys
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import TemplateDoesNotExist, loader
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import defaults

from provisioner.database import outage

DATABASE_AWAY = gettext_lazy(
    "The portal cannot reach its database at the moment. Runs that have started continue. Try "
    "again in a moment."
)
RETRY_AFTER_SECONDS = 5


def wants_json(request: HttpRequest) -> bool:
    """Whether a program makes the request."""
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
        return in_json(str(exception) or _("You may not do this."), HTTPStatus.FORBIDDEN)
    return defaults.permission_denied(request, exception)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if wants_json(request):
        return in_json("There is nothing here, or you may not see it.", HTTPStatus.NOT_FOUND)
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
    """Also where a missing database ends up when it was a middleware that missed it."""
    if isinstance(sys.exc_info()[1], outage.ERRORS):
        return database_away(request)
    if wants_json(request):
        number = getattr(request, "request_id", "")
        message = f"Something broke on our side. Request {number} is in the log."
        return in_json(message, HTTPStatus.INTERNAL_SERVER_ERROR)
    return _without_database("500.html", request, HTTPStatus.INTERNAL_SERVER_ERROR)


def database_away(request: HttpRequest) -> HttpResponse:
    """503, with the time of the next try."""
    response = (
        in_json(str(DATABASE_AWAY), HTTPStatus.SERVICE_UNAVAILABLE)
        if wants_json(request)
        else _without_database("503.html", request, HTTPStatus.SERVICE_UNAVAILABLE)
    )
    response["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


def _without_database(template: str, request: HttpRequest, status: int) -> HttpResponse:
    # Rendered without the request: the context processors would ask the database who is signed in.
    context: dict[str, object] = {"request_id": getattr(request, "request_id", ""), "reason": DATABASE_AWAY}
    try:
        return HttpResponse(loader.get_template(template).render(context), status=status)
    except TemplateDoesNotExist:
        return HttpResponse(DATABASE_AWAY, status=status, content_type="text/plain")
