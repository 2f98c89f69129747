"""Whether an environment is protected against deletion, as it stands or may stand."""

from provisioner import blueprints
from provisioner.models import Environment
from provisioner.runs import approval


def why_protected(environment: Environment) -> str:
    """Why nothing of it may be deleted, in a sentence; empty where it may."""
    # AWS would refuse, too, but only database and load balancer, when all that serves them is gone already.
    if environment.ready_at is None or environment.lost_at is not None:
        return ""
    built, *half = (
        each.answers.get(blueprints.PROTECTION) is True for each in approval.environment_policy(environment)
    )
    if built:
        return "It is protected against deletion: switch that off by a change first."
    if any(half):
        return "A change that ended half way may have protected it: switch that off by a change first."
    return ""
