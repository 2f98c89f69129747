"""When a subnet is removed from a group, the group replaces the instances in it by instances elsewhere."""

from moto.autoscaling.models import FakeAutoScalingGroup

from simulator.lab.lab import Lab
from simulator.lab.patches import instances
from simulator.patches import patching


def apply(lab: Lab) -> None:
    @patching.wrap(FakeAutoScalingGroup, "update")
    def update(
        original: patching.Method, self: FakeAutoScalingGroup, *args: object, **kwargs: object
    ) -> None:
        original(self, *args, **kwargs)
        if self.vpc_zone_identifier:
            _move_instances(self, to=self.vpc_zone_identifier.split(","))


def _move_instances(group: FakeAutoScalingGroup, *, to: list[str]) -> None:
    to_replace = [state for state in group.instance_states if state.instance.subnet_id not in to]
    instances.launch(group, len(to_replace))
    instances.terminate(group, to_replace)
