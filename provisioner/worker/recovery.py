"""Runs whose worker is gone: found by their lease, given to their own host, or to a person."""

from datetime import datetime
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q

from provisioner.models import Run
from provisioner.run_status import HELD_BY_A_WORKER, RunStatus
from provisioner.runs import lifecycle
from provisioner.scheduling import dispatch, hosts
from provisioner.stored_text import stored
from provisioner.worker import inspection, leases

log = structlog.get_logger(__name__)


def orphans(*, now: datetime, trust_the_clock: bool) -> list[Run]:
    """Runs that no worker follows any more.

    Without `trust_the_clock` (the portal itself was away for a while, so that nobody could renew a lease)
    only those whose worker is known to be dead.
    """
    held = Run.objects.filter(status__in=HELD_BY_A_WORKER).order_by("queued_at")
    return [run for run in held if _is_orphan(run, now, trust_the_clock=trust_the_clock)]


def _is_orphan(run: Run, now: datetime, *, trust_the_clock: bool) -> bool:
    if run.lease_expires_at is None or leases.is_dead(run.lease_owner):
        return True
    return trust_the_clock and run.lease_expires_at <= now


def call_hosts(*, now: datetime, trust_the_clock: bool) -> list[Any]:
    """Send each orphan to the host that has its workspace; those of hosts long gone to a person."""
    gone = set(hosts.gone(now=now).values_list("host_id", flat=True))
    called = []
    for run in orphans(now=now, trust_the_clock=trust_the_clock):
        if run.host_id in gone and trust_the_clock:
            _give_to_a_person(run, now)
        elif _is_due(run, now) and dispatch.publish(run_id=run.pk, now=now):
            called.append(run.pk)
    return called


def call_for_remediations(*, now: datetime) -> list[Any]:
    """Send again what an operator asked a run's host to mend, as long as it is neither done nor refused."""
    asked = Run.objects.filter(status=RunStatus.NEEDS_ATTENTION).exclude(remediation="")
    # To a host long gone it would be one message more in every lease, for good.
    asked = asked.exclude(host_id__in=hosts.gone(now=now).values("host_id"))
    return [run.pk for run in asked if _is_due(run, now) and dispatch.publish(run_id=run.pk, now=now)]


def drop_unreachable(*, now: datetime) -> list[Any]:
    """Cancel approved runs whose plan lies on a host long gone: nothing of them was applied."""
    gone = hosts.gone(now=now).values_list("host_id", flat=True)
    reason = stored("The host that has the plan is gone. Nothing was changed. Order it again.")
    to = lifecycle.Move(to=RunStatus.CANCELLED, reason=reason)
    dropped = []
    for run_id in Run.objects.filter(status=RunStatus.APPROVED, host_id__in=gone).values_list(
        "pk", flat=True
    ):
        try:
            lifecycle.move(run_id=run_id, to=to, now=now)
        except lifecycle.CannotMove:
            # It came back in the same moment.
            continue
        dropped.append(run_id)
    return dropped


def call_own(*, now: datetime) -> list[Any]:
    """At the start of a runs worker: send it the orphans of its own host at once."""
    own = [run for run in orphans(now=now, trust_the_clock=False) if run.host_id == hosts.host_id()]
    return [run.pk for run in own if dispatch.publish(run_id=run.pk, now=now)]


def _is_due(run: Run, now: datetime) -> bool:
    # Called once per lease at most: a busy host answers when it has a process free.
    return run.dispatched_at is None or (now - run.dispatched_at).total_seconds() >= settings.LEASE_SECONDS


def _give_to_a_person(run: Run, now: datetime) -> None:
    reason = stored(
        "Its host %(host)s has not responded for more than %(minutes)s minutes. It is not known what became "
        "of Terraform there.",
        host=run.host_id[:8],
        minutes=hosts.GONE_SECONDS // 60,
    )
    left = {"leftovers": inspection.inspect(run).as_json()}
    to = lifecycle.Move(to=RunStatus.NEEDS_ATTENTION, reason=reason, columns=left)
    with transaction.atomic():
        # The fence rises: should that worker wake up after all, it must not write any more.
        claimed = Run.objects.filter(Q(fence=run.fence), pk=run.pk).update(fence=F("fence") + 1)
        if claimed:
            lifecycle.move(run_id=run.pk, to=to, now=now)
