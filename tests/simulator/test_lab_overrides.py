"""Target health and console output that people set in the lab, and the lab's list of resources."""

from collections.abc import Iterator

import pytest

from tests.simulator.groups import create_group, instance_ids
from tests.simulator.server import Account
from tests.simulator.target_groups import create_target_group


@pytest.fixture(autouse=True)
def remove_overrides(account: Account) -> Iterator[None]:
    yield
    account.change_lab("targets", method="DELETE")
    account.change_lab("consoles", method="DELETE")


def health(account: Account, target_group: str) -> dict[str, dict[str, str]]:
    """State, reason and description of each target, by instance id."""
    response = account.client("elbv2").describe_target_health(TargetGroupArn=target_group)
    return {each["Target"]["Id"]: each["TargetHealth"] for each in response["TargetHealthDescriptions"]}


class TestTargetHealth:
    def test_is_the_override_until_it_is_removed(self, account: Account) -> None:
        target_group = create_target_group(account)
        name = create_group(account, TargetGroupARNs=[target_group])
        [instance] = instance_ids(account, name)

        override = account.change_lab("targets", {"reason": "Target.ResponseCodeMismatch"})
        unhealthy = health(account, target_group)
        account.change_lab(f"targets/{override['id']}", method="DELETE")

        assert unhealthy == {
            instance: {
                "State": "unhealthy",
                "Reason": "Target.ResponseCodeMismatch",
                "Description": "Health checks failed with these codes: [502]",
            }
        }
        assert health(account, target_group) == {instance: {"State": "healthy"}}

    def test_can_be_set_for_one_target_with_another_description(self, account: Account) -> None:
        target_group = create_target_group(account)
        name = create_group(account, size=2, TargetGroupARNs=[target_group])
        one, other = instance_ids(account, name)

        account.change_lab(
            "targets",
            {
                "target_group": target_group,
                "target": one,
                "reason": "Target.ResponseCodeMismatch",
                "description": "Health checks failed with these codes: [404]",
            },
        )

        found = health(account, target_group)
        assert found[one]["Description"] == "Health checks failed with these codes: [404]"
        assert found[other] == {"State": "healthy"}

    @pytest.mark.parametrize(
        ("reason", "state"),
        [
            ("Target.FailedHealthChecks", "unhealthy"),
            ("Target.Timeout", "unhealthy"),
            ("Elb.InitialHealthChecking", "initial"),
            ("Target.NotInUse", "unused"),
            ("Target.DeregistrationInProgress", "draining"),
            ("Target.HealthCheckDisabled", "unavailable"),
        ],
    )
    def test_has_the_state_of_its_reason(self, account: Account, reason: str, state: str) -> None:
        assert account.change_lab("targets", {"reason": reason})["state"] == state

    @pytest.mark.parametrize(
        ("wanted", "message"),
        [
            ({}, "reason must be one of"),
            ({"reason": "Target.Unknown"}, "reason must be one of"),
            ({"reason": "Target.Timeout", "state": "healthy"}, "has no field state"),
            ({"reason": "Target.Timeout", "target": 5}, "target an id"),
            ({"reason": "Target.Timeout", "description": "x" * 501}, "at most 500"),
        ],
    )
    def test_invalid_input_is_rejected_with_a_message(
        self, account: Account, wanted: object, message: str
    ) -> None:
        status, content = account.request_lab("targets", wanted)

        assert status == 400
        assert message in content["error"]


def console(account: Account, instance: str) -> str:
    return str(account.client("ec2").get_console_output(InstanceId=instance)["Output"])


class TestConsoleOutput:
    def test_says_by_default_that_nothing_boots(self, account: Account) -> None:
        [instance] = instance_ids(account, create_group(account))

        assert console(account, instance) == (
            f"{instance} is simulated: it does not boot and prints nothing.\n"
        )

    def test_shows_its_own_text_rather_than_the_text_for_all(self, account: Account) -> None:
        one, other = instance_ids(account, create_group(account, size=2))

        account.change_lab("consoles/*", {"script": "no-egress"}, method="PUT")
        account.change_lab(f"consoles/{one}", {"text": "USERDATA_OK 44\n"}, method="PUT")

        assert console(account, one) == "USERDATA_OK 44\n"
        assert "USERDATA_FAIL stage=egress" in console(account, other)

    @pytest.mark.parametrize(
        ("instance", "wanted", "message"),
        [
            ("web-1", {"text": "x"}, "must be an id such as"),
            ("*", {"script": "none"}, "script must be one of"),
            ("*", {"text": None}, "text must be a string"),
            ("*", {"text": "x" * 65_537}, "at most 65536 bytes"),
        ],
    )
    def test_invalid_input_is_rejected_with_a_message(
        self, account: Account, instance: str, wanted: object, message: str
    ) -> None:
        status, content = account.request_lab(f"consoles/{instance}", wanted, method="PUT")

        assert status == 400
        assert message in content["error"]


class TestResources:
    def test_are_listed_with_their_status(self, account: Account) -> None:
        target_group = create_target_group(account)
        name = create_group(account, size=2, TargetGroupARNs=[target_group])
        instances = instance_ids(account, name)
        account.change_lab("targets", {"reason": "Target.Timeout", "target_group": target_group})

        listed = account.get_lab("resources")["resources"]

        by_id = {(each["kind"], each["id"]): each for each in listed}
        assert by_id["Auto Scaling group", name]["status"] == "available"
        for instance in instances:
            assert by_id["Instance", instance]["status"] == "running"
            assert by_id["Target", instance]["why"] == "Target.Timeout"
