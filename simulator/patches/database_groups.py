"""Groups that a database is using are not deleted, and do not lose the subnets that it stands in."""

from collections.abc import Iterator
from typing import Any

from moto.rds.exceptions import RDSClientError
from moto.rds.models import RDSBackend

from simulator.patches import database_zones, replacing


def apply() -> None:
    @replacing.wrap(RDSBackend, "delete_subnet_group")
    def delete_subnet_group(original: replacing.Method, self: Any, subnet_name: str) -> Any:
        for database in _in_subnet_group(self, subnet_name):
            raise RDSClientError(
                "InvalidDBSubnetGroupStateFault",
                f"Cannot delete the subnet group '{subnet_name}' because at least one database instance: "
                f"{database.db_instance_identifier} is still using it.",
            )
        return original(self, subnet_name)

    @replacing.wrap(RDSBackend, "modify_db_subnet_group")
    def modify_db_subnet_group(
        original: replacing.Method, self: Any, name: str, description: str | None, subnets: list[Any]
    ) -> Any:
        kept = {subnet.id for subnet in subnets}
        taken = {each for one in _in_subnet_group(self, name) for each in database_zones.subnets_of(one)}
        if taken - kept:
            raise RDSClientError(
                "SubnetAlreadyInUse",
                f"Some of the subnets to be deleted are currently in use: {', '.join(sorted(taken - kept))}",
            )
        return original(self, name, description, subnets)

    @replacing.wrap(RDSBackend, "delete_db_parameter_group")
    def delete_db_parameter_group(original: replacing.Method, self: Any, name: str) -> Any:
        if any(database.db_parameter_group_name == name for database in list(self.databases.values())):
            raise RDSClientError(
                "InvalidDBParameterGroupState",
                f"One or more database instances are still members of this parameter group {name}, "
                "so the group cannot be deleted",
            )
        return original(self, name)


def _in_subnet_group(backend: Any, name: str) -> Iterator[Any]:
    group = backend.subnet_groups.get(name)
    for database in list(backend.databases.values()):
        if group is not None and vars(database).get("db_subnet_group") is group:
            yield database
