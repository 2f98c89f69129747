"""RDS databases for tests."""

from uuid import uuid4

from simulator.json_types import JsonObject
from tests.simulator.server import Account


def create_database(account: Account, name: str = "", **options: object) -> JsonObject:
    response = account.client("rds").create_db_instance(
        DBInstanceIdentifier=name or f"db-{uuid4().hex}",
        DBInstanceClass="db.t4g.micro",
        Engine="mysql",
        AllocatedStorage=20,
        MasterUsername="app",
        ManageMasterUserPassword=True,
        **options,
    )
    database: JsonObject = response["DBInstance"]
    return database


def database_status(account: Account, name: str) -> str:
    rds = account.client("rds")
    try:
        [found] = rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"]
    except rds.exceptions.DBInstanceNotFoundFault:
        return "gone"
    return str(found["DBInstanceStatus"])
