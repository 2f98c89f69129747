"""After a destroy: does the account still hold anything of the environment? Asked by tag, then told."""

import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from django.utils import timezone

from provisioner import accounts, audit, catalogue
from provisioner.blueprints import Blueprint
from provisioner.cloud import tagged_resources
from provisioner.database import retry
from provisioner.models import Run, RunEvent, StateVersion
from provisioner.run_status import RunKind
from provisioner.runs import events
from provisioner.worker import ingestion, leases

log = structlog.get_logger(__name__)

# What every blueprint with AWS in it puts into its default_tags.
TAG = "EnvironmentId"
AWS = "hashicorp/aws"
# What it makes is listed in one region only, whichever the environment's is.
WITHOUT_REGION = "aws_cloudfront_distribution"
EVENT = "sweep"
LIMIT_SECONDS = 15.0
_MOST_TOLD = 200


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a sweep found. Each of `left` and `kept`: kind, id, note, usd_a_day (None: not known)."""

    at: datetime
    words: str
    left: list[dict[str, Any]]
    kept: list[dict[str, Any]]
    unanswered: list[str]
    usd_a_day: float
    has_unknown_costs: bool

    @property
    def is_clean(self) -> bool:
        return not self.left and not self.unanswered


def after_destroy(run: Run) -> None:
    """Look once, and say what is left in the story and the trail; whatever happens, the destroy stays done.

    Does nothing where no AWS is involved, or where it was done before. Raises lifecycle.LeaseLost.
    """
    if run.kind != RunKind.DESTROY or not _concerns_aws(run) or _was_done(run):
        return
    began = time.monotonic()
    # The account has its time, which must not be another worker's chance.
    leases.renew(run)
    data = _swept(run)
    data["seconds"] = round(time.monotonic() - began, 2)
    _tell(run, data)


def found_by(run: Run) -> Found | None:
    """What the run's sweep found; None where there was none."""
    if run.kind != RunKind.DESTROY:
        return None
    told = RunEvent.objects.filter(run_id=run.pk, type=EVENT).order_by("-seq").first()
    return _found(told) if told else None


def as_document(found: Found) -> dict[str, Any]:
    """For programs."""
    return {
        "at": found.at.isoformat(),
        "is_clean": found.is_clean,
        "message": found.words,
        "left": found.left,
        "kept": found.kept,
        "unanswered": found.unanswered,
        "usd_a_day": round(found.usd_a_day, 4),
    }


def _concerns_aws(run: Run) -> bool:
    blueprint = catalogue.blueprint(run.environment.blueprint)
    if blueprint is not None:
        return AWS in blueprint.providers
    # The folder is gone; what it made is still known.
    versions = StateVersion.objects.filter(environment_id=run.environment_id)
    return any(str(each["type"]).startswith("aws_") for one in versions for each in one.resources)


def _was_done(run: Run) -> bool:
    return RunEvent.objects.filter(run_id=run.pk, type=EVENT).exists()


def _swept(run: Run) -> dict[str, Any]:
    blueprint = catalogue.blueprint(run.environment.blueprint)
    text = "" if blueprint is None else _text(blueprint)
    if blueprint is not None and TAG not in text:
        sentence = f"The blueprint puts no {TAG} tag on what it makes, so the account cannot be asked for it."
        return {"resources": [], "unanswered": [sentence]}
    tag = tagged_resources.Tag(TAG, str(run.environment_id))
    try:
        account = accounts.to_cloud(run.environment.account)
        found = tagged_resources.find_resources(
            account, tag, limit_seconds=LIMIT_SECONDS, include_global=WITHOUT_REGION in text
        )
    except Exception as error:
        # Whatever it is: a look around must never undo what the destroy has done.
        log.exception("the sweep failed", run_id=str(run.pk))
        return {"resources": [], "unanswered": [f"The look around failed ({type(error).__name__})."]}
    resources = [_document(each) for each in found.resources]
    return {"resources": resources[:_MOST_TOLD], "unanswered": list(found.unanswered)}


def _text(blueprint: Blueprint) -> str:
    files = (each for each in blueprint.path.rglob("*.tf") if each.is_file())
    return "\n".join(each.read_text(errors="replace") for each in files)


def _document(each: tagged_resources.Resource) -> dict[str, Any]:
    cost = None if each.usd_a_day is None else round(each.usd_a_day, 4)
    return {"kind": each.kind, "id": each.id, "note": each.note, "is_kept": each.is_kept, "usd_a_day": cost}


def _tell(run: Run, data: dict[str, Any]) -> None:
    now = timezone.now()
    words = _words(data)
    left = [each for each in data["resources"] if not each["is_kept"]]
    level = "warn" if left or data["unanswered"] else "info"
    told = events.NewEvent(
        at=now, phase=run.phase, type=EVENT, level=level, message=words, data={"tag": TAG, **data}
    )

    def beside(row: Run) -> None:
        subject = audit.environment_subject(row.environment, run=row)
        details = {"words": words, "left": [each["id"] for each in left]}
        audit.record("environment.swept", subject=subject, details=details, at=now)

    retry.until_database_answers(lambda: ingestion.append_once(run, told, beside=beside))


def _words(data: dict[str, Any]) -> str:
    kept = [each for each in data["resources"] if each["is_kept"]]
    left = [each for each in data["resources"] if not each["is_kept"]]
    if left:
        them = ", ".join(f"{each['kind']} {each['id']}" for each in left[:4])
        more = f" and {len(left) - 4} more" if len(left) > 4 else ""
        count = f"{len(left)} thing{'' if len(left) == 1 else 's'}"
        first = f"{count} left in the account: {them}{more}. {_cost(left)}"
    elif data["unanswered"]:
        first = "Whether anything is left in the account is not known."
    else:
        first = "Nothing is left in the account."
    on_purpose = (
        f"Kept on purpose: {', '.join(each['id'] for each in kept[:4])}. {_cost(kept)}" if kept else ""
    )
    doubts = " ".join(data["unanswered"][:3])
    return " ".join(part for part in (first, on_purpose, doubts) if part)


def _cost(resources: list[dict[str, Any]]) -> str:
    known = sum(each["usd_a_day"] or 0 for each in resources)
    open_ = any(each["usd_a_day"] is None for each in resources)
    if not known:
        return "What that costs is not known." if open_ else "That costs nothing."
    return f"That costs {'at least ' if open_ else 'about '}${known:.2f} a day."


def _found(event: RunEvent) -> Found:
    resources = event.data["resources"]
    return Found(
        at=event.at,
        words=event.message,
        left=[each for each in resources if not each["is_kept"]],
        kept=[each for each in resources if each["is_kept"]],
        unanswered=event.data["unanswered"],
        usd_a_day=sum(each["usd_a_day"] or 0 for each in resources),
        has_unknown_costs=any(each["usd_a_day"] is None for each in resources),
    )
