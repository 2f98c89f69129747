"""Instance refresh: an Auto Scaling group replaces its instances by others of another configuration.

moto has none of it. Here are the actions, and what is known of each refresh; what it does to the instances,
and when, is the laboratory's (lab/patches/rolling.py, lab/patches/refreshes.py).
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from moto.autoscaling.exceptions import AutoscalingClientError, ValidationError
from moto.autoscaling.models import FakeAutoScalingGroup
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult

from simulator.patches import replacing

GOING_FORWARD = ("Pending", "InProgress")
TURNED_BACK = "RollbackInProgress"
# What makes up a group's configuration in moto.
CONFIGURATION = ("ec2_launch_template", "launch_template_version", "provided_launch_template_version")
# Beside what AWS shows: `old` are the ids of the instances to be replaced, `kept` of those that a rollback
# lets be; `ordered` counts the replacements, `waited` the checks in vain since the last of them was ready,
# `passed` the checkpoints.
Refresh = dict[str, Any]


def apply() -> None:
    replacing.add(AutoScalingResponse, "start_instance_refresh", start_instance_refresh)
    replacing.add(AutoScalingResponse, "describe_instance_refreshes", describe_instance_refreshes)
    replacing.add(AutoScalingResponse, "cancel_instance_refresh", cancel_instance_refresh)
    replacing.add(AutoScalingResponse, "rollback_instance_refresh", rollback_instance_refresh)

    @replacing.wrap(FakeAutoScalingGroup, "replace_autoscaling_group_instances")
    def launch(original: replacing.Method, self: Any, count: int, tags: dict[str, str]) -> None:
        # Whoever starts it meanwhile: it is as the refresh wants the group to be.
        refresh = active(self)
        wanted = refresh["DesiredConfiguration"] if refresh and refresh["Status"] in GOING_FORWARD else {}
        with _configured(self, wanted):
            original(self, count, tags)


def start_instance_refresh(self: Any) -> ActionResult:
    """The action of that name. A desired configuration becomes the group's when the refresh has succeeded."""
    group = group_of(self)
    if active(group):
        raise AutoscalingClientError(
            "InstanceRefreshInProgress", f"An Instance Refresh is already in progress for {group.name}"
        )
    desired = dict(self._get_param("DesiredConfiguration") or {})
    preferences = dict(self._get_param("Preferences") or {})
    if preferences.get("AutoRollback") and not desired:
        raise ValidationError(
            "The request isn't valid. The AutoRollback parameter cannot be set to true when the "
            "DesiredConfiguration parameter is empty. Set AutoRollback to false or specify a desired "
            "configuration and try again."
        )
    with _configured(group, desired):  # raises for a launch template that does not exist
        refresh = _begun(group, strategy=self._get_param("Strategy") or "Rolling")
    refresh |= {"Preferences": preferences, "DesiredConfiguration": desired}
    vars(group).setdefault("refreshes", []).append(refresh)
    return ActionResult({"InstanceRefreshId": refresh["InstanceRefreshId"]})


def describe_instance_refreshes(self: Any) -> ActionResult:
    """The action of that name: newest first."""
    wanted = self._get_param("InstanceRefreshIds") or []
    refreshes = [
        refresh
        for refresh in _refreshes(group_of(self))
        if not wanted or refresh["InstanceRefreshId"] in wanted
    ]
    return ActionResult({"InstanceRefreshes": refreshes[::-1]})


def cancel_instance_refresh(self: Any) -> ActionResult:
    """The action of that name: instances that are replaced stay replaced."""
    group = group_of(self)
    refresh = active(group)
    if refresh is None:
        raise _nothing_active(group)
    end(group, refresh, "Cancelled", reason="Cancelled due to user request.")
    return ActionResult({"InstanceRefreshId": refresh["InstanceRefreshId"]})


def rollback_instance_refresh(self: Any) -> ActionResult:
    """The action of that name."""
    group = group_of(self)
    refresh = active(group)
    if refresh is None or refresh["Status"] == TURNED_BACK:
        raise _nothing_active(group)
    if not refresh["DesiredConfiguration"]:
        raise AutoscalingClientError(
            "IrreversibleInstanceRefresh", "No desired configuration was specified for the instance refresh."
        )
    begin_rollback(refresh, reason="Rollback on request.")
    return ActionResult({"InstanceRefreshId": refresh["InstanceRefreshId"]})


def group_of(response: Any) -> Any:
    """The group that a request names. Raises ValidationError."""
    name = response._get_param("AutoScalingGroupName")
    groups = response.autoscaling_backend.autoscaling_groups
    if name not in groups:
        raise ValidationError(f"AutoScalingGroup name not found - AutoScalingGroup '{name}' not found")
    return groups[name]


def active(group: Any) -> Refresh | None:
    """The refresh of a group that has not ended, back or forth."""
    going_on = (*GOING_FORWARD, TURNED_BACK)
    return next((refresh for refresh in _refreshes(group) if refresh["Status"] in going_on), None)


def begin_rollback(refresh: Refresh, *, reason: str) -> None:
    """From now on the group's own configuration counts again."""
    refresh["RollbackDetails"] = {
        "RollbackReason": reason,
        "RollbackStartTime": datetime.now(UTC),
        "PercentageCompleteOnRollback": refresh["PercentageComplete"],
        "InstancesToUpdateOnRollback": refresh["InstancesToUpdate"],
    }
    refresh.update(Status=TURNED_BACK, StatusReason=None)


def end(group: Any, refresh: Refresh, status: str, *, reason: str | None = None) -> None:
    """A successful refresh leaves its desired configuration to the group."""
    refresh.update(Status=status, StatusReason=reason, EndTime=datetime.now(UTC))
    template = refresh["DesiredConfiguration"].get("LaunchTemplate")
    if status == "Successful" and template:
        group._set_launch_configuration(None, dict(template), None)


def _begun(group: Any, *, strategy: str) -> Refresh:
    old = [state.instance.id for state in group.instance_states]
    return {
        "InstanceRefreshId": str(uuid.uuid4()),
        "AutoScalingGroupName": group.name,
        "Status": "Pending",
        "StartTime": datetime.now(UTC),
        "PercentageComplete": 0,
        "InstancesToUpdate": len(old),
        "Strategy": strategy,
        "old": old,
        "kept": [],
        "ordered": 0,
        "waited": 0,
        "passed": 0,
    }


def _refreshes(group: Any) -> list[Refresh]:
    kept: list[Refresh] = vars(group).get("refreshes", [])
    return kept


def _nothing_active(group: Any) -> AutoscalingClientError:
    return AutoscalingClientError(
        "ActiveInstanceRefreshNotFound", f"No in progress or pending Instance Refresh found for {group.name}"
    )


@contextmanager
def _configured(group: Any, desired: dict[str, Any]) -> Iterator[None]:
    """The group with another launch template, for as long as it takes."""
    own = {name: vars(group)[name] for name in CONFIGURATION if name in vars(group)}
    if desired.get("LaunchTemplate"):
        group._set_launch_configuration(None, dict(desired["LaunchTemplate"]), None)
    try:
        yield
    finally:
        vars(group).update(own)
