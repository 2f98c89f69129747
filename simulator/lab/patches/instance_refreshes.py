"""An instance refresh takes its steps over time."""

from typing import Any

from moto.autoscaling.models import FakeAutoScalingGroup, autoscaling_backends
from moto.autoscaling.responses import AutoScalingResponse

from simulator.lab.lab import Lab
from simulator.lab.patches import rolling
from simulator.patches import instance_refresh, patching
from simulator.scheduled_changes import ScheduledChange

STEP = "instance refresh"
# Even at scale 0 each step is visible for a moment.
MIN_SECONDS = {"warming up": 2.0, "waiting": 0.5, "at a checkpoint": 0.5}


def apply(lab: Lab) -> None:
    latency = lab.latency

    def schedule_first_step(group: FakeAutoScalingGroup) -> None:
        latency.schedule_in(
            latency.seconds("refresh's beginning"), STEP, group.autoscaling_backend, group.name
        )

    @patching.wrap(AutoScalingResponse, "start_instance_refresh")
    def start_instance_refresh(original: patching.Method, self: AutoScalingResponse) -> object:
        response = original(self)
        schedule_first_step(instance_refresh.group_of(self))
        return response

    @patching.wrap(AutoScalingResponse, "cancel_instance_refresh")
    def cancel_instance_refresh(original: patching.Method, self: AutoScalingResponse) -> object:
        group = instance_refresh.group_of(self)
        refresh = instance_refresh.active(group)
        response = original(self)
        if refresh is not None:
            rolling.shrink(group, refresh)
        return response

    @patching.wrap(AutoScalingResponse, "rollback_instance_refresh")
    def rollback_instance_refresh(original: patching.Method, self: AutoScalingResponse) -> object:
        response = original(self)
        group = instance_refresh.group_of(self)
        refresh = instance_refresh.active(group)
        if refresh is not None:
            rolling.start_rollback(group, refresh)
        schedule_first_step(group)
        return response

    def take_step(change: ScheduledChange) -> None:
        backend: Any = autoscaling_backends[change.account_id][change.region]
        group = backend.autoscaling_groups.get(change.id)
        refresh = instance_refresh.active(group) if group is not None else None
        if refresh is None:
            return
        phase = rolling.take_step(group, refresh)
        if phase == "at a checkpoint":
            seconds = rolling.checkpoint_seconds(refresh) * latency.scale
        else:
            seconds = latency.seconds("instance's replacement")
        if phase != "ended":
            latency.schedule_in(max(MIN_SECONDS[phase], seconds), STEP, backend, group.name)

    latency.changes.on_due(STEP, take_step)
