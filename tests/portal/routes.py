"""Every route, read from the URL configuration, so that a new one is tested without a change here."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.urls.converters import IntConverter, StringConverter, UUIDConverter


@dataclass(frozen=True)
class Route:
    """A named route. `converters` are those of the variable parts of its path, by name."""

    name: str
    converters: dict[str, Any] = field(hash=False, default_factory=dict)

    @property
    def is_api(self) -> bool:
        return self.name.startswith("api-")

    @property
    def has_an_object(self) -> bool:
        return any(isinstance(each, UUIDConverter) for each in self.converters.values())

    def address(self, *, environment_id: Any, run_id: Any) -> str:
        """An address of this route, for this environment or run."""
        return reverse(self.name, kwargs=self._arguments(environment_id, run_id)) + (
            "" if self.name != "api-nothing" else "no-such-thing/"
        )

    def _arguments(self, environment_id: Any, run_id: Any) -> dict[str, Any]:
        given: dict[str, Any] = {"environment_id": environment_id, "run_id": run_id, "format": "csv"}
        return {name: given.get(name, _any(converter)) for name, converter in self.converters.items()}


def routes() -> list[Route]:
    """Every named route."""
    return list(_walk(get_resolver()))


def _walk(resolver: URLResolver) -> Iterator[Route]:
    for each in resolver.url_patterns:
        if isinstance(each, URLResolver):
            yield from _walk(each)
        elif isinstance(each, URLPattern):
            assert each.name, f"{each.pattern} has no name"
            names = each.pattern.regex.groupindex  # also for routes that are regular expressions
            converters = {name: each.pattern.converters.get(name) for name in names}
            yield Route(each.name, converters)


def _any(converter: Any) -> Any:
    if isinstance(converter, UUIDConverter):
        return UUID(int=1)
    return (
        1
        if isinstance(converter, IntConverter)
        else "boxes"
        if isinstance(converter, StringConverter)
        else "x"
    )
