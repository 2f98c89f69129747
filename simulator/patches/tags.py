"""Tags can be read while others are written. The tags of one resource are found without reading all tags."""

from types import SimpleNamespace

from moto.ec2.models.tags import TagBackend

from simulator.patches import patching

Filters = dict[str, list[str]]


def apply() -> None:
    @patching.wrap(TagBackend, "describe_tags")
    def describe_tags(
        original: patching.Method, self: TagBackend, filters: Filters | None = None
    ) -> list[dict[str, str]]:
        # moto iterates over dictionaries that another request may change meanwhile. Copying one is atomic.
        # Also, moto reads all tags for each resource, although the filter names the resource's id.
        ids = _resource_ids(filters)
        found = self.tags.copy() if ids is None else {each: self.tags.get(each, {}) for each in ids}
        copied = {resource: tags.copy() for resource, tags in found.items()}
        copy = SimpleNamespace(tags=copied, VALID_TAG_FILTERS=self.VALID_TAG_FILTERS)
        tags: list[dict[str, str]] = original(copy, filters)
        return tags


def _resource_ids(filters: Filters | None) -> list[str] | None:
    ids = (filters or {}).get("resource-id")
    return None if ids is None or any("*" in each or "?" in each for each in ids) else ids
