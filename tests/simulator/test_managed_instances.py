import pytest
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from simulator.json_types import JsonObject
from tests.simulator.groups import create_group, instance_ids
from tests.simulator.server import Account


def information(account: Account, **parameters: object) -> dict[str, JsonObject]:
    """Systems Manager's information about each instance, by instance id."""
    response = account.client("ssm").describe_instance_information(**parameters)
    return {each["InstanceId"]: each for each in response["InstanceInformationList"]}


class TestManagedInstances:
    def test_are_not_supported_by_plain_moto(self, plain_moto: Account) -> None:
        with pytest.raises((ResponseParserError, ClientError), match="500"):
            information(plain_moto)

    def test_are_the_running_instances_and_online(self, account: Account) -> None:
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
    def test_can_be_filtered_by_id(self, account: Account, filters: str, key: str, values: str) -> None:
        [wanted] = instance_ids(account, create_group(account))

        known = information(account, **{filters: [{key: "InstanceIds", values: [wanted]}]})

        assert list(known) == [wanted]

    def test_an_unknown_filter_is_rejected(self, account: Account) -> None:
        with pytest.raises(ClientError, match="InvalidFilterKey"):
            information(account, Filters=[{"Key": "tag:Name", "Values": ["app"]}])
