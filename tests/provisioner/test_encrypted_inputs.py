"""A sensitive input reaches Terraform and nothing else."""

import io
import stat
from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from provisioner import encryption, operations
from provisioner.models import AuditEntry, CloudAccount, Environment, Run
from provisioner.run_status import RunStatus
from provisioner.worker import preparation
from tests.portal.routes import routes
from tests.support.engine import PlaceOrder, change, executed, finished
from tests.support.portal import Program

CANARY = "Canary-7f3e91c2"

pytestmark = pytest.mark.django_db


def columns_with(canary: str) -> set[str]:
    """`table.column` of every value in the database that contains the canary."""
    found = set()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608
            names = [column[0] for column in cursor.description]
            for row in cursor.fetchall():
                found |= {
                    f"{table}.{name}"
                    for name, value in zip(names, row, strict=True)
                    if canary in _text(value)
                }
    return found


def _text(value: object) -> str:
    content = bytes(value) if isinstance(value, memoryview) else value
    return content.decode(errors="replace") if isinstance(content, bytes) else str(content)


def responses(client: Client, run: Run) -> Iterator[tuple[str, bytes]]:
    """The response of every page, download and API route, by address."""
    places = {"environment_id": run.environment_id, "run_id": run.pk}
    kept = [
        route
        for route in routes()
        if route.name != "sign-out" and route.is_api == isinstance(client, Program)
    ]
    addresses = [route.address(**places) for route in kept]
    page = f"/environments/{run.environment_id}/"
    if not isinstance(client, Program):
        addresses += [f"{page}?tab={tab}" for tab in ("resources", "state", "runs")] + ["/order/pieces/"]
    for address in addresses:
        response: Any = client.get(address)
        if not response.streaming:
            yield address, response.content
        else:
            yield (
                address,
                async_to_sync(_complete_body)(response) if response.is_async else response.getvalue(),
            )


async def _complete_body(response: Any) -> bytes:
    return b"".join([part async for part in response])


@pytest.fixture
def ordered(alice: Any, account: CloudAccount, settings: Settings, var_dir: Any) -> Run:
    """An order of alice over the API. Its second resource prints the secret; a person approves its plan."""
    settings.STATIC_ROOT = var_dir / "staticfiles"
    settings.STATIC_ROOT.mkdir(exist_ok=True)
    inputs = {"secret": CANARY, "command": f"echo {CANARY[:7]}''{CANARY[7:]}"}
    response = Program(alice).order(blueprint="pieces", size="guarded", inputs=inputs)
    assert response.status_code == 201, response.content
    assert CANARY not in response.content.decode()
    return Run.objects.get()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("cloud")
class TestSensitiveInput:
    def test_reaches_terraform_and_no_table_page_api_or_export(
        self, ordered: Run, alice: Any, oscar: Any, ada: Any
    ) -> None:
        waiting = executed(ordered)
        variables = preparation.directory_of(waiting) / "module" / "portal.auto.tfvars.json"
        assert CANARY in variables.read_text()
        assert stat.S_IMODE(variables.stat().st_mode) == 0o600
        operations.approve(run_id=waiting.pk, by=oscar, now=timezone.now())
        run = executed(waiting)
        assert run.status == RunStatus.APPLIED, run.reason

        shown = dict(reported for person in (alice, ada) for reported in responses(_signed_in(person), run))
        shown |= responses(Program(ada), run)

        assert columns_with(CANARY) == set()
        assert [address for address, content in shown.items() if CANARY.encode() in content] == []
        assert CANARY not in _exported_audit_trail()
        assert not variables.exists()
        assert not preparation.directory_of(run).exists()
        # The responses include the run's events, and the line with the secret is masked.
        log = shown[f"/runs/{run.pk}/log.txt"].decode()
        assert "(local-exec): (sensitive value)" in log
        assert b"web-2" in shown[f"/environments/{run.environment_id}/"]


class TestSearchForTheSecret:
    def test_finds_an_unencrypted_secret(
        self, place_order: PlaceOrder, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(encryption, "encrypted", lambda values, *, names: dict(values))

        place_order(secret=CANARY)

        assert columns_with(CANARY) == {"provisioner_environment.inputs", "provisioner_run.inputs"}

    def test_does_not_find_an_encrypted_secret(self, place_order: PlaceOrder) -> None:
        run = place_order(secret=CANARY)

        assert columns_with(CANARY) == set()
        assert encryption.decrypted(run.inputs)["secret"] == CANARY


class TestChange:
    @pytest.mark.parametrize("left", [{}, {"secret": ""}, {"secret": None}])
    def test_without_the_secret_keeps_it(
        self, left: dict[str, Any], place_order: PlaceOrder, alice: Any
    ) -> None:
        created = finished(place_order(secret=CANARY))
        given = {"greeting": "other", **left}

        run = operations.change(
            operations.ChangeRequest(
                environment_id=created.environment_id, size="small", inputs=given, by=alice
            ),
            now=timezone.now(),
        )

        assert encryption.decrypted(run.inputs)["secret"] == CANARY
        assert AuditEntry.objects.get(action="environment.change").details["changed"] == ["greeting"]

    def test_with_a_new_secret_uses_it_and_audits_only_its_name(
        self, place_order: PlaceOrder, alice: Any
    ) -> None:
        created = finished(place_order(secret="the-one-before"))

        run = change(created, alice, secret=CANARY)

        assert encryption.decrypted(run.inputs)["secret"] == CANARY
        assert AuditEntry.objects.get(action="environment.change").details["changed"] == ["secret"]
        assert columns_with(CANARY) == set()

    def test_from_the_shell_keeps_it(self, place_order: PlaceOrder, ada: Any) -> None:
        finished(place_order(secret=CANARY))

        call_command("change", "web-1", "--set", "greeting=other", "--set", "secret=", stdout=io.StringIO())

        assert encryption.decrypted(Run.objects.get(number=2).inputs)["secret"] == CANARY

    def test_requires_it_again_if_the_key_is_lost(
        self, place_order: PlaceOrder, alice: Any, settings: Settings
    ) -> None:
        created = finished(place_order(secret=CANARY))
        settings.SECRET_KEY = "n" * 40

        with pytest.raises(operations.Refused) as refusal:
            change(created, alice)

        assert "Enter it again" in refusal.value.errors["secret"][0]
        assert encryption.decrypted(change(created, alice, secret="another").inputs)["secret"] == "another"

    def test_cannot_decrypt_an_input_of_another_environment(
        self, place_order: PlaceOrder, alice: Any
    ) -> None:
        other = place_order(name="web-2", network="10.99.0.0/16", secret=CANARY)
        created = finished(place_order())

        with pytest.raises(operations.Refused) as refusal:
            change(created, alice, secret=other.inputs["secret"])

        assert list(refusal.value.errors) == ["secret"]

    def test_keeps_an_optional_secret_empty(self, place_order: PlaceOrder, alice: Any) -> None:
        created = finished(place_order(size="figured", figure=""))

        run = change(created, alice, greeting="other")

        assert created.inputs["figure"] is None
        assert run.inputs["figure"] is None


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("cloud")
class TestRun:
    def test_whose_inputs_cannot_be_decrypted_fails_with_a_hint(
        self, place_order: PlaceOrder, settings: Settings
    ) -> None:
        ordered = place_order(secret=CANARY)
        settings.SECRET_KEY = "n" * 40

        run = executed(ordered)

        assert run.status == RunStatus.FAILED
        assert "SECRET_KEY_FALLBACKS" in run.reason

    def test_that_destroys_gets_the_secret(self, place_order: PlaceOrder, alice: Any) -> None:
        created = executed(place_order(secret=CANARY))

        run = executed(
            operations.destroy(environment_id=created.environment_id, by=alice, now=timezone.now())
        )

        assert run.status == RunStatus.APPLIED, run.reason
        assert encryption.decrypted(run.inputs)["secret"] == CANARY
        assert Environment.objects.get().status == "destroyed"


def _signed_in(person: Any) -> Client:
    client = Client()
    client.force_login(person)
    return client


def _exported_audit_trail() -> str:
    out = io.StringIO()
    call_command("audit", "export", stdout=out)
    return out.getvalue()
