"""A group moves out of the subnets that it gives up: successors elsewhere, then the end of the old ones."""

from typing import Any

from moto.autoscaling.models import FakeAutoScalingGroup

from provisioner.simulator.lab.laboratory import Laboratory
from provisioner.simulator.lab.patches import instances
from provisioner.simulator.patches import replacing


def apply(laboratory: Laboratory) -> None:
    @replacing.wrap(FakeAutoScalingGroup, "update")
    def update(original: replacing.Method, self: Any, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        if self.vpc_zone_identifier:
            _move_out(self, to=self.vpc_zone_identifier.split(","))


def _move_out(group: Any, *, to: list[str]) -> None:
    left = [state for state in group.instance_states if state.instance.subnet_id not in to]
    if not left:
        return
    # Counted as gone first: the emptiest subnet is looked for among those that stay.
    group.instance_states = [state for state in group.instance_states if state not in left]
    group.replace_autoscaling_group_instances(len(left), group.get_propagated_tags())
    instances.register_running(group)
    group.ec2_backend.terminate_instances([state.instance.id for state in left])
