"""An instance refresh from its beginning to each of its ends; time passes when a test says so."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from tests.simulator import server
from tests.simulator.passing_time import let_time_pass, under_way
from tests.simulator.server import Account, wait_for
from tests.simulator.test_autoscaling import create_group, describe, instance_ids
from tests.simulator.test_load_balancing import create_target_group

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


class TestInstanceRefresh:
    def test_does_not_exist_in_moto_alone(self, moto_alone: Account) -> None:
        name = create_group(moto_alone)

        with pytest.raises(ResponseParserError, match="500 Internal Server Error"):
            moto_alone.client("autoscaling").start_instance_refresh(AutoScalingGroupName=name)

    def test_starts_the_new_one_first_where_the_group_may_be_exceeded(self, slow: Account) -> None:
        group = settled(slow)
        [old] = group.versions()

        group.start(preferences=SURGE)
        seen = [group.last(), group.later()]
        [new] = instance_ids(slow, group.name) - {old}
        meanwhile = group.versions()
        done = group.pass_until("Successful")

        assert [each["Status"] for each in seen] == ["Pending", "InProgress"]
        assert seen[1]["StatusReason"] == (
            f"Waiting for instances to warm up before continuing. For example: {new} is warming up."
        )
        assert meanwhile == {old: "1"}
        assert (done["PercentageComplete"], done["InstancesToUpdate"]) == (100, 0)
        assert group.versions() == {new: "2"}

    def test_ends_one_after_the_other_where_it_may_not(self, slow: Account) -> None:
        group = settled(slow, size=2)

        group.start(preferences=ONE_BY_ONE)
        group.later()
        in_service = [list(group.versions().values())]
        now = group.half_done()
        in_service.append(list(group.versions().values()))
        group.pass_until("Successful")

        assert (now["Status"], now["InstancesToUpdate"]) == ("InProgress", 1)
        assert in_service == [["1"], ["2"]]
        assert list(group.versions().values()) == ["2", "2"]

    def test_takes_the_groups_own_bounds_if_it_is_told_none(self, slow: Account) -> None:
        policy = {"MinHealthyPercentage": 100, "MaxHealthyPercentage": 150}
        group = settled(slow, size=2, InstanceMaintenancePolicy=policy)

        group.start(preferences={})
        group.later()

        assert group.size() == 3

    def test_exceeds_a_group_whose_bounds_leave_no_room(self, slow: Account) -> None:
        group = settled(slow, size=2)

        group.start(preferences={"MinHealthyPercentage": 100, "MaxHealthyPercentage": 110})
        group.later()

        assert group.size() == 3

    def test_pauses_at_each_checkpoint(self, slow: Account) -> None:
        group = settled(slow, size=4)

        group.start(preferences={**SURGE, "CheckpointPercentages": [34, 100], "CheckpointDelay": 60})
        paused = group.until(lambda _: under_way(slow).get("instance refresh") == 60)
        versions = sorted(group.versions().values())
        group.pass_until("Successful")

        # A third of four is more than one of them.
        assert (paused["Status"], paused["PercentageComplete"]) == ("InProgress", 50)
        assert versions == ["1", "1", "2", "2"]

    def test_leaves_its_configuration_to_the_group_when_it_has_succeeded(self, slow: Account) -> None:
        group, seen = settled(slow), []

        group.start(preferences=SURGE)
        group.later()
        seen.append(group.version())
        group.pass_until("Successful")
        seen.append(group.version())

        assert seen == ["1", "2"]

    def test_ends_well_in_a_group_that_somebody_makes_smaller(self, slow: Account) -> None:
        group = settled(slow, size=3, InstanceMaintenancePolicy={**SURGE})
        group.start(preferences=SURGE)
        group.later()

        slow.client("autoscaling").update_auto_scaling_group(
            AutoScalingGroupName=group.name, MinSize=1, DesiredCapacity=1
        )
        group.pass_until("Successful")

        assert list(group.versions().values()) == ["2"]

    def test_goes_on_by_itself_where_nothing_takes_time(self, account: Account) -> None:
        group = create(account)

        group.start(preferences=SURGE)
        done = wait_for(lambda: (now := group.last())["Status"] == "Successful" and now)

        assert done["EndTime"] > done["StartTime"]
        assert list(group.versions().values()) == ["2"]

    def test_goes_on_after_a_kill(self, tmp_path: Path) -> None:
        first = server.start(tmp_path, "--latency", "1")
        group = settled(first)
        group.start(preferences=SURGE)
        group.later()
        first.kill()

        with server.running(tmp_path) as second:
            group.account = second
            group.pass_until("Successful")

            assert list(group.versions().values()) == ["2"]


class TestUnhealthyTargets:
    def test_are_waited_for(self, slow: Account) -> None:
        group = settled(slow)
        [old] = group.versions()
        slow.tell("targets", UNHEALTHY)

        group.start(preferences=SURGE)
        stalled, versions = group.later(times=5), group.versions()
        slow.tell("targets", method="DELETE")
        group.pass_until("Successful")

        [new] = versions.keys() - {old}
        assert (stalled["Status"], stalled["PercentageComplete"]) == ("InProgress", 0)
        assert stalled["StatusReason"] == (
            f"Waiting for remaining instances to be available. For example: {new} has insufficient data to "
            "evaluate its health with Elastic Load Balancing."
        )
        assert versions == {old: "1", new: "2"}
        assert group.versions() == {new: "2"}

    def test_are_waited_for_as_long_again_with_each_instance(self, slow: Account) -> None:
        group = settled(slow, size=2)
        group.start(preferences=ONE_BY_ONE)

        for _ in range(2):
            slow.tell("targets", UNHEALTHY)
            stalled = group.later(times=20)
            slow.tell("targets", method="DELETE")
            group.later()

        assert stalled["Status"] == "InProgress"
        group.pass_until("Successful")

    def test_make_it_fail_after_an_hour_and_the_old_instance_stays(self, slow: Account) -> None:
        group = settled(slow)
        before = group.versions()
        slow.tell("targets", UNHEALTHY)

        group.start(preferences=SURGE)
        failed = group.pass_until("Failed")
        slow.tell("targets", method="DELETE")

        assert "insufficient data to evaluate its health" in failed["StatusReason"]
        assert (failed["PercentageComplete"], failed["InstancesToUpdate"]) == (0, 1)
        assert (group.versions(), group.version()) == (before, "1")

    def test_are_nothing_to_a_group_that_does_not_ask_the_load_balancer(self, slow: Account) -> None:
        group = settled(slow, HealthCheckType="EC2")
        slow.tell("targets", UNHEALTHY)

        group.start(preferences=SURGE)
        group.pass_until("Successful")
        slow.tell("targets", method="DELETE")

        assert list(group.versions().values()) == ["2"]


class TestRollback:
    def test_comes_by_itself_when_the_refresh_fails(self, slow: Account) -> None:
        group = settled(slow)
        before = group.versions()
        slow.tell("targets", UNHEALTHY)

        group.start(preferences={**SURGE, "AutoRollback": True})
        turned = group.pass_until("RollbackInProgress")
        done = group.pass_until("RollbackSuccessful", "RollbackFailed")
        slow.tell("targets", method="DELETE")

        details = turned["RollbackDetails"]
        assert details["RollbackReason"].startswith("Automatic rollback.")
        assert details["InstancesToUpdateOnRollback"] == 1
        assert done["Status"] == "RollbackSuccessful"
        assert (group.versions(), group.version()) == (before, "1")

    def test_replaces_what_was_replaced(self, slow: Account) -> None:
        group = settled(slow, size=2)
        kept = min(instance_ids(slow, group.name))
        group.start(preferences={**ONE_BY_ONE, "AutoRollback": True})
        group.half_done()

        slow.tell("targets", UNHEALTHY)
        turned = group.pass_until("RollbackInProgress")
        slow.tell("targets", method="DELETE")
        done = group.pass_until("RollbackSuccessful")

        assert turned["RollbackDetails"]["PercentageCompleteOnRollback"] < 100
        assert done["PercentageComplete"] == 0
        assert list(group.versions().values()) == ["1", "1"]
        assert kept not in group.versions()

    def test_lets_the_instances_be_that_were_not_replaced(self, slow: Account) -> None:
        group = settled(slow, size=2)
        group.start(preferences=ONE_BY_ONE)
        group.later()
        [kept] = group.versions()

        slow.client("autoscaling").rollback_instance_refresh(AutoScalingGroupName=group.name)
        at_once = group.last()
        group.pass_until("RollbackSuccessful")

        assert at_once["Status"] == "RollbackInProgress"
        assert list(group.versions().values()) == ["1", "1"]
        assert kept in group.versions()

    def test_fails_if_its_own_instances_are_unhealthy(self, slow: Account) -> None:
        group = settled(slow)
        slow.tell("targets", UNHEALTHY)

        group.start(preferences={"AutoRollback": True})
        group.pass_until("RollbackInProgress")
        failed = group.pass_until("RollbackFailed", "RollbackSuccessful")
        slow.tell("targets", method="DELETE")

        assert failed["Status"] == "RollbackFailed"
        assert list(group.versions().values()) == ["1"]

    def test_brings_the_new_version_again_if_the_group_had_it_already(self, slow: Account) -> None:
        group = settled(slow)
        # In this order Terraform's provider does it.
        slow.client("autoscaling").update_auto_scaling_group(
            AutoScalingGroupName=group.name, LaunchTemplate={"LaunchTemplateName": group.name, "Version": "2"}
        )
        slow.tell("targets", UNHEALTHY)

        group.start(preferences={"AutoRollback": True})
        group.pass_until("RollbackInProgress")
        slow.tell("targets", method="DELETE")
        group.pass_until("RollbackSuccessful")

        assert list(group.versions().values()) == ["2"]

    def test_needs_to_know_where_it_came_from(self, slow: Account) -> None:
        group, autoscaling = settled(slow), slow.client("autoscaling")

        with pytest.raises(ClientError, match="AutoRollback parameter cannot be set to true"):
            group.start(preferences={"AutoRollback": True}, to="")
        group.start(preferences={}, to="")
        with pytest.raises(autoscaling.exceptions.IrreversibleInstanceRefreshFault):
            autoscaling.rollback_instance_refresh(AutoScalingGroupName=group.name)

    def test_is_refused_where_nothing_goes_on(self, slow: Account) -> None:
        group, autoscaling = settled(slow), slow.client("autoscaling")

        with pytest.raises(autoscaling.exceptions.ActiveInstanceRefreshNotFoundFault):
            autoscaling.rollback_instance_refresh(AutoScalingGroupName=group.name)


class TestNoCapacity:
    def test_stalls_it_until_there_is_some(self, slow: Account) -> None:
        group = settled(slow)
        before = group.versions()
        slow.tell("faults", {"name": "no-capacity"})

        group.start(preferences=SURGE)
        stalled, versions = group.later(times=5), group.versions()
        slow.tell("faults", method="DELETE")
        group.pass_until("Successful")

        assert stalled["Status"] == "InProgress"
        assert stalled["StatusReason"].startswith("We currently do not have sufficient")
        assert versions == before
        assert list(group.versions().values()) == ["2"]

    @pytest.mark.parametrize(
        ("preferences", "status"),
        [(SURGE, "Failed"), ({**SURGE, "AutoRollback": True}, "RollbackSuccessful")],
    )
    def test_ends_it_after_an_hour(self, slow: Account, preferences: dict[str, Any], status: str) -> None:
        group = settled(slow)
        before = group.versions()
        slow.tell("faults", {"name": "no-capacity"})

        group.start(preferences=preferences)
        group.pass_until(status)
        slow.tell("faults", method="DELETE")

        assert group.versions() == before

    def test_leaves_a_gap_where_the_old_one_goes_first(self, slow: Account) -> None:
        group = settled(slow)
        slow.tell("faults", {"name": "no-capacity"})

        group.start(preferences={})
        group.later(times=3)
        gap = group.versions()
        slow.tell("faults", method="DELETE")
        group.pass_until("Successful")

        assert gap == {}
        assert list(group.versions().values()) == ["2"]


class TestCancelling:
    def test_takes_the_group_back_to_its_size(self, slow: Account) -> None:
        group, autoscaling = settled(slow), slow.client("autoscaling")
        before = group.versions()
        group.start(preferences=SURGE)
        group.later(times=2)
        meanwhile = group.versions()

        autoscaling.cancel_instance_refresh(AutoScalingGroupName=group.name)

        cancelled = group.last()
        assert sorted(meanwhile.values()) == ["1", "2"]
        assert (cancelled["Status"], cancelled["StatusReason"]) == (
            "Cancelled",
            "Cancelled due to user request.",
        )
        assert group.versions() == before
        with pytest.raises(autoscaling.exceptions.ActiveInstanceRefreshNotFoundFault):
            autoscaling.cancel_instance_refresh(AutoScalingGroupName=group.name)


class TestStarting:
    def test_is_refused_while_another_one_goes_on(self, slow: Account) -> None:
        group = settled(slow)
        group.start(preferences={})

        with pytest.raises(slow.client("autoscaling").exceptions.InstanceRefreshInProgressFault):
            group.start(preferences={})

    def test_of_an_unknown_group_is_refused(self, account: Account) -> None:
        with pytest.raises(ClientError, match="ValidationError"):
            account.client("autoscaling").start_instance_refresh(AutoScalingGroupName="nobody")

    def test_to_a_launch_template_that_does_not_exist_is_refused(self, slow: Account) -> None:
        group = settled(slow)

        with pytest.raises(ClientError, match="LaunchTemplate"):
            slow.client("autoscaling").start_instance_refresh(
                AutoScalingGroupName=group.name,
                DesiredConfiguration={"LaunchTemplate": {"LaunchTemplateName": "nobody", "Version": "1"}},
            )
