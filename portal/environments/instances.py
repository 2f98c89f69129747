"""The private instances of an environment, read from its cloud account for every request."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from provisioner import accounts, stored_text
from provisioner.cloud import credentials, failures
from provisioner.models import Environment
from provisioner.sentences import sentence

GROUP_OUTPUT = "autoscaling_group_name"


class InstancesUnavailable(Exception):
    """The account did not list the instances. The message says why, for the page."""


@dataclass(frozen=True, kw_only=True)
class Instance:
    """One instance of the Auto Scaling group, and the command that opens a shell on it."""

    id: str
    zone: str
    type: str
    lifecycle: str
    health: str
    command: str

    @property
    def is_in_service(self) -> bool:
        return self.lifecycle == "InService" and self.health.lower() == "healthy"


def list_instances(environment: Environment) -> list[Instance]:
    """The instances of the Auto Scaling group, those in service first. Raises InstancesUnavailable."""
    name = str(environment.outputs.get(GROUP_OUTPUT, ""))
    if not name:
        return []
    account = accounts.to_cloud(environment.account)
    try:
        with failures.readable_errors(account, failure=sentence("Could not list the instances.")):
            client = credentials.client("autoscaling", account, connect_seconds=2, read_seconds=6)
            found = client.describe_auto_scaling_groups(AutoScalingGroupNames=[name])
    except (failures.CloudUnavailable, failures.CredentialsRefused) as refusal:
        raise InstancesUnavailable(stored_text.from_error(refusal).translated()) from refusal
    groups = found.get("AutoScalingGroups", [])
    if not groups:
        raise InstancesUnavailable(
            _("The Auto Scaling group %(name)s no longer exists in the account.") % {"name": name}
        )
    instances = [_instance(each, environment.account.region) for each in groups[0].get("Instances", [])]
    return sorted(instances, key=lambda each: (not each.is_in_service, each.id))


def _instance(found: Mapping[str, object], region: str) -> Instance:
    identifier = str(found["InstanceId"])
    return Instance(
        id=identifier,
        zone=str(found.get("AvailabilityZone", "")),
        type=str(found.get("InstanceType", "")),
        lifecycle=str(found.get("LifecycleState", "")),
        health=str(found.get("HealthStatus", "")),
        command=f"aws ssm start-session --region {region} --target {identifier}",
    )
