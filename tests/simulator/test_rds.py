import json
from typing import Any
from uuid import uuid4

import pytest

from tests.simulator.databases import create_database
from tests.simulator.server import REGION, Account


def set_and_read_parameters(account: Account) -> list[dict[str, Any]]:
    rds = account.client("rds")
    name = f"group-{uuid4().hex}"
    rds.create_db_parameter_group(
        DBParameterGroupName=name, DBParameterGroupFamily="mysql8.4", Description="for a test"
    )
    rds.modify_db_parameter_group(
        DBParameterGroupName=name,
        Parameters=[
            {"ParameterName": "slow_query_log", "ParameterValue": "1", "ApplyMethod": "immediate"},
        ],
    )
    parameters: list[dict[str, Any]] = rds.describe_db_parameters(DBParameterGroupName=name)["Parameters"]
    return parameters


class TestIdsOfDatabases:
    def test_are_all_the_same_in_moto_alone(self, moto_alone: Account) -> None:
        first, second = create_database(moto_alone), create_database(moto_alone)

        assert first["DbiResourceId"] == second["DbiResourceId"]

    def test_differ_in_ours(self, account: Account) -> None:
        first, second = create_database(account), create_database(account)

        assert first["DbiResourceId"] != second["DbiResourceId"]
        assert first["DbiResourceId"].startswith("db-")
        assert len(first["DbiResourceId"]) == len("db-") + 26

    def test_find_their_database_in_ours(self, account: Account) -> None:
        create_database(account)
        wanted = create_database(account)

        found = account.client("rds").describe_db_instances(
            Filters=[{"Name": "dbi-resource-id", "Values": [wanted["DbiResourceId"]]}]
        )["DBInstances"]

        assert [database["DBInstanceIdentifier"] for database in found] == [wanted["DBInstanceIdentifier"]]


class TestParametersSetByHand:
    def test_do_not_say_so_in_moto_alone(self, moto_alone: Account) -> None:
        [parameter] = set_and_read_parameters(moto_alone)

        assert "Source" not in parameter

    def test_say_so_in_ours(self, account: Account) -> None:
        [parameter] = set_and_read_parameters(account)

        assert parameter["ParameterName"] == "slow_query_log"
        assert parameter["Source"] == "user"


class TestVersionThatNobodyNamed:
    def test_is_of_2014_in_moto_alone(self, moto_alone: Account) -> None:
        assert create_database(moto_alone)["EngineVersion"] == "5.6.21"

    def test_is_one_that_aws_still_offers_in_ours(self, account: Account) -> None:
        assert create_database(account)["EngineVersion"].startswith("8.4.")


def secret_of(account: Account, database: dict[str, Any]) -> dict[str, str]:
    arn = database["MasterUserSecret"]["SecretArn"]
    content: dict[str, str] = json.loads(
        account.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"]
    )
    return content


class TestManagedPassword:
    def test_is_the_same_everywhere_and_for_another_user_in_moto_alone(self, moto_alone: Account) -> None:
        first, second = (secret_of(moto_alone, create_database(moto_alone)) for _ in range(2))

        assert first == second
        assert first["username"] != "app"

    def test_is_each_database_s_own_in_ours(self, account: Account) -> None:
        first, second = (secret_of(account, create_database(account)) for _ in range(2))

        assert first["password"] != second["password"]
        assert first["username"] == "app"


def move_subnet_group(account: Account) -> tuple[str, set[str]]:
    """The name of a subnet group that was changed, and the subnets it was given then."""
    ec2, rds, name = account.client("ec2"), account.client("rds"), f"group-{uuid4().hex}"
    vpc = ec2.create_vpc(CidrBlock="10.60.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.60.{number}.0/24", AvailabilityZone=f"{REGION}{zone}")[
            "Subnet"
        ]["SubnetId"]
        for number, zone in enumerate("abc")
    ]
    rds.create_db_subnet_group(
        DBSubnetGroupName=name, DBSubnetGroupDescription="two zones", SubnetIds=subnets[:2]
    )
    rds.modify_db_subnet_group(DBSubnetGroupName=name, SubnetIds=subnets[1:])
    return name, set(subnets[1:])


class TestSubnetGroupThatWasChanged:
    def test_is_gone_in_moto_alone(self, moto_alone: Account) -> None:
        name, _ = move_subnet_group(moto_alone)

        rds = moto_alone.client("rds")
        with pytest.raises(rds.exceptions.DBSubnetGroupNotFoundFault):
            rds.describe_db_subnet_groups(DBSubnetGroupName=name)

    def test_has_its_new_subnets_in_ours(self, account: Account) -> None:
        name, wanted = move_subnet_group(account)

        [group] = account.client("rds").describe_db_subnet_groups(DBSubnetGroupName=name)["DBSubnetGroups"]
        assert {subnet["SubnetIdentifier"] for subnet in group["Subnets"]} == wanted
        assert group["DBSubnetGroupDescription"] == "two zones"

    def test_takes_a_database_and_can_be_deleted_in_ours(self, account: Account) -> None:
        name, wanted = move_subnet_group(account)
        rds = account.client("rds")

        database = create_database(account, DBSubnetGroupName=name)

        assert {each["SubnetIdentifier"] for each in database["DBSubnetGroup"]["Subnets"]} == wanted
        identifier = database["DBInstanceIdentifier"]
        rds.delete_db_instance(DBInstanceIdentifier=identifier, SkipFinalSnapshot=True)
        rds.delete_db_subnet_group(DBSubnetGroupName=name)

    def test_must_exist(self, account: Account) -> None:
        rds = account.client("rds")

        with pytest.raises(rds.exceptions.DBSubnetGroupNotFoundFault):
            rds.modify_db_subnet_group(DBSubnetGroupName="nobody", SubnetIds=[])
