"""Auto Scaling groups keep their warm-up and maintenance policy, and their scaling policies are on."""

from typing import Any

from moto.autoscaling.models import FakeScalingPolicy
from moto.autoscaling.responses import AutoScalingResponse

from simulator.patches import replacing


def apply() -> None:
    @replacing.wrap(AutoScalingResponse, "create_auto_scaling_group")
    def create_auto_scaling_group(original: replacing.Method, self: Any) -> Any:
        answer = original(self)
        _keep_what_moto_forgets(self)
        return answer

    @replacing.wrap(AutoScalingResponse, "update_auto_scaling_group")
    def update_auto_scaling_group(original: replacing.Method, self: Any) -> Any:
        answer = original(self)
        _keep_what_moto_forgets(self)
        return answer

    @replacing.wrap(FakeScalingPolicy, "__init__")
    def init(original: replacing.Method, self: Any, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        self.enabled = True
        self.predictive_scaling_configuration = self.predictive_scaling_configuration or None


def _keep_what_moto_forgets(response: Any) -> None:
    # moto's serializer shows an attribute by its name; it only never sets these.
    group = response.autoscaling_backend.autoscaling_groups[response._get_param("AutoScalingGroupName")]
    warmup = response._get_int_param("DefaultInstanceWarmup")
    if warmup is not None:
        group.default_instance_warmup = warmup if warmup >= 0 else None
    policy = response._get_param("InstanceMaintenancePolicy")
    if policy:
        group.instance_maintenance_policy = dict(policy)
