"""The speed of gp3 storage, below and above the size from which RDS stripes it."""

from uuid import uuid4

import pytest

from simulator.json_types import JsonObject
from tests.simulator.server import Account


def create(account: Account, **options: object) -> JsonObject:
    wanted = {"Engine": "mysql", "AllocatedStorage": 20, "StorageType": "gp3", **options}
    database: JsonObject = account.client("rds").create_db_instance(
        DBInstanceIdentifier=f"db-{uuid4().hex}",
        DBInstanceClass="db.t4g.micro",
        MasterUsername="app",
        ManageMasterUserPassword=True,
        **wanted,
    )["DBInstance"]
    return database


def modify(account: Account, database: JsonObject, **wanted: object) -> JsonObject:
    changed: JsonObject = account.client("rds").modify_db_instance(
        DBInstanceIdentifier=database["DBInstanceIdentifier"], ApplyImmediately=True, **wanted
    )["DBInstance"]
    return changed


def speed(database: JsonObject) -> tuple[int | None, int | None]:
    return database.get("Iops"), database.get("StorageThroughput")


class TestGp3Storage:
    def test_accepts_any_speed_and_has_no_default_in_plain_moto(self, plain_moto: Account) -> None:
        database = create(plain_moto)

        changed = modify(plain_moto, database, AllocatedStorage=500, Iops=3000)

        assert speed(database) == (None, None)
        assert changed["AllocatedStorage"] == 500

    def test_has_the_default_speed_of_its_size(self, account: Account) -> None:
        database = create(account)

        grown = modify(account, database, AllocatedStorage=400)

        assert speed(database) == (3000, 125)
        assert speed(grown) == (12000, 500)

    @pytest.mark.parametrize(
        ("engine", "gib"), [("mysql", 400), ("postgres", 400), ("mariadb", 400), ("oracle-se2", 200)]
    )
    def test_cannot_be_changed_to_less(self, account: Account, engine: str, gib: int) -> None:
        rds = account.client("rds")
        database = create(account, Engine=engine)

        with pytest.raises(rds.exceptions.ClientError) as caught:
            modify(account, database, AllocatedStorage=gib, Iops=3000)

        assert caught.value.response["Error"]["Code"] == "InvalidParameterCombination"
        assert caught.value.response["Error"]["Message"] == (
            f"Invalid iops value for engine name {engine} and storage type gp3: 3000"
        )
        assert speed(modify(account, database, AllocatedStorage=gib, Iops=15000)) == (15000, 500)

    def test_cannot_be_created_with_less(self, account: Account) -> None:
        rds = account.client("rds")

        with pytest.raises(rds.exceptions.ClientError, match="Invalid iops value"):
            create(account, AllocatedStorage=400, Iops=3000)

    @pytest.mark.parametrize("wanted", [{"Iops": 3000}, {"StorageThroughput": 125}])
    def test_of_a_small_disk_cannot_be_chosen(self, account: Account, wanted: dict[str, int]) -> None:
        rds = account.client("rds")

        with pytest.raises(rds.exceptions.ClientError) as caught:
            create(account, **wanted)
        with pytest.raises(rds.exceptions.ClientError, match="less than 400"):
            modify(account, create(account), **wanted)

        assert caught.value.response["Error"]["Message"] == (
            "You can't specify IOPS or storage throughput for engine mysql and a storage size less than 400."
        )

    def test_is_the_same_after_a_restore(self, account: Account) -> None:
        rds, database, name = account.client("rds"), create(account), f"s-{uuid4().hex}"
        rds.create_db_snapshot(
            DBInstanceIdentifier=database["DBInstanceIdentifier"], DBSnapshotIdentifier=name
        )

        restored = rds.restore_db_instance_from_db_snapshot(
            DBInstanceIdentifier=f"db-{uuid4().hex}", DBSnapshotIdentifier=name
        )["DBInstance"]

        assert speed(restored) == (3000, 125)


class TestOtherStorage:
    def test_is_as_requested(self, account: Account) -> None:
        assert speed(create(account, StorageType="gp2", AllocatedStorage=500)) == (None, None)
        assert create(account, StorageType="io1", AllocatedStorage=500, Iops=3000)["Iops"] == 3000
