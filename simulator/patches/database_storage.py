"""A database's gp3 storage has at least the speed of its size. A request for less is rejected."""

from typing import Any

from moto.rds.exceptions import InvalidParameterCombination
from moto.rds.models import DBInstance
from moto.rds.responses import RDSResponse

from simulator.patches import patching

# From this size on RDS stripes the storage over four volumes. It never does for SQL Server.
STRIPED_FROM_GIB = {"mysql": 400, "mariadb": 400, "postgres": 400, "oracle": 200}
# I/O operations and MiB per second, of one volume and of four.
SINGLE, STRIPED = (3000, 125), (12000, 500)


def apply() -> None:
    # Patch the requests, not the backend: restoring a snapshot must not be checked.
    @patching.wrap(RDSResponse, "create_db_instance")
    def create_db_instance(original: patching.Method, self: RDSResponse) -> object:
        _check(self.params, engine=self.params["Engine"], kind=self.params.get("StorageType"), gib=0)
        return original(self)

    @patching.wrap(RDSResponse, "modify_db_instance")
    def modify_db_instance(original: patching.Method, self: RDSResponse) -> object:
        database = self.backend.databases.get(self.params["DBInstanceIdentifier"])
        if database is not None:
            kind = self.params.get("StorageType") or database.storage_type
            _check(self.params, engine=database.engine, kind=kind, gib=database.allocated_storage)
        return original(self)

    @patching.wrap(DBInstance, "__init__")
    def init(original: patching.Method, self: DBInstance, *args: object, **kwargs: object) -> None:
        original(self, *args, **kwargs)
        _set_speed(self)

    @patching.wrap(DBInstance, "update")
    def update(original: patching.Method, self: DBInstance, *args: object, **kwargs: object) -> None:
        original(self, *args, **kwargs)
        _set_speed(self)


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


def _set_speed(database: Any) -> None:
    # moto returns no speed unless the request had one. Terraform sends the returned speed with later changes.
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
