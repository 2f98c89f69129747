"""Which other value each input is given, and in which order."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from provisioner.blueprints import Blueprint, Input

SUPPLIED = {
    "team": "shop",
    "owner": "alice",
    "created_by_run": "7f6c1e1e-9d0f-4f43-8f0e-6d3d1b1f6a01",
}
# The first that differs from what there is. Inputs that are not named take the value next to theirs.
PREFERRED: Mapping[str, Mapping[str, Sequence[Any]]] = {
    "three_tier": {
        "vpc_cidr": ["10.30.0.0/16"],
        "nat": ["per_zone", "none"],
        "instance_type": ["t4g.small", "t3.micro"],
        "instance_max": [6, 8],
        "instance_count": [4],
        "db_instance_class": ["db.t4g.medium", "db.m7g.large"],
        "db_storage_gib": [120],
        "backup_retention_days": [8],
        "expires_on": ["2199-12-31"],
        "domain_name": ["shop.example.com"],
    },
    "static_site": {
        "domain_name": ["www.example.com"],
        "index_page": ["start.html"],
        "error_page": ["missing.html"],
    },
}
# Answers that are refused without each other; None is the sample of the account.
TOGETHER: Mapping[tuple[str, Any], Mapping[str, Any]] = {
    ("domain_name", "www.example.com"): {"certificate_arn": None},
    ("delivery", "website"): {"domain_name": "", "certificate_arn": ""},
}
# What must hold before an answer is allowed, whatever the inputs before it were changed to.
NEEDS: Mapping[tuple[str, Any], Mapping[str, Any]] = {
    ("purpose", "production"): {
        "nat": "per_zone",
        "flow_logs": True,
        "access_logs": True,
        "instance_count": 4,
        "instance_min": 2,
        "db_multi_az": True,
        "backup_retention_days": 8,
        "final_snapshot": True,
    },
}
# A development environment becomes production only when it has all that this needs, and the other way round;
# a domain name needs a distribution.
LAST = ("purpose", "delivery")
FIRST: Mapping[tuple[str, Any], tuple[str, ...]] = {
    ("purpose", "production"): ("purpose", "deletion_protection"),
    ("delivery", "website"): ("delivery",),
}
# Without these a destroy is refused, or leaves something on purpose.
FAREWELL = {"purpose": "development", "deletion_protection": False, "final_snapshot": False}


def of_size(blueprint: Blueprint, size: str, *, number: int) -> dict[str, Any]:
    """All values of an environment of this size, as the portal would give them."""
    defaults = {name: each.default for name, each in blueprint.inputs.items() if each.default is not None}
    chosen = blueprint.size(size)
    supplied = {
        **SUPPLIED,
        "environment_name": f"{size}-matrix",
        "environment_id": f"6f9619ff-8b86-4d01-b42d-{number:012d}",
    }
    known = {name: value for name, value in supplied.items() if name in blueprint.terraform_variables}
    return {**defaults, **(chosen.inputs if chosen else {}), **known}


def order(blueprint: Blueprint, values: Mapping[str, Any]) -> list[str]:
    """The inputs in the form's order, except those that others must come before or after."""
    names = [name for section in blueprint.sections for name in section.inputs]
    first = [name for (asked, value), them in FIRST.items() if values.get(asked) == value for name in them]
    # A group must be able to grow before it does.
    first += [name for name in ("instance_max",) if name in names]
    last = tuple(name for name in LAST if name not in first)
    middle = [name for name in names if name not in (*first, *last)]
    return [*(name for name in first if name in names), *middle, *(name for name in last if name in names)]


def other(blueprint: Blueprint, name: str, now: Any, *, samples: Mapping[str, Sequence[Any]]) -> Any:
    """A value of the input that it does not have. Raises LookupError where none is known."""
    preferred = PREFERRED.get(blueprint.slug, {}).get(name, ())
    for value in (*preferred, *_next_to(blueprint.inputs[name], now), *samples.get(name, ())):
        if value != now:
            return value
    raise LookupError(f"no other value is known for {name}: add it to {__name__}.PREFERRED")


def together(name: str, value: Any, *, samples: Mapping[str, Sequence[Any]]) -> dict[str, Any]:
    """The input with its new value, and what must come with it."""
    others = TOGETHER.get((name, value) if isinstance(value, str) else ("", ""), {})
    with_samples = {each: samples[each][0] if given is None else given for each, given in others.items()}
    return {name: value, **with_samples}


def needs(name: str, value: Any) -> Mapping[str, Any]:
    """What must be so before the input can have this value."""
    return NEEDS.get((name, value), {}) if isinstance(value, str) else {}


def shown(value: Any) -> str:
    """A value in a table's cell."""
    if isinstance(value, list):
        return f"{len(value)} of them"
    text = value if isinstance(value, str) else json.dumps(value)
    return f"...{text[-17:]}" if len(text) > 20 else text or "-"


def _next_to(question: Input, now: Any) -> list[Any]:
    if question.kind == "boolean":
        return [not now]
    if question.kind == "integer":
        near = [now + 1, now - 1]
        return [each for each in near if (question.minimum or 0) <= each <= (question.maximum or each)]
    offered = [choice.value for choice in question.choices]
    if question.kind == "choice":
        return offered
    if question.kind == "choices":
        missing = [value for value in offered if value not in now]
        return [[*now, missing[0]] if missing else now[:-1]]
    return [question.placeholder] if question.placeholder and not question.pattern else []
