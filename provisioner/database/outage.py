"""A database that does not answer, or takes no writes: the errors that say so, and a look for them."""

from django.db import InterfaceError, InternalError, OperationalError

from provisioner.models import AuditHead

# Internal: a server that may only be read, as after a failover, says so.
ERRORS = (OperationalError, InterfaceError, InternalError)


def demand_writable() -> None:
    """Raises one of ERRORS where nothing can be written: a write that meets no row is a write."""
    AuditHead.objects.filter(pk=0).update(seq=0)
