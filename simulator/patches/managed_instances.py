"""Systems Manager lists the account's running instances, each with an agent that is online."""

from datetime import UTC, datetime
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.models import ec2_backends
from moto.ec2.models.instances import Instance
from moto.ssm.exceptions import InvalidFilterKey
from moto.ssm.responses import SimpleSystemManagerResponse

from simulator.patches import patching

# The supported filters, and the field that each one compares.
FILTERS = {
    "InstanceIds": "InstanceId",
    "PingStatus": "PingStatus",
    "PlatformTypes": "PlatformType",
    "ResourceType": "ResourceType",
}
Information = dict[str, Any]


def apply() -> None:
    patching.add(SimpleSystemManagerResponse, "describe_instance_information", describe_instance_information)


def describe_instance_information(self: Any) -> ActionResult:
    """The API action, without paging. Supports both forms of filters, the old one and the current one."""
    wanted = {each["Key"]: each["Values"] for each in self._get_param("Filters") or []}
    wanted |= {
        each["key"]: each["valueSet"] for each in self._get_param("InstanceInformationFilterList") or []
    }
    unknown = wanted.keys() - FILTERS.keys()
    if unknown:
        raise InvalidFilterKey(f"not simulated: {', '.join(sorted(unknown))}")
    instances = ec2_backends[self.current_account][self.region].all_instances()
    managed = [_information(instance) for instance in instances if instance.state == "running"]
    return ActionResult({"InstanceInformationList": [each for each in managed if _matches(each, wanted)]})


def _matches(information: Information, wanted: dict[str, list[str]]) -> bool:
    return all(information[FILTERS[key]] in values for key, values in wanted.items())


def _information(instance: Instance) -> Information:
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
