"""A group's instances are `Terminating` while they drain, and the group goes when they are gone."""

import copy
from typing import Any

from moto.autoscaling.models import AutoScalingBackend, FakeAutoScalingGroup, autoscaling_backends
from moto.ec2.models import EC2Backend

from simulator.lab.laboratory import Laboratory
from simulator.lab.latency import Latency
from simulator.patches import replacing
from simulator.pending import Change

LEAVING, GROUP = "group instance's end", "group deletion"


def apply(laboratory: Laboratory) -> None:
    latency = laboratory.latency
    really_delete: replacing.Method = AutoScalingBackend.delete_auto_scaling_group

    @replacing.wrap(EC2Backend, "terminate_instances")
    def terminate_instances(original: replacing.Method, self: Any, instance_ids: list[str]) -> Any:
        leaving = [state for each in instance_ids if (state := _state_of(self, each)) is not None]
        terminated = original(self, instance_ids)
        for state in leaving:
            _leave(latency, state)
        return terminated

    @replacing.wrap(AutoScalingBackend, "delete_auto_scaling_group")
    def delete_auto_scaling_group(original: replacing.Method, self: Any, group_name: str) -> None:
        group = self.autoscaling_groups.get(group_name)
        if latency.scale == 0 or group is None:
            original(self, group_name)
            return
        group.min_size = group.max_size = 0
        group.set_desired_capacity(0)
        if not _leaving(group):
            original(self, group_name)
            return
        group.status = "Delete in progress"
        latency.later(GROUP, self, group_name, extra=_drain_seconds(group))

    def make_deleted(change: Change) -> None:
        backend = autoscaling_backends[change.account_id][change.region]
        if change.id in backend.autoscaling_groups:
            really_delete(backend, change.id)

    replacing.override_property(
        FakeAutoScalingGroup, "instances", lambda known, group: known + _leaving(group)
    )
    latency.pending.make_with(LEAVING, _make_gone)
    latency.pending.make_with(GROUP, make_deleted)


def _state_of(ec2: Any, instance_id: str) -> Any:
    instance = ec2.get_instance_by_id(instance_id)
    group = vars(instance).get("autoscaling_group") if instance is not None else None
    if group is None or any(state.instance is instance for state in _leaving(group)):
        return None
    known = next((state for state in group.instance_states if state.instance is instance), None)
    return copy.copy(known) if known is not None else None


def _leave(latency: Latency, state: Any) -> None:
    group = state.auto_scaling_group
    extra = _drain_seconds(group)
    if latency.later(LEAVING, group.autoscaling_backend, state.instance.id, extra=extra, group=group.name):
        state.lifecycle_state = "Terminating"
        vars(group)["leaving"] = [*_leaving(group), state]


def _leaving(group: Any) -> list[Any]:
    found: list[Any] = vars(group).get("leaving", [])
    return found


def _drain_seconds(group: Any) -> float:
    """The longest time in which a target group lets an instance finish what it has in hand."""
    known = group.autoscaling_backend.elbv2_backend.target_groups
    delays = [
        float(known[arn].attributes.get("deregistration_delay.timeout_seconds") or 0)
        for arn in group.target_group_arns
        if arn in known
    ]
    return max(delays, default=0.0)


def _make_gone(change: Change) -> None:
    group = autoscaling_backends[change.account_id][change.region].autoscaling_groups.get(
        change.details["group"]
    )
    if group is not None:
        vars(group)["leaving"] = [state for state in _leaving(group) if state.instance.id != change.id]
