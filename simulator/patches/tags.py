"""Tags can be read while others are written, and those of one resource without reading all."""

from types import SimpleNamespace
from typing import Any

from moto.ec2.models.tags import TagBackend

from simulator.patches import replacing

Filters = dict[str, list[str]]


def apply() -> None:
    @replacing.wrap(TagBackend, "describe_tags")
    def describe_tags(original: replacing.Method, self: Any, filters: Filters | None = None) -> Any:
        # moto goes through the living dictionaries, which another request may change meanwhile. A copy is one
        # step of the interpreter. And each resource asks for its own tags by its id, among all there are.
        asked = _asked_for(filters)
        found = self.tags.copy() if asked is None else {each: self.tags.get(each, {}) for each in asked}
        copied = {resource: tags.copy() for resource, tags in found.items()}
        seen = SimpleNamespace(tags=copied, VALID_TAG_FILTERS=self.VALID_TAG_FILTERS)
        return original(seen, filters)


def _asked_for(filters: Filters | None) -> list[str] | None:
    ids = (filters or {}).get("resource-id")
    return None if ids is None or any("*" in each or "?" in each for each in ids) else ids
