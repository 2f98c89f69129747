"""A launch template returns its current tags, not those from its creation."""

from typing import Any

from moto.ec2.models.launch_templates import LaunchTemplate


def apply() -> None:
    # moto copies the tags once, at the creation. Here the copy is ignored.
    setattr(LaunchTemplate, "tags", property(_current_tags, _ignore))  # noqa: B010 - mypy considers tags a list


def _current_tags(template: Any) -> list[dict[str, str]]:
    tags: list[dict[str, str]] = template.get_tags()
    return tags


def _ignore(template: Any, tags: Any) -> None:
    pass
