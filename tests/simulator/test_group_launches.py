from simulator.json_types import JsonObject
from tests.simulator.groups import create_group, instance_ids
from tests.simulator.server import Account, wait_for


def activities(account: Account, group: str) -> list[JsonObject]:
    found: list[JsonObject] = account.client("autoscaling").describe_scaling_activities(
        AutoScalingGroupName=group
    )["Activities"]
    return found


class TestLaunchWithoutCapacity:
    def test_fails_with_a_reason_and_is_retried(self, account: Account) -> None:
        account.change_lab("faults", {"name": "no-capacity"})
        name = create_group(account, size=2)

        before, failed = instance_ids(account, name), activities(account, name)[0]
        account.change_lab("faults", method="DELETE")
        wait_for(lambda: len(instance_ids(account, name)) == 2, seconds=60)

        assert before == set()
        assert failed["StatusCode"] == "Failed"
        assert failed["StatusMessage"].startswith(
            "We currently do not have sufficient t3.micro capacity in the"
        )
        assert "(ap-northeast-2" in failed["StatusMessage"]
        assert failed["StatusMessage"].endswith("Launching EC2 instance failed.")
        codes = [each["StatusCode"] for each in activities(account, name)]
        assert codes[:3] == ["Successful", "Successful", "Failed"]


class TestScalingActivities:
    def test_list_launches_and_terminations(self, account: Account) -> None:
        name = create_group(account)
        [instance] = instance_ids(account, name)

        account.client("autoscaling").terminate_instance_in_auto_scaling_group(
            InstanceId=instance, ShouldDecrementDesiredCapacity=True
        )

        descriptions = [each["Description"] for each in activities(account, name)]
        assert descriptions == [
            f"Terminating EC2 instance: {instance}",
            f"Launching a new EC2 instance: {instance}",
        ]
