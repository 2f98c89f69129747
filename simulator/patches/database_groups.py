"""A database's subnet group and parameter group cannot be deleted, and used subnets stay in the group."""

from collections.abc import Iterator

from moto.ec2.models.subnets import Subnet
from moto.rds.exceptions import RDSClientError
from moto.rds.models import DBInstance, RDSBackend

from simulator.patches import database_zones, patching


def apply() -> None:
    @patching.wrap(RDSBackend, "delete_subnet_group")
    def delete_subnet_group(original: patching.Method, self: RDSBackend, subnet_name: str) -> object:
        for database in _in_subnet_group(self, subnet_name):
            raise RDSClientError(
                "InvalidDBSubnetGroupStateFault",
                f"Cannot delete the subnet group '{subnet_name}' because at least one database instance: "
                f"{database.db_instance_identifier} is still using it.",
            )
        return original(self, subnet_name)

    @patching.wrap(RDSBackend, "modify_db_subnet_group")
    def modify_db_subnet_group(
        original: patching.Method, self: RDSBackend, name: str, description: str | None, subnets: list[Subnet]
    ) -> object:
        remaining = {subnet.id for subnet in subnets}
        used = {each for one in _in_subnet_group(self, name) for each in database_zones.subnets_of(one)}
        missing = sorted(used - remaining)
        if missing:
            raise RDSClientError(
                "SubnetAlreadyInUse",
                f"Some of the subnets to be deleted are currently in use: {', '.join(missing)}",
            )
        return original(self, name, description, subnets)

    @patching.wrap(RDSBackend, "delete_db_parameter_group")
    def delete_db_parameter_group(original: patching.Method, self: RDSBackend, name: str) -> object:
        if any(database.db_parameter_group_name == name for database in list(self.databases.values())):
            raise RDSClientError(
                "InvalidDBParameterGroupState",
                f"One or more database instances are still members of this parameter group {name}, "
                "so the group cannot be deleted",
            )
        return original(self, name)


def _in_subnet_group(backend: RDSBackend, name: str) -> Iterator[DBInstance]:
    group = backend.subnet_groups.get(name)
    for database in list(backend.databases.values()):
        if group is not None and vars(database).get("db_subnet_group") is group:
            yield database
