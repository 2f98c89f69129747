"""How a status looks: its tone, its icon and what it means, declared once for every page."""

from dataclasses import dataclass

from provisioner.run_status import EnvironmentStatus, RunKind, RunStatus


@dataclass(frozen=True)
class StatusBadge:
    """`tone` is the style sheet's: `ok`, `busy`, `wait`, `bad`, `alert` or `quiet`; `icon` a lucide name."""

    tone: str
    icon: str
    meaning: str = ""

    @property
    def spins(self) -> bool:
        return self.icon == "loader-circle"


RUN_BADGES: dict[str, StatusBadge] = {
    RunStatus.QUEUED: StatusBadge("quiet", "clock", "Waits for a free slot."),
    RunStatus.PLANNING: StatusBadge("busy", "loader-circle", "Terraform works out what it would change."),
    RunStatus.PLANNED: StatusBadge("wait", "hand", "The plan stands; a person decides."),
    RunStatus.APPROVED: StatusBadge("wait", "clock", "Approved; waits for a free slot to apply."),
    RunStatus.APPLYING: StatusBadge("busy", "loader-circle", "Terraform makes exactly the planned changes."),
    RunStatus.APPLIED: StatusBadge("ok", "circle-check", "Every planned change was made."),
    RunStatus.UNCHANGED: StatusBadge("ok", "equal", "The environment already is as ordered."),
    RunStatus.DISCARDED: StatusBadge(
        "quiet", "circle-slash", "A person put the plan away; nothing was changed."
    ),
    RunStatus.EXPIRED: StatusBadge(
        "quiet", "hourglass", "Nobody approved the plan in time; nothing was changed."
    ),
    RunStatus.CANCELLED: StatusBadge("quiet", "circle-stop", "A person stopped it."),
    RunStatus.FAILED: StatusBadge("bad", "circle-x", "It ended with an error."),
    RunStatus.NEEDS_ATTENTION: StatusBadge(
        "alert", "triangle-alert", "What was done is in doubt; a person decides."
    ),
}

ENVIRONMENT_BADGES: dict[str, StatusBadge] = {
    EnvironmentStatus.CREATING: StatusBadge(
        "busy", "loader-circle", "It is ordered, and its first run is under way."
    ),
    EnvironmentStatus.READY: StatusBadge("ok", "circle-check", "It stands as ordered."),
    EnvironmentStatus.UPDATING: StatusBadge("busy", "loader-circle", "A change is on its way."),
    EnvironmentStatus.DESTROYING: StatusBadge("busy", "loader-circle", "It is being taken down."),
    EnvironmentStatus.DESTROYED: StatusBadge(
        "quiet", "circle-minus", "Nothing of it stands; only its story is kept."
    ),
    EnvironmentStatus.FAILED: StatusBadge(
        "bad", "circle-x", "Its last run did not come to its end: parts of it may exist."
    ),
    EnvironmentStatus.NEEDS_ATTENTION: StatusBadge(
        "alert", "triangle-alert", "What the last run did is in doubt; a person decides."
    ),
}

LOST = StatusBadge(
    "alert", "unplug", "Its simulated account began anew: what was built there no longer exists."
)

STOPPING = StatusBadge("wait", "loader-circle", "Terraform finishes what it has begun.")

KIND_ICONS: dict[str, str] = {RunKind.CREATE: "plus", RunKind.UPDATE: "pencil", RunKind.DESTROY: "trash-2"}

RESULT_BADGES: dict[str, StatusBadge] = {
    "allowed": StatusBadge("ok", "check"),
    "denied": StatusBadge("wait", "ban"),
    "failed": StatusBadge("bad", "x"),
}
