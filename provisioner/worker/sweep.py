"""After a destroy: does the account still have resources of the environment? Found by tag, and reported."""

import itertools
import time
from dataclasses import dataclass
from datetime import datetime
from typing import NotRequired, TypedDict

import structlog
from django.utils import timezone

from provisioner import accounts, audit, catalogue, stored_text
from provisioner.blueprints import Blueprint
from provisioner.cloud import tagged_resources
from provisioner.database import retry
from provisioner.models import Run, RunEvent, StateVersion
from provisioner.run_status import RunKind
from provisioner.runs import events
from provisioner.stored_text import Part, StoredText, stored
from provisioner.worker import ingestion, leases

log = structlog.get_logger(__name__)

# Every blueprint with AWS in it puts this into its default_tags.
TAG = "EnvironmentId"
AWS = "hashicorp/aws"
# Its resources are listed in one region only, whatever the environment's region is.
WITHOUT_REGION = "aws_cloudfront_distribution"
EVENT = "sweep"
LIMIT_SECONDS = 15.0
_MOST_REPORTED = 200


class ReportedResource(TypedDict):
    """A resource that was found. `usd_a_day` is None if it is not known."""

    kind: str
    id: str
    note: str
    is_kept: bool
    usd_a_day: float | None
    note_parts: NotRequired[list[Part]]


class _Report(TypedDict):
    resources: list[ReportedResource]
    unanswered: list[str]
    unanswered_parts: NotRequired[list[list[Part]]]
    seconds: NotRequired[float]


@dataclass(frozen=True, kw_only=True)
class Found:
    """The result of a sweep. Each of `left` and `kept` has kind, id, note, usd_a_day (None: not known)."""

    at: datetime
    words: str
    left: list[ReportedResource]
    kept: list[ReportedResource]
    unanswered: list[str]
    usd_a_day: float
    has_unknown_costs: bool

    @property
    def is_clean(self) -> bool:
        return not self.left and not self.unanswered


def after_destroy(run: Run) -> None:
    """Check once and report what is left as an event and an audit entry. The destroy stays successful.

    Does nothing without AWS, or if it was done before. Raises lifecycle.LeaseLost.
    """
    if run.kind != RunKind.DESTROY or not _concerns_aws(run) or _was_done(run):
        return
    began = time.monotonic()
    # The account may be slow, and the lease must hold meanwhile.
    leases.renew(run)
    data = _swept(run)
    data["seconds"] = round(time.monotonic() - began, 2)
    _record(run, data)


def found_by(run: Run) -> Found | None:
    """What the run's sweep found; None if there was none."""
    if run.kind != RunKind.DESTROY:
        return None
    event = RunEvent.objects.filter(run_id=run.pk, type=EVENT).order_by("-seq").first()
    return _found(event) if event else None


def as_document(found: Found) -> dict[str, object]:
    """The result for the API."""
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
    # The blueprint's folder is gone, but its resources are still known.
    versions = StateVersion.objects.filter(environment_id=run.environment_id)
    return any(str(each["type"]).startswith("aws_") for one in versions for each in one.resources)


def _was_done(run: Run) -> bool:
    return RunEvent.objects.filter(run_id=run.pk, type=EVENT).exists()


def _swept(run: Run) -> _Report:
    blueprint = catalogue.blueprint(run.environment.blueprint)
    text = "" if blueprint is None else _text(blueprint)
    if blueprint is not None and TAG not in text:
        return _unanswered(
            stored("The blueprint does not tag its resources with %(tag)s, so they cannot be found.", tag=TAG)
        )
    tag = tagged_resources.Tag(TAG, str(run.environment_id))
    try:
        account = accounts.to_cloud(run.environment.account)
        found = tagged_resources.find_resources(
            account, tag, limit_seconds=LIMIT_SECONDS, include_global=WITHOUT_REGION in text
        )
    except Exception as error:
        # Whatever it is: a failed check must never undo a successful destroy.
        log.exception("sweep failed", run_id=str(run.pk))
        return _unanswered(stored("The check failed (%(error)s).", error=type(error).__name__))
    resources = [_document(each) for each in found.resources]
    unanswered = [stored_text.from_sentences(each) for each in found.unanswered]
    return {
        "resources": resources[:_MOST_REPORTED],
        "unanswered": [str(each) for each in unanswered],
        "unanswered_parts": [each.as_json() for each in unanswered],
    }


def _unanswered(sentence: StoredText) -> _Report:
    return {"resources": [], "unanswered": [str(sentence)], "unanswered_parts": [sentence.as_json()]}


def _text(blueprint: Blueprint) -> str:
    files = (each for each in blueprint.path.rglob("*.tf") if each.is_file())
    return "\n".join(each.read_text(errors="replace") for each in files)


def _document(each: tagged_resources.Resource) -> ReportedResource:
    cost = None if each.usd_a_day is None else round(each.usd_a_day, 4)
    note = (
        stored_text.verbatim(each.note)
        if isinstance(each.note, str)
        else stored_text.from_sentences([each.note])
    )
    return {
        "kind": each.kind,
        "id": each.id,
        "note": str(note),
        "is_kept": each.is_kept,
        "usd_a_day": cost,
        "note_parts": note.as_json(),
    }


def _record(run: Run, data: _Report) -> None:
    now = timezone.now()
    words = _message(data)
    left = [each for each in data["resources"] if not each["is_kept"]]
    level = "warn" if left or data["unanswered"] else "info"
    event = events.NewEvent(
        at=now, phase=run.phase, type=EVENT, level=level, message=words, data={"tag": TAG, **data}
    )

    def beside(row: Run) -> None:
        subject = audit.environment_subject(row.environment, run=row)
        details = {"words": words, "left": [each["id"] for each in left]}
        audit.record("environment.swept", subject=subject, details=details, at=now)

    retry.until_database_answers(lambda: ingestion.append_once(run, event, beside=beside))


def _message(data: _Report) -> str:
    kept = [each for each in data["resources"] if each["is_kept"]]
    left = [each for each in data["resources"] if not each["is_kept"]]
    if left:
        them = ", ".join(f"{each['kind']} {each['id']}" for each in left[:4])
        more = f" and {len(left) - 4} more" if len(left) > 4 else ""
        count = f"{len(left)} resource{'' if len(left) == 1 else 's'}"
        first = f"{count} left in the account: {them}{more}. {_cost(left)}"
    elif data["unanswered"]:
        first = "It is not known whether anything is left in the account."
    else:
        first = "Nothing is left in the account."
    on_purpose = (
        f"Kept on purpose: {', '.join(each['id'] for each in kept[:4])}. {_cost(kept)}" if kept else ""
    )
    doubts = " ".join(data["unanswered"][:3])
    return " ".join(part for part in (first, on_purpose, doubts) if part)


def _cost(resources: list[ReportedResource]) -> str:
    known = sum(each["usd_a_day"] or 0 for each in resources)
    open_ = any(each["usd_a_day"] is None for each in resources)
    if not known:
        return "Its cost is not known." if open_ else "It costs nothing."
    return f"It costs {'at least' if open_ else 'about'} ${known:.2f} a day."


def _found(event: RunEvent) -> Found:
    resources = [_translated(each) for each in event.data["resources"]]
    return Found(
        at=event.at,
        words=event.message,
        left=[each for each in resources if not each["is_kept"]],
        kept=[each for each in resources if each["is_kept"]],
        unanswered=_translated_sentences(event.data),
        usd_a_day=sum(each["usd_a_day"] or 0 for each in resources),
        has_unknown_costs=any(each["usd_a_day"] is None for each in resources),
    )


def _translated(stored: ReportedResource) -> ReportedResource:
    note = stored_text.translated(stored["note"], stored.get("note_parts"))
    return {
        "kind": stored["kind"],
        "id": stored["id"],
        "note": note,
        "is_kept": stored["is_kept"],
        "usd_a_day": stored["usd_a_day"],
    }


def _translated_sentences(report: _Report) -> list[str]:
    parts = report.get("unanswered_parts") or []
    pairs = itertools.zip_longest(report["unanswered"], parts[: len(report["unanswered"])])
    return [stored_text.translated(english, each) for english, each in pairs]
