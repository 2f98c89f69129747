from typing import Any
from uuid import uuid4

from tests.simulator.server import Account


def observed(account: Account) -> tuple[dict[str, Any], dict[str, Any]]:
    """A database that is made with Performance Insights, and the same one after they were turned off."""
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
    def test_are_forgotten_by_moto_alone(self, moto_alone: Account) -> None:
        made, _ = observed(moto_alone)

        assert not made.get("PerformanceInsightsEnabled")

    def test_are_kept_and_turned_off_in_ours(self, account: Account) -> None:
        made, changed = observed(account)

        assert (made["PerformanceInsightsEnabled"], made["PerformanceInsightsRetentionPeriod"]) == (True, 7)
        assert changed["PerformanceInsightsEnabled"] is False
        assert "PerformanceInsightsRetentionPeriod" not in changed
