"""Instances are `pending` and `shutting-down` for their time, and their group counts them from then on."""

from typing import Any

from moto.autoscaling.models import AutoScalingBackend, FakeAutoScalingGroup, InstanceState
from moto.ec2.models import EC2Backend, ec2_backends
from moto.ec2.models.instances import InstanceState as State

from simulator.lab.laboratory import Laboratory
from simulator.patches import load_balancing, replacing
from simulator.pending import Change


def apply(laboratory: Laboratory) -> None:
    latency = laboratory.latency

    @replacing.wrap(EC2Backend, "run_instances")
    def run_instances(original: replacing.Method, self: Any, *args: Any, **kwargs: Any) -> Any:
        reservation = original(self, *args, **kwargs)
        for instance in reservation.instances:
            if latency.later("instance", self, instance.id):
                instance._state = State("pending", 0)
        return reservation

    @replacing.wrap(EC2Backend, "terminate_instances")
    def terminate_instances(original: replacing.Method, self: Any, instance_ids: list[str]) -> Any:
        terminated = original(self, instance_ids)
        for instance, before in terminated:
            if before.name != "terminated" and latency.later("instance's end", self, instance.id):
                instance._state = State("shutting-down", 32)
        return terminated

    @replacing.wrap(InstanceState, "__init__")
    def init(original: replacing.Method, self: Any, instance: Any, *args: Any, **kwargs: Any) -> None:
        original(self, instance, *args, **kwargs)
        if instance.state == "pending":
            self.lifecycle_state = "Pending"

    @replacing.wrap(FakeAutoScalingGroup, "active_instances")
    def active_instances(_original: replacing.Method, self: Any) -> list[Any]:
        # One that is on its way is not launched once more.
        return [state for state in self.instance_states if state.lifecycle_state in ("InService", "Pending")]

    @replacing.wrap(AutoScalingBackend, "update_attached_target_groups")
    def update_attached_target_groups(_original: replacing.Method, self: Any, group_name: str) -> None:
        # moto stumbles over one that does not run yet.
        register_running(self.autoscaling_groups[group_name])

    latency.pending.make_with("instance", _make_run)
    latency.pending.make_with("instance's end", _make_end)


def register_running(group: Any) -> None:
    """Have the group's running instances in all its target groups."""
    running = {state.instance.id for state in group.instance_states if state.instance.state == "running"}
    load_balancing.register(group.autoscaling_backend.elbv2_backend, group, running)


def launch(group: Any, count: int) -> list[str]:
    """Start so many more in the group; ids of those that came."""
    before = {state.instance.id for state in group.instance_states}
    if count > 0:
        group.replace_autoscaling_group_instances(count, group.get_propagated_tags())
        register_running(group)
    return [str(state.instance.id) for state in group.instance_states if state.instance.id not in before]


def retire(group: Any, states: list[Any]) -> None:
    """End these, and count them no more."""
    if states:
        group.ec2_backend.terminate_instances([state.instance.id for state in states])
        group.instance_states = [state for state in group.instance_states if state not in states]


def _make_run(change: Change) -> None:
    instance = ec2_backends[change.account_id][change.region].get_instance_by_id(change.id)
    if instance is None or instance.state != "pending":
        return
    instance._state = State("running", 16)
    group = vars(instance).get("autoscaling_group")
    for state in group.instance_states if group is not None else []:
        if state.instance is instance and state.lifecycle_state == "Pending":
            state.lifecycle_state = "InService"
            register_running(group)


def _make_end(change: Change) -> None:
    instance = ec2_backends[change.account_id][change.region].get_instance_by_id(change.id)
    if instance is not None and instance.state == "shutting-down":
        instance._state = State("terminated", 48)
