"""Whether a person must approve a run's plan."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from provisioner import blueprints
from provisioner.blueprints import Blueprint
from provisioner.models import Environment, Run
from provisioner.run_status import SUCCEEDED, RunKind


@dataclass(frozen=True, kw_only=True)
class RequestedChange:
    """A size by its slug, and the typed answers that came with it."""

    size: str
    answers: Mapping[str, object]


def environment_policy(environment: Environment) -> tuple[RequestedChange, ...]:
    """What may exist: the environment as it was last built, and what interrupted applies asked for since."""
    runs = environment.runs.order_by("-number")
    last_applied = runs.filter(status__in=SUCCEEDED).values_list("number", flat=True).first() or 0
    interrupted = runs.filter(number__gt=last_applied, plan_consumed_at__isnull=False).exclude(
        kind=RunKind.DESTROY
    )
    asked = [(environment.size, environment.inputs), *interrupted.values_list("size", "inputs")]
    return tuple(RequestedChange(size=size, answers=inputs) for size, inputs in asked)


def policy(*, blueprint: Blueprint, asked: Iterable[RequestedChange]) -> Run.Approval:
    """Who approves a plan: a person if `reasons` has any, otherwise the policy."""
    return Run.Approval.PERSON if reasons(blueprint=blueprint, asked=asked) else Run.Approval.AUTOMATIC


def reasons(*, blueprint: Blueprint, asked: Iterable[RequestedChange]) -> tuple[str, ...]:
    """Why a person must approve: titles of sizes and labels of inputs, each once. Empty: the policy approves.

    `asked` is the request and what exists. Otherwise somebody could first make an environment smaller, and
    then destroy it without approval. A blueprint without sizes and such inputs is approved by policy.
    """
    found: dict[str, None] = {}
    for each in asked:
        size = blueprint.size(each.size)
        if size is not None and size.approval == "person":
            found[size.title] = None
        found |= dict.fromkeys(blueprints.approvals.wanted_for(blueprint, each.answers))
    return tuple(found)
