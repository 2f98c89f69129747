"""How a status looks: its tone, its icon and what it means, declared once for every page."""

from dataclasses import dataclass

from provisioner.run_status import EnvironmentStatus, RunKind, RunStatus


@dataclass(frozen=True)
class Look:
    """`tone` is the style sheet's: `ok`, `busy`, `wait`, `bad`, `alert` or `quiet`; `icon` a lucide name."""

    tone: str
    icon: str
    meaning: str = ""

    @property
    def spins(self) -> bool:
        return self.icon == "loader-circle"


RUN_LOOKS: dict[str, Look] = {
    RunStatus.QUEUED: Look("quiet", "clock", "Waits for a free slot."),
    RunStatus.PLANNING: Look("busy", "loader-circle", "Terraform works out what it would change."),
    RunStatus.PLANNED: Look("wait", "hand", "The plan stands; a person decides."),
    RunStatus.APPROVED: Look("wait", "clock", "Approved; waits for a free slot to apply."),
    RunStatus.APPLYING: Look("busy", "loader-circle", "Terraform makes exactly the planned changes."),
    RunStatus.APPLIED: Look("ok", "circle-check", "Every planned change was made."),
    RunStatus.UNCHANGED: Look("ok", "equal", "The environment already is as ordered."),
    RunStatus.DISCARDED: Look("quiet", "circle-slash", "A person put the plan away; nothing was changed."),
    RunStatus.EXPIRED: Look("quiet", "hourglass", "Nobody approved the plan in time; nothing was changed."),
    RunStatus.CANCELLED: Look("quiet", "circle-stop", "A person stopped it."),
    RunStatus.FAILED: Look("bad", "circle-x", "It ended with an error."),
    RunStatus.NEEDS_ATTENTION: Look(
        "alert", "triangle-alert", "What was done is in doubt; a person decides."
    ),
}

ENVIRONMENT_LOOKS: dict[str, Look] = {
    EnvironmentStatus.CREATING: Look(
        "busy", "loader-circle", "It is ordered, and its first run is under way."
    ),
    EnvironmentStatus.READY: Look("ok", "circle-check", "It stands as ordered."),
    EnvironmentStatus.UPDATING: Look("busy", "loader-circle", "A change is on its way."),
    EnvironmentStatus.DESTROYING: Look("busy", "loader-circle", "It is being taken down."),
    EnvironmentStatus.DESTROYED: Look(
        "quiet", "circle-minus", "Nothing of it stands; only its story is kept."
    ),
    EnvironmentStatus.FAILED: Look(
        "bad", "circle-x", "Its last run did not come to its end: parts of it may exist."
    ),
    EnvironmentStatus.NEEDS_ATTENTION: Look(
        "alert", "triangle-alert", "What the last run did is in doubt; a person decides."
    ),
}

LOST = Look("alert", "unplug", "Its simulated account began anew: what was built there no longer exists.")

STOPPING = Look("wait", "loader-circle", "Terraform finishes what it has begun.")

KIND_ICONS: dict[str, str] = {RunKind.CREATE: "plus", RunKind.UPDATE: "pencil", RunKind.DESTROY: "trash-2"}

RESULT_LOOKS: dict[str, Look] = {
    "allowed": Look("ok", "check"),
    "denied": Look("wait", "ban"),
    "failed": Look("bad", "x"),
}
