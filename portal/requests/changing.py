"""A change as a program or the shell gives it: only what becomes different."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from portal.accounts.models import User
from provisioner import catalogue, operations
from provisioner.models import Environment, Run


def place(
    environment: Environment,
    *,
    size: str,
    inputs: Mapping[str, Any],
    by: User,
    now: datetime,
    key: str = "",
) -> Run:
    """Ask for the change; everything that is not given stays. Another size brings its values, as in the form.

    Raises operations.Refused with messages by field, operations.ActiveRun, operations.KeyUsedOtherwise.
    """
    size = size or environment.size
    return operations.change(
        environment_id=environment.pk,
        size=size,
        values={**environment.inputs, **_of_another_size(environment, size), **inputs},
        by=by,
        now=now,
        idempotency_key=key,
    )


def _of_another_size(environment: Environment, size: str) -> Mapping[str, Any]:
    if size == environment.size:
        return {}
    blueprint = catalogue.blueprint(environment.blueprint)
    chosen = blueprint.size(size) if blueprint else None
    return chosen.inputs if chosen else {}
