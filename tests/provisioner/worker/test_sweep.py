"""After a destroy the account is searched once for leftovers, and the result is always reported."""

import re
from pathlib import Path

import boto3
import pytest
from pytest_django import Settings

from provisioner.cloud.tagged_resources.resource import Client
from provisioner.models import AuditEntry, CloudAccount, Run, RunEvent, Team
from provisioner.permissions import Person
from provisioner.run_status import RunKind, RunStatus
from provisioner.runs import lifecycle
from provisioner.worker import sweep
from tests.provisioner.cloud import answering
from tests.support import engine, stage

pytestmark = pytest.mark.django_db
THREE_TIER = Path(__file__).parents[3] / "terraform_modules"
REGION = "ap-northeast-2"


@pytest.fixture(scope="module", autouse=True)
def _warm(aws_endpoint: str) -> None:
    answering.warm(aws_endpoint, region=REGION)


@pytest.fixture
def destroying(settings: Settings, alice: Person, shop: Team, account: CloudAccount) -> Run:
    """The apply of a destroy of the three-tier blueprint, at its end."""
    settings.BLUEPRINT_FOLDERS = [THREE_TIER]
    environment = stage.environment(owner=alice, team=shop, account=account, blueprint="three_tier")
    return stage.run(environment, kind=RunKind.DESTROY, status=RunStatus.APPLYING)


@pytest.fixture
def ec2(aws_endpoint: str) -> Client:
    session = boto3.Session("test", "test", region_name=REGION)
    return session.client("ec2", endpoint_url=aws_endpoint)


def reported(run: Run) -> list[RunEvent]:
    return list(RunEvent.objects.filter(run_id=run.pk, type="sweep"))


@pytest.mark.usefixtures("cloud")
class TestSweep:
    def test_that_finds_nothing_is_in_the_event_log_and_the_audit_trail(self, destroying: Run) -> None:
        sweep.after_destroy(destroying)

        (event,) = reported(destroying)
        assert (event.level, event.message) == ("info", "Nothing is left in the account.")
        entry = AuditEntry.objects.get(action="environment.swept")
        assert (entry.details["left"], entry.run_id) == ([], str(destroying.pk))
        found = sweep.found_by(destroying)
        assert found
        assert found.is_clean

    def test_lists_leftovers_with_their_price_per_day(self, destroying: Run, ec2: Client) -> None:
        tag = {"Key": "EnvironmentId", "Value": str(destroying.environment_id)}
        specification = [{"ResourceType": "elastic-ip", "Tags": [tag]}]
        address = ec2.allocate_address(Domain="vpc", TagSpecifications=specification)["AllocationId"]

        sweep.after_destroy(destroying)

        (event,) = reported(destroying)
        assert event.level == "warn"
        assert event.message == (
            f"1 resource left in the account: public address {address}. It costs about $0.12 a day."
        )
        found = sweep.found_by(destroying)
        assert found
        assert sweep.as_document(found)["left"] == found.left
        assert found.left[0]["id"] == address
        assert AuditEntry.objects.get(action="environment.swept").details["left"] == [address]

    @pytest.mark.parametrize(("blueprint", "left"), [("static_site", 1), ("three_tier", 0)])
    def test_also_searches_the_region_of_cloudfront_if_the_blueprint_needs_it(
        self, destroying: Run, aws_endpoint: str, blueprint: str, left: int
    ) -> None:
        destroying.environment.blueprint = blueprint
        session = boto3.Session("test", "test", region_name="us-east-1")
        session.client("kms", endpoint_url=aws_endpoint).create_key(
            Tags=[{"TagKey": "EnvironmentId", "TagValue": str(destroying.environment_id)}]
        )

        sweep.after_destroy(destroying)

        found = sweep.found_by(destroying)
        assert found
        assert (len(found.left), found.unanswered) == (left, [])

    def test_is_made_once(self, destroying: Run) -> None:
        sweep.after_destroy(destroying)
        sweep.after_destroy(destroying)

        assert len(reported(destroying)) == 1

    def test_of_a_worker_that_lost_the_run_writes_nothing(self, destroying: Run) -> None:
        Run.objects.filter(pk=destroying.pk).update(fence=7)

        with pytest.raises(lifecycle.LeaseLost):
            sweep.after_destroy(destroying)

        assert reported(destroying) == []

    def test_is_made_only_after_a_destroy(self, destroying: Run) -> None:
        destroying.kind = RunKind.UPDATE

        sweep.after_destroy(destroying)

        assert reported(destroying) == []

    def test_is_not_made_without_aws_resources(self, destroying: Run, settings: Settings) -> None:
        settings.BLUEPRINT_FOLDERS = [engine.BLUEPRINTS]
        destroying.environment.blueprint = "pieces"

        sweep.after_destroy(destroying)

        assert reported(destroying) == []

    def test_says_that_untagged_resources_cannot_be_found(
        self, destroying: Run, settings: Settings, tmp_path: Path
    ) -> None:
        blueprint = tmp_path / "untagged"
        blueprint.mkdir()
        (blueprint / "blueprint.toml").write_text('title = "Untagged"\n')
        (blueprint / "main.tf").write_text(
            'terraform {\n  required_providers {\n    aws = {\n      source = "hashicorp/aws"\n'
            '      version = "5.100.0"\n    }\n  }\n}\n'
        )
        settings.BLUEPRINT_FOLDERS = [tmp_path]
        destroying.environment.blueprint = "untagged"

        sweep.after_destroy(destroying)

        assert "does not tag its resources with EnvironmentId" in reported(destroying)[0].message


def test_a_destroy_succeeds_if_the_account_does_not_respond(destroying: Run, settings: Settings) -> None:
    settings.SIMULATED_AWS_ENDPOINT = "http://127.0.0.1:9"

    sweep.after_destroy(destroying)

    (event,) = reported(destroying)
    assert event.level == "warn"
    assert event.message.startswith("It is not known whether anything is left in the account. The account")
    found = sweep.found_by(destroying)
    assert found
    assert not found.is_clean


def test_every_blueprint_with_aws_tags_its_resources() -> None:
    for blueprint in THREE_TIER.iterdir():
        text = "".join(each.read_text() for each in blueprint.glob("*.tf"))
        if sweep.AWS in text:
            assert re.search(rf"\b{sweep.TAG}\s*=\s*var\.environment_id", text), blueprint.name
