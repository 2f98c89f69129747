"""Outputs of a finished run: only those that the blueprint declares, and never a sensitive value."""

import json

from provisioner import catalogue
from provisioner.models import Run
from provisioner.runs import event_queries
from provisioner.worker import preparation


def shown_outputs(run: Run) -> dict[str, object] | None:
    """Values by name, from the file of `terraform output`, else from the stream. None if not known."""
    outputs = _from_file(run)
    outputs = event_queries.last_outputs(run) if outputs is None else outputs
    if outputs is None:
        return None
    shown = declared(run)
    return {
        name: output["value"]
        for name, output in outputs.items()
        if name in shown and output.get("sensitive") is False and output.get("value") is not None
    }


def declared(run: Run) -> frozenset[str]:
    """Names of the outputs that the blueprint shows."""
    blueprint = catalogue.blueprint(run.environment.blueprint)
    return frozenset(output.name for output in blueprint.outputs) if blueprint else frozenset()


def _from_file(run: Run) -> dict[str, event_queries.Output] | None:
    try:
        found = json.loads((preparation.directory_of(run) / preparation.OUTPUTS_FILE).read_bytes())
    except (OSError, ValueError):
        # The file is missing or incomplete: the step was interrupted.
        return None
    return found if isinstance(found, dict) else None
