"""A group's launches can fail, are tried again, and are told in its scaling activities."""

import uuid
from datetime import UTC, datetime
from typing import Any

from moto.autoscaling.models import FakeAutoScalingGroup, autoscaling_backends
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult
from moto.ec2.models import EC2Backend

from simulator.lab import known_faults, sentences
from simulator.lab.calls import Call
from simulator.lab.fault import fill
from simulator.lab.laboratory import Laboratory
from simulator.patches import group_instances, replacing
from simulator.pending import Change

KEPT = 100  # activities of a group
SHORTEST_PAUSE_SECONDS = 5.0
Activity = dict[str, Any]


def apply(laboratory: Laboratory) -> None:
    @replacing.wrap(FakeAutoScalingGroup, "replace_autoscaling_group_instances")
    def launch(original: replacing.Method, self: Any, count: int, tags: dict[str, str]) -> None:
        for _ in range(count):
            problem = _problem(laboratory, self)
            if problem:
                _tell(
                    self, "Launching a new EC2 instance", problem=f"{problem} Launching EC2 instance failed."
                )
                _try_again_later(laboratory, self)
                return
            original(self, 1, dict(tags))
            _tell(self, f"Launching a new EC2 instance: {self.instance_states[-1].instance.id}")

    @replacing.wrap(EC2Backend, "terminate_instances")
    def terminate_instances(original: replacing.Method, self: Any, instance_ids: list[str]) -> Any:
        terminated = original(self, instance_ids)
        for instance, before in terminated:
            group = vars(instance).get("autoscaling_group")
            if group is not None and before.name not in ("terminated", "shutting-down"):
                _tell(group, f"Terminating EC2 instance: {instance.id}")
        return terminated

    @replacing.wrap(AutoScalingResponse, "describe_scaling_activities")
    def describe_scaling_activities(_original: replacing.Method, self: Any) -> ActionResult:
        wanted = self._get_param("AutoScalingGroupName")
        groups = list(self.autoscaling_backend.autoscaling_groups.values())
        found = [
            activity for group in groups if wanted in (None, group.name) for activity in activities_of(group)
        ]
        found.sort(key=lambda activity: activity["StartTime"], reverse=True)
        return ActionResult({"Activities": found[: self._get_int_param("MaxRecords") or KEPT]})

    laboratory.latency.pending.make_with("next launch", _launch_missing)


def activities_of(group: Any) -> list[Activity]:
    """What the group did, newest first, as `DescribeScalingActivities` shows it."""
    found: list[Activity] = vars(group).get("activities", [])
    return found


def _problem(laboratory: Laboratory, group: Any) -> str:
    """Why the next launch fails; empty when it does not."""
    if laboratory.faults.none():
        return ""
    values = {"InstanceType": group.instance_type or "", **sentences.zones(group_instances.next_zone(group))}
    call = Call(service="autoscaling", action=known_faults.LAUNCH_INSTANCE, key="", parameters=values)
    taken = laboratory.faults.take(call)
    return fill(taken[1].message, values) if taken else ""


def _tell(group: Any, description: str, *, problem: str = "") -> None:
    now = datetime.now(UTC)
    activity: Activity = {
        "ActivityId": str(uuid.uuid4()),
        "AutoScalingGroupName": group.name,
        "Description": description + (".  Status Reason: " + problem if problem else ""),
        "Cause": f"At {now:%Y-%m-%dT%H:%M:%SZ} the group's instances were compared with its desired capacity "
        f"of {group.desired_capacity}.",
        "StartTime": now,
        "EndTime": now,
        "StatusCode": "Failed" if problem else "Successful",
        "Progress": 100,
        "Details": "{}",
    }
    if problem:
        activity["StatusMessage"] = problem
    vars(group)["activities"] = [activity, *activities_of(group)][:KEPT]


def _try_again_later(laboratory: Laboratory, group: Any) -> None:
    latency = laboratory.latency
    pause = max(SHORTEST_PAUSE_SECONDS, latency.seconds("next launch"))
    latency.after(pause, "next launch", group.autoscaling_backend, group.name)


def _launch_missing(change: Change) -> None:
    group = autoscaling_backends[change.account_id][change.region].autoscaling_groups.get(change.id)
    if group is not None and len(group.active_instances()) < (group.desired_capacity or 0):
        group.set_desired_capacity(group.desired_capacity)
