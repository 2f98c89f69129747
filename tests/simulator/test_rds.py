import json
from uuid import uuid4

import pytest

from simulator.json_types import JsonObject
from tests.simulator.databases import create_database
from tests.simulator.server import REGION, Account


def set_and_read_parameters(account: Account) -> list[JsonObject]:
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
    parameters: list[JsonObject] = rds.describe_db_parameters(DBParameterGroupName=name)["Parameters"]
    return parameters


class TestDatabaseIds:
    def test_are_equal_in_plain_moto(self, plain_moto: Account) -> None:
        first, second = create_database(plain_moto), create_database(plain_moto)

        assert first["DbiResourceId"] == second["DbiResourceId"]

    def test_are_unique(self, account: Account) -> None:
        first, second = create_database(account), create_database(account)

        assert first["DbiResourceId"] != second["DbiResourceId"]
        assert first["DbiResourceId"].startswith("db-")
        assert len(first["DbiResourceId"]) == len("db-") + 26

    def test_can_be_used_as_filter(self, account: Account) -> None:
        create_database(account)
        wanted = create_database(account)

        found = account.client("rds").describe_db_instances(
            Filters=[{"Name": "dbi-resource-id", "Values": [wanted["DbiResourceId"]]}]
        )["DBInstances"]

        assert [database["DBInstanceIdentifier"] for database in found] == [wanted["DBInstanceIdentifier"]]


class TestParametersSetByTheUser:
    def test_have_no_source_in_plain_moto(self, plain_moto: Account) -> None:
        [parameter] = set_and_read_parameters(plain_moto)

        assert "Source" not in parameter

    def test_have_the_source_user(self, account: Account) -> None:
        [parameter] = set_and_read_parameters(account)

        assert parameter["ParameterName"] == "slow_query_log"
        assert parameter["Source"] == "user"


class TestDefaultEngineVersion:
    def test_is_from_2014_in_plain_moto(self, plain_moto: Account) -> None:
        assert create_database(plain_moto)["EngineVersion"] == "5.6.21"

    def test_is_offered_by_aws_today(self, account: Account) -> None:
        assert create_database(account)["EngineVersion"].startswith("8.4.")


def secret_of(account: Account, database: JsonObject) -> dict[str, str]:
    arn = database["MasterUserSecret"]["SecretArn"]
    content: dict[str, str] = json.loads(
        account.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"]
    )
    return content


class TestManagedPassword:
    def test_is_equal_for_all_databases_and_of_another_user_in_plain_moto(self, plain_moto: Account) -> None:
        first, second = (secret_of(plain_moto, create_database(plain_moto)) for _ in range(2))

        assert first == second
        assert first["username"] != "app"

    def test_is_unique_and_of_the_master_user(self, account: Account) -> None:
        first, second = (secret_of(account, create_database(account)) for _ in range(2))

        assert first["password"] != second["password"]
        assert first["username"] == "app"


def move_subnet_group(account: Account) -> tuple[str, set[str]]:
    """Create a subnet group and change its subnets. Returns its name and its new subnets."""
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


class TestChangedSubnetGroup:
    def test_does_not_exist_in_plain_moto(self, plain_moto: Account) -> None:
        name, _ = move_subnet_group(plain_moto)

        rds = plain_moto.client("rds")
        with pytest.raises(rds.exceptions.DBSubnetGroupNotFoundFault):
            rds.describe_db_subnet_groups(DBSubnetGroupName=name)

    def test_has_its_new_subnets(self, account: Account) -> None:
        name, wanted = move_subnet_group(account)

        [group] = account.client("rds").describe_db_subnet_groups(DBSubnetGroupName=name)["DBSubnetGroups"]
        assert {subnet["SubnetIdentifier"] for subnet in group["Subnets"]} == wanted
        assert group["DBSubnetGroupDescription"] == "two zones"

    def test_can_be_used_and_deleted(self, account: Account) -> None:
        name, wanted = move_subnet_group(account)
        rds = account.client("rds")

        database = create_database(account, DBSubnetGroupName=name)

        assert {each["SubnetIdentifier"] for each in database["DBSubnetGroup"]["Subnets"]} == wanted
        identifier = database["DBInstanceIdentifier"]
        rds.delete_db_instance(DBInstanceIdentifier=identifier, SkipFinalSnapshot=True)
        rds.delete_db_subnet_group(DBSubnetGroupName=name)

    def test_an_unknown_group_is_rejected(self, account: Account) -> None:
        rds = account.client("rds")

        with pytest.raises(rds.exceptions.DBSubnetGroupNotFoundFault):
            rds.modify_db_subnet_group(DBSubnetGroupName="unknown", SubnetIds=[])
