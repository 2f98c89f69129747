"""A database that does not answer, or does not accept writes: its errors, and a check."""

from django.db import InterfaceError, InternalError, OperationalError

from provisioner.models import AuditHead

# InternalError: a read-only server, for example after a failover.
ERRORS = (OperationalError, InterfaceError, InternalError)


def demand_writable() -> None:
    """Raise one of ERRORS if nothing can be written. An UPDATE that matches no row counts as a write."""
    AuditHead.objects.filter(pk=0).update(seq=0)
