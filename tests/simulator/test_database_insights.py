from uuid import uuid4

from simulator.json_types import JsonObject
from tests.simulator.server import Account


def enable_and_disable(account: Account) -> tuple[JsonObject, JsonObject]:
    """A database after its creation with Performance Insights, and after they were disabled."""
    rds, name = account.client("rds"), f"db-{uuid4().hex}"
    made = rds.create_db_instance(
        DBInstanceIdentifier=name,
        DBInstanceClass="db.t4g.medium",
        Engine="mysql",
        AllocatedStorage=20,
        MasterUsername="app",
        ManageMasterUserPassword=True,
        EnablePerformanceInsights=True,
    )["DBInstance"]
    rds.modify_db_instance(DBInstanceIdentifier=name, EnablePerformanceInsights=False)
    [changed] = rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"]
    return made, changed


class TestPerformanceInsights:
    def test_are_not_stored_by_plain_moto(self, plain_moto: Account) -> None:
        made, _ = enable_and_disable(plain_moto)

        assert not made.get("PerformanceInsightsEnabled")

    def test_are_enabled_and_disabled(self, account: Account) -> None:
        made, changed = enable_and_disable(account)

        assert (made["PerformanceInsightsEnabled"], made["PerformanceInsightsRetentionPeriod"]) == (True, 7)
        assert changed["PerformanceInsightsEnabled"] is False
        assert "PerformanceInsightsRetentionPeriod" not in changed
