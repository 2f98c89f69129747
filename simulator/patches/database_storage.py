"""A database's gp3 storage is as fast as its size makes it, and is ordered no slower."""

from typing import Any

from moto.rds.exceptions import InvalidParameterCombination
from moto.rds.models import DBInstance
from moto.rds.responses import RDSResponse

from simulator.patches import replacing

# From this size on RDS stripes four volumes; for SQL Server it never does.
STRIPED_FROM_GIB = {"mysql": 400, "mariadb": 400, "postgres": 400, "oracle": 200}
# Operations and MiB in a second, of one volume and of four.
SINGLE, STRIPED = (3000, 125), (12000, 500)


def apply() -> None:
    # At the requests: what moto itself restores from a snapshot is no order.
    @replacing.wrap(RDSResponse, "create_db_instance")
    def create_db_instance(original: replacing.Method, self: Any) -> Any:
        _check(self.params, engine=self.params["Engine"], kind=self.params.get("StorageType"), gib=0)
        return original(self)

    @replacing.wrap(RDSResponse, "modify_db_instance")
    def modify_db_instance(original: replacing.Method, self: Any) -> Any:
        database = self.backend.databases.get(self.params["DBInstanceIdentifier"])
        if database is not None:
            kind = self.params.get("StorageType") or database.storage_type
            _check(self.params, engine=database.engine, kind=kind, gib=database.allocated_storage)
        return original(self)

    @replacing.wrap(DBInstance, "__init__")
    def init(original: replacing.Method, self: Any, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        _note_speed(self)

    @replacing.wrap(DBInstance, "update")
    def update(original: replacing.Method, self: Any, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        _note_speed(self)


def _check(wanted: Any, *, engine: str, kind: str | None, gib: int) -> None:
    threshold = _striped_from(engine)
    if kind != "gp3" or threshold is None:
        return
    iops, throughput = wanted.get("Iops"), wanted.get("StorageThroughput")
    if int(wanted.get("AllocatedStorage") or gib) < threshold:
        if iops is not None or throughput is not None:
            raise InvalidParameterCombination(
                f"You can't specify IOPS or storage throughput for engine {engine} and a storage size less "
                f"than {threshold}."
            )
    elif iops is not None and int(iops) < STRIPED[0]:
        raise InvalidParameterCombination(
            f"Invalid iops value for engine name {engine} and storage type gp3: {iops}"
        )


def _note_speed(database: Any) -> None:
    # moto says nothing of it unless it was ordered, and Terraform would have nothing to send back.
    # An instance of a cluster has no storage of its own.
    if vars(database).get("_storage_type") != "gp3":
        return
    threshold = _striped_from(database.engine)
    is_striped = threshold is not None and int(database.allocated_storage) >= threshold
    iops, throughput = STRIPED if is_striped else SINGLE
    database.iops = max(int(database.iops or 0), iops)
    database.storage_throughput = max(int(database.storage_throughput or 0), throughput)


def _striped_from(engine: str) -> int | None:
    return STRIPED_FROM_GIB.get(engine.partition("-")[0])
