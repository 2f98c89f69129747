"""An instance refresh goes on over time, by itself."""

from typing import Any

from moto.autoscaling.models import autoscaling_backends
from moto.autoscaling.responses import AutoScalingResponse

from simulator.lab.laboratory import Laboratory
from simulator.lab.patches import rolling
from simulator.patches import instance_refresh, replacing
from simulator.pending import Change

STEP = "instance refresh"
# A demonstration shows each step, and goes on.
SHORTEST_SECONDS = {"warming up": 2.0, "waiting": 0.5, "at a checkpoint": 0.5}


def apply(laboratory: Laboratory) -> None:
    latency = laboratory.latency

    def go_on_soon(group: Any) -> None:
        latency.after(latency.seconds("refresh's beginning"), STEP, group.autoscaling_backend, group.name)

    @replacing.wrap(AutoScalingResponse, "start_instance_refresh")
    def start_instance_refresh(original: replacing.Method, self: Any) -> Any:
        answer = original(self)
        go_on_soon(instance_refresh.group_of(self))
        return answer

    @replacing.wrap(AutoScalingResponse, "cancel_instance_refresh")
    def cancel_instance_refresh(original: replacing.Method, self: Any) -> Any:
        group = instance_refresh.group_of(self)
        refresh = instance_refresh.active(group)
        answer = original(self)
        if refresh is not None:
            rolling.trim(group, refresh)
        return answer

    @replacing.wrap(AutoScalingResponse, "rollback_instance_refresh")
    def rollback_instance_refresh(original: replacing.Method, self: Any) -> Any:
        answer = original(self)
        group = instance_refresh.group_of(self)
        refresh = instance_refresh.active(group)
        if refresh is not None:
            rolling.turn_back(group, refresh)
        go_on_soon(group)
        return answer

    def go_on(change: Change) -> None:
        backend: Any = autoscaling_backends[change.account_id][change.region]
        group = backend.autoscaling_groups.get(change.id)
        refresh = instance_refresh.active(group) if group is not None else None
        if refresh is None:
            return
        goes = rolling.step(group, refresh)
        if goes == "at a checkpoint":
            seconds = rolling.checkpoint_seconds(refresh) * latency.scale
        else:
            seconds = latency.seconds("instance's replacement")
        if goes != "ended":
            latency.after(max(SHORTEST_SECONDS[goes], seconds), STEP, backend, group.name)

    latency.pending.make_with(STEP, go_on)
