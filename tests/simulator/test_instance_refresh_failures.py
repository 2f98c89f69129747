"""Instance refreshes that fail, wait or are rolled back."""

import pytest
from botocore.exceptions import ClientError

from simulator.json_types import JsonObject
from tests.simulator.groups import instance_ids
from tests.simulator.instance_refreshes import ONE_BY_ONE, SURGE, UNHEALTHY, create_healthy
from tests.simulator.server import Account


class TestUnhealthyTargets:
    def test_the_refresh_waits_until_they_are_healthy(self, slow: Account) -> None:
        group = create_healthy(slow)
        [old] = group.versions()
        slow.change_lab("targets", UNHEALTHY)

        group.start(preferences=SURGE)
        stalled, versions = group.after_steps(5), group.versions()
        slow.change_lab("targets", method="DELETE")
        group.until_status("Successful")

        [new] = versions.keys() - {old}
        assert (stalled["Status"], stalled["PercentageComplete"]) == ("InProgress", 0)
        assert stalled["StatusReason"] == (
            f"Waiting for remaining instances to be available. For example: {new} has insufficient data to "
            "evaluate its health with Elastic Load Balancing."
        )
        assert versions == {old: "1", new: "2"}
        assert group.versions() == {new: "2"}

    def test_the_refresh_waits_the_full_time_for_each_instance(self, slow: Account) -> None:
        group = create_healthy(slow, size=2)
        group.start(preferences=ONE_BY_ONE)

        for _ in range(2):
            slow.change_lab("targets", UNHEALTHY)
            stalled = group.after_steps(20)
            slow.change_lab("targets", method="DELETE")
            group.after_steps()

        assert stalled["Status"] == "InProgress"
        group.until_status("Successful")

    def test_the_refresh_fails_after_an_hour_and_the_old_instance_stays(self, slow: Account) -> None:
        group = create_healthy(slow)
        before = group.versions()
        slow.change_lab("targets", UNHEALTHY)

        group.start(preferences=SURGE)
        failed = group.until_status("Failed")
        slow.change_lab("targets", method="DELETE")

        assert "insufficient data to evaluate its health" in failed["StatusReason"]
        assert (failed["PercentageComplete"], failed["InstancesToUpdate"]) == (0, 1)
        assert (group.versions(), group.version()) == (before, "1")

    def test_a_group_without_load_balancer_health_checks_ignores_them(self, slow: Account) -> None:
        group = create_healthy(slow, HealthCheckType="EC2")
        slow.change_lab("targets", UNHEALTHY)

        group.start(preferences=SURGE)
        group.until_status("Successful")
        slow.change_lab("targets", method="DELETE")

        assert list(group.versions().values()) == ["2"]


class TestRollback:
    def test_starts_automatically_when_the_refresh_fails(self, slow: Account) -> None:
        group = create_healthy(slow)
        before = group.versions()
        slow.change_lab("targets", UNHEALTHY)

        group.start(preferences={**SURGE, "AutoRollback": True})
        rolling_back = group.until_status("RollbackInProgress")
        done = group.until_status("RollbackSuccessful", "RollbackFailed")
        slow.change_lab("targets", method="DELETE")

        details = rolling_back["RollbackDetails"]
        assert details["RollbackReason"].startswith("Automatic rollback.")
        assert details["InstancesToUpdateOnRollback"] == 1
        assert done["Status"] == "RollbackSuccessful"
        assert (group.versions(), group.version()) == (before, "1")

    def test_replaces_the_replaced_instances_again(self, slow: Account) -> None:
        group = create_healthy(slow, size=2)
        kept = min(instance_ids(slow, group.name))
        group.start(preferences={**ONE_BY_ONE, "AutoRollback": True})
        group.until_half_done()

        slow.change_lab("targets", UNHEALTHY)
        rolling_back = group.until_status("RollbackInProgress")
        slow.change_lab("targets", method="DELETE")
        done = group.until_status("RollbackSuccessful")

        assert rolling_back["RollbackDetails"]["PercentageCompleteOnRollback"] < 100
        assert done["PercentageComplete"] == 0
        assert list(group.versions().values()) == ["1", "1"]
        assert kept not in group.versions()

    def test_keeps_instances_that_were_not_replaced(self, slow: Account) -> None:
        group = create_healthy(slow, size=2)
        group.start(preferences=ONE_BY_ONE)
        group.after_steps()
        [kept] = group.versions()

        slow.client("autoscaling").rollback_instance_refresh(AutoScalingGroupName=group.name)
        at_once = group.latest()
        group.until_status("RollbackSuccessful")

        assert at_once["Status"] == "RollbackInProgress"
        assert list(group.versions().values()) == ["1", "1"]
        assert kept in group.versions()

    def test_fails_if_the_instances_that_it_launches_are_unhealthy(self, slow: Account) -> None:
        group = create_healthy(slow)
        slow.change_lab("targets", UNHEALTHY)

        group.start(preferences={"AutoRollback": True})
        group.until_status("RollbackInProgress")
        failed = group.until_status("RollbackFailed", "RollbackSuccessful")
        slow.change_lab("targets", method="DELETE")

        assert failed["Status"] == "RollbackFailed"
        assert list(group.versions().values()) == ["1"]

    def test_launches_the_new_version_if_the_group_already_has_it(self, slow: Account) -> None:
        group = create_healthy(slow)
        # Terraform's provider updates the group before it starts the refresh.
        slow.client("autoscaling").update_auto_scaling_group(
            AutoScalingGroupName=group.name, LaunchTemplate={"LaunchTemplateName": group.name, "Version": "2"}
        )
        slow.change_lab("targets", UNHEALTHY)

        group.start(preferences={"AutoRollback": True})
        group.until_status("RollbackInProgress")
        slow.change_lab("targets", method="DELETE")
        group.until_status("RollbackSuccessful")

        assert list(group.versions().values()) == ["2"]

    def test_needs_a_desired_configuration(self, slow: Account) -> None:
        group, autoscaling = create_healthy(slow), slow.client("autoscaling")

        with pytest.raises(ClientError, match="AutoRollback parameter cannot be set to true"):
            group.start(preferences={"AutoRollback": True}, to="")
        group.start(preferences={}, to="")
        with pytest.raises(autoscaling.exceptions.IrreversibleInstanceRefreshFault):
            autoscaling.rollback_instance_refresh(AutoScalingGroupName=group.name)

    def test_is_rejected_without_an_active_refresh(self, slow: Account) -> None:
        group, autoscaling = create_healthy(slow), slow.client("autoscaling")

        with pytest.raises(autoscaling.exceptions.ActiveInstanceRefreshNotFoundFault):
            autoscaling.rollback_instance_refresh(AutoScalingGroupName=group.name)


class TestNoCapacity:
    def test_the_refresh_waits_for_capacity(self, slow: Account) -> None:
        group = create_healthy(slow)
        before = group.versions()
        slow.change_lab("faults", {"name": "no-capacity"})

        group.start(preferences=SURGE)
        stalled, versions = group.after_steps(5), group.versions()
        slow.change_lab("faults", method="DELETE")
        group.until_status("Successful")

        assert stalled["Status"] == "InProgress"
        assert stalled["StatusReason"].startswith("We currently do not have sufficient")
        assert versions == before
        assert list(group.versions().values()) == ["2"]

    @pytest.mark.parametrize(
        ("preferences", "status"),
        [(SURGE, "Failed"), ({**SURGE, "AutoRollback": True}, "RollbackSuccessful")],
    )
    def test_the_refresh_ends_after_an_hour(
        self, slow: Account, preferences: JsonObject, status: str
    ) -> None:
        group = create_healthy(slow)
        before = group.versions()
        slow.change_lab("faults", {"name": "no-capacity"})

        group.start(preferences=preferences)
        group.until_status(status)
        slow.change_lab("faults", method="DELETE")

        assert group.versions() == before

    def test_the_group_is_empty_if_the_old_instance_terminates_first(self, slow: Account) -> None:
        group = create_healthy(slow)
        slow.change_lab("faults", {"name": "no-capacity"})

        group.start(preferences={})
        group.after_steps(3)
        gap = group.versions()
        slow.change_lab("faults", method="DELETE")
        group.until_status("Successful")

        assert gap == {}
        assert list(group.versions().values()) == ["2"]
