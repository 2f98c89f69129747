"""What people do to environments and runs. One transaction each: rows, event and audit entry; then dispatch.

Each operation has a question (`why_not_cancel`, ...) that pages use for their buttons.
"""

from provisioner.operations import free_ranges
from provisioner.operations.acts import misspelt
from provisioner.operations.changing import (
    ActiveRun,
    ChangeRequest,
    change,
    check_change,
    destroy,
    why_not_change,
    why_not_destroy,
)
from provisioner.operations.deciding import (
    CannotApprove,
    CannotDiscard,
    approve,
    discard,
    why_not_approve,
    why_not_discard,
)
from provisioner.operations.forcing import CannotForce, force, why_not_force
from provisioner.operations.ordering import OrderRequest, check_order, order
from provisioner.operations.refusal import Errors, Refused
from provisioner.operations.remediation import CannotRemediate, inspect_again, remediate, why_not_remediate
from provisioner.operations.replanning import CannotRetry, replan, retry, why_not_replan, why_not_retry
from provisioner.operations.requests import KeyUsedOtherwise
from provisioner.operations.stopping import (
    CannotCancel,
    CannotSettle,
    cancel,
    settle,
    why_not_cancel,
    why_not_settle,
)

__all__ = [
    "ActiveRun",
    "CannotApprove",
    "CannotCancel",
    "CannotDiscard",
    "CannotForce",
    "CannotRemediate",
    "CannotRetry",
    "CannotSettle",
    "ChangeRequest",
    "Errors",
    "KeyUsedOtherwise",
    "OrderRequest",
    "Refused",
    "approve",
    "cancel",
    "change",
    "check_change",
    "check_order",
    "destroy",
    "discard",
    "force",
    "free_ranges",
    "inspect_again",
    "misspelt",
    "order",
    "remediate",
    "replan",
    "retry",
    "settle",
    "why_not_approve",
    "why_not_cancel",
    "why_not_change",
    "why_not_destroy",
    "why_not_discard",
    "why_not_force",
    "why_not_remediate",
    "why_not_replan",
    "why_not_retry",
    "why_not_settle",
]
