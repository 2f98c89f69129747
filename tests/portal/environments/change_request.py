"""A change form as a browser sends it."""

from typing import Any

from portal.catalogue import fields
from provisioner import catalogue
from provisioner.models import Environment


def address(environment: Environment) -> str:
    return f"/environments/{environment.pk}/change/"


def filled(environment: Environment, **changes: Any) -> dict[str, Any]:
    """The form as a browser sends it without changes. Keywords replace its values."""
    blueprint = catalogue.offered().blueprints["three_tier"]
    values = fields.typed(blueprint, environment.inputs)
    switches = {fields.PREFIX + name for name, each in blueprint.inputs.items() if each.kind == "boolean"}
    form = {name: value for name, value in values.items() if not (name in switches and value == "false")}
    return form | {"size": environment.size, "idempotency_key": "k1"} | changes
