"""What exists now, told from the run's own story and from the state that it left."""

from dataclasses import dataclass
from typing import Any

from provisioner.models import Run, StateVersion
from provisioner.run_status import RunKind
from provisioner.runs import event_queries


@dataclass(frozen=True, kw_only=True)
class WhatExists:
    """`words`: sentences. `in_state`: addresses of what the newest state holds; None where none is known."""

    words: tuple[str, ...]
    in_state: tuple[str, ...] | None
    in_flight: tuple[str, ...]

    @property
    def is_anything_left(self) -> bool:
        """As far as is known; a state that nobody has noted may hold something."""
        return bool(self.in_state or self.in_flight)


def find_what_exists(run: Run) -> WhatExists:
    """What of the environment stands, as far as the run knows."""
    in_state = _in_state(run)
    if run.applying_at is None:
        return WhatExists(words=(_before_the_apply(run, in_state),), in_state=in_state, in_flight=())
    in_flight = tuple(event_queries.unfinished_resources(run))
    words = (_done(run), _begun(run, in_flight), _kept(run, in_state))
    return WhatExists(words=tuple(filter(None, words)), in_state=in_state, in_flight=in_flight)


def _in_state(run: Run) -> tuple[str, ...] | None:
    newest = StateVersion.objects.filter(environment_id=run.environment_id).first()
    if newest is None:
        return None
    return tuple(str(each["address"]) for each in newest.resources if each.get("mode") != "data")


def _before_the_apply(run: Run, in_state: tuple[str, ...] | None) -> str:
    if in_state:
        return f"Nothing was changed: {_resources(len(in_state))} of the environment stand as before."
    if run.kind == RunKind.CREATE:
        return "Nothing was made: the run ended before Terraform changed anything."
    return "Nothing was changed: the run ended before Terraform changed anything."


def _done(run: Run) -> str:
    planned = _planned(run.plan_summary)
    finished = len(event_queries.finished_resources(run))
    verb = "destroyed" if run.kind == RunKind.DESTROY else "finished"
    is_over = "so far" if not run.is_final else "before it ended"
    were = "was" if 1 in (finished, planned) else "were"
    return f"{finished} of {_resources(planned)} {were} {verb} {is_over}."


def _planned(summary: dict[str, Any]) -> int:
    return sum(int(summary.get(kind, 0)) for kind in ("add", "change", "replace", "destroy"))


def _begun(run: Run, in_flight: tuple[str, ...]) -> str:
    if not in_flight:
        return ""
    if not run.is_final:
        return "Terraform finishes what it has begun."
    count = len(in_flight)
    return (
        f"{_resources(count)} {'was' if count == 1 else 'were'} begun and not finished: AWS may have made "
        f"{'it' if count == 1 else 'them'} all the same."
    )


def _kept(run: Run, in_state: tuple[str, ...] | None) -> str:
    # Until the run is over, the newest state noted is that of the run before.
    if in_state is None or not run.is_final:
        return ""
    if not in_state:
        return "The state holds nothing: nothing is left that Terraform knows of."
    return f"The state holds {_resources(len(in_state))}. They go on costing until they are destroyed."


def _resources(count: int) -> str:
    return f"{count} resource{'' if count == 1 else 's'}"
