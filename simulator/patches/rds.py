"""Databases have ids and passwords of their own, today's version, parameters that a person has set, and
subnet groups that outlive a change.
"""

import json
import secrets
from typing import Any

from moto.core.responses import ActionResult
from moto.rds.exceptions import DBSubnetGroupNotFoundError
from moto.rds.models import DBInstance, MasterUserSecret, RDSBackend
from moto.rds.responses import RDSResponse

from simulator.patches import replacing

# What RDS takes when no version is named, November 2026.
DEFAULT_ENGINE_VERSIONS = {"MySQL": "8.4.7", "mysql": "8.4.7", "postgres": "17.6", "mariadb": "11.8.3"}


def apply() -> None:
    DBInstance.default_engine_versions.update(DEFAULT_ENGINE_VERSIONS)

    @replacing.wrap(DBInstance, "__init__")
    def init(original: replacing.Method, self: Any, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        # moto gives all databases one id, and Terraform finds its database by this id.
        self.dbi_resource_id = f"db-{secrets.token_hex(13).upper()}"

    @replacing.wrap(MasterUserSecret, "_generate_secret_string")
    def generate_secret_string(original: replacing.Method, self: Any) -> str:
        # moto has one user and one password for all, whoever was ordered.
        return json.dumps({"username": self.resource.master_username, "password": secrets.token_urlsafe(21)})

    @replacing.wrap(RDSBackend, "modify_db_subnet_group")
    def modify_db_subnet_group(
        _original: replacing.Method, self: Any, name: str, description: str | None, subnets: list[Any]
    ) -> Any:
        # moto takes the group out, changes it and never puts it back. To put it back behind moto would leave
        # a moment without it for those who ask at the same time.
        if name not in self.subnet_groups:
            raise DBSubnetGroupNotFoundError(name)
        group = self.subnet_groups[name]
        group.subnets = subnets
        if description is not None:
            group.description = description
        return group

    @replacing.wrap(RDSResponse, "describe_db_parameters")
    def describe_db_parameters(original: replacing.Method, self: Any) -> ActionResult:
        # moto holds only what was set by hand, and does not say so; Terraform ignores the rest.
        parameters = original(self).result["Parameters"]
        return ActionResult({"Parameters": [{**parameter, "Source": "user"} for parameter in parameters]})
