"""A database keeps whether Performance Insights is on, and for how long."""

from typing import Any

from moto.rds.models import DBInstance

from simulator.patches import replacing

DEFAULT_RETENTION_DAYS = 7


def apply() -> None:
    @replacing.wrap(DBInstance, "__init__")
    def init(original: replacing.Method, self: Any, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        _keep(self, kwargs)

    @replacing.wrap(DBInstance, "update")
    def update(original: replacing.Method, self: Any, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        _keep(self, kwargs)


def _keep(database: Any, wanted: dict[str, Any]) -> None:
    # moto's serializer shows an attribute by its name; it only never sets these.
    enabled = wanted.get("enable_performance_insights")
    if enabled is None:
        return
    database.performance_insights_enabled = enabled
    retention = wanted.get("performance_insights_retention_period") or DEFAULT_RETENTION_DAYS
    database.performance_insights_retention_period = retention if enabled else None
