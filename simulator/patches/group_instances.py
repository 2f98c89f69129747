"""A group's instances stand in all its subnets, remember the launch template version they came from, and
guard their metadata as it says.
"""

from collections import Counter
from typing import Any

from moto.autoscaling.models import FakeAutoScalingGroup, InstanceState
from moto.ec2.models.instances import MetadataOptions

from simulator.patches import replacing


def apply() -> None:
    @replacing.wrap(FakeAutoScalingGroup, "replace_autoscaling_group_instances")
    def launch(original: replacing.Method, self: Any, count: int, tags: dict[str, str]) -> None:
        # moto puts all of them into the first subnet, and writes into the tags it is given.
        subnets, known = self.vpc_zone_identifier, len(self.instance_states)
        if subnets:
            for _ in range(count):
                _launch_in(_emptiest(self, subnets.split(",")), original, self, dict(tags))
        else:
            original(self, count, tags)
        _guard_metadata(self, self.instance_states[known:])

    @replacing.wrap(InstanceState, "__init__")
    def init(original: replacing.Method, self: Any, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        template = self.auto_scaling_group.ec2_launch_template
        if template is not None:
            wanted = self.auto_scaling_group.launch_template_version
            self.launched_version = str(template.get_version(wanted).number)

    replacing.override_property(InstanceState, "launch_template", _launch_template)


def next_zone(group: Any) -> str:
    """The availability zone in which the group would start its next instance."""
    if not group.vpc_zone_identifier:
        return str(group.availability_zones[0])
    subnet_id = _emptiest(group, group.vpc_zone_identifier.split(","))
    return str(group.ec2_backend.get_subnet(subnet_id).availability_zone)


def _launch_in(subnet_id: str, original: replacing.Method, group: Any, tags: dict[str, str]) -> None:
    subnets, zones = group.vpc_zone_identifier, group.availability_zones
    group.vpc_zone_identifier = subnet_id
    group.availability_zones = [group.ec2_backend.get_subnet(subnet_id).availability_zone]
    try:
        original(group, 1, tags)
    finally:
        group.vpc_zone_identifier, group.availability_zones = subnets, zones


def _guard_metadata(group: Any, launched: list[Any]) -> None:
    # moto leaves every instance's metadata open to requests without a token.
    if group.ec2_launch_template is not None:
        version = group.ec2_launch_template.get_version(group.launch_template_version)
        for state in launched:
            state.instance.metadata_options = MetadataOptions(version.data.get("MetadataOptions"))


def _emptiest(group: Any, subnets: list[str]) -> str:
    taken = Counter(state.instance.subnet_id for state in group.instance_states)
    return min(subnets, key=lambda subnet: taken[subnet])


def _launch_template(original: dict[str, Any] | None, state: Any) -> dict[str, Any] | None:
    # moto shows the template's default version, whatever the instance was started from.
    version = vars(state).get("launched_version")
    return {**original, "Version": version} if original and version else original
