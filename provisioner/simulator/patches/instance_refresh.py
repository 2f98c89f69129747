"""Instance refresh: an Auto Scaling group replaces its instances one after the other, over time.

moto has none of it. Nothing here runs by itself: whoever asks about a group or a refresh moves it on to where
it should be by now.
"""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from moto.autoscaling.exceptions import AutoscalingClientError, ValidationError
from moto.autoscaling.models import AutoScalingBackend
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult

from provisioner.simulator.patches import replacing

# AWS takes the warm-up, minutes; a demonstration shows each step and goes on.
SECONDS_PER_INSTANCE = 2
ACTIVE = ("Pending", "InProgress")
Refresh = dict[str, Any]


def seconds_per_instance() -> float:
    """How long each instance of a refresh that begins now takes. The laboratory has its own."""
    return SECONDS_PER_INSTANCE


def apply() -> None:
    replacing.add(AutoScalingResponse, "start_instance_refresh", start_instance_refresh)
    replacing.add(AutoScalingResponse, "describe_instance_refreshes", describe_instance_refreshes)
    replacing.add(AutoScalingResponse, "cancel_instance_refresh", cancel_instance_refresh)
    for name in ("describe_auto_scaling_groups", "describe_auto_scaling_instances"):

        @replacing.wrap(AutoScalingBackend, name)
        def describe(original: replacing.Method, self: Any, *args: Any, **kwargs: Any) -> Any:
            for group in list(self.autoscaling_groups.values()):
                _move_on(group)
            return original(self, *args, **kwargs)


def start_instance_refresh(self: Any) -> ActionResult:
    """The action of that name. A desired launch template, if given, becomes the group's at once."""
    group = _group(self)
    if _active(group):
        raise AutoscalingClientError(
            "InstanceRefreshInProgress", f"An Instance Refresh is already in progress for {group.name}"
        )
    desired = self._get_param("DesiredConfiguration") or {}
    if desired.get("LaunchTemplate"):
        group._set_launch_configuration(None, dict(desired["LaunchTemplate"]), None)
    refresh: Refresh = {
        "InstanceRefreshId": str(uuid.uuid4()),
        "AutoScalingGroupName": group.name,
        "Status": "Pending",
        "StartTime": datetime.now(UTC),
        "PercentageComplete": 0,
        "Strategy": self._get_param("Strategy") or "Rolling",
        "Preferences": dict(self._get_param("Preferences") or {}),
        "DesiredConfiguration": dict(desired),
        "old": [state.instance.id for state in group.instance_states],
        "replaced": 0,
        "pace": seconds_per_instance(),
    }
    refresh["InstancesToUpdate"] = len(refresh["old"])
    vars(group).setdefault("refreshes", []).append(refresh)
    return ActionResult({"InstanceRefreshId": refresh["InstanceRefreshId"]})


def describe_instance_refreshes(self: Any) -> ActionResult:
    """The action of that name: newest first."""
    group = _group(self)
    _move_on(group)
    wanted = self._get_param("InstanceRefreshIds") or []
    refreshes = [
        refresh for refresh in _refreshes(group) if not wanted or refresh["InstanceRefreshId"] in wanted
    ]
    return ActionResult({"InstanceRefreshes": refreshes[::-1]})


def cancel_instance_refresh(self: Any) -> ActionResult:
    """The action of that name: instances that are replaced stay replaced."""
    group = _group(self)
    _move_on(group)
    refresh = _active(group)
    if refresh is None:
        raise AutoscalingClientError(
            "ActiveInstanceRefreshNotFound",
            f"No in progress or pending Instance Refresh found for {group.name}",
        )
    refresh.update(Status="Cancelled", StatusReason="Cancelled on request.", EndTime=datetime.now(UTC))
    return ActionResult({"InstanceRefreshId": refresh["InstanceRefreshId"]})


def _group(response: Any) -> Any:
    name = response._get_param("AutoScalingGroupName")
    groups = response.autoscaling_backend.autoscaling_groups
    if name not in groups:
        raise ValidationError(f"AutoScalingGroup name not found - AutoScalingGroup '{name}' not found")
    return groups[name]


def _refreshes(group: Any) -> list[Refresh]:
    kept: list[Refresh] = vars(group).get("refreshes", [])
    return kept


def _active(group: Any) -> Refresh | None:
    return next((refresh for refresh in _refreshes(group) if refresh["Status"] in ACTIVE), None)


def _move_on(group: Any) -> None:
    refresh = _active(group)
    if refresh is None:
        return
    elapsed = datetime.now(UTC) - refresh["StartTime"]
    total = len(refresh["old"])
    pace = refresh.get("pace", SECONDS_PER_INSTANCE)  # an account of an older simulator has none
    due = min(total, elapsed // timedelta(seconds=pace))
    for instance_id in refresh["old"][refresh["replaced"] : due]:
        _replace(group, instance_id)
    done = due == total
    refresh.update(
        Status="Successful" if done else "InProgress",
        replaced=due,
        InstancesToUpdate=total - due,
        PercentageComplete=100 if done else due * 100 // total,
    )
    if done:
        refresh["EndTime"] = datetime.now(UTC)


def _replace(group: Any, instance_id: str) -> None:
    # Somebody may have terminated it meanwhile: then the group has a new one already.
    if any(state.instance.id == instance_id for state in group.instance_states):
        group.autoscaling_backend.terminate_instance(instance_id, should_decrement=False)
