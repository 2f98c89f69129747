"""How an instance refresh goes through a group: new instances first where the group may be exceeded, and no
further than these are healthy. An unhealthy one is waited for; AWS replaces it again and again.
"""

import math
from typing import Any, Literal

from simulator.lab.patches import instances, launches
from simulator.patches import instance_refresh
from simulator.patches.instance_refresh import Refresh

# Checks in vain after which a refresh gives up. AWS does after an hour.
PATIENCE = 30
# AWS's defaults, where neither the request nor the group says anything.
LEAST, MOST = 90, 100
CHECKPOINT_SECONDS = 3600
Goes = Literal["warming up", "waiting", "at a checkpoint", "ended"]


def step(group: Any, refresh: Refresh) -> Goes:
    """Do what can be done now. The answer says what has to pass before the next step."""
    if refresh["Status"] == "Pending":
        refresh["Status"] = "InProgress"
    old, new = _members(group, refresh)
    unready = [state for state in new if not _is_healthy(group, state)]
    _note_progress(refresh, old=len(old), ready=len(new) - len(unready))
    # Somebody may have made the group smaller meanwhile.
    missing = max(
        min(refresh["ordered"], _desired(group)) - len(new), _desired(group) - len(group.instance_states)
    )
    if unready or missing > 0:
        return _wait(group, refresh, unready, missing=missing)
    refresh["waited"] = 0
    surplus = max(0, len(group.instance_states) - _desired(group))
    instances.retire(group, old[:surplus])
    old = old[surplus:]
    if not old:
        is_back = refresh["Status"] == instance_refresh.TURNED_BACK
        instance_refresh.end(group, refresh, "RollbackSuccessful" if is_back else "Successful")
        return "ended"
    if _until_checkpoint(refresh) <= 0:
        refresh["passed"] += 1
        refresh["StatusReason"] = None
        return "at a checkpoint"
    _replace(group, refresh, old)
    return "warming up"


def turn_back(group: Any, refresh: Refresh) -> None:
    """Begin to undo a refresh whose rollback is decided: what it has started is to be replaced."""
    old, new = _members(group, refresh)
    refresh["kept"], refresh["old"] = _ids(old), _ids(new)
    refresh.update(ordered=0, waited=0)


def trim(group: Any, refresh: Refresh) -> None:
    """Take the group back to its size, when nothing more will come of the refresh: the unhealthy go first."""
    old, new = _members(group, refresh)
    surplus = max(0, len(group.instance_states) - _desired(group))
    instances.retire(group, [*(state for state in new if not _is_healthy(group, state)), *old][:surplus])


def checkpoint_seconds(refresh: Refresh) -> float:
    """How long AWS waits at each."""
    return float(refresh["Preferences"].get("CheckpointDelay", CHECKPOINT_SECONDS))


def _wait(group: Any, refresh: Refresh, unready: list[Any], *, missing: int) -> Goes:
    _, most = _bounds(group, refresh)
    instances.launch(group, min(missing, max(most, _desired(group)) - len(group.instance_states)))
    refresh["StatusReason"] = _unhealthy(group, unready[0]) if unready else _failed_launch(group)
    refresh["waited"] += 1
    if refresh["waited"] <= PATIENCE:
        return "waiting"
    return _give_up(group, refresh)


def _give_up(group: Any, refresh: Refresh) -> Goes:
    # No public log shows AWS's words for an end: the last thing that was waited for says as much.
    reason = refresh["StatusReason"]
    if refresh["Status"] == instance_refresh.TURNED_BACK:
        instance_refresh.end(group, refresh, "RollbackFailed", reason=reason)
        return "ended"
    if refresh["Preferences"].get("AutoRollback"):
        instance_refresh.begin_rollback(refresh, reason=f"Automatic rollback. {reason}")
        turn_back(group, refresh)
        return "waiting"
    trim(group, refresh)
    instance_refresh.end(group, refresh, "Failed", reason=reason)
    return "ended"


def _replace(group: Any, refresh: Refresh, old: list[Any]) -> None:
    least, most = _bounds(group, refresh)
    batch = min(len(old), _until_checkpoint(refresh))
    room = most - len(group.instance_states)
    if room > 0:
        batch = min(batch, room)
    else:
        batch = min(batch, max(1, _desired(group) - least))
        instances.retire(group, old[:batch])
    launched = instances.launch(group, batch)
    refresh["ordered"] += batch
    refresh["StatusReason"] = (
        f"Waiting for instances to warm up before continuing. For example: {launched[0]} is warming up."
        if launched
        else _failed_launch(group)
    )


def _bounds(group: Any, refresh: Refresh) -> tuple[int, int]:
    """How many instances there must be at least, and may be at most."""
    policy = vars(group).get("instance_maintenance_policy") or {}
    asked = {**policy, **refresh["Preferences"]}
    least = math.ceil(_desired(group) * int(asked.get("MinHealthyPercentage", LEAST)) / 100)
    most = math.floor(_desired(group) * int(asked.get("MaxHealthyPercentage", MOST)) / 100)
    if least == most and "MaxHealthyPercentage" in asked:
        most += 1  # AWS would rather exceed the group than go below it, if it was told both
    return least, most


def _checkpoints(refresh: Refresh) -> list[int]:
    return [int(each) for each in refresh["Preferences"].get("CheckpointPercentages") or []]


def _until_checkpoint(refresh: Refresh) -> int:
    """How many may be replaced before the next one."""
    ahead = _checkpoints(refresh)[refresh["passed"] :]
    if not ahead or refresh["Status"] == instance_refresh.TURNED_BACK:
        return len(refresh["old"])
    return int(math.ceil(len(refresh["old"]) * ahead[0] / 100) - refresh["ordered"])


def _members(group: Any, refresh: Refresh) -> tuple[list[Any], list[Any]]:
    """Those that are still to be replaced, and those that replace them."""
    old = [state for state in group.instance_states if state.instance.id in refresh["old"]]
    # An account of an older simulator has kept none.
    known = {*refresh["old"], *refresh.get("kept", [])}
    return old, [state for state in group.instance_states if state.instance.id not in known]


def _note_progress(refresh: Refresh, *, old: int, ready: int) -> None:
    if refresh["Status"] == instance_refresh.TURNED_BACK:
        # It counts down again what was done on the way there.
        total = len(refresh["old"]) + len(refresh["kept"])
        done = old
    else:
        total = len(refresh["old"])
        done = min(total, ready)
    refresh["InstancesToUpdate"] = total - done
    refresh["PercentageComplete"] = done * 100 // total if total else 100


def _is_healthy(group: Any, state: Any) -> bool:
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


def _ids(states: list[Any]) -> list[str]:
    return [str(state.instance.id) for state in states]


def _desired(group: Any) -> int:
    return int(group.desired_capacity or 0)


def _unhealthy(group: Any, state: Any) -> str:
    judge = "Elastic Load Balancing" if group.health_check_type == "ELB" else "Amazon EC2"
    return (
        f"Waiting for remaining instances to be available. For example: {state.instance.id} has insufficient "
        f"data to evaluate its health with {judge}."
    )


def _failed_launch(group: Any) -> str | None:
    failed = (each for each in launches.activities_of(group) if each["StatusCode"] == "Failed")
    return next((str(each["StatusMessage"]) for each in failed), None)
