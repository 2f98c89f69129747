"""What exists now, from the run's event log and from the state that it left."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from provisioner.models import Run, StateVersion
from provisioner.run_status import RunKind
from provisioner.runs import event_queries


@dataclass(frozen=True, kw_only=True)
class WhatExists:
    """`words`: sentences. `in_state`: addresses in the newest state; None if no state is known."""

    words: tuple[str, ...]
    in_state: tuple[str, ...] | None
    in_flight: tuple[str, ...]

    @property
    def is_anything_left(self) -> bool:
        """As far as is known; an unrecorded state may hold something."""
        return bool(self.in_state or self.in_flight)


def find_what_exists(run: Run) -> WhatExists:
    """What of the environment exists, as far as the run knows."""
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
        return ngettext(
            "Nothing was changed. %(count)s resource of the environment exists as before.",
            "Nothing was changed. %(count)s resources of the environment exist as before.",
            len(in_state),
        ) % {"count": len(in_state)}
    if run.kind == RunKind.CREATE:
        return _("Nothing was created: the run ended before Terraform changed anything.")
    return _("Nothing was changed: the run ended before Terraform changed anything.")


def _done(run: Run) -> str:
    planned = _planned(run.plan_summary)
    finished = len(event_queries.finished_resources(run))
    if run.kind == RunKind.DESTROY:
        sentence = (
            ngettext(
                "%(finished)s of %(count)s resource was destroyed before the run ended.",
                "%(finished)s of %(count)s resources were destroyed before the run ended.",
                planned,
            )
            if run.is_final
            else ngettext(
                "%(finished)s of %(count)s resource is destroyed so far.",
                "%(finished)s of %(count)s resources are destroyed so far.",
                planned,
            )
        )
    elif run.is_final:
        sentence = ngettext(
            "%(finished)s of %(count)s resource was finished before the run ended.",
            "%(finished)s of %(count)s resources were finished before the run ended.",
            planned,
        )
    else:
        sentence = ngettext(
            "%(finished)s of %(count)s resource is finished so far.",
            "%(finished)s of %(count)s resources are finished so far.",
            planned,
        )
    return sentence % {"finished": finished, "count": planned}


def _planned(summary: dict[str, Any]) -> int:
    return sum(int(summary.get(kind, 0)) for kind in ("add", "change", "replace", "destroy"))


def _begun(run: Run, in_flight: tuple[str, ...]) -> str:
    if not in_flight:
        return ""
    if not run.is_final:
        return _("Terraform finishes what it has started.")
    count = len(in_flight)
    return ngettext(
        "%(count)s resource was started and not finished. AWS may have created it anyway.",
        "%(count)s resources were started and not finished. AWS may have created them anyway.",
        count,
    ) % {"count": count}


def _kept(run: Run, in_state: tuple[str, ...] | None) -> str:
    # Until the run ends, the newest recorded state is that of the previous run.
    if in_state is None or not run.is_final:
        return ""
    if not in_state:
        return _("The state is empty: nothing is left that Terraform knows.")
    return ngettext(
        "The state has %(count)s resource. It costs money until it is destroyed.",
        "The state has %(count)s resources. They cost money until they are destroyed.",
        len(in_state),
    ) % {"count": len(in_state)}
