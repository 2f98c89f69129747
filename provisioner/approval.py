"""Whether a run's plan waits for a person: the policy, one rule."""

from provisioner.blueprints import Blueprint
from provisioner.models import Run


def policy(*, blueprint: Blueprint, size: str) -> Run.Approval:
    """Who approves a plan for this size: the policy itself, or a person where the blueprint says so.

    A blueprint without sizes is approved by policy. The destroying of a size follows the size, too.
    """
    chosen = blueprint.size(size)
    wants_person = chosen is not None and chosen.approval == "person"
    return Run.Approval.PERSON if wants_person else Run.Approval.AUTOMATIC
