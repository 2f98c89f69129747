"""Where moto 5.2.5 differs from AWS in ways that Terraform notices, and what we put in its place.

One file per topic; each one's gap and remedy are shown by a test that also asks an unpatched moto, and fails
when moto has caught up.
"""

from provisioner.simulator.patches import (
    autoscaling,
    dispatch,
    iam,
    launch_templates,
    rds,
)


def apply() -> None:
    """Patch moto in this process. Call it once, before the first request."""
    for topic in (dispatch, iam, rds, launch_templates, autoscaling):
        topic.apply()
