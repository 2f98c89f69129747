"""What programs see of each object. Every field is listed here; none is added by itself."""

from typing import Any

from rest_framework import serializers

from provisioner import audit, catalogue, encryption, explanations
from provisioner.models import AuditEntry, Environment, Run
from provisioner.scheduling import queue
from provisioner.worker import sweep

HIDDEN = "(sensitive)"


def shown_inputs(document: Any, *, blueprint: str, inputs: dict[str, Any]) -> dict[str, Any]:
    """Inputs with the sensitive ones hidden; all hidden if the blueprint is unknown."""
    # Once per answer, not per row: checking the files for changes takes a third of a millisecond.
    if "blueprints" not in document.context:
        document.context["blueprints"] = catalogue.offered().blueprints
    found = document.context["blueprints"].get(blueprint)
    known = found.inputs if found else {}
    hidden = {name for name in inputs if name not in known or known[name].sensitive}
    return {
        name: HIDDEN if name in hidden or encryption.is_encrypted(value) else value
        for name, value in inputs.items()
    }


class LatestRun(serializers.ModelSerializer[Run]):
    class Meta:
        model = Run
        fields = ["id", "number", "kind", "status"]


class EnvironmentDocument(serializers.ModelSerializer[Environment]):
    """Expects the environment with its team, account and owner, and its latest run in `latest_runs`."""

    team = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True)
    account = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True)
    owner = serializers.SlugRelatedField[Any](slug_field="username", read_only=True)
    inputs = serializers.SerializerMethodField()
    latest_run = serializers.SerializerMethodField()

    class Meta:
        model = Environment
        fields = [
            "id", "name", "status", "status_reason", "blueprint", "size", "team", "account", "owner",
            "inputs", "outputs", "created_at", "ready_at", "destroyed_at", "lost_at", "latest_run",
        ]  # fmt: skip

    def get_inputs(self, environment: Environment) -> dict[str, Any]:
        return shown_inputs(self, blueprint=environment.blueprint, inputs=environment.inputs)

    def get_latest_run(self, environment: Any) -> dict[str, Any] | None:
        return dict(LatestRun(environment.latest_runs[0]).data) if environment.latest_runs else None


class RunDocument(serializers.ModelSerializer[Run]):
    """Expects the run with its environment, requester and approver."""

    environment = serializers.SerializerMethodField()
    requested_by = serializers.SlugRelatedField[Any](slug_field="username", read_only=True)
    approved_by = serializers.SlugRelatedField[Any](slug_field="username", read_only=True, allow_null=True)
    inputs = serializers.SerializerMethodField()

    class Meta:
        model = Run
        fields = [
            "id", "environment", "number", "kind", "status", "reason", "phase", "size", "inputs",
            "last_seq", "event_count", "sha256", "approval", "requested_by", "approved_by",
            "queued_at", "started_at", "planned_at", "approved_at", "applying_at", "finished_at",
            "plan_expires_at", "cancel_asked_at", "plan_summary", "plan_sha256", "state_serial",
        ]  # fmt: skip

    def get_environment(self, run: Run) -> dict[str, str]:
        return {"id": str(run.environment_id), "name": run.environment.name}

    def get_inputs(self, run: Run) -> dict[str, Any]:
        return shown_inputs(self, blueprint=run.environment.blueprint, inputs=run.inputs)


class RunInFull(RunDocument):
    """For one run, never for a list, because queue, explanation and sweep cost queries.

    `leftovers` is what an interrupted apply left (see `runs.leftovers`), `remediation` what its host was
    asked to do about it and has not yet done or refused.
    """

    queue = serializers.SerializerMethodField()
    explanation = serializers.SerializerMethodField()
    sweep = serializers.SerializerMethodField()

    class Meta(RunDocument.Meta):
        fields = [
            *RunDocument.Meta.fields, "queue", "explanation", "sweep", "force_asked_at",
            "leftovers", "remediation", "remediation_asked_at",
        ]  # fmt: skip

    def get_explanation(self, run: Run) -> dict[str, Any] | None:
        found = explanations.explain_run(run)
        if found is None:
            return None
        return {
            "id": found.entry.id if found.entry else None,
            "title": found.title,
            "cause": found.cause,
            "exists_now": list(found.exists.words),
            "in_state": None if found.exists.in_state is None else list(found.exists.in_state),
            "steps": list(found.steps),
            "event_seq": found.event.seq if found.event else None,
        }

    def get_sweep(self, run: Run) -> dict[str, Any] | None:
        found = sweep.found_by(run)
        return sweep.as_document(found) if found else None

    def get_queue(self, run: Run) -> dict[str, Any] | None:
        standing = queue.position(run)
        if standing is None:
            return None
        return {"position": standing.position, "ahead": standing.ahead, "reason": standing.reason}


class AuditEntryDocument(serializers.ModelSerializer[AuditEntry]):
    """An entry as `manage.py audit export` writes it, so that its hash can be verified."""

    class Meta:
        model = AuditEntry
        fields = [field.name for field in AuditEntry._meta.concrete_fields]

    def to_representation(self, entry: AuditEntry) -> dict[str, Any]:
        return audit.wire(entry)
