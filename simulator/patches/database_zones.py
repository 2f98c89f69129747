"""A database stands in a zone of its subnet group, and its standby in another one."""

from typing import Any

from moto.rds.models import DBInstance

from simulator.patches import replacing


def apply() -> None:
    @replacing.wrap(DBInstance, "__init__")
    def init(original: replacing.Method, self: Any, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        zones = _zones(self)
        # moto says the region's first zone, whatever the group's are.
        if zones and not kwargs.get("availability_zone"):
            self.availability_zone = zones[0]
        _place_standby(self)

    @replacing.wrap(DBInstance, "update")
    def update(original: replacing.Method, self: Any, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        _place_standby(self)


def subnets_of(database: Any) -> list[str]:
    """The subnets in which it has an interface, its standby's included; none outside a subnet group."""
    group = vars(database).get("db_subnet_group")
    taken = {database.availability_zone, vars(database).get("secondary_availability_zone")}
    subnets = group._subnets if group is not None else []
    return [str(subnet.id) for subnet in subnets if subnet.availability_zone in taken]


def _zones(database: Any) -> list[str]:
    group = vars(database).get("db_subnet_group")
    return sorted({subnet.availability_zone for subnet in group._subnets}) if group is not None else []


def _place_standby(database: Any) -> None:
    # moto's serializer shows an attribute by its name; it only never sets this one.
    others = [zone for zone in _zones(database) if zone != database.availability_zone]
    before = vars(database).get("secondary_availability_zone")
    if not database.multi_az or not others:
        database.secondary_availability_zone = None
    elif before not in others:
        database.secondary_availability_zone = others[0]
