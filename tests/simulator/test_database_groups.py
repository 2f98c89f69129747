"""What a database uses is not taken away from under it."""

from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from tests.simulator import network
from tests.simulator.databases import create_database
from tests.simulator.network import Network
from tests.simulator.server import REGION, Account


def create_in(account: Account, place: Network, **options: Any) -> tuple[str, dict[str, Any]]:
    """The name of a subnet group of all the network's subnets, and a database in it."""
    name = f"group-{uuid4().hex}"
    account.client("rds").create_db_subnet_group(
        DBSubnetGroupName=name, DBSubnetGroupDescription="all", SubnetIds=place.subnets
    )
    return name, create_database(account, DBSubnetGroupName=name, **options)


def delete(account: Account, database: dict[str, Any]) -> None:
    account.client("rds").delete_db_instance(
        DBInstanceIdentifier=database["DBInstanceIdentifier"], SkipFinalSnapshot=True
    )


class TestZoneOfADatabase:
    def test_may_be_none_of_its_groups_in_moto_alone(self, moto_alone: Account) -> None:
        _, database = create_in(moto_alone, network.create(moto_alone, zones="bc"))

        assert database["AvailabilityZone"] == f"{REGION}a"

    def test_is_one_of_its_groups_in_ours_and_the_standby_has_another(self, account: Account) -> None:
        _, database = create_in(account, network.create(account, zones="bc"), MultiAZ=True)

        assert database["AvailabilityZone"] == f"{REGION}b"
        assert database["SecondaryAvailabilityZone"] == f"{REGION}c"

    def test_is_the_one_that_was_asked_for(self, account: Account) -> None:
        _, database = create_in(account, network.create(account), AvailabilityZone=f"{REGION}c")

        assert database["AvailabilityZone"] == f"{REGION}c"

    def test_is_joined_by_a_standbys_and_left_by_it(self, account: Account) -> None:
        rds = account.client("rds")
        _, database = create_in(account, network.create(account))

        def standby(*, wanted: bool) -> str | None:
            changed = rds.modify_db_instance(
                DBInstanceIdentifier=database["DBInstanceIdentifier"], MultiAZ=wanted, ApplyImmediately=True
            )["DBInstance"]
            zone: str | None = changed.get("SecondaryAvailabilityZone")
            return zone

        assert [standby(wanted=True), standby(wanted=False)] == [f"{REGION}c", None]


class TestSubnetGroupOfADatabase:
    def test_can_be_deleted_from_under_it_in_moto_alone(self, moto_alone: Account) -> None:
        name, _ = create_in(moto_alone, network.create(moto_alone))

        moto_alone.client("rds").delete_db_subnet_group(DBSubnetGroupName=name)

    def test_is_deleted_only_after_it_in_ours(self, account: Account) -> None:
        rds = account.client("rds")
        name, database = create_in(account, network.create(account))

        with pytest.raises(rds.exceptions.InvalidDBSubnetGroupStateFault) as refused:
            rds.delete_db_subnet_group(DBSubnetGroupName=name)
        delete(account, database)
        rds.delete_db_subnet_group(DBSubnetGroupName=name)

        assert refused.value.response["Error"]["Message"] == (
            f"Cannot delete the subnet group '{name}' because at least one database instance: "
            f"{database['DBInstanceIdentifier']} is still using it."
        )

    def test_loses_the_subnet_that_it_stands_in_in_moto_alone(self, moto_alone: Account) -> None:
        place = network.create(moto_alone, zones="abc")
        name, _ = create_in(moto_alone, place)

        moto_alone.client("rds").modify_db_subnet_group(DBSubnetGroupName=name, SubnetIds=place.subnets[1:])

    @pytest.mark.parametrize(("standby", "taken"), [(False, 1), (True, 2)])
    def test_keeps_the_subnets_that_it_stands_in_in_ours(
        self, account: Account, standby: bool, taken: int
    ) -> None:
        rds, place = account.client("rds"), network.create(account, zones="abc")
        name, _ = create_in(account, place, MultiAZ=standby)
        in_use = place.subnets[:taken]

        with pytest.raises(rds.exceptions.SubnetAlreadyInUse) as refused:
            rds.modify_db_subnet_group(DBSubnetGroupName=name, SubnetIds=place.subnets[taken:])
        rds.modify_db_subnet_group(DBSubnetGroupName=name, SubnetIds=in_use)

        assert refused.value.response["Error"]["Message"] == (
            f"Some of the subnets to be deleted are currently in use: {', '.join(sorted(in_use))}"
        )


class TestParameterGroupOfADatabase:
    @staticmethod
    def create(account: Account) -> tuple[str, dict[str, Any]]:
        name = f"group-{uuid4().hex}"
        account.client("rds").create_db_parameter_group(
            DBParameterGroupName=name, DBParameterGroupFamily="mysql8.4", Description="for a test"
        )
        return name, create_database(account, DBParameterGroupName=name)

    def test_can_be_deleted_from_under_it_in_moto_alone(self, moto_alone: Account) -> None:
        name, _ = self.create(moto_alone)

        moto_alone.client("rds").delete_db_parameter_group(DBParameterGroupName=name)

    def test_is_deleted_only_after_it_in_ours(self, account: Account) -> None:
        rds = account.client("rds")
        name, database = self.create(account)

        with pytest.raises(ClientError) as refused:
            rds.delete_db_parameter_group(DBParameterGroupName=name)
        delete(account, database)
        rds.delete_db_parameter_group(DBParameterGroupName=name)

        assert refused.value.response["Error"]["Code"] == "InvalidDBParameterGroupState"
        assert refused.value.response["Error"]["Message"] == (
            f"One or more database instances are still members of this parameter group {name}, "
            "so the group cannot be deleted"
        )
