"""An instance refresh from its beginning to its end; time passes when a test says so."""

from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from tests.simulator import server
from tests.simulator.groups import create_group, instance_ids
from tests.simulator.passing_time import under_way
from tests.simulator.refreshed_groups import ONE_BY_ONE, SURGE, create, settled
from tests.simulator.server import Account, wait_for


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
