"""A database stores whether Performance Insights is enabled, and its retention period."""

from typing import Any

from moto.rds.models import DBInstance

from simulator.patches import patching

DEFAULT_RETENTION_DAYS = 7


def apply() -> None:
    @patching.wrap(DBInstance, "__init__")
    def init(original: patching.Method, self: DBInstance, *args: object, **kwargs: object) -> None:
        original(self, *args, **kwargs)
        _store(self, kwargs)

    @patching.wrap(DBInstance, "update")
    def update(original: patching.Method, self: DBInstance, *args: object, **kwargs: object) -> None:
        original(self, *args, **kwargs)
        _store(self, kwargs)


def _store(database: Any, wanted: dict[str, Any]) -> None:
    # moto's serializer returns these attributes by name, but moto never sets them.
    enabled = wanted.get("enable_performance_insights")
    if enabled is None:
        return
    database.performance_insights_enabled = enabled
    retention = wanted.get("performance_insights_retention_period") or DEFAULT_RETENTION_DAYS
    database.performance_insights_retention_period = retention if enabled else None
