"""Things take as long as in AWS, and time passes when a test says so: nothing here depends on the machine."""

import time
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.simulator import network, server
from tests.simulator.databases import create_database, database_status
from tests.simulator.groups import create_group
from tests.simulator.instances import launch
from tests.simulator.passing_time import let_time_pass, under_way
from tests.simulator.server import Account, wait_for
from tests.simulator.target_groups import create_target_group, health


def create_nat_gateway(account: Account) -> str:
    ec2 = account.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.60.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.60.1.0/24")["Subnet"]["SubnetId"]
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    return str(ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address)["NatGateway"]["NatGatewayId"])


def nat_gateway(account: Account, gateway: str) -> dict[str, Any]:
    [found] = account.client("ec2").describe_nat_gateways(NatGatewayIds=[gateway])["NatGateways"]
    content: dict[str, Any] = found
    return content


class TestDatabase:
    def test_is_created_changed_and_deleted_in_its_time(self, slow: Account) -> None:
        rds, seen = slow.client("rds"), []

        create_database(slow, "timed")
        seen.append((database_status(slow, "timed"), under_way(slow)))
        let_time_pass(slow)
        seen.append((database_status(slow, "timed"), under_way(slow)))
        rds.modify_db_instance(DBInstanceIdentifier="timed", BackupRetentionPeriod=3, ApplyImmediately=True)
        seen.append((database_status(slow, "timed"), under_way(slow)))
        let_time_pass(slow)
        rds.modify_db_instance(DBInstanceIdentifier="timed", AllocatedStorage=40, ApplyImmediately=True)
        seen.append((database_status(slow, "timed"), under_way(slow)))
        let_time_pass(slow)
        rds.delete_db_instance(DBInstanceIdentifier="timed", FinalDBSnapshotIdentifier="timed-final")
        seen.append((database_status(slow, "timed"), under_way(slow)))
        let_time_pass(slow)
        seen.append((database_status(slow, "timed"), under_way(slow)))

        assert seen == [
            ("creating", {"database": 300}),
            ("available", {}),
            ("modifying", {"database change": 60}),
            ("modifying", {"large database change": 300}),
            ("deleting", {"database deletion": 150}),
            ("gone", {}),
        ]
        assert rds.describe_db_snapshots(DBSnapshotIdentifier="timed-final")["DBSnapshots"]

    def test_takes_longer_in_two_zones(self, slow: Account) -> None:
        create_database(slow, "twice", MultiAZ=True)

        assert under_way(slow) == {"database in two zones": 600}

    def test_is_not_deleted_when_its_final_snapshot_exists(self, slow: Account) -> None:
        rds = slow.client("rds")
        create_database(slow, "kept")
        let_time_pass(slow)
        rds.create_db_snapshot(DBInstanceIdentifier="kept", DBSnapshotIdentifier="taken")

        with pytest.raises(rds.exceptions.DBSnapshotAlreadyExistsFault):
            rds.delete_db_instance(DBInstanceIdentifier="kept", FinalDBSnapshotIdentifier="taken")

        assert database_status(slow, "kept") == "available"


class TestNatGateway:
    def test_is_pending_and_deleting_in_its_time(self, slow: Account) -> None:
        gateway, seen = create_nat_gateway(slow), []

        seen.append((nat_gateway(slow, gateway)["State"], under_way(slow)))
        let_time_pass(slow)
        seen.append((nat_gateway(slow, gateway)["State"], under_way(slow)))
        slow.client("ec2").delete_nat_gateway(NatGatewayId=gateway)
        seen.append((nat_gateway(slow, gateway)["State"], under_way(slow)))
        let_time_pass(slow)
        seen.append((nat_gateway(slow, gateway)["State"], under_way(slow)))

        assert seen == [
            ("pending", {"NAT gateway": 95}),
            ("available", {}),
            ("deleting", {"NAT gateway deletion": 50}),
            ("deleted", {}),
        ]

    def test_is_there_when_the_time_has_passed_by_itself(self, slow: Account) -> None:
        slow.tell("latency", {"scale": 0.05}, method="PUT")
        began = time.monotonic()
        gateway = create_nat_gateway(slow)

        at_first = nat_gateway(slow, gateway)["State"]
        wait_for(lambda: nat_gateway(slow, gateway)["State"] == "available", seconds=60)

        assert at_first == "pending"
        assert time.monotonic() - began >= 4.7

    def test_may_come_up_failed(self, slow: Account) -> None:
        slow.tell("faults", {"name": "nat-gateway-failed", "times": 1})

        gateway = create_nat_gateway(slow)
        at_first = nat_gateway(slow, gateway)["State"]
        let_time_pass(slow)

        found = nat_gateway(slow, gateway)
        assert (at_first, found["State"]) == ("pending", "failed")
        assert found["FailureCode"] == "Gateway.NotAttached"
        assert found["FailureMessage"] == f"Network {found['VpcId']} has no Internet gateway attached"


class TestLoadBalancer:
    def test_is_provisioning_for_its_time_however_often_one_looks(self, slow: Account) -> None:
        elbv2, place = slow.client("elbv2"), network.create(slow)
        network.open_to_the_internet(slow, place)
        elbv2.create_load_balancer(Name="timed", Subnets=place.subnets)

        def state() -> str:
            [found] = elbv2.describe_load_balancers(Names=["timed"])["LoadBalancers"]
            return str(found["State"]["Code"])

        before, time_it_takes = [state() for _ in range(3)], under_way(slow)
        let_time_pass(slow)

        assert before == ["provisioning"] * 3
        assert time_it_takes == {"load balancer": 150}
        assert state() == "active"


class TestInterfaceEndpoint:
    def test_is_pending_for_its_time_and_a_gateway_is_there_at_once(self, slow: Account) -> None:
        ec2, seen = slow.client("ec2"), []
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

        seen.append(state())
        let_time_pass(slow)
        seen.append(state())
        ec2.delete_vpc_endpoints(VpcEndpointIds=[created["VpcEndpointId"]])
        seen.append(state())
        let_time_pass(slow)
        seen.append(state())

        assert gateway["State"] == "available"
        assert seen == ["pending", "available", "deleting", "deleted"]


def members(account: Account, group: str) -> dict[str, str]:
    """Lifecycle state of each of a group's instances."""
    found = account.client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[group])[
        "AutoScalingGroups"
    ]
    return {each["InstanceId"]: each["LifecycleState"] for one in found for each in one["Instances"]}


class TestAutoScalingGroup:
    def test_has_instances_and_healthy_targets_in_their_time(self, slow: Account) -> None:
        target_group = create_target_group(slow)
        name, seen = create_group(slow, size=2, TargetGroupARNs=[target_group]), []

        for _ in range(3):
            seen.append((set(members(slow, name).values()), set(health(slow, target_group).values())))
            let_time_pass(slow)

        assert seen == [({"Pending"}, set()), ({"InService"}, {"initial"}), ({"InService"}, {"healthy"})]
        assert set(members(slow, name)) == set(health(slow, target_group))

    def test_does_not_launch_twice_what_is_on_its_way(self, slow: Account) -> None:
        name = create_group(slow)

        slow.client("autoscaling").set_desired_capacity(AutoScalingGroupName=name, DesiredCapacity=2)

        assert list(members(slow, name).values()) == ["Pending", "Pending"]

    def test_drains_before_it_is_gone(self, slow: Account) -> None:
        target_group = create_target_group(slow)
        name = create_group(slow, TargetGroupARNs=[target_group])
        let_time_pass(slow)
        assert list(members(slow, name).values()) == ["InService"]

        slow.client("autoscaling").delete_auto_scaling_group(AutoScalingGroupName=name, ForceDelete=True)
        draining, time_it_takes = members(slow, name), under_way(slow)
        let_time_pass(slow)

        assert list(draining.values()) == ["Terminating"]
        # A target group that says nothing else lets an instance drain for 300 s.
        assert time_it_takes["group instance's end"] == 340
        assert time_it_takes["group deletion"] == 343
        assert members(slow, name) == {}


class TestInstance:
    def test_is_pending_and_shutting_down_in_its_time(self, slow: Account) -> None:
        ec2, seen = slow.client("ec2"), []
        image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
        [one] = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1)["Instances"]

        def state() -> str:
            found = ec2.describe_instances(InstanceIds=[one["InstanceId"]])["Reservations"]
            return str(found[0]["Instances"][0]["State"]["Name"])

        seen.append(state())
        let_time_pass(slow)
        seen.append(state())
        ec2.terminate_instances(InstanceIds=[one["InstanceId"]])
        seen.append(state())
        let_time_pass(slow)
        seen.append(state())

        assert seen == ["pending", "running", "shutting-down", "terminated"]

    def test_holds_its_subnet_until_it_is_gone(self, slow: Account) -> None:
        ec2, [subnet, *_] = slow.client("ec2"), network.create(slow).subnets
        instance = launch(slow, SubnetId=subnet)
        let_time_pass(slow)

        ec2.terminate_instances(InstanceIds=[instance])
        with pytest.raises(ClientError, match="DependencyViolation"):
            ec2.delete_subnet(SubnetId=subnet)
        let_time_pass(slow)

        ec2.delete_subnet(SubnetId=subnet)


class TestTimeScale:
    def test_is_zero_unless_somebody_asks_for_time(self, account: Account) -> None:
        create_database(account, "at-once")

        assert database_status(account, "at-once") == "available"
        assert account.lab("latency")["scale"] == 0
        assert account.lab("latency")["pending"] == []

    def test_makes_what_is_under_way_faster_with_it(self, slow: Account) -> None:
        create_database(slow, "hurried")

        slow.tell("latency", {"scale": 0.1}, method="PUT")

        [pending] = slow.lab("latency")["pending"]
        assert pending["seconds_left"] <= 30
        assert database_status(slow, "hurried") == "creating"

    @pytest.mark.parametrize("scale", [-1, 11, "0.1", True, None])
    def test_is_a_number_from_0_to_10(self, account: Account, scale: Any) -> None:
        status, content = account.ask("latency", {"scale": scale}, method="PUT")

        assert status == 400
        assert "from 0 (at once) to 10" in content["error"]

    def test_goes_on_while_the_account_is_switched_off(self, tmp_path: Path) -> None:
        first = server.start(tmp_path, "--latency", "0.5")
        create_database(first, "patient")
        [before] = first.lab("latency")["pending"]
        first.kill()

        with server.running(tmp_path) as second:
            latency, at_first = second.lab("latency"), database_status(second, "patient")
            second.tell("latency", {"scale": 0}, method="PUT")
            at_last = database_status(second, "patient")

        [pending] = latency["pending"]
        # The scale, too, is the one that was set last.
        assert latency["scale"] == 0.5
        assert (before["seconds"], pending["seconds"]) == (150, 150)
        assert pending["seconds_left"] < before["seconds_left"]
        assert (at_first, at_last) == ("creating", "available")
