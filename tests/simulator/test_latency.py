"""Changes take as long as in AWS. Time passes only when a test calls `pass_time`."""

import time
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from simulator.json_types import JsonObject
from tests.simulator import network, server
from tests.simulator.databases import create_database, database_status
from tests.simulator.groups import create_group
from tests.simulator.instances import launch
from tests.simulator.server import Account, wait_for
from tests.simulator.simulated_time import pass_time, scheduled_seconds
from tests.simulator.target_groups import create_target_group, health


def create_nat_gateway(account: Account) -> str:
    ec2 = account.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.60.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.60.1.0/24")["Subnet"]["SubnetId"]
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    return str(ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address)["NatGateway"]["NatGatewayId"])


def nat_gateway(account: Account, gateway: str) -> JsonObject:
    [found] = account.client("ec2").describe_nat_gateways(NatGatewayIds=[gateway])["NatGateways"]
    content: JsonObject = found
    return content


class TestDatabase:
    def test_creation_change_and_deletion_take_time(self, slow: Account) -> None:
        rds, seen = slow.client("rds"), []

        create_database(slow, "timed")
        seen.append((database_status(slow, "timed"), scheduled_seconds(slow)))
        pass_time(slow)
        seen.append((database_status(slow, "timed"), scheduled_seconds(slow)))
        rds.modify_db_instance(DBInstanceIdentifier="timed", BackupRetentionPeriod=3, ApplyImmediately=True)
        seen.append((database_status(slow, "timed"), scheduled_seconds(slow)))
        pass_time(slow)
        rds.modify_db_instance(DBInstanceIdentifier="timed", AllocatedStorage=40, ApplyImmediately=True)
        seen.append((database_status(slow, "timed"), scheduled_seconds(slow)))
        pass_time(slow)
        rds.delete_db_instance(DBInstanceIdentifier="timed", FinalDBSnapshotIdentifier="timed-final")
        seen.append((database_status(slow, "timed"), scheduled_seconds(slow)))
        pass_time(slow)
        seen.append((database_status(slow, "timed"), scheduled_seconds(slow)))

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

        assert scheduled_seconds(slow) == {"database in two zones": 600}

    def test_is_not_deleted_if_its_final_snapshot_exists(self, slow: Account) -> None:
        rds = slow.client("rds")
        create_database(slow, "kept")
        pass_time(slow)
        rds.create_db_snapshot(DBInstanceIdentifier="kept", DBSnapshotIdentifier="taken")

        with pytest.raises(rds.exceptions.DBSnapshotAlreadyExistsFault):
            rds.delete_db_instance(DBInstanceIdentifier="kept", FinalDBSnapshotIdentifier="taken")

        assert database_status(slow, "kept") == "available"


class TestNatGateway:
    def test_is_pending_and_deleting_for_some_time(self, slow: Account) -> None:
        gateway, seen = create_nat_gateway(slow), []

        seen.append((nat_gateway(slow, gateway)["State"], scheduled_seconds(slow)))
        pass_time(slow)
        seen.append((nat_gateway(slow, gateway)["State"], scheduled_seconds(slow)))
        slow.client("ec2").delete_nat_gateway(NatGatewayId=gateway)
        seen.append((nat_gateway(slow, gateway)["State"], scheduled_seconds(slow)))
        pass_time(slow)
        seen.append((nat_gateway(slow, gateway)["State"], scheduled_seconds(slow)))

        assert seen == [
            ("pending", {"NAT gateway": 95}),
            ("available", {}),
            ("deleting", {"NAT gateway deletion": 50}),
            ("deleted", {}),
        ]

    def test_is_available_when_its_time_has_passed(self, slow: Account) -> None:
        slow.change_lab("latency", {"scale": 0.05}, method="PUT")
        began = time.monotonic()
        gateway = create_nat_gateway(slow)

        at_first = nat_gateway(slow, gateway)["State"]
        wait_for(lambda: nat_gateway(slow, gateway)["State"] == "available", seconds=60)

        assert at_first == "pending"
        assert time.monotonic() - began >= 4.7

    def test_fails_with_the_fault(self, slow: Account) -> None:
        slow.change_lab("faults", {"name": "nat-gateway-failed", "times": 1})

        gateway = create_nat_gateway(slow)
        at_first = nat_gateway(slow, gateway)["State"]
        pass_time(slow)

        found = nat_gateway(slow, gateway)
        assert (at_first, found["State"]) == ("pending", "failed")
        assert found["FailureCode"] == "Gateway.NotAttached"
        assert found["FailureMessage"] == f"Network {found['VpcId']} has no Internet gateway attached"


class TestLoadBalancer:
    def test_is_provisioning_for_its_time_however_often_it_is_described(self, slow: Account) -> None:
        elbv2, place = slow.client("elbv2"), network.create(slow)
        network.attach_internet_gateway(slow, place)
        elbv2.create_load_balancer(Name="timed", Subnets=place.subnets)

        def state() -> str:
            [found] = elbv2.describe_load_balancers(Names=["timed"])["LoadBalancers"]
            return str(found["State"]["Code"])

        before, scheduled = [state() for _ in range(3)], scheduled_seconds(slow)
        pass_time(slow)

        assert before == ["provisioning"] * 3
        assert scheduled == {"load balancer": 150}
        assert state() == "active"


class TestInterfaceEndpoint:
    def test_is_pending_for_some_time_but_a_gateway_endpoint_is_not(self, slow: Account) -> None:
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
        pass_time(slow)
        seen.append(state())
        ec2.delete_vpc_endpoints(VpcEndpointIds=[created["VpcEndpointId"]])
        seen.append(state())
        pass_time(slow)
        seen.append(state())

        assert gateway["State"] == "available"
        assert seen == ["pending", "available", "deleting", "deleted"]


def members(account: Account, group: str) -> dict[str, str]:
    """Lifecycle state of each instance of a group."""
    found = account.client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[group])[
        "AutoScalingGroups"
    ]
    return {each["InstanceId"]: each["LifecycleState"] for one in found for each in one["Instances"]}


class TestAutoScalingGroup:
    def test_instances_and_targets_become_ready_over_time(self, slow: Account) -> None:
        target_group = create_target_group(slow)
        name, seen = create_group(slow, size=2, TargetGroupARNs=[target_group]), []

        for _ in range(3):
            seen.append((set(members(slow, name).values()), set(health(slow, target_group).values())))
            pass_time(slow)

        assert seen == [({"Pending"}, set()), ({"InService"}, {"initial"}), ({"InService"}, {"healthy"})]
        assert set(members(slow, name)) == set(health(slow, target_group))

    def test_counts_pending_instances(self, slow: Account) -> None:
        name = create_group(slow)

        slow.client("autoscaling").set_desired_capacity(AutoScalingGroupName=name, DesiredCapacity=2)

        assert list(members(slow, name).values()) == ["Pending", "Pending"]

    def test_drains_before_it_is_deleted(self, slow: Account) -> None:
        target_group = create_target_group(slow)
        name = create_group(slow, TargetGroupARNs=[target_group])
        pass_time(slow)
        assert list(members(slow, name).values()) == ["InService"]

        slow.client("autoscaling").delete_auto_scaling_group(AutoScalingGroupName=name, ForceDelete=True)
        draining, scheduled = members(slow, name), scheduled_seconds(slow)
        pass_time(slow)

        assert list(draining.values()) == ["Terminating"]
        # The default deregistration delay of a target group is 300 s.
        assert scheduled["group instance's end"] == 340
        assert scheduled["group deletion"] == 343
        assert members(slow, name) == {}


class TestInstance:
    def test_is_pending_and_shutting_down_for_some_time(self, slow: Account) -> None:
        ec2, seen = slow.client("ec2"), []
        image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
        [one] = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1)["Instances"]

        def state() -> str:
            found = ec2.describe_instances(InstanceIds=[one["InstanceId"]])["Reservations"]
            return str(found[0]["Instances"][0]["State"]["Name"])

        seen.append(state())
        pass_time(slow)
        seen.append(state())
        ec2.terminate_instances(InstanceIds=[one["InstanceId"]])
        seen.append(state())
        pass_time(slow)
        seen.append(state())

        assert seen == ["pending", "running", "shutting-down", "terminated"]

    def test_its_subnet_cannot_be_deleted_before_it_has_terminated(self, slow: Account) -> None:
        ec2, [subnet, *_] = slow.client("ec2"), network.create(slow).subnets
        instance = launch(slow, SubnetId=subnet)
        pass_time(slow)

        ec2.terminate_instances(InstanceIds=[instance])
        with pytest.raises(ClientError, match="DependencyViolation"):
            ec2.delete_subnet(SubnetId=subnet)
        pass_time(slow)

        ec2.delete_subnet(SubnetId=subnet)


class TestTimeScale:
    def test_is_zero_by_default(self, account: Account) -> None:
        create_database(account, "instant")

        assert database_status(account, "instant") == "available"
        assert account.get_lab("latency")["scale"] == 0
        assert account.get_lab("latency")["pending"] == []

    def test_also_applies_to_scheduled_changes(self, slow: Account) -> None:
        create_database(slow, "faster")

        slow.change_lab("latency", {"scale": 0.1}, method="PUT")

        [pending] = slow.get_lab("latency")["pending"]
        assert pending["seconds_left"] <= 30
        assert database_status(slow, "faster") == "creating"

    @pytest.mark.parametrize("scale", [-1, 11, "0.1", True, None])
    def test_is_a_number_from_0_to_10(self, account: Account, scale: object) -> None:
        status, content = account.request_lab("latency", {"scale": scale}, method="PUT")

        assert status == 400
        assert "from 0 (nothing takes time) to 10" in content["error"]

    def test_time_passes_while_the_account_is_stopped(self, tmp_path: Path) -> None:
        first = server.start(tmp_path, "--latency", "0.5")
        create_database(first, "stopped")
        [before] = first.get_lab("latency")["pending"]
        first.kill()

        with server.running(tmp_path) as second:
            latency, at_first = second.get_lab("latency"), database_status(second, "stopped")
            second.change_lab("latency", {"scale": 0}, method="PUT")
            at_last = database_status(second, "stopped")

        [pending] = latency["pending"]
        # The scale is also restored.
        assert latency["scale"] == 0.5
        assert (before["seconds"], pending["seconds"]) == (150, 150)
        assert pending["seconds_left"] < before["seconds_left"]
        assert (at_first, at_last) == ("creating", "available")
