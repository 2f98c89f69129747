"""Errors for programs: `{"errors": {field: [sentence, ...]}}`; the field `__all__` is the request itself."""

from collections.abc import Mapping
from typing import Any

import structlog
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404
from rest_framework import exceptions, status, views
from rest_framework.response import Response

from portal import error_pages
from portal.api import parsers
from provisioner import operations
from provisioner.blueprints import WHOLE_FORM
from provisioner.database import outage

log = structlog.get_logger(__name__)

CONFLICTS = (
    operations.ActiveRun,
    operations.CannotApprove,
    operations.CannotDiscard,
    operations.CannotCancel,
    operations.CannotForce,
    operations.CannotRemediate,
    operations.CannotSettle,
    operations.KeyUsedOtherwise,
)


class Conflict(exceptions.APIException):
    """The object is not in a state in which this is possible."""

    status_code = status.HTTP_409_CONFLICT
    default_code = "conflict"


def answer(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler. None, and so the 500 page, for unexpected errors."""
    if isinstance(error, outage.ERRORS):
        log.error("database away", error=str(error))
        headers = {"Retry-After": str(error_pages.RETRY_AFTER_SECONDS)}
        return _response([str(error_pages.DATABASE_AWAY)], status.HTTP_503_SERVICE_UNAVAILABLE, headers)
    if isinstance(error, RequestDataTooBig):
        return _response([str(parsers.TOO_LARGE)], status.HTTP_413_REQUEST_ENTITY_TOO_LARGE)
    if isinstance(error, Http404):
        return _response([str(error_pages.NOT_FOUND)], status.HTTP_404_NOT_FOUND)
    if isinstance(error, PermissionDenied):
        return _response([str(error) or str(error_pages.NOT_PERMITTED)], status.HTTP_403_FORBIDDEN)
    if isinstance(error, operations.Refused):
        return Response({"errors": error.errors}, status=status.HTTP_400_BAD_REQUEST)
    if isinstance(error, CONFLICTS):
        return _response([str(error)], status.HTTP_409_CONFLICT)
    response = views.exception_handler(error, context)
    if response is not None:
        # Also rolls back, and keeps the headers that DRF chose (WWW-Authenticate, Retry-After).
        response.data = {"errors": by_field(response.data)}
    return response


def by_field(detail: object) -> dict[str, list[str]]:
    """DRF's nested details as flat lists of sentences; a nested field is called `outer.inner`."""
    if not isinstance(detail, Mapping):
        return {WHOLE_FORM: _sentences(detail)}
    errors: dict[str, list[str]] = {}
    for name, value in detail.items():
        field = WHOLE_FORM if name in ("detail", "non_field_errors") else str(name)
        if isinstance(value, Mapping):
            nested = by_field(value)
            errors |= {f"{field}.{inner}": found for inner, found in nested.items() if inner != WHOLE_FORM}
            if WHOLE_FORM in nested:
                errors.setdefault(field, []).extend(nested[WHOLE_FORM])
        else:
            errors.setdefault(field, []).extend(_sentences(value))
    return errors


def _sentences(value: object) -> list[str]:
    if isinstance(value, list):
        return [sentence for each in value for sentence in _sentences(each)]
    return (
        [sentence for found in by_field(value).values() for sentence in found]
        if isinstance(value, Mapping)
        else [str(value)]
    )


def _response(sentences: list[str], code: int, headers: dict[str, str] | None = None) -> Response:
    views.set_rollback()
    return Response({"errors": {WHOLE_FORM: sentences}}, status=code, headers=headers)
