"""A group's instances are spread over its subnets, keep the launch template version that they were launched
from, and have its metadata options.
"""

from collections import Counter
from typing import Any

from moto.autoscaling.models import FakeAutoScalingGroup, InstanceState
from moto.ec2.models.instances import MetadataOptions

from simulator.patches import patching


def apply() -> None:
    @patching.wrap(FakeAutoScalingGroup, "replace_autoscaling_group_instances")
    def launch(
        original: patching.Method, self: FakeAutoScalingGroup, count: int, tags: dict[str, str]
    ) -> None:
        # moto launches all of them in the first subnet, and changes the dictionary of tags.
        subnets, count_before = self.vpc_zone_identifier, len(self.instance_states)
        if subnets:
            for _ in range(count):
                _launch_in(_emptiest(self, subnets.split(",")), original, self, dict(tags))
        else:
            original(self, count, tags)
        _set_metadata_options(self, self.instance_states[count_before:])

    @patching.wrap(InstanceState, "__init__")
    def init(original: patching.Method, self: Any, *args: object, **kwargs: object) -> None:
        original(self, *args, **kwargs)
        template = self.auto_scaling_group.ec2_launch_template
        if template is not None:
            wanted = self.auto_scaling_group.launch_template_version
            self.launched_version = str(template.get_version(wanted).number)

    patching.override_property(InstanceState, "launch_template", _launch_template)


def next_zone(group: FakeAutoScalingGroup) -> str:
    """The availability zone in which the group will launch its next instance."""
    if not group.vpc_zone_identifier:
        return str(group.availability_zones[0])
    subnet_id = _emptiest(group, group.vpc_zone_identifier.split(","))
    return str(group.ec2_backend.get_subnet(subnet_id).availability_zone)


def _launch_in(
    subnet_id: str, original: patching.Method, group: FakeAutoScalingGroup, tags: dict[str, str]
) -> None:
    subnets, zones = group.vpc_zone_identifier, group.availability_zones
    group.vpc_zone_identifier = subnet_id
    group.availability_zones = [group.ec2_backend.get_subnet(subnet_id).availability_zone]
    try:
        original(group, 1, tags)
    finally:
        group.vpc_zone_identifier, group.availability_zones = subnets, zones


def _set_metadata_options(group: FakeAutoScalingGroup, launched: list[InstanceState]) -> None:
    # moto ignores the template's metadata options: every instance accepts requests without a token.
    if group.ec2_launch_template is not None:
        version = group.ec2_launch_template.get_version(group.launch_template_version)
        for state in launched:
            state.instance.metadata_options = MetadataOptions(version.data.get("MetadataOptions"))


def _emptiest(group: FakeAutoScalingGroup, subnets: list[str]) -> str:
    counts = Counter(state.instance.subnet_id for state in group.instance_states)
    return min(subnets, key=lambda subnet: counts[subnet])


def _launch_template(original: dict[str, Any] | None, state: InstanceState) -> dict[str, Any] | None:
    # moto returns the template's default version, not the version that the instance was launched from.
    version = vars(state).get("launched_version")
    return {**original, "Version": version} if original and version else original
