"""The tables. The database is the only source of truth; constraints and triggers stop what code may get
wrong.
"""

from provisioner.models.accounts import CloudAccount, Team
from provisioner.models.audit import AuditEntry, AuditHead
from provisioner.models.environments import Environment, StateVersion
from provisioner.models.events import RunEvent
from provisioner.models.hosts import WorkerHost
from provisioner.models.runs import Run

__all__ = [
    "AuditEntry",
    "AuditHead",
    "CloudAccount",
    "Environment",
    "Run",
    "RunEvent",
    "StateVersion",
    "Team",
    "WorkerHost",
]
