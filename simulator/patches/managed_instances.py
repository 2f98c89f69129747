"""Systems Manager knows the account's running instances, each with an agent that answers."""

from datetime import UTC, datetime
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.models import ec2_backends
from moto.ssm.exceptions import InvalidFilterKey
from moto.ssm.responses import SimpleSystemManagerResponse

from simulator.patches import replacing

# What can be asked for, and where the answer has it.
FILTERS = {
    "InstanceIds": "InstanceId",
    "PingStatus": "PingStatus",
    "PlatformTypes": "PlatformType",
    "ResourceType": "ResourceType",
}
Managed = dict[str, Any]


def apply() -> None:
    replacing.add(SimpleSystemManagerResponse, "describe_instance_information", describe_instance_information)


def describe_instance_information(self: Any) -> ActionResult:
    """The action of that name: all in one page. Both forms of filters, the old one and today's."""
    wanted = {each["Key"]: each["Values"] for each in self._get_param("Filters") or []}
    wanted |= {
        each["key"]: each["valueSet"] for each in self._get_param("InstanceInformationFilterList") or []
    }
    unknown = wanted.keys() - FILTERS.keys()
    if unknown:
        raise InvalidFilterKey(f"not simulated: {', '.join(sorted(unknown))}")
    instances = ec2_backends[self.current_account][self.region].all_instances()
    everyone = [_managed(instance) for instance in instances if instance.state == "running"]
    return ActionResult({"InstanceInformationList": [each for each in everyone if _fits(each, wanted)]})


def _fits(managed: Managed, wanted: dict[str, list[str]]) -> bool:
    return all(managed[FILTERS[key]] in values for key, values in wanted.items())


def _managed(instance: Any) -> Managed:
    return {
        "InstanceId": instance.id,
        "PingStatus": "Online",
        "LastPingDateTime": datetime.now(UTC),
        "AgentVersion": "3.3.3050.0",
        "IsLatestVersion": True,
        "PlatformType": "Linux",
        "PlatformName": "Amazon Linux",
        "PlatformVersion": "2023",
        "ResourceType": "EC2Instance",
        "IPAddress": instance.private_ip,
        "ComputerName": instance.private_dns_name,
    }
