"""Instance refresh: an Auto Scaling group replaces its instances, usually with another launch template.

moto does not have it. This module has the API actions and the record of each refresh. The lab replaces the
instances over time (lab/patches/rolling.py, lab/patches/instance_refreshes.py).
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

from simulator.patches import patching

IN_PROGRESS = ("Pending", "InProgress")
ROLLING_BACK = "RollbackInProgress"
# The attributes of a group's launch template in moto.
CONFIGURATION = ("ec2_launch_template", "launch_template_version", "provided_launch_template_version")
# The fields of AWS's API and five more: `old` has the ids of the instances to replace, `kept` the ids of the
# instances that a rollback does not replace; `ordered` counts the launched replacements, `waited` the
# unsuccessful checks since the last replacement was ready, `passed` the passed checkpoints.
# The names are in snapshots.
Refresh = dict[str, Any]


def apply() -> None:
    patching.add(AutoScalingResponse, "start_instance_refresh", start_instance_refresh)
    patching.add(AutoScalingResponse, "describe_instance_refreshes", describe_instance_refreshes)
    patching.add(AutoScalingResponse, "cancel_instance_refresh", cancel_instance_refresh)
    patching.add(AutoScalingResponse, "rollback_instance_refresh", rollback_instance_refresh)

    @patching.wrap(FakeAutoScalingGroup, "replace_autoscaling_group_instances")
    def launch(
        original: patching.Method, self: FakeAutoScalingGroup, count: int, tags: dict[str, str]
    ) -> None:
        # During a refresh every new instance gets the desired configuration, whatever caused its launch.
        refresh = active(self)
        wanted = refresh["DesiredConfiguration"] if refresh and refresh["Status"] in IN_PROGRESS else {}
        with _with_configuration(self, wanted):
            original(self, count, tags)


def start_instance_refresh(self: Any) -> ActionResult:
    """The API action. A successful refresh stores its desired configuration in the group."""
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
    with _with_configuration(group, desired):  # raises for a launch template that does not exist
        refresh = _new_refresh(group, strategy=self._get_param("Strategy") or "Rolling")
    refresh |= {"Preferences": preferences, "DesiredConfiguration": desired}
    vars(group).setdefault("refreshes", []).append(refresh)
    return ActionResult({"InstanceRefreshId": refresh["InstanceRefreshId"]})


def describe_instance_refreshes(self: Any) -> ActionResult:
    """The API action. The newest refresh comes first."""
    wanted = self._get_param("InstanceRefreshIds") or []
    refreshes = [
        refresh
        for refresh in _refreshes(group_of(self))
        if not wanted or refresh["InstanceRefreshId"] in wanted
    ]
    return ActionResult({"InstanceRefreshes": refreshes[::-1]})


def cancel_instance_refresh(self: Any) -> ActionResult:
    """The API action. Replaced instances stay replaced."""
    group = group_of(self)
    refresh = active(group)
    if refresh is None:
        raise _nothing_active(group)
    end(group, refresh, "Cancelled", reason="Cancelled due to user request.")
    return ActionResult({"InstanceRefreshId": refresh["InstanceRefreshId"]})


def rollback_instance_refresh(self: Any) -> ActionResult:
    """The API action."""
    group = group_of(self)
    refresh = active(group)
    if refresh is None or refresh["Status"] == ROLLING_BACK:
        raise _nothing_active(group)
    if not refresh["DesiredConfiguration"]:
        raise AutoscalingClientError(
            "IrreversibleInstanceRefresh", "No desired configuration was specified for the instance refresh."
        )
    begin_rollback(refresh, reason="Rollback on request.")
    return ActionResult({"InstanceRefreshId": refresh["InstanceRefreshId"]})


def group_of(response: AutoScalingResponse) -> Any:
    """The group that a request names. Raises ValidationError if there is none."""
    name = response._get_param("AutoScalingGroupName")
    groups = response.autoscaling_backend.autoscaling_groups
    if name not in groups:
        raise ValidationError(f"AutoScalingGroup name not found - AutoScalingGroup '{name}' not found")
    return groups[name]


def active(group: FakeAutoScalingGroup) -> Refresh | None:
    """The group's refresh that is in progress or rolling back."""
    active_statuses = (*IN_PROGRESS, ROLLING_BACK)
    return next((refresh for refresh in _refreshes(group) if refresh["Status"] in active_statuses), None)


def begin_rollback(refresh: Refresh, *, reason: str) -> None:
    """Change the status to a rollback. New instances get the group's own configuration again."""
    refresh["RollbackDetails"] = {
        "RollbackReason": reason,
        "RollbackStartTime": datetime.now(UTC),
        "PercentageCompleteOnRollback": refresh["PercentageComplete"],
        "InstancesToUpdateOnRollback": refresh["InstancesToUpdate"],
    }
    refresh.update(Status=ROLLING_BACK, StatusReason=None)


def end(group: Any, refresh: Refresh, status: str, *, reason: str | None = None) -> None:
    """End a refresh. A successful one stores its desired configuration in the group."""
    refresh.update(Status=status, StatusReason=reason, EndTime=datetime.now(UTC))
    template = refresh["DesiredConfiguration"].get("LaunchTemplate")
    if status == "Successful" and template:
        group._set_launch_configuration(None, dict(template), None)


def _new_refresh(group: FakeAutoScalingGroup, *, strategy: str) -> Refresh:
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


def _refreshes(group: FakeAutoScalingGroup) -> list[Refresh]:
    refreshes: list[Refresh] = vars(group).get("refreshes", [])
    return refreshes


def _nothing_active(group: FakeAutoScalingGroup) -> AutoscalingClientError:
    return AutoscalingClientError(
        "ActiveInstanceRefreshNotFound", f"No in progress or pending Instance Refresh found for {group.name}"
    )


@contextmanager
def _with_configuration(group: Any, desired: dict[str, Any]) -> Iterator[None]:
    """Give the group the desired launch template until the end of the block."""
    own = {name: vars(group)[name] for name in CONFIGURATION if name in vars(group)}
    if desired.get("LaunchTemplate"):
        group._set_launch_configuration(None, dict(desired["LaunchTemplate"]), None)
    try:
        yield
    finally:
        vars(group).update(own)
