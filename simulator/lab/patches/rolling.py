"""The steps of an instance refresh: replace a batch of instances, then wait until the new ones are healthy.

If the group may exceed its desired capacity, new instances start before old ones terminate. An unhealthy
instance is only waited for; AWS would replace it repeatedly.
"""

import math
from typing import Literal

from moto.autoscaling.models import FakeAutoScalingGroup, InstanceState

from simulator.lab.patches import group_launches, instances
from simulator.patches import instance_refresh
from simulator.patches.instance_refresh import Refresh

# A refresh fails after this many unsuccessful checks in a row. In AWS it fails after an hour.
MAX_WAITS = 30
# AWS's defaults, used if neither the request nor the group sets them.
MIN_HEALTHY_PERCENTAGE, MAX_HEALTHY_PERCENTAGE = 90, 100
CHECKPOINT_SECONDS = 3600
Phase = Literal["warming up", "waiting", "at a checkpoint", "ended"]


def take_step(group: FakeAutoScalingGroup, refresh: Refresh) -> Phase:
    """Take the next step that is possible now. Returns what to wait for before the following one."""
    if refresh["Status"] == "Pending":
        refresh["Status"] = "InProgress"
    old, new = _members(group, refresh)
    unready = [state for state in new if not _is_healthy(group, state)]
    _note_progress(refresh, old=len(old), ready=len(new) - len(unready))
    # The group's desired capacity may have decreased since the refresh started.
    missing = max(
        min(refresh["ordered"], _desired(group)) - len(new), _desired(group) - len(group.instance_states)
    )
    if unready or missing > 0:
        return _wait(group, refresh, unready, missing=missing)
    refresh["waited"] = 0
    surplus = max(0, len(group.instance_states) - _desired(group))
    instances.terminate(group, old[:surplus])
    old = old[surplus:]
    if not old:
        is_rollback = refresh["Status"] == instance_refresh.ROLLING_BACK
        instance_refresh.end(group, refresh, "RollbackSuccessful" if is_rollback else "Successful")
        return "ended"
    if _until_checkpoint(refresh) <= 0:
        refresh["passed"] += 1
        refresh["StatusReason"] = None
        return "at a checkpoint"
    _replace(group, refresh, old)
    return "warming up"


def start_rollback(group: FakeAutoScalingGroup, refresh: Refresh) -> None:
    """Prepare the steps of a rollback: the instances that the refresh launched will be replaced."""
    old, new = _members(group, refresh)
    refresh["kept"], refresh["old"] = _ids(old), _ids(new)
    refresh.update(ordered=0, waited=0)


def shrink(group: FakeAutoScalingGroup, refresh: Refresh) -> None:
    """After the end of a refresh, terminate the surplus instances, unhealthy new ones first."""
    old, new = _members(group, refresh)
    surplus = max(0, len(group.instance_states) - _desired(group))
    instances.terminate(group, [*(state for state in new if not _is_healthy(group, state)), *old][:surplus])


def checkpoint_seconds(refresh: Refresh) -> float:
    """How long AWS waits at each checkpoint."""
    return float(refresh["Preferences"].get("CheckpointDelay", CHECKPOINT_SECONDS))


def _wait(
    group: FakeAutoScalingGroup, refresh: Refresh, unready: list[InstanceState], *, missing: int
) -> Phase:
    _, maximum = _bounds(group, refresh)
    instances.launch(group, min(missing, max(maximum, _desired(group)) - len(group.instance_states)))
    refresh["StatusReason"] = _unhealthy_reason(group, unready[0]) if unready else _launch_error(group)
    refresh["waited"] += 1
    if refresh["waited"] <= MAX_WAITS:
        return "waiting"
    return _fail(group, refresh)


def _fail(group: FakeAutoScalingGroup, refresh: Refresh) -> Phase:
    # No public log shows AWS's message for this. The reason of the last wait is used instead.
    reason = refresh["StatusReason"]
    if refresh["Status"] == instance_refresh.ROLLING_BACK:
        instance_refresh.end(group, refresh, "RollbackFailed", reason=reason)
        return "ended"
    if refresh["Preferences"].get("AutoRollback"):
        instance_refresh.begin_rollback(refresh, reason=f"Automatic rollback. {reason}")
        start_rollback(group, refresh)
        return "waiting"
    shrink(group, refresh)
    instance_refresh.end(group, refresh, "Failed", reason=reason)
    return "ended"


def _replace(group: FakeAutoScalingGroup, refresh: Refresh, old: list[InstanceState]) -> None:
    minimum, maximum = _bounds(group, refresh)
    batch = min(len(old), _until_checkpoint(refresh))
    room = maximum - len(group.instance_states)
    if room > 0:
        batch = min(batch, room)
    else:
        batch = min(batch, max(1, _desired(group) - minimum))
        instances.terminate(group, old[:batch])
    launched = instances.launch(group, batch)
    refresh["ordered"] += batch
    refresh["StatusReason"] = (
        f"Waiting for instances to warm up before continuing. For example: {launched[0]} is warming up."
        if launched
        else _launch_error(group)
    )


def _bounds(group: FakeAutoScalingGroup, refresh: Refresh) -> tuple[int, int]:
    """The minimum number of healthy instances and the maximum number of instances during the refresh."""
    policy = vars(group).get("instance_maintenance_policy") or {}
    settings = {**policy, **refresh["Preferences"]}
    minimum = math.ceil(
        _desired(group) * int(settings.get("MinHealthyPercentage", MIN_HEALTHY_PERCENTAGE)) / 100
    )
    maximum = math.floor(
        _desired(group) * int(settings.get("MaxHealthyPercentage", MAX_HEALTHY_PERCENTAGE)) / 100
    )
    if minimum == maximum and "MaxHealthyPercentage" in settings:
        maximum += 1  # If both are set and leave no room, AWS exceeds the maximum.
    return minimum, maximum


def _checkpoints(refresh: Refresh) -> list[int]:
    return [int(each) for each in refresh["Preferences"].get("CheckpointPercentages") or []]


def _until_checkpoint(refresh: Refresh) -> int:
    """How many instances may be replaced before the next checkpoint."""
    ahead = _checkpoints(refresh)[refresh["passed"] :]
    if not ahead or refresh["Status"] == instance_refresh.ROLLING_BACK:
        return len(refresh["old"])
    return int(math.ceil(len(refresh["old"]) * ahead[0] / 100) - refresh["ordered"])


def _members(
    group: FakeAutoScalingGroup, refresh: Refresh
) -> tuple[list[InstanceState], list[InstanceState]]:
    """The instances that are still to be replaced, and the instances that replace them."""
    old = [state for state in group.instance_states if state.instance.id in refresh["old"]]
    # Snapshots of older versions have no `kept`.
    known = {*refresh["old"], *refresh.get("kept", [])}
    return old, [state for state in group.instance_states if state.instance.id not in known]


def _note_progress(refresh: Refresh, *, old: int, ready: int) -> None:
    if refresh["Status"] == instance_refresh.ROLLING_BACK:
        # A rollback counts the progress of the refresh down to 0.
        total = len(refresh["old"]) + len(refresh["kept"])
        done = old
    else:
        total = len(refresh["old"])
        done = min(total, ready)
    refresh["InstancesToUpdate"] = total - done
    refresh["PercentageComplete"] = done * 100 // total if total else 100


def _is_healthy(group: FakeAutoScalingGroup, state: InstanceState) -> bool:
    if (state.lifecycle_state, state.health_status, state.instance.state) != (
        "InService",
        "Healthy",
        "running",
    ):
        return False
    if group.health_check_type != "ELB":
        return True
    known, target = group.autoscaling_backend.elbv2_backend.target_groups, {"Id": state.instance.id}
    checked = [known[arn] for arn in group.target_group_arns if arn in known]
    return all(each.health_for(target, group.ec2_backend).status == "healthy" for each in checked)


def _ids(states: list[InstanceState]) -> list[str]:
    return [str(state.instance.id) for state in states]


def _desired(group: FakeAutoScalingGroup) -> int:
    return int(group.desired_capacity or 0)


def _unhealthy_reason(group: FakeAutoScalingGroup, state: InstanceState) -> str:
    checker = "Elastic Load Balancing" if group.health_check_type == "ELB" else "Amazon EC2"
    return (
        f"Waiting for remaining instances to be available. For example: {state.instance.id} has insufficient "
        f"data to evaluate its health with {checker}."
    )


def _launch_error(group: FakeAutoScalingGroup) -> str | None:
    failed = (each for each in group_launches.activities_of(group) if each["StatusCode"] == "Failed")
    return next((str(each["StatusMessage"]) for each in failed), None)
