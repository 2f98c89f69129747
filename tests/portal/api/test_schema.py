"""The OpenAPI document, held against what the API answers."""

from typing import Any

import jsonschema
import pytest
from django.test import Client
from drf_spectacular.validation import validate_schema

from provisioner.models import Environment, Run
from tests.support.portal import Program

ADDRESS = "/api/v1/schema/"


@pytest.fixture
def document(program: Program) -> dict[str, Any]:
    found: dict[str, Any] = program.get(f"{ADDRESS}?format=json").json()
    return found


class TestTheDocument:
    def test_is_sound_openapi(self, document: dict[str, Any]) -> None:
        validate_schema(document)  # type: ignore[no-untyped-call]

    def test_describes_every_answer_that_goes_wrong_as_errors(self, document: dict[str, Any]) -> None:
        for path, operations in document["paths"].items():
            for verb, operation in operations.items():
                wrong = {code: found for code, found in operation["responses"].items() if code >= "400"}
                assert {"401", "503"} <= wrong.keys(), (path, verb)
                assert all("Errors" in str(found["content"]) for found in wrong.values()), (path, verb)

    @pytest.mark.parametrize(
        "path", ["environments/", "environments/{}/", "runs/", "runs/{}/", "runs/{}/events/", "audit/"]
    )
    def test_is_true_of_what_comes(
        self, document: dict[str, Any], applied_run: Run, environment: Environment, ada: Any, path: str
    ) -> None:
        name = "environment_id" if path.startswith("env") else "run_id"
        described = document["paths"]["/api/v1/" + path.format(f"{{{name}}}")]["get"]["responses"]["200"]
        identifier = environment.pk if path.startswith("env") else applied_run.pk

        answer = Program(ada).get("/api/v1/" + path.format(identifier)).json()

        jsonschema.validate(answer, _schema(document, described["content"]["application/json"]["schema"]))

    def test_is_true_of_an_error(self, document: dict[str, Any], program: Program) -> None:
        answer = program.post("/api/v1/environments/", {"blueprint": 3}, content_type="application/json")

        assert answer.status_code == 400
        jsonschema.validate(answer.json(), _schema(document, {"$ref": "#/components/schemas/Errors"}))

    def test_is_refused_in_json_without_a_token(self, client: Client) -> None:
        answer = client.get(ADDRESS)

        assert answer.status_code == 401
        assert answer.json()["errors"]["__all__"]


@pytest.mark.parametrize("verb", ["post", "put", "patch", "delete"])
def test_the_streams_twin_refuses_other_verbs_in_json(program: Program, applied_run: Run, verb: str) -> None:
    program.handler.enforce_csrf_checks = True

    answer = getattr(program, verb)(f"/api/v1/runs/{applied_run.pk}/events/")

    assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD")
    assert answer.json()["errors"]["__all__"]


def _schema(document: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    """The part of the document as JSON schema: OpenAPI 3.0 says `nullable` where that has another type."""
    return {"components": _with_nulls(document["components"]), **_with_nulls(found)}


def _with_nulls(part: Any) -> Any:
    if isinstance(part, list):
        return [_with_nulls(each) for each in part]
    if not isinstance(part, dict):
        return part
    inner = {name: _with_nulls(value) for name, value in part.items() if name != "nullable"}
    return {"anyOf": [inner, {"type": "null"}]} if part.get("nullable") is True else inner
