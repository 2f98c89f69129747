"""A new target is `initial` for some time. The lab can set the health of each target."""

from typing import Any

from moto.elbv2.models import FakeHealthStatus, FakeTargetGroup, elbv2_backends

from simulator.lab.health_overrides import REASONS
from simulator.lab.lab import Lab
from simulator.patches import patching
from simulator.scheduled_changes import ScheduledChange

# A key in moto's target dictionary. Responses do not contain it, snapshots do.
_NEW = "is_checked_for_the_first_time"


def apply(lab: Lab) -> None:
    @patching.wrap(FakeTargetGroup, "register")
    def register(original: patching.Method, self: FakeTargetGroup, targets: list[dict[str, Any]]) -> None:
        before = {target_id: target.get(_NEW, False) for target_id, target in self.targets.items()}
        original(self, targets)
        for target_id in {target["Id"] for target in targets}:
            self.targets[target_id][_NEW] = before.get(target_id) or (
                target_id not in before
                and lab.latency.schedule(
                    "target", self.ec2_backend, f"{self.name} {target_id}", group=self.arn, target=target_id
                )
            )

    @patching.wrap(FakeTargetGroup, "health_for")
    def health_for(
        original: patching.Method, self: FakeTargetGroup, target: dict[str, Any], ec2_backend: Any
    ) -> object:
        health = original(self, target, ec2_backend)
        if target["Id"] not in self.targets or health.status != "healthy":
            return health
        override = lab.targets.find(group_name=self.name, group_arn=self.arn, target=target["Id"])
        if override is not None:
            shown = (override["state"], override["reason"], override["description"])
        elif self.targets[target["Id"]].get(_NEW):
            reason = "Elb.InitialHealthChecking"
            shown = (REASONS[reason][0], reason, REASONS[reason][1])
        else:
            return health
        return FakeHealthStatus(health.instance_id, health.port, health.health_check_port, *shown)

    lab.latency.changes.on_due("target", _finish_first_check)


def _finish_first_check(change: ScheduledChange) -> None:
    group = elbv2_backends[change.account_id][change.region].target_groups.get(change.details["group"])
    if group is not None and change.details["target"] in group.targets:
        group.targets[change.details["target"]][_NEW] = False
