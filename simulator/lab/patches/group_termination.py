"""A group's instances are `Terminating` while they drain. The group is deleted after its last instance."""

import copy
from typing import Any

from moto.autoscaling.models import (
    AutoScalingBackend,
    FakeAutoScalingGroup,
    InstanceState,
    autoscaling_backends,
)
from moto.ec2.models import EC2Backend

from simulator.lab.lab import Lab
from simulator.lab.latency import Latency
from simulator.patches import patching
from simulator.scheduled_changes import ScheduledChange

TERMINATION, GROUP_DELETION = "group instance's end", "group deletion"


def apply(lab: Lab) -> None:
    latency = lab.latency
    delete_now: patching.Method = AutoScalingBackend.delete_auto_scaling_group

    @patching.wrap(EC2Backend, "terminate_instances")
    def terminate_instances(original: patching.Method, self: EC2Backend, instance_ids: list[str]) -> object:
        members = [state for each in instance_ids if (state := _state_of(self, each)) is not None]
        terminated = original(self, instance_ids)
        for state in members:
            _start_termination(latency, state)
        return terminated

    @patching.wrap(AutoScalingBackend, "delete_auto_scaling_group")
    def delete_auto_scaling_group(original: patching.Method, self: Any, group_name: str) -> None:
        group = self.autoscaling_groups.get(group_name)
        if latency.scale == 0 or group is None:
            original(self, group_name)
            return
        group.min_size = group.max_size = 0
        group.set_desired_capacity(0)
        if not _terminating(group):
            original(self, group_name)
            return
        group.status = "Delete in progress"
        latency.schedule(GROUP_DELETION, self, group_name, extra=_drain_seconds(group))

    def delete(change: ScheduledChange) -> None:
        backend = autoscaling_backends[change.account_id][change.region]
        if change.id in backend.autoscaling_groups:
            delete_now(backend, change.id)

    patching.override_property(
        FakeAutoScalingGroup, "instances", lambda members, group: members + _terminating(group)
    )
    latency.changes.on_due(TERMINATION, _finish_termination)
    latency.changes.on_due(GROUP_DELETION, delete)


def _state_of(ec2: EC2Backend, instance_id: str) -> InstanceState | None:
    instance = ec2.get_instance_by_id(instance_id)
    group = vars(instance).get("autoscaling_group") if instance is not None else None
    if group is None or any(state.instance is instance for state in _terminating(group)):
        return None
    known = next((state for state in group.instance_states if state.instance is instance), None)
    return copy.copy(known) if known is not None else None


def _start_termination(latency: Latency, state: InstanceState) -> None:
    group = state.auto_scaling_group
    extra = _drain_seconds(group)
    if latency.schedule(
        TERMINATION, group.autoscaling_backend, state.instance.id, extra=extra, group=group.name
    ):
        state.lifecycle_state = "Terminating"
        vars(group)["leaving"] = [*_terminating(group), state]


def _terminating(group: FakeAutoScalingGroup) -> list[InstanceState]:
    found: list[InstanceState] = vars(group).get("leaving", [])
    return found


def _drain_seconds(group: Any) -> float:
    """The longest deregistration delay of the group's target groups."""
    known = group.autoscaling_backend.elbv2_backend.target_groups
    delays = [
        float(known[arn].attributes.get("deregistration_delay.timeout_seconds") or 0)
        for arn in group.target_group_arns
        if arn in known
    ]
    return max(delays, default=0.0)


def _finish_termination(change: ScheduledChange) -> None:
    group = autoscaling_backends[change.account_id][change.region].autoscaling_groups.get(
        change.details["group"]
    )
    if group is not None:
        vars(group)["leaving"] = [state for state in _terminating(group) if state.instance.id != change.id]
