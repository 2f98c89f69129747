"""Status badges: the tone, the icon and the meaning of every status, declared once for all pages."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from provisioner.run_status import EnvironmentStatus, RunStatus

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True)
class StatusBadge:
    """`tone`: `ok`, `busy`, `wait`, `bad`, `alert` or `quiet`, as in the CSS; `icon`: a lucide name."""

    tone: str
    icon: str
    meaning: "StrOrPromise" = ""

    @property
    def spins(self) -> bool:
        return self.icon == "loader-circle"


RUN_BADGES: Mapping[str, StatusBadge] = {
    RunStatus.QUEUED: StatusBadge("quiet", "clock", _("Waiting for a free slot.")),
    RunStatus.PLANNING: StatusBadge("busy", "loader-circle", _("Terraform is working out the changes.")),
    RunStatus.PLANNED: StatusBadge("wait", "hand", _("Plan ready, waiting for approval.")),
    RunStatus.APPROVED: StatusBadge("wait", "clock", _("Approved, waiting for a free slot to apply.")),
    RunStatus.APPLYING: StatusBadge("busy", "loader-circle", _("Terraform is applying exactly this plan.")),
    RunStatus.APPLIED: StatusBadge("ok", "circle-check", _("Every planned change was made.")),
    RunStatus.UNCHANGED: StatusBadge("ok", "equal", _("The environment already matches the order.")),
    RunStatus.DISCARDED: StatusBadge(
        "quiet", "circle-slash", _("A person discarded the plan. Nothing was changed.")
    ),
    RunStatus.EXPIRED: StatusBadge(
        "quiet", "hourglass", _("Nobody approved the plan in time. Nothing was changed.")
    ),
    RunStatus.CANCELLED: StatusBadge("quiet", "circle-stop", _("A person stopped the run.")),
    RunStatus.FAILED: StatusBadge("bad", "circle-x", _("The run ended with an error.")),
    RunStatus.NEEDS_ATTENTION: StatusBadge(
        "alert", "triangle-alert", _("It is not certain what the run changed. A person must decide.")
    ),
}

ENVIRONMENT_BADGES: Mapping[str, StatusBadge] = {
    EnvironmentStatus.CREATING: StatusBadge("busy", "loader-circle", _("Being created by its first run.")),
    EnvironmentStatus.READY: StatusBadge("ok", "circle-check", _("Up to date with your order.")),
    EnvironmentStatus.UPDATING: StatusBadge("busy", "loader-circle", _("A change is in progress.")),
    EnvironmentStatus.DESTROYING: StatusBadge("busy", "loader-circle", _("Being destroyed.")),
    EnvironmentStatus.DESTROYED: StatusBadge("quiet", "circle-minus", _("Destroyed. Its history is kept.")),
    EnvironmentStatus.FAILED: StatusBadge(
        "bad", "circle-x", _("The last run did not finish. Parts of the environment may exist.")
    ),
    EnvironmentStatus.NEEDS_ATTENTION: StatusBadge(
        "alert", "triangle-alert", _("It is not certain what the last run changed. A person must decide.")
    ),
}

LOST = StatusBadge(
    "alert", "unplug", _("The simulated account was reset. The resources in it no longer exist.")
)

STOPPING = StatusBadge("wait", "loader-circle", _("Terraform is finishing what it has started."))

RESULT_BADGES: Mapping[str, StatusBadge] = {
    "allowed": StatusBadge("ok", "check"),
    "denied": StatusBadge("wait", "ban"),
    "failed": StatusBadge("bad", "x"),
}
