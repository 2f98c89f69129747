from collections.abc import Callable

import pytest

from tests.simulator.groups import create_group, instance_ids
from tests.simulator.server import Account
from tests.simulator.target_groups import create_target_group, health


def replace_by_the_group(account: Account, instance: str) -> None:
    account.client("autoscaling").terminate_instance_in_auto_scaling_group(
        InstanceId=instance, ShouldDecrementDesiredCapacity=False
    )


def terminate(account: Account, instance: str) -> None:
    account.client("ec2").terminate_instances(InstanceIds=[instance])


TERMINATIONS = [replace_by_the_group, terminate]


class TestTargetsOfAutoScalingGroup:
    def test_are_its_instances_and_healthy(self, account: Account) -> None:
        target_group = create_target_group(account)
        name = create_group(account, size=2, TargetGroupARNs=[target_group])

        assert health(account, target_group) == dict.fromkeys(instance_ids(account, name), "healthy")

    @pytest.mark.parametrize("end", TERMINATIONS)
    def test_miss_the_replacement_of_an_instance_in_plain_moto(
        self, plain_moto: Account, end: Callable[[Account, str], None]
    ) -> None:
        target_group = create_target_group(plain_moto)
        name = create_group(plain_moto, TargetGroupARNs=[target_group])
        [old] = instance_ids(plain_moto, name)

        end(plain_moto, old)

        assert set(health(plain_moto, target_group)) != instance_ids(plain_moto, name)

    @pytest.mark.parametrize("end", TERMINATIONS)
    def test_include_the_replacement_of_an_instance(
        self, account: Account, end: Callable[[Account, str], None]
    ) -> None:
        target_group = create_target_group(account)
        name = create_group(account, TargetGroupARNs=[target_group])
        [old] = instance_ids(account, name)

        end(account, old)

        [new] = instance_ids(account, name)
        assert new != old
        assert health(account, target_group) == {new: "healthy"}

    def test_are_unused_if_the_instance_is_stopped(self, account: Account) -> None:
        target_group = create_target_group(account)
        name = create_group(account, TargetGroupARNs=[target_group])
        [instance] = instance_ids(account, name)

        account.client("ec2").stop_instances(InstanceIds=[instance])

        assert health(account, target_group) == {instance: "unused"}

    def test_include_the_replacement_if_another_instance_is_stopped(self, account: Account) -> None:
        target_group = create_target_group(account)
        name = create_group(account, size=2, TargetGroupARNs=[target_group])
        stopped, old = sorted(instance_ids(account, name))
        account.client("ec2").stop_instances(InstanceIds=[stopped])

        terminate(account, old)

        [new] = instance_ids(account, name) - {stopped, old}
        assert health(account, target_group) == {stopped: "unused", new: "healthy"}
