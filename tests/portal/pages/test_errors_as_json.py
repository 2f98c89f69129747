"""Errors of pages, as a program gets them."""

import json

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.test import RequestFactory

from portal import error_pages


def asked_by_a_program() -> HttpRequest:
    return RequestFactory().get("/environments/", HTTP_ACCEPT="application/json")


def sentences(response: HttpResponse) -> list[str]:
    found: list[str] = json.loads(response.content)["errors"]["__all__"]
    return found


def test_a_refusal_without_a_reason_says_that_permission_is_missing() -> None:
    response = error_pages.permission_denied(asked_by_a_program(), PermissionDenied())
    assert sentences(response) == ["You don't have permission to do this."]


def test_a_refusal_keeps_its_reason() -> None:
    response = error_pages.permission_denied(asked_by_a_program(), PermissionDenied("Sign in first."))
    assert sentences(response) == ["Sign in first."]


def test_an_unknown_address_and_a_hidden_object_get_the_same_sentence() -> None:
    response = error_pages.page_not_found(asked_by_a_program(), Http404())
    assert sentences(response) == ["This does not exist, or you don't have permission to see it."]


def test_an_internal_error_names_the_request() -> None:
    request = asked_by_a_program()
    request.request_id = "0123"  # type: ignore[attr-defined]
    assert "0123" in sentences(error_pages.server_error(request))[0]
