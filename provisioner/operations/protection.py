"""Whether an environment is protected against deletion, as it is or as it may be."""

from django.utils.translation import gettext as _

from provisioner import blueprints
from provisioner.models import Environment
from provisioner.runs import approval


def why_protected(environment: Environment) -> str:
    """Why nothing of it may be deleted; empty if it may."""
    # AWS would refuse too, but only database and load balancer, after everything they need is gone.
    if environment.ready_at is None or environment.lost_at is not None:
        return ""
    built, *interrupted = (
        each.answers.get(blueprints.PROTECTION) is True for each in approval.environment_policy(environment)
    )
    if built:
        return _("It is protected against deletion. Switch the protection off with a change first.")
    if any(interrupted):
        return _(
            "An interrupted change may have protected it. Switch the protection off with a change first."
        )
    return ""
