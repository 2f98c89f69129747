"""The cost of resources that are left, in US dollars a day: list prices in Seoul, as of November 2026.

Sources: the AWS price list for ap-northeast-2, and bills from there. Accurate enough to show what matters.
"""

from __future__ import annotations

_DAYS_A_MONTH = 730 / 24
_HOURS = 24

REGION = "ap-northeast-2"

# US dollars an hour.
_INSTANCES = {
    "t3.micro": 0.013, "t3.small": 0.026, "t3.medium": 0.052,
    "t4g.micro": 0.0104, "t4g.medium": 0.0416, "m7g.large": 0.1003,
}  # fmt: skip
_DATABASES = {"db.t4g.micro": 0.025, "db.t3.micro": 0.026}
_GP3_GIB_MONTH, _DB_GIB_MONTH, _DB_BACKUP_GIB_MONTH = 0.0912, 0.131, 0.095

NAT_GATEWAY = 0.059 * _HOURS
PUBLIC_ADDRESS = 0.005 * _HOURS
LOAD_BALANCER = 0.0225 * _HOURS
ENDPOINT_PER_ZONE = 0.013 * _HOURS
SECRET = 0.40 / _DAYS_A_MONTH
KEY = 1.00 / _DAYS_A_MONTH
ALARM = 0.10 / _DAYS_A_MONTH


def instance(type_: str) -> float | None:
    """A running instance. None for a type whose price is not known here."""
    hourly = _INSTANCES.get(type_)
    return None if hourly is None else hourly * _HOURS


def database(class_: str, *, storage_gib: float, is_multi_az: bool) -> float | None:
    """A database instance with its storage. None for a class whose price is not known here."""
    hourly = _DATABASES.get(class_)
    if hourly is None:
        return None
    single = hourly * _HOURS + storage_gib * _DB_GIB_MONTH / _DAYS_A_MONTH
    return single * (2 if is_multi_az else 1)


def volume(gib: float) -> float:
    """A gp3 disk."""
    return gib * _GP3_GIB_MONTH / _DAYS_A_MONTH


def database_snapshot(gib: float) -> float:
    """The maximum: a snapshot holds only the used part of the storage."""
    return gib * _DB_BACKUP_GIB_MONTH / _DAYS_A_MONTH
