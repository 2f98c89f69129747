"""A group's launches can fail and are retried. Its scaling activities list them."""

import uuid
from datetime import UTC, datetime
from typing import Any

from moto.autoscaling.models import FakeAutoScalingGroup, autoscaling_backends
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult
from moto.ec2.models import EC2Backend

from simulator.lab import known_faults, placeholders
from simulator.lab.calls import Call
from simulator.lab.lab import Lab
from simulator.patches import group_instances, patching
from simulator.scheduled_changes import ScheduledChange

MAX_ACTIVITIES = 100  # saved per group
MIN_PAUSE_SECONDS = 5.0
Activity = dict[str, Any]


def apply(lab: Lab) -> None:
    @patching.wrap(FakeAutoScalingGroup, "replace_autoscaling_group_instances")
    def launch(
        original: patching.Method, self: FakeAutoScalingGroup, count: int, tags: dict[str, str]
    ) -> None:
        for _ in range(count):
            error = _launch_error(lab, self)
            if error:
                _record_activity(
                    self, "Launching a new EC2 instance", error=f"{error} Launching EC2 instance failed."
                )
                _retry_later(lab, self)
                return
            original(self, 1, dict(tags))
            _record_activity(self, f"Launching a new EC2 instance: {self.instance_states[-1].instance.id}")

    @patching.wrap(EC2Backend, "terminate_instances")
    def terminate_instances(original: patching.Method, self: EC2Backend, instance_ids: list[str]) -> object:
        terminated = original(self, instance_ids)
        for instance, before in terminated:
            group = vars(instance).get("autoscaling_group")
            if group is not None and before.name not in ("terminated", "shutting-down"):
                _record_activity(group, f"Terminating EC2 instance: {instance.id}")
        return terminated

    @patching.wrap(AutoScalingResponse, "describe_scaling_activities")
    def describe_scaling_activities(_original: patching.Method, self: AutoScalingResponse) -> ActionResult:
        wanted = self._get_param("AutoScalingGroupName")
        groups = list(self.autoscaling_backend.autoscaling_groups.values())
        found = [
            activity for group in groups if wanted in (None, group.name) for activity in activities_of(group)
        ]
        found.sort(key=lambda activity: activity["StartTime"], reverse=True)
        return ActionResult({"Activities": found[: self._get_int_param("MaxRecords") or MAX_ACTIVITIES]})

    lab.latency.changes.on_due("next launch", _launch_missing)


def activities_of(group: FakeAutoScalingGroup) -> list[Activity]:
    """The group's scaling activities, newest first, as `DescribeScalingActivities` returns them."""
    found: list[Activity] = vars(group).get("activities", [])
    return found


def _launch_error(lab: Lab, group: FakeAutoScalingGroup) -> str:
    """Why the next launch fails; empty if it succeeds."""
    if lab.faults.is_empty():
        return ""
    values = {
        "InstanceType": group.instance_type or "",
        **placeholders.zones(group_instances.next_zone(group)),
    }
    call = Call(service="autoscaling", action=known_faults.LAUNCH_INSTANCE, key="", parameters=values)
    match = lab.faults.hit(call)
    return placeholders.fill(match[1].message, values) if match else ""


def _record_activity(group: FakeAutoScalingGroup, description: str, *, error: str = "") -> None:
    now = datetime.now(UTC)
    activity: Activity = {
        "ActivityId": str(uuid.uuid4()),
        "AutoScalingGroupName": group.name,
        "Description": description + (".  Status Reason: " + error if error else ""),
        "Cause": f"At {now:%Y-%m-%dT%H:%M:%SZ} the group's instances were compared with its desired capacity "
        f"of {group.desired_capacity}.",
        "StartTime": now,
        "EndTime": now,
        "StatusCode": "Failed" if error else "Successful",
        "Progress": 100,
        "Details": "{}",
    }
    if error:
        activity["StatusMessage"] = error
    vars(group)["activities"] = [activity, *activities_of(group)][:MAX_ACTIVITIES]


def _retry_later(lab: Lab, group: FakeAutoScalingGroup) -> None:
    latency = lab.latency
    pause = max(MIN_PAUSE_SECONDS, latency.seconds("next launch"))
    latency.schedule_in(pause, "next launch", group.autoscaling_backend, group.name)


def _launch_missing(change: ScheduledChange) -> None:
    group = autoscaling_backends[change.account_id][change.region].autoscaling_groups.get(change.id)
    if group is not None and len(group.active_instances()) < (group.desired_capacity or 0):
        group.set_desired_capacity(group.desired_capacity)
