"""Instances are `pending` and `shutting-down` for some time; a group counts its pending instances."""

from moto.autoscaling.models import AutoScalingBackend, FakeAutoScalingGroup, InstanceState
from moto.ec2.models import EC2Backend, ec2_backends
from moto.ec2.models.instances import Instance
from moto.ec2.models.instances import InstanceState as State

from simulator.lab.lab import Lab
from simulator.patches import load_balancing, patching
from simulator.scheduled_changes import ScheduledChange


def apply(lab: Lab) -> None:
    latency = lab.latency

    @patching.wrap(EC2Backend, "run_instances")
    def run_instances(original: patching.Method, self: EC2Backend, *args: object, **kwargs: object) -> object:
        reservation = original(self, *args, **kwargs)
        for instance in reservation.instances:
            if latency.schedule("instance", self, instance.id):
                instance._state = State("pending", 0)
        return reservation

    @patching.wrap(EC2Backend, "terminate_instances")
    def terminate_instances(original: patching.Method, self: EC2Backend, instance_ids: list[str]) -> object:
        terminated = original(self, instance_ids)
        for instance, before in terminated:
            if before.name != "terminated" and latency.schedule("instance's end", self, instance.id):
                instance._state = State("shutting-down", 32)
        return terminated

    @patching.wrap(InstanceState, "__init__")
    def init(
        original: patching.Method, self: InstanceState, instance: Instance, *args: object, **kwargs: object
    ) -> None:
        original(self, instance, *args, **kwargs)
        if instance.state == "pending":
            self.lifecycle_state = "Pending"

    @patching.wrap(FakeAutoScalingGroup, "active_instances")
    def active_instances(_original: patching.Method, self: FakeAutoScalingGroup) -> list[InstanceState]:
        # Count pending instances, so that the group does not launch them twice.
        return [state for state in self.instance_states if state.lifecycle_state in ("InService", "Pending")]

    @patching.wrap(AutoScalingBackend, "update_attached_target_groups")
    def update_attached_target_groups(
        _original: patching.Method, self: AutoScalingBackend, group_name: str
    ) -> None:
        # moto's version fails for an instance that is not running.
        register_running(self.autoscaling_groups[group_name])

    latency.changes.on_due("instance", _make_running)
    latency.changes.on_due("instance's end", _make_terminated)


def register_running(group: FakeAutoScalingGroup) -> None:
    """Register the group's running instances with all its target groups."""
    running = {state.instance.id for state in group.instance_states if state.instance.state == "running"}
    load_balancing.register(group.autoscaling_backend.elbv2_backend, group, running)


def launch(group: FakeAutoScalingGroup, count: int) -> list[str]:
    """Launch `count` instances in the group. Returns the ids of those that were launched."""
    before = {state.instance.id for state in group.instance_states}
    if count > 0:
        group.replace_autoscaling_group_instances(count, group.get_propagated_tags())
        register_running(group)
    return [str(state.instance.id) for state in group.instance_states if state.instance.id not in before]


def terminate(group: FakeAutoScalingGroup, states: list[InstanceState]) -> None:
    """Terminate these instances and remove them from the group."""
    if states:
        group.ec2_backend.terminate_instances([state.instance.id for state in states])
        group.instance_states = [state for state in group.instance_states if state not in states]


def _make_running(change: ScheduledChange) -> None:
    instance = ec2_backends[change.account_id][change.region].get_instance_by_id(change.id)
    if instance is None or instance.state != "pending":
        return
    instance._state = State("running", 16)
    group = vars(instance).get("autoscaling_group")
    if group is None:
        return
    for state in group.instance_states:
        if state.instance is instance and state.lifecycle_state == "Pending":
            state.lifecycle_state = "InService"
            register_running(group)


def _make_terminated(change: ScheduledChange) -> None:
    instance = ec2_backends[change.account_id][change.region].get_instance_by_id(change.id)
    if instance is not None and instance.state == "shutting-down":
        instance._state = State("terminated", 48)
