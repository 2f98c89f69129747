"""What people do to environments and runs. One transaction each: rows, event and trail entry; then dispatch.

Beside each verb stands its question (`why_not_cancel`, ...), which decides about buttons.
"""

from provisioner.operations import free_ranges
from provisioner.operations.acts import misspelt
from provisioner.operations.answers import check_change
from provisioner.operations.changing import (
    ActiveRun,
    change,
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
from provisioner.operations.ordering import (
    Order,
    Refused,
    check_order,
    open_ranges,
    order,
    was_asked_for,
)
from provisioner.operations.remediation import CannotMend, look_again, mend, why_not_mend
from provisioner.operations.replanning import CannotTryAgain, again, replan, why_not_again, why_not_replan
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
    "CannotMend",
    "CannotSettle",
    "CannotTryAgain",
    "KeyUsedOtherwise",
    "Order",
    "Refused",
    "again",
    "approve",
    "cancel",
    "change",
    "check_change",
    "check_order",
    "destroy",
    "discard",
    "force",
    "free_ranges",
    "look_again",
    "mend",
    "misspelt",
    "open_ranges",
    "order",
    "replan",
    "settle",
    "was_asked_for",
    "why_not_again",
    "why_not_approve",
    "why_not_cancel",
    "why_not_change",
    "why_not_destroy",
    "why_not_discard",
    "why_not_force",
    "why_not_mend",
    "why_not_replan",
    "why_not_settle",
]
