"""A target group holds the instances that its Auto Scaling group has now, not those it once had."""

from typing import Any

from moto.autoscaling.models import AutoScalingBackend
from moto.ec2.models import EC2Backend
from moto.elbv2.models import elbv2_backends

from simulator.patches import replacing


def apply() -> None:
    @replacing.wrap(EC2Backend, "terminate_instances")
    def terminate_instances(original: replacing.Method, self: Any, instance_ids: list[str]) -> Any:
        # moto tells the load balancer when a person terminates an instance, not when a group does.
        terminated = original(self, instance_ids)
        elbv2_backends[self.account_id][self.region_name].notify_terminate_instances(instance_ids)
        return terminated

    @replacing.wrap(AutoScalingBackend, "notify_terminate_instances")
    def notify_terminate_instances(original: replacing.Method, self: Any, instance_ids: list[str]) -> None:
        # moto starts another instance for a terminated one and does not register it.
        groups = self.autoscaling_groups.values()
        known = {state.instance.id for group in groups for state in group.instance_states}
        original(self, instance_ids)
        for group in groups:
            # Those only: a stopped one is refused, and so is one that is still on its way.
            new = {
                state.instance.id for state in group.instance_states if state.instance.state == "running"
            } - known
            register(self.elbv2_backend, group, new)


def register(load_balancing: Any, group: Any, instance_ids: set[str]) -> None:
    """Make instances of a group targets of all its target groups, as far as these exist."""
    if not (group.target_group_arns and instance_ids):
        return
    for target_group in load_balancing.describe_target_groups(
        target_group_arns=group.target_group_arns, load_balancer_arn=None, names=None
    ):
        targets = [{"Id": instance_id, "Port": target_group.port} for instance_id in instance_ids]
        load_balancing.register_targets(target_group.arn, targets)
