from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from tests.simulator.groups import create_group, instance_ids
from tests.simulator.server import Account


def information(account: Account, **asked: Any) -> dict[str, dict[str, Any]]:
    """What Systems Manager says of each instance, by its id."""
    answer = account.client("ssm").describe_instance_information(**asked)
    return {each["InstanceId"]: each for each in answer["InstanceInformationList"]}


class TestManagedInstances:
    def test_are_unknown_to_moto_alone(self, moto_alone: Account) -> None:
        with pytest.raises((ResponseParserError, ClientError), match="500"):
            information(moto_alone)

    def test_are_the_running_ones_and_online(self, account: Account) -> None:
        name = create_group(account, size=2)
        running, stopped = sorted(instance_ids(account, name))
        account.client("ec2").stop_instances(InstanceIds=[stopped])

        known = information(account)

        assert known[running]["PingStatus"] == "Online"
        assert known[running]["PlatformType"] == "Linux"
        assert stopped not in known

    @pytest.mark.parametrize(
        ("filters", "key", "values"),
        [("Filters", "Key", "Values"), ("InstanceInformationFilterList", "key", "valueSet")],
    )
    def test_can_be_asked_for_by_id(self, account: Account, filters: str, key: str, values: str) -> None:
        [wanted] = instance_ids(account, create_group(account))

        known = information(account, **{filters: [{key: "InstanceIds", values: [wanted]}]})

        assert list(known) == [wanted]

    def test_refuse_a_question_that_is_not_understood(self, account: Account) -> None:
        with pytest.raises(ClientError, match="InvalidFilterKey"):
            information(account, Filters=[{"Key": "tag:Name", "Values": ["app"]}])
