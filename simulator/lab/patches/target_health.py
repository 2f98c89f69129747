"""A new target is `initial` for its time; and targets are as healthy as somebody has set them."""

from typing import Any

from moto.elbv2.models import FakeHealthStatus, FakeTargetGroup, elbv2_backends

from simulator.lab.laboratory import Laboratory
from simulator.lab.targets import REASONS
from simulator.patches import replacing
from simulator.pending import Change

# moto's targets are dictionaries; what we note in one is not shown.
_NEW = "is_checked_for_the_first_time"


def apply(laboratory: Laboratory) -> None:
    @replacing.wrap(FakeTargetGroup, "register")
    def register(original: replacing.Method, self: Any, targets: list[dict[str, Any]]) -> None:
        before = {target_id: target.get(_NEW, False) for target_id, target in self.targets.items()}
        original(self, targets)
        for target_id in {target["Id"] for target in targets}:
            self.targets[target_id][_NEW] = before.get(target_id) or (
                target_id not in before
                and laboratory.latency.later(
                    "target", self.ec2_backend, f"{self.name} {target_id}", group=self.arn, target=target_id
                )
            )

    @replacing.wrap(FakeTargetGroup, "health_for")
    def health_for(original: replacing.Method, self: Any, target: dict[str, Any], ec2_backend: Any) -> Any:
        health = original(self, target, ec2_backend)
        if target["Id"] not in self.targets or health.status != "healthy":
            return health
        finding = laboratory.targets.found(group_name=self.name, group_arn=self.arn, target=target["Id"])
        if finding is not None:
            found = (finding["state"], finding["reason"], finding["description"])
        elif self.targets[target["Id"]].get(_NEW):
            reason = "Elb.InitialHealthChecking"
            found = (REASONS[reason][0], reason, REASONS[reason][1])
        else:
            return health
        return FakeHealthStatus(health.instance_id, health.port, health.health_check_port, *found)

    laboratory.latency.pending.make_with("target", _make_checked)


def _make_checked(change: Change) -> None:
    group = elbv2_backends[change.account_id][change.region].target_groups.get(change.details["group"])
    if group is not None and change.details["target"] in group.targets:
        group.targets[change.details["target"]][_NEW] = False
