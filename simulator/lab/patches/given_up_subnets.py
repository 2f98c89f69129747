"""A group moves out of the subnets that it gives up: successors elsewhere, then the end of the old ones."""

from typing import Any

from moto.autoscaling.models import FakeAutoScalingGroup

from simulator.lab.laboratory import Laboratory
from simulator.lab.patches import instances
from simulator.patches import replacing


def apply(laboratory: Laboratory) -> None:
    @replacing.wrap(FakeAutoScalingGroup, "update")
    def update(original: replacing.Method, self: Any, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        if self.vpc_zone_identifier:
            _move_out(self, to=self.vpc_zone_identifier.split(","))


def _move_out(group: Any, *, to: list[str]) -> None:
    left = [state for state in group.instance_states if state.instance.subnet_id not in to]
    instances.launch(group, len(left))
    instances.retire(group, left)
