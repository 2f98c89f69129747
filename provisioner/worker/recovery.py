"""Runs whose worker is gone: found by their lease, given to their own host or to a person."""

from datetime import datetime
from uuid import UUID

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

    Without `trust_the_clock`, only those whose worker is certainly dead: the portal itself was away for a
    while, so nobody could renew a lease.
    """
    held = Run.objects.filter(status__in=HELD_BY_A_WORKER).order_by("queued_at")
    return [run for run in held if _is_orphan(run, now, trust_the_clock=trust_the_clock)]


def _is_orphan(run: Run, now: datetime, *, trust_the_clock: bool) -> bool:
    if run.lease_expires_at is None or leases.is_dead(run.lease_owner):
        return True
    return trust_the_clock and run.lease_expires_at <= now


def call_hosts(*, now: datetime, trust_the_clock: bool) -> list[UUID]:
    """Send each orphan to the host with its workspace. Runs of a host that is long gone go to a person."""
    gone = set(hosts.gone(now=now).values_list("host_id", flat=True))
    called = []
    for run in orphans(now=now, trust_the_clock=trust_the_clock):
        if run.host_id in gone and trust_the_clock:
            _give_to_a_person(run, now)
        elif _is_due(run, now) and dispatch.publish(run_id=run.pk, now=now):
            called.append(run.pk)
    return called


def call_for_remediations(*, now: datetime) -> list[UUID]:
    """Send requested remediations again, as long as they are neither done nor refused."""
    asked = Run.objects.filter(status=RunStatus.NEEDS_ATTENTION).exclude(remediation="")
    # To a host that is long gone, that would be one more message per lease, forever.
    asked = asked.exclude(host_id__in=hosts.gone(now=now).values("host_id"))
    return [run.pk for run in asked if _is_due(run, now) and dispatch.publish(run_id=run.pk, now=now)]


def drop_unreachable(*, now: datetime) -> list[UUID]:
    """Cancel approved runs whose plan is on a host that is long gone. Nothing of them was applied."""
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
            # The host came back at the same moment.
            continue
        dropped.append(run_id)
    return dropped


def call_own(*, now: datetime) -> list[UUID]:
    """When a runs worker starts: send it the orphans of its own host at once."""
    own = [run for run in orphans(now=now, trust_the_clock=False) if run.host_id == hosts.host_id()]
    return [run.pk for run in own if dispatch.publish(run_id=run.pk, now=now)]


def _is_due(run: Run, now: datetime) -> bool:
    # At most once per lease: a busy host answers when one of its processes is free.
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
        # Raise the fence: if that worker wakes up after all, it must not write any more.
        claimed = Run.objects.filter(Q(fence=run.fence), pk=run.pk).update(fence=F("fence") + 1)
        if claimed:
            lifecycle.move(run_id=run.pk, to=to, now=now)
