"""A group of servers that is refreshed; time passes when a test says so."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.simulator.groups import create_group, describe
from tests.simulator.passing_time import let_time_pass
from tests.simulator.server import Account
from tests.simulator.target_groups import create_target_group

# More often than a refresh looks in vain.
LONG = 40
SURGE = {"MinHealthyPercentage": 100, "MaxHealthyPercentage": 200}
ONE_BY_ONE = {"MinHealthyPercentage": 50}
UNHEALTHY = {"target_group": "*", "target": "*", "reason": "Target.ResponseCodeMismatch"}


@dataclass
class Group:
    """A group behind a target group, of a launch template with a second version."""

    account: Account
    name: str

    def start(self, *, preferences: dict[str, Any], to: str = "2") -> None:
        """Begin a refresh to that version; "" for one that names none."""
        desired = {"LaunchTemplate": {"LaunchTemplateName": self.name, "Version": to}}
        self.account.client("autoscaling").start_instance_refresh(
            AutoScalingGroupName=self.name,
            Preferences=preferences,
            **({"DesiredConfiguration": desired} if to else {}),
        )

    def last(self) -> dict[str, Any]:
        refresh: dict[str, Any] = self.account.client("autoscaling").describe_instance_refreshes(
            AutoScalingGroupName=self.name
        )["InstanceRefreshes"][0]
        return refresh

    def later(self, *, times: int = 1) -> dict[str, Any]:
        """The refresh when what was under way has happened, and again what followed from it."""
        for _ in range(times):
            let_time_pass(self.account)
            now = self.last()
        return now

    def until(self, condition: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The refresh, as soon as that is true of it."""
        now = self.last()
        for _ in range(LONG):
            if condition(now):
                return now
            now = self.later()
        raise AssertionError(f"it is still {now}")

    def pass_until(self, *wanted: str) -> dict[str, Any]:
        """The refresh, as soon as it has one of these statuses."""
        return self.until(lambda now: now["Status"] in wanted)

    def half_done(self) -> dict[str, Any]:
        return self.until(lambda now: now["PercentageComplete"] >= 50)

    def versions(self) -> dict[str, str]:
        """The launch template version that each instance in service came from."""
        return {
            each["InstanceId"]: each["LaunchTemplate"]["Version"]
            for each in describe(self.account, self.name)["Instances"]
            if each["LifecycleState"] == "InService"
        }

    def size(self) -> int:
        """How many instances there are or come."""
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


def settled(account: Account, *, size: int = 1, **options: Any) -> Group:
    """A group with instances that run and have been checked."""
    group = create(account, size=size, **options)
    for _ in range(2):
        let_time_pass(account)
        describe(account, group.name)
    return group
