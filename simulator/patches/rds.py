"""Databases have unique ids and passwords and a current default version. Parameters have a source. Subnet
groups can be changed.
"""

import json
import secrets

from moto.core.responses import ActionResult
from moto.ec2.models.subnets import Subnet
from moto.rds.exceptions import DBSubnetGroupNotFoundError
from moto.rds.models import DBInstance, MasterUserSecret, RDSBackend
from moto.rds.responses import RDSResponse

from simulator.patches import patching

# RDS's default versions in November 2026.
DEFAULT_ENGINE_VERSIONS = {"MySQL": "8.4.7", "mysql": "8.4.7", "postgres": "17.6", "mariadb": "11.8.3"}


def apply() -> None:
    DBInstance.default_engine_versions.update(DEFAULT_ENGINE_VERSIONS)

    @patching.wrap(DBInstance, "__init__")
    def init(original: patching.Method, self: DBInstance, *args: object, **kwargs: object) -> None:
        original(self, *args, **kwargs)
        # moto gives all databases the same id, but Terraform finds its database by this id.
        self.dbi_resource_id = f"db-{secrets.token_hex(13).upper()}"

    @patching.wrap(MasterUserSecret, "_generate_secret_string")
    def generate_secret_string(original: patching.Method, self: MasterUserSecret) -> str:
        # moto returns the same user and password for all databases.
        return json.dumps({"username": self.resource.master_username, "password": secrets.token_urlsafe(21)})

    @patching.wrap(RDSBackend, "modify_db_subnet_group")
    def modify_db_subnet_group(
        _original: patching.Method,
        self: RDSBackend,
        name: str,
        description: str | None,
        subnets: list[Subnet],
    ) -> object:
        # moto removes the group, changes it and never adds it again. Adding it after moto's method would let
        # concurrent requests miss it.
        if name not in self.subnet_groups:
            raise DBSubnetGroupNotFoundError(name)
        group = self.subnet_groups[name]
        group.subnets = subnets
        if description is not None:
            group.description = description
        return group

    @patching.wrap(RDSResponse, "describe_db_parameters")
    def describe_db_parameters(original: patching.Method, self: RDSResponse) -> ActionResult:
        # moto lists only parameters that a user set, but without the source, so Terraform ignores them.
        parameters = original(self).result["Parameters"]
        return ActionResult({"Parameters": [{**parameter, "Source": "user"} for parameter in parameters]})
