"""Targets that are as healthy, and consoles that say what, somebody has set."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.simulator.groups import create_group, instance_ids
from tests.simulator.server import Account
from tests.simulator.target_groups import create_target_group


@pytest.fixture(autouse=True)
def nothing_left(account: Account) -> Iterator[None]:
    yield
    account.tell("targets", method="DELETE")
    account.tell("consoles", method="DELETE")


def health(account: Account, target_group: str) -> dict[str, dict[str, str]]:
    answer = account.client("elbv2").describe_target_health(TargetGroupArn=target_group)
    return {each["Target"]["Id"]: each["TargetHealth"] for each in answer["TargetHealthDescriptions"]}


class TestTargetHealth:
    def test_is_what_somebody_has_set_until_it_is_taken_back(self, account: Account) -> None:
        target_group = create_target_group(account)
        name = create_group(account, TargetGroupARNs=[target_group])
        [instance] = instance_ids(account, name)

        finding = account.tell("targets", {"reason": "Target.ResponseCodeMismatch"})
        sick = health(account, target_group)
        account.tell(f"targets/{finding['id']}", method="DELETE")

        assert sick == {
            instance: {
                "State": "unhealthy",
                "Reason": "Target.ResponseCodeMismatch",
                "Description": "Health checks failed with these codes: [502]",
            }
        }
        assert health(account, target_group) == {instance: {"State": "healthy"}}

    def test_may_be_of_one_target_and_in_other_words(self, account: Account) -> None:
        target_group = create_target_group(account)
        name = create_group(account, size=2, TargetGroupARNs=[target_group])
        one, other = instance_ids(account, name)

        account.tell(
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
    def test_has_the_state_that_goes_with_the_reason(self, account: Account, reason: str, state: str) -> None:
        assert account.tell("targets", {"reason": reason})["state"] == state

    @pytest.mark.parametrize(
        ("wanted", "sentence"),
        [
            ({}, "reason must be one of"),
            ({"reason": "Target.Bored"}, "reason must be one of"),
            ({"reason": "Target.Timeout", "state": "healthy"}, "has no state"),
            ({"reason": "Target.Timeout", "target": 5}, "target an id"),
            ({"reason": "Target.Timeout", "description": "x" * 501}, "at most 500"),
        ],
    )
    def test_is_refused_with_a_sentence_when_it_makes_no_sense(
        self, account: Account, wanted: Any, sentence: str
    ) -> None:
        status, content = account.ask("targets", wanted)

        assert status == 400
        assert sentence in content["error"]


def console(account: Account, instance: str) -> str:
    return str(account.client("ec2").get_console_output(InstanceId=instance)["Output"])


class TestConsole:
    def test_is_empty_but_for_the_reason(self, account: Account) -> None:
        [instance] = instance_ids(account, create_group(account))

        assert console(account, instance) == (
            f"{instance} is simulated: nothing boots, and nothing is printed.\n"
        )

    def test_shows_the_text_it_was_given_before_that_of_all(self, account: Account) -> None:
        one, other = instance_ids(account, create_group(account, size=2))

        account.tell("consoles/*", {"script": "no-egress"}, method="PUT")
        account.tell(f"consoles/{one}", {"text": "USERDATA_OK 44\n"}, method="PUT")

        assert console(account, one) == "USERDATA_OK 44\n"
        assert "USERDATA_FAIL stage=egress" in console(account, other)

    @pytest.mark.parametrize(
        ("instance", "wanted", "sentence"),
        [
            ("web-1", {"text": "x"}, "Name an instance id"),
            ("*", {"script": "none"}, "script must be one of"),
            ("*", {"text": None}, "text must be a text"),
            ("*", {"text": "x" * 65_537}, "at most 65536 bytes"),
        ],
    )
    def test_is_refused_with_a_sentence_when_it_makes_no_sense(
        self, account: Account, instance: str, wanted: Any, sentence: str
    ) -> None:
        status, content = account.ask(f"consoles/{instance}", wanted, method="PUT")

        assert status == 400
        assert sentence in content["error"]


class TestResources:
    def test_are_listed_with_their_status(self, account: Account) -> None:
        target_group = create_target_group(account)
        name = create_group(account, size=2, TargetGroupARNs=[target_group])
        instances = instance_ids(account, name)
        account.tell("targets", {"reason": "Target.Timeout", "target_group": target_group})

        listed = account.lab("resources")["resources"]

        by_id = {(each["kind"], each["id"]): each for each in listed}
        assert by_id["Auto Scaling group", name]["status"] == "available"
        for instance in instances:
            assert by_id["Instance", instance]["status"] == "running"
            assert by_id["Target", instance]["why"] == "Target.Timeout"
