"""Auto Scaling groups with an instance refresh. Time passes only when a test calls `pass_time`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from simulator.json_types import JsonObject
from tests.simulator.groups import create_group, describe
from tests.simulator.server import Account
from tests.simulator.simulated_time import pass_time
from tests.simulator.target_groups import create_target_group

# More steps than a refresh waits for unhealthy instances.
MAX_STEPS = 40
SURGE = {"MinHealthyPercentage": 100, "MaxHealthyPercentage": 200}
ONE_BY_ONE = {"MinHealthyPercentage": 50}
UNHEALTHY = {"target_group": "*", "target": "*", "reason": "Target.ResponseCodeMismatch"}


@dataclass
class Group:
    """A group with a target group, and with two versions of its launch template."""

    account: Account
    name: str

    def start(self, *, preferences: JsonObject, to: str = "2") -> None:
        """Start a refresh to that launch template version; "" starts it without a desired configuration."""
        desired = {"LaunchTemplate": {"LaunchTemplateName": self.name, "Version": to}}
        self.account.client("autoscaling").start_instance_refresh(
            AutoScalingGroupName=self.name,
            Preferences=preferences,
            **({"DesiredConfiguration": desired} if to else {}),
        )

    def latest(self) -> JsonObject:
        refresh: JsonObject = self.account.client("autoscaling").describe_instance_refreshes(
            AutoScalingGroupName=self.name
        )["InstanceRefreshes"][0]
        return refresh

    def after_steps(self, count: int = 1) -> JsonObject:
        """The refresh after all scheduled changes are due, `count` times in a row."""
        for _ in range(count):
            pass_time(self.account)
            now = self.latest()
        return now

    def until(self, condition: Callable[[JsonObject], bool]) -> JsonObject:
        """The refresh as soon as the condition is true for it."""
        now = self.latest()
        for _ in range(MAX_STEPS):
            if condition(now):
                return now
            now = self.after_steps()
        raise AssertionError(f"the refresh is still {now}")

    def until_status(self, *wanted: str) -> JsonObject:
        """The refresh as soon as it has one of these statuses."""
        return self.until(lambda now: now["Status"] in wanted)

    def until_half_done(self) -> JsonObject:
        return self.until(lambda now: now["PercentageComplete"] >= 50)

    def versions(self) -> dict[str, str]:
        """The launch template version of each instance in service."""
        return {
            each["InstanceId"]: each["LaunchTemplate"]["Version"]
            for each in describe(self.account, self.name)["Instances"]
            if each["LifecycleState"] == "InService"
        }

    def size(self) -> int:
        """The number of pending instances and instances in service."""
        instances = describe(self.account, self.name)["Instances"]
        return sum(each["LifecycleState"] in ("Pending", "InService") for each in instances)

    def version(self) -> str:
        return str(describe(self.account, self.name)["LaunchTemplate"]["Version"])


def create(account: Account, *, size: int = 1, **options: Any) -> Group:
    name = create_group(
        account,
        size=size,
        TargetGroupARNs=[create_target_group(account)],
        **{"HealthCheckType": "ELB", **options},
    )
    account.client("ec2").create_launch_template_version(
        LaunchTemplateName=name,
        SourceVersion="1",
        LaunchTemplateData={"ImageId": "ami-0f1b193e4899d91a2", "InstanceType": "t3.small"},
    )
    return Group(account, name)


def create_healthy(account: Account, *, size: int = 1, **options: object) -> Group:
    """A group whose instances are running and healthy."""
    group = create(account, size=size, **options)
    for _ in range(2):
        pass_time(account)
        describe(account, group.name)
    return group
