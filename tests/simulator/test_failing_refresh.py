"""An instance refresh that does not come to its end, and how it is undone."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.simulator.groups import instance_ids
from tests.simulator.refreshed_groups import ONE_BY_ONE, SURGE, UNHEALTHY, settled
from tests.simulator.server import Account


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
