"""A target group contains the current instances of its Auto Scaling group, not former ones."""

from moto.autoscaling.models import AutoScalingBackend, FakeAutoScalingGroup
from moto.ec2.models import EC2Backend
from moto.elbv2.models import ELBv2Backend, elbv2_backends

from simulator.patches import patching


def apply() -> None:
    @patching.wrap(EC2Backend, "terminate_instances")
    def terminate_instances(original: patching.Method, self: EC2Backend, instance_ids: list[str]) -> object:
        # moto notifies the load balancer if a person terminates an instance, but not if a group does.
        terminated = original(self, instance_ids)
        elbv2_backends[self.account_id][self.region_name].notify_terminate_instances(instance_ids)
        return terminated

    @patching.wrap(AutoScalingBackend, "notify_terminate_instances")
    def notify_terminate_instances(
        original: patching.Method, self: AutoScalingBackend, instance_ids: list[str]
    ) -> None:
        # moto launches a replacement for a terminated instance, but does not register it.
        groups = self.autoscaling_groups.values()
        known = {state.instance.id for group in groups for state in group.instance_states}
        original(self, instance_ids)
        for group in groups:
            # Only running ones: moto rejects stopped and pending instances.
            new = {
                state.instance.id for state in group.instance_states if state.instance.state == "running"
            } - known
            register(self.elbv2_backend, group, new)


def register(load_balancing: ELBv2Backend, group: FakeAutoScalingGroup, instance_ids: set[str]) -> None:
    """Register instances of a group with all its existing target groups."""
    if not (group.target_group_arns and instance_ids):
        return
    for target_group in load_balancing.describe_target_groups(
        target_group_arns=group.target_group_arns, load_balancer_arn=None, names=None
    ):
        targets = [{"Id": instance_id, "Port": target_group.port} for instance_id in instance_ids]
        load_balancing.register_targets(target_group.arn, targets)
