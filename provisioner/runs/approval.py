"""Whether a run's plan waits for a person: the policy, one rule."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from provisioner import blueprints
from provisioner.blueprints import Blueprint
from provisioner.models import Environment, Run
from provisioner.run_status import SUCCEEDED, RunKind


@dataclass(frozen=True, kw_only=True)
class RequestedChange:
    """A size by its slug, and the typed answers that came with it."""

    size: str
    answers: Mapping[str, Any]


def environment_policy(environment: Environment) -> tuple[RequestedChange, ...]:
    """What may stand there: as it was last built, and what later applies asked for that ended half way."""
    runs = environment.runs.order_by("-number")
    whole = runs.filter(status__in=SUCCEEDED).values_list("number", flat=True).first() or 0
    half = runs.filter(number__gt=whole, plan_consumed_at__isnull=False).exclude(kind=RunKind.DESTROY)
    asked = [(environment.size, environment.inputs), *half.values_list("size", "inputs")]
    return tuple(RequestedChange(size=size, answers=inputs) for size, inputs in asked)


def policy(*, blueprint: Blueprint, asked: Iterable[RequestedChange]) -> Run.Approval:
    """Who approves a plan: the policy itself, or a person where `reasons` has one."""
    return Run.Approval.PERSON if reasons(blueprint=blueprint, asked=asked) else Run.Approval.AUTOMATIC


def reasons(*, blueprint: Blueprint, asked: Iterable[RequestedChange]) -> tuple[str, ...]:
    """Why a person approves: titles of sizes and labels of inputs, each once; none: the policy does.

    `asked` are what is asked for and what stands: else whoever wants to destroy what a person has to approve
    would first make it smaller. A blueprint that names neither sizes nor answers is approved by policy.
    """
    found: dict[str, None] = {}
    for each in asked:
        size = blueprint.size(each.size)
        if size is not None and size.approval == "person":
            found[size.title] = None
        found |= dict.fromkeys(blueprints.approvals.wanted_for(blueprint, each.answers))
    return tuple(found)
