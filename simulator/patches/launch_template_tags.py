"""A launch template tells the tags that it has now, not those it was made with."""

from typing import Any

from moto.ec2.models.launch_templates import LaunchTemplate


def apply() -> None:
    # moto copies them once; what it is told to copy is dropped here.
    setattr(LaunchTemplate, "tags", property(_tags, _forget))  # noqa: B010  mypy takes it for a list


def _tags(template: Any) -> list[dict[str, str]]:
    tags: list[dict[str, str]] = template.get_tags()
    return tags


def _forget(template: Any, tags: Any) -> None:
    pass
