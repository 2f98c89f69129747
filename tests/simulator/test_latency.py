"""At a hundredth of AWS's time a database takes 3 s, a NAT gateway 1 s, an instance 0.2 s."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.simulator import server
from tests.simulator.server import Account, wait_for
from tests.simulator.test_autoscaling import create_group, instance_ids
from tests.simulator.test_load_balancing import create_target_group, health

SCALE = 0.01


@pytest.fixture(scope="module")
def slow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """An account in which things take their time."""
    folder = tmp_path_factory.mktemp("slow")
    with server.running(folder, "--snapshot-seconds", "3600", "--latency", str(SCALE)) as ours:
        yield ours


def became(status: Callable[[], str], wanted: str) -> tuple[list[str], float]:
    """Every status on the way to the wanted one, and the seconds that it took."""
    began, seen = time.monotonic(), [status()]

    def is_there() -> bool:
        if (now := status()) != seen[-1]:
            seen.append(now)
        return now == wanted

    wait_for(is_there)
    return seen, time.monotonic() - began


def create_database(account: Account, name: str, **more: Any) -> None:
    account.client("rds").create_db_instance(
        DBInstanceIdentifier=name,
        DBInstanceClass="db.t4g.micro",
        Engine="mysql",
        AllocatedStorage=20,
        MasterUsername="app",
        MasterUserPassword="correct-horse",
        **more,
    )


def database_status(account: Account, name: str) -> str:
    rds = account.client("rds")
    try:
        [found] = rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"]
    except rds.exceptions.DBInstanceNotFoundFault:
        return "gone"
    return str(found["DBInstanceStatus"])


def create_nat_gateway(account: Account) -> str:
    ec2 = account.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.60.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.60.1.0/24")["Subnet"]["SubnetId"]
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    return str(ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address)["NatGateway"]["NatGatewayId"])


def nat_state(account: Account, gateway: str) -> str:
    [found] = account.client("ec2").describe_nat_gateways(NatGatewayIds=[gateway])["NatGateways"]
    return str(found["State"])


class TestDatabase:
    def test_is_created_changed_and_deleted_in_its_time(self, slow: Account) -> None:
        rds = slow.client("rds")
        began = time.monotonic()
        create_database(slow, "timed")
        answered = time.monotonic() - began

        created = became(lambda: database_status(slow, "timed"), "available")
        rds.modify_db_instance(DBInstanceIdentifier="timed", BackupRetentionPeriod=3, ApplyImmediately=True)
        changed = became(lambda: database_status(slow, "timed"), "available")
        rds.delete_db_instance(DBInstanceIdentifier="timed", FinalDBSnapshotIdentifier="timed-final")
        deleted = became(lambda: database_status(slow, "timed"), "gone")

        assert answered < 2.0  # it is the status that takes its time, not the answer
        assert (created[0], changed[0], deleted[0]) == (
            ["creating", "available"],
            ["modifying", "available"],
            ["deleting", "gone"],
        )
        assert 2.5 < created[1] < 6
        assert 0.3 < changed[1] < 3
        assert 1.2 < deleted[1] < 5
        assert rds.describe_db_snapshots(DBSnapshotIdentifier="timed-final")["DBSnapshots"]

    def test_is_not_deleted_when_its_final_snapshot_exists(self, slow: Account) -> None:
        rds = slow.client("rds")
        create_database(slow, "kept")
        wait_for(lambda: database_status(slow, "kept") == "available")
        rds.create_db_snapshot(DBInstanceIdentifier="kept", DBSnapshotIdentifier="taken")

        with pytest.raises(rds.exceptions.DBSnapshotAlreadyExistsFault):
            rds.delete_db_instance(DBInstanceIdentifier="kept", FinalDBSnapshotIdentifier="taken")

        assert database_status(slow, "kept") == "available"


class TestNatGateway:
    def test_is_pending_and_deleting_in_its_time(self, slow: Account) -> None:
        gateway = create_nat_gateway(slow)

        created = became(lambda: nat_state(slow, gateway), "available")
        slow.client("ec2").delete_nat_gateway(NatGatewayId=gateway)
        deleted = became(lambda: nat_state(slow, gateway), "deleted")

        assert created[0] == ["pending", "available"]
        assert deleted[0] == ["deleting", "deleted"]
        assert 0.6 < created[1] < 4

    def test_may_come_up_failed(self, slow: Account) -> None:
        slow.tell("faults", {"name": "nat-gateway-failed", "times": 1})

        gateway = create_nat_gateway(slow)
        seen, _ = became(lambda: nat_state(slow, gateway), "failed")

        [found] = slow.client("ec2").describe_nat_gateways(NatGatewayIds=[gateway])["NatGateways"]
        assert seen == ["pending", "failed"]
        assert found["FailureCode"] == "Gateway.NotAttached"
        assert found["FailureMessage"] == f"Network {found['VpcId']} has no Internet gateway attached"


class TestLoadBalancer:
    def test_is_provisioning_for_its_time_however_often_one_looks(self, slow: Account) -> None:
        ec2, elbv2 = slow.client("ec2"), slow.client("elbv2")
        vpc = ec2.create_vpc(CidrBlock="10.61.0.0/16")["Vpc"]["VpcId"]
        subnets = [
            ec2.create_subnet(
                VpcId=vpc, CidrBlock=f"10.61.{at}.0/24", AvailabilityZone=f"ap-northeast-2{zone}"
            )["Subnet"]["SubnetId"]
            for at, zone in enumerate("ac")
        ]
        elbv2.create_load_balancer(Name="timed", Subnets=subnets)

        def state() -> str:
            [found] = elbv2.describe_load_balancers(Names=["timed"])["LoadBalancers"]
            return str(found["State"]["Code"])

        seen, seconds = became(state, "active")

        assert seen == ["provisioning", "active"]
        assert 1.1 < seconds < 5


class TestInterfaceEndpoint:
    def test_is_pending_for_its_time_and_a_gateway_is_there_at_once(self, slow: Account) -> None:
        ec2 = slow.client("ec2")
        vpc = ec2.create_vpc(CidrBlock="10.62.0.0/16")["Vpc"]["VpcId"]
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.62.1.0/24")["Subnet"]["SubnetId"]
        service = "com.amazonaws.ap-northeast-2"
        created = ec2.create_vpc_endpoint(
            VpcId=vpc, ServiceName=f"{service}.ssm", VpcEndpointType="Interface", SubnetIds=[subnet]
        )["VpcEndpoint"]
        gateway = ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=f"{service}.s3")["VpcEndpoint"]

        def state() -> str:
            found = ec2.describe_vpc_endpoints(VpcEndpointIds=[created["VpcEndpointId"]])["VpcEndpoints"]
            return str(found[0]["State"])

        ready = became(state, "available")[0]
        ec2.delete_vpc_endpoints(VpcEndpointIds=[created["VpcEndpointId"]])
        ended = became(state, "deleted")[0]

        assert gateway["State"] == "available"
        assert ready == ["pending", "available"]
        assert ended == ["deleting", "deleted"]


def members(account: Account, group: str) -> dict[str, str]:
    """Lifecycle state of each of a group's instances."""
    found = account.client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[group])[
        "AutoScalingGroups"
    ]
    return {each["InstanceId"]: each["LifecycleState"] for one in found for each in one["Instances"]}


class TestAutoScalingGroup:
    def test_has_instances_and_healthy_targets_in_their_time(self, slow: Account) -> None:
        target_group = create_target_group(slow)
        slow.tell("latency", {"scale": 0.05}, method="PUT")
        name = create_group(slow, size=2, TargetGroupARNs=[target_group])
        at_first = members(slow, name), health(slow, target_group)

        wait_for(lambda: set(members(slow, name).values()) == {"InService"})
        then = health(slow, target_group)
        wait_for(lambda: set(health(slow, target_group).values()) == {"healthy"})

        slow.tell("latency", {"scale": SCALE}, method="PUT")
        assert set(at_first[0].values()) == {"Pending"}
        assert at_first[1] == {}
        assert set(then) == set(at_first[0])
        assert set(then.values()) == {"initial"}
        assert instance_ids(slow, name) == set(at_first[0])

    def test_does_not_launch_twice_what_is_on_its_way(self, slow: Account) -> None:
        name = create_group(slow)

        slow.client("autoscaling").set_desired_capacity(AutoScalingGroupName=name, DesiredCapacity=2)

        assert len(members(slow, name)) == 2

    def test_drains_before_it_is_gone(self, slow: Account) -> None:
        target_group = create_target_group(slow)
        name = create_group(slow, TargetGroupARNs=[target_group])
        wait_for(lambda: set(members(slow, name).values()) == {"InService"})

        slow.client("autoscaling").delete_auto_scaling_group(AutoScalingGroupName=name, ForceDelete=True)
        draining = members(slow, name)
        began = time.monotonic()
        wait_for(lambda: not members(slow, name))

        # 300 s of draining, which is what a target group has that says nothing else, and 40 of its own.
        assert list(draining.values()) == ["Terminating"]
        assert 3 < time.monotonic() - began < 8


class TestInstance:
    def test_is_pending_and_shutting_down_in_its_time(self, slow: Account) -> None:
        ec2 = slow.client("ec2")
        image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
        [one] = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1)["Instances"]

        def state() -> str:
            found = ec2.describe_instances(InstanceIds=[one["InstanceId"]])["Reservations"]
            return str(found[0]["Instances"][0]["State"]["Name"])

        wait_for(lambda: state() == "running")
        ec2.terminate_instances(InstanceIds=[one["InstanceId"]])
        ended = became(state, "terminated")[0]

        assert one["State"]["Name"] == "pending"
        assert ended == ["shutting-down", "terminated"]


class TestTimeScale:
    def test_is_zero_unless_somebody_asks_for_time(self, account: Account) -> None:
        create_database(account, "at-once")

        assert database_status(account, "at-once") == "available"
        assert account.lab("latency")["scale"] == 0
        assert account.lab("latency")["pending"] == []

    def test_hurries_what_is_under_way(self, slow: Account) -> None:
        slow.tell("latency", {"scale": 10}, method="PUT")
        create_database(slow, "hurried")
        [under_way] = [each for each in slow.lab("latency")["pending"] if each["kind"] == "database"]

        slow.tell("latency", {"scale": 0}, method="PUT")

        assert under_way["seconds_left"] > 2900
        assert database_status(slow, "hurried") == "available"
        slow.tell("latency", {"scale": SCALE}, method="PUT")

    @pytest.mark.parametrize("scale", [-1, 11, "0.1", True, None])
    def test_is_a_number_from_0_to_10(self, account: Account, scale: Any) -> None:
        status, content = account.ask("latency", {"scale": scale}, method="PUT")

        assert status == 400
        assert "from 0 (at once) to 10" in content["error"]

    def test_goes_on_while_the_account_is_switched_off(self, tmp_path: Path) -> None:
        first = server.start(tmp_path, "--latency", "0.02")
        create_database(first, "patient")
        began = time.monotonic()
        [before] = first.lab("latency")["pending"]
        first.kill()

        with server.running(tmp_path) as second:
            at_first, latency = database_status(second, "patient"), second.lab("latency")
            wait_for(lambda: database_status(second, "patient") == "available")
            took = time.monotonic() - began

        # The scale, too, is the one that was set last.
        assert latency["scale"] == 0.02
        assert at_first == "creating"
        assert latency["pending"][0]["seconds_left"] < before["seconds_left"] <= 6
        assert 5 < took < 12
