"""A plan's summary in the order in which a person must read it: what is lost first."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Group:
    """Resources to which the same thing happens. `action` is Terraform's word, `words` end "3 ..."."""

    action: str
    words: str
    is_danger: bool
    resources: list[dict[str, Any]]

    @property
    def count(self) -> int:
        return len(self.resources)


# Terraform's action, what to say of it, whether something is lost.
_ORDER = (
    ("delete", "destroyed", True),
    ("replace", "replaced: destroyed and created anew", True),
    ("update", "changed in place", False),
    ("create", "added", False),
    ("forget", "forgotten, but left standing", False),
)
_SAME = {"destroy": "delete", "add": "create", "change": "update"}


def groups(summary: dict[str, Any]) -> list[Group]:
    """The groups of `Run.plan_summary` that hold anything, the dangerous first."""
    resources = summary.get("resources", [])
    found = [
        Group(
            action=action,
            words=words,
            is_danger=is_danger,
            resources=[_shown(one) for one in resources if _SAME.get(one["action"], one["action"]) == action],
        )
        for action, words, is_danger in _ORDER
    ]
    return [group for group in found if group.resources]


def _shown(resource: dict[str, Any]) -> dict[str, Any]:
    # Terraform's reasons read "replace_because_cannot_update".
    _, _, because = str(resource.get("reason") or "").partition("because_")
    return resource | {"reason": because.replace("_", " ")}
