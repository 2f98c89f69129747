"""A target group holds the instances that its Auto Scaling group has now, not those it once had."""

from typing import Any

from moto.autoscaling.models import AutoScalingBackend
from moto.ec2.models import EC2Backend
from moto.elbv2.models import elbv2_backends

from provisioner.simulator.patches import replacing


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
        original(self, instance_ids)
        for name in self.autoscaling_groups:
            self.update_attached_target_groups(name)
