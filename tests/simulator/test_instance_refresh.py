"""Instance refreshes that succeed or are canceled. Time passes only when a test calls `pass_time`."""

from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from tests.simulator import server
from tests.simulator.groups import create_group, instance_ids
from tests.simulator.instance_refreshes import ONE_BY_ONE, SURGE, create, create_healthy
from tests.simulator.server import Account, wait_for
from tests.simulator.simulated_time import scheduled_seconds


class TestInstanceRefresh:
    def test_is_not_supported_by_plain_moto(self, plain_moto: Account) -> None:
        name = create_group(plain_moto)

        with pytest.raises(ResponseParserError, match="500 Internal Server Error"):
            plain_moto.client("autoscaling").start_instance_refresh(AutoScalingGroupName=name)

    def test_launches_new_instances_first_if_the_group_may_exceed_its_size(self, slow: Account) -> None:
        group = create_healthy(slow)
        [old] = group.versions()

        group.start(preferences=SURGE)
        seen = [group.latest(), group.after_steps()]
        [new] = instance_ids(slow, group.name) - {old}
        meanwhile = group.versions()
        done = group.until_status("Successful")

        assert [each["Status"] for each in seen] == ["Pending", "InProgress"]
        assert seen[1]["StatusReason"] == (
            f"Waiting for instances to warm up before continuing. For example: {new} is warming up."
        )
        assert meanwhile == {old: "1"}
        assert (done["PercentageComplete"], done["InstancesToUpdate"]) == (100, 0)
        assert group.versions() == {new: "2"}

    def test_terminates_instances_one_by_one_if_the_group_may_not_exceed_its_size(
        self, slow: Account
    ) -> None:
        group = create_healthy(slow, size=2)

        group.start(preferences=ONE_BY_ONE)
        group.after_steps()
        in_service = [list(group.versions().values())]
        now = group.until_half_done()
        in_service.append(list(group.versions().values()))
        group.until_status("Successful")

        assert (now["Status"], now["InstancesToUpdate"]) == ("InProgress", 1)
        assert in_service == [["1"], ["2"]]
        assert list(group.versions().values()) == ["2", "2"]

    def test_uses_the_maintenance_policy_of_the_group_by_default(self, slow: Account) -> None:
        policy = {"MinHealthyPercentage": 100, "MaxHealthyPercentage": 150}
        group = create_healthy(slow, size=2, InstanceMaintenancePolicy=policy)

        group.start(preferences={})
        group.after_steps()

        assert group.size() == 3

    def test_exceeds_the_maximum_if_the_bounds_leave_no_room(self, slow: Account) -> None:
        group = create_healthy(slow, size=2)

        group.start(preferences={"MinHealthyPercentage": 100, "MaxHealthyPercentage": 110})
        group.after_steps()

        assert group.size() == 3

    def test_pauses_at_each_checkpoint(self, slow: Account) -> None:
        group = create_healthy(slow, size=4)

        group.start(preferences={**SURGE, "CheckpointPercentages": [34, 100], "CheckpointDelay": 60})
        paused = group.until(lambda _: scheduled_seconds(slow).get("instance refresh") == 60)
        versions = sorted(group.versions().values())
        group.until_status("Successful")

        # 34 % of four instances is rounded up to two.
        assert (paused["Status"], paused["PercentageComplete"]) == ("InProgress", 50)
        assert versions == ["1", "1", "2", "2"]

    def test_stores_its_configuration_in_the_group_when_it_has_succeeded(self, slow: Account) -> None:
        group, seen = create_healthy(slow), []

        group.start(preferences=SURGE)
        group.after_steps()
        seen.append(group.version())
        group.until_status("Successful")
        seen.append(group.version())

        assert seen == ["1", "2"]

    def test_succeeds_in_a_group_that_becomes_smaller_meanwhile(self, slow: Account) -> None:
        group = create_healthy(slow, size=3, InstanceMaintenancePolicy={**SURGE})
        group.start(preferences=SURGE)
        group.after_steps()

        slow.client("autoscaling").update_auto_scaling_group(
            AutoScalingGroupName=group.name, MinSize=1, DesiredCapacity=1
        )
        group.until_status("Successful")

        assert list(group.versions().values()) == ["2"]

    def test_finishes_without_latency(self, account: Account) -> None:
        group = create(account)

        group.start(preferences=SURGE)
        done = wait_for(lambda: (now := group.latest())["Status"] == "Successful" and now)

        assert done["EndTime"] > done["StartTime"]
        assert list(group.versions().values()) == ["2"]

    def test_continues_after_a_crash(self, tmp_path: Path) -> None:
        first = server.start(tmp_path, "--latency", "1")
        group = create_healthy(first)
        group.start(preferences=SURGE)
        group.after_steps()
        first.kill()

        with server.running(tmp_path) as second:
            group.account = second
            group.until_status("Successful")

            assert list(group.versions().values()) == ["2"]


class TestCancel:
    def test_shrinks_the_group_to_its_desired_capacity(self, slow: Account) -> None:
        group, autoscaling = create_healthy(slow), slow.client("autoscaling")
        before = group.versions()
        group.start(preferences=SURGE)
        group.after_steps(2)
        meanwhile = group.versions()

        autoscaling.cancel_instance_refresh(AutoScalingGroupName=group.name)

        cancelled = group.latest()
        assert sorted(meanwhile.values()) == ["1", "2"]
        assert (cancelled["Status"], cancelled["StatusReason"]) == (
            "Cancelled",
            "Cancelled due to user request.",
        )
        assert group.versions() == before
        with pytest.raises(autoscaling.exceptions.ActiveInstanceRefreshNotFoundFault):
            autoscaling.cancel_instance_refresh(AutoScalingGroupName=group.name)


class TestStart:
    def test_is_rejected_while_another_refresh_is_in_progress(self, slow: Account) -> None:
        group = create_healthy(slow)
        group.start(preferences={})

        with pytest.raises(slow.client("autoscaling").exceptions.InstanceRefreshInProgressFault):
            group.start(preferences={})

    def test_is_rejected_for_an_unknown_group(self, account: Account) -> None:
        with pytest.raises(ClientError, match="ValidationError"):
            account.client("autoscaling").start_instance_refresh(AutoScalingGroupName="unknown")

    def test_is_rejected_for_an_unknown_launch_template(self, slow: Account) -> None:
        group = create_healthy(slow)

        with pytest.raises(ClientError, match="LaunchTemplate"):
            slow.client("autoscaling").start_instance_refresh(
                AutoScalingGroupName=group.name,
                DesiredConfiguration={"LaunchTemplate": {"LaunchTemplateName": "unknown", "Version": "1"}},
            )
