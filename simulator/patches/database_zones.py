"""A database is in a zone of its subnet group, and its standby is in another zone of the group."""

from typing import Any

from moto.rds.models import DBInstance

from simulator.patches import patching


def apply() -> None:
    @patching.wrap(DBInstance, "__init__")
    def init(original: patching.Method, self: DBInstance, *args: object, **kwargs: object) -> None:
        original(self, *args, **kwargs)
        zones = _zones(self)
        # moto uses the region's first zone, even if the group has no subnet there.
        if zones and not kwargs.get("availability_zone"):
            self.availability_zone = zones[0]
        _place_standby(self)

    @patching.wrap(DBInstance, "update")
    def update(original: patching.Method, self: DBInstance, *args: object, **kwargs: object) -> None:
        original(self, *args, **kwargs)
        _place_standby(self)


def subnets_of(database: DBInstance) -> list[str]:
    """The subnets of the database and of its standby. Empty if it has no subnet group."""
    group = vars(database).get("db_subnet_group")
    zones = {database.availability_zone, vars(database).get("secondary_availability_zone")}
    subnets = group._subnets if group is not None else []
    return [str(subnet.id) for subnet in subnets if subnet.availability_zone in zones]


def _zones(database: DBInstance) -> list[str]:
    group = vars(database).get("db_subnet_group")
    return sorted({subnet.availability_zone for subnet in group._subnets}) if group is not None else []


def _place_standby(database: Any) -> None:
    # moto's serializer returns this attribute by name, but moto never sets it.
    others = [zone for zone in _zones(database) if zone != database.availability_zone]
    before = vars(database).get("secondary_availability_zone")
    if not database.multi_az or not others:
        database.secondary_availability_zone = None
    elif before not in others:
        database.secondary_availability_zone = others[0]
