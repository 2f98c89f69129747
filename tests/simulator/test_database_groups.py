"""Subnet groups and parameter groups cannot be deleted while a database uses them."""

from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from simulator.json_types import JsonObject
from tests.simulator import network
from tests.simulator.databases import create_database
from tests.simulator.network import Network
from tests.simulator.server import REGION, Account


def create_in(account: Account, place: Network, **options: Any) -> tuple[str, JsonObject]:
    """A subnet group with all subnets of the network, and a database in it. Returns both."""
    name = f"group-{uuid4().hex}"
    account.client("rds").create_db_subnet_group(
        DBSubnetGroupName=name, DBSubnetGroupDescription="all", SubnetIds=place.subnets
    )
    return name, create_database(account, DBSubnetGroupName=name, **options)


def delete(account: Account, database: JsonObject) -> None:
    account.client("rds").delete_db_instance(
        DBInstanceIdentifier=database["DBInstanceIdentifier"], SkipFinalSnapshot=True
    )


class TestZoneOfDatabase:
    def test_can_be_outside_its_subnet_group_in_plain_moto(self, plain_moto: Account) -> None:
        _, database = create_in(plain_moto, network.create(plain_moto, zones="bc"))

        assert database["AvailabilityZone"] == f"{REGION}a"

    def test_is_in_the_subnet_group_and_the_standby_is_in_another_zone(self, account: Account) -> None:
        _, database = create_in(account, network.create(account, zones="bc"), MultiAZ=True)

        assert database["AvailabilityZone"] == f"{REGION}b"
        assert database["SecondaryAvailabilityZone"] == f"{REGION}c"

    def test_is_the_requested_zone(self, account: Account) -> None:
        _, database = create_in(account, network.create(account), AvailabilityZone=f"{REGION}c")

        assert database["AvailabilityZone"] == f"{REGION}c"

    def test_the_standby_zone_follows_multi_az(self, account: Account) -> None:
        rds = account.client("rds")
        _, database = create_in(account, network.create(account))

        def standby(*, wanted: bool) -> str | None:
            changed = rds.modify_db_instance(
                DBInstanceIdentifier=database["DBInstanceIdentifier"], MultiAZ=wanted, ApplyImmediately=True
            )["DBInstance"]
            zone: str | None = changed.get("SecondaryAvailabilityZone")
            return zone

        assert [standby(wanted=True), standby(wanted=False)] == [f"{REGION}c", None]


class TestSubnetGroupOfDatabase:
    def test_can_be_deleted_while_in_use_in_plain_moto(self, plain_moto: Account) -> None:
        name, _ = create_in(plain_moto, network.create(plain_moto))

        plain_moto.client("rds").delete_db_subnet_group(DBSubnetGroupName=name)

    def test_cannot_be_deleted_while_in_use(self, account: Account) -> None:
        rds = account.client("rds")
        name, database = create_in(account, network.create(account))

        with pytest.raises(rds.exceptions.InvalidDBSubnetGroupStateFault) as caught:
            rds.delete_db_subnet_group(DBSubnetGroupName=name)
        delete(account, database)
        rds.delete_db_subnet_group(DBSubnetGroupName=name)

        assert caught.value.response["Error"]["Message"] == (
            f"Cannot delete the subnet group '{name}' because at least one database instance: "
            f"{database['DBInstanceIdentifier']} is still using it."
        )

    def test_can_lose_a_used_subnet_in_plain_moto(self, plain_moto: Account) -> None:
        place = network.create(plain_moto, zones="abc")
        name, _ = create_in(plain_moto, place)

        plain_moto.client("rds").modify_db_subnet_group(DBSubnetGroupName=name, SubnetIds=place.subnets[1:])

    @pytest.mark.parametrize(("standby", "used"), [(False, 1), (True, 2)])
    def test_cannot_lose_a_used_subnet(self, account: Account, standby: bool, used: int) -> None:
        rds, place = account.client("rds"), network.create(account, zones="abc")
        name, _ = create_in(account, place, MultiAZ=standby)
        in_use = place.subnets[:used]

        with pytest.raises(rds.exceptions.SubnetAlreadyInUse) as caught:
            rds.modify_db_subnet_group(DBSubnetGroupName=name, SubnetIds=place.subnets[used:])
        rds.modify_db_subnet_group(DBSubnetGroupName=name, SubnetIds=in_use)

        assert caught.value.response["Error"]["Message"] == (
            f"Some of the subnets to be deleted are currently in use: {', '.join(sorted(in_use))}"
        )


class TestParameterGroupOfDatabase:
    @staticmethod
    def create(account: Account) -> tuple[str, JsonObject]:
        name = f"group-{uuid4().hex}"
        account.client("rds").create_db_parameter_group(
            DBParameterGroupName=name, DBParameterGroupFamily="mysql8.4", Description="for a test"
        )
        return name, create_database(account, DBParameterGroupName=name)

    def test_can_be_deleted_while_in_use_in_plain_moto(self, plain_moto: Account) -> None:
        name, _ = self.create(plain_moto)

        plain_moto.client("rds").delete_db_parameter_group(DBParameterGroupName=name)

    def test_cannot_be_deleted_while_in_use(self, account: Account) -> None:
        rds = account.client("rds")
        name, database = self.create(account)

        with pytest.raises(ClientError) as caught:
            rds.delete_db_parameter_group(DBParameterGroupName=name)
        delete(account, database)
        rds.delete_db_parameter_group(DBParameterGroupName=name)

        assert caught.value.response["Error"]["Code"] == "InvalidDBParameterGroupState"
        assert caught.value.response["Error"]["Message"] == (
            f"One or more database instances are still members of this parameter group {name}, "
            "so the group cannot be deleted"
        )
