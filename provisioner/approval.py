"""Whether a run's plan waits for a person: the policy, one rule."""

from collections.abc import Iterable

from provisioner.blueprints import Blueprint
from provisioner.models import Run


def policy(*, blueprint: Blueprint, sizes: Iterable[str]) -> Run.Approval:
    """Who approves a plan: the policy itself, or a person where the blueprint says so of one of these sizes.

    `sizes` are the one asked for and the one that stands: else whoever wants to destroy what a person has to
    approve would first make it smaller. A blueprint without sizes is approved by policy.
    """
    found = [size for slug in sizes if (size := blueprint.size(slug)) is not None]
    wants_person = any(size.approval == "person" for size in found)
    return Run.Approval.PERSON if wants_person else Run.Approval.AUTOMATIC
