"""Auto Scaling groups store their warm-up time and maintenance policy. Their scaling policies are enabled."""

from typing import Any

from moto.autoscaling.models import FakeScalingPolicy
from moto.autoscaling.responses import AutoScalingResponse

from simulator.patches import patching


def apply() -> None:
    @patching.wrap(AutoScalingResponse, "create_auto_scaling_group")
    def create_auto_scaling_group(original: patching.Method, self: AutoScalingResponse) -> object:
        response = original(self)
        _store_what_moto_ignores(self)
        return response

    @patching.wrap(AutoScalingResponse, "update_auto_scaling_group")
    def update_auto_scaling_group(original: patching.Method, self: AutoScalingResponse) -> object:
        response = original(self)
        _store_what_moto_ignores(self)
        return response

    @patching.wrap(FakeScalingPolicy, "__init__")
    def init(original: patching.Method, self: Any, *args: object, **kwargs: object) -> None:
        original(self, *args, **kwargs)
        self.enabled = True
        self.predictive_scaling_configuration = self.predictive_scaling_configuration or None


def _store_what_moto_ignores(response: Any) -> None:
    # moto's serializer returns these attributes by name, but moto never sets them.
    group = response.autoscaling_backend.autoscaling_groups[response._get_param("AutoScalingGroupName")]
    warmup = response._get_int_param("DefaultInstanceWarmup")
    if warmup is not None:
        group.default_instance_warmup = warmup if warmup >= 0 else None
    policy = response._get_param("InstanceMaintenancePolicy")
    if policy:
        group.instance_maintenance_policy = dict(policy)
