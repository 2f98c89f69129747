"""The filters of the audit trail: actor, action, object, result, days, and a text in any column."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.http import QueryDict
from django.utils.translation import gettext as _

from provisioner.models import AuditEntry


@dataclass(frozen=True, kw_only=True)
class Filters:
    """The filters of an address. `first` and `last` are days in UTC, both included."""

    actor: str = ""
    action: str = ""
    thing: str = ""
    result: str = ""
    first: date | None = None
    last: date | None = None
    text: str = ""
    is_oldest_first: bool = False
    problems: tuple[str, ...] = ()

    @property
    def are_set(self) -> bool:
        return any((self.actor, self.action, self.thing, self.result, self.first, self.last, self.text))

    @property
    def in_words(self) -> dict[str, str]:
        """The filters that are set, for the audit entry of an export."""
        named = {
            "actor": self.actor,
            "action": self.action,
            "object": self.thing,
            "result": self.result,
            "from": str(self.first or ""),
            "to": str(self.last or ""),
            "text": self.text,
        }
        return {name: value for name, value in named.items() if value}


def filters_from(query: QueryDict) -> Filters:
    """The filters of a query string. A date that is not valid is named in `problems` and left out."""
    problems: list[str] = []
    result = query.get("result", "")
    return Filters(
        actor=_clean(query.get("actor", "")),
        action=_clean(query.get("action", "")),
        thing=_clean(query.get("object", "")),
        result=result if result in AuditEntry.Result.values else "",
        first=_day(query.get("from", ""), problems),
        last=_day(query.get("to", ""), problems),
        text=_clean(query.get("q", "")),
        is_oldest_first=query.get("sort") == "-time",
        problems=tuple(problems),
    )


def entries(filters: Filters) -> QuerySet[AuditEntry]:
    """The entries that match, newest first unless the filters say otherwise."""
    found = AuditEntry.objects.order_by("seq" if filters.is_oldest_first else "-seq")
    if filters.actor:
        found = found.filter(actor=filters.actor)
    if filters.action:
        found = found.filter(Q(action=filters.action) | Q(action__startswith=f"{filters.action}."))
    if filters.result:
        found = found.filter(result=filters.result)
    if filters.thing:
        found = found.filter(_about(filters.thing))
    if filters.first:
        found = found.filter(at__gte=datetime.combine(filters.first, time.min, UTC))
    if filters.last and filters.last < date.max:
        found = found.filter(at__lt=datetime.combine(filters.last + timedelta(days=1), time.min, UTC))
    return _with_text(found, filters.text) if filters.text else found


def _about(thing: str) -> Q:
    return Q(object_name__icontains=thing) | Q(object_id=thing) | Q(run_id=thing) | Q(object_type=thing)


def _with_text(entries: QuerySet[AuditEntry], text: str) -> QuerySet[AuditEntry]:
    words = (
        Q(object_name__icontains=text)
        | Q(actor__icontains=text)
        | Q(action__icontains=text)
        | Q(team__icontains=text)
        | Q(ip__startswith=text)
        | Q(request_id=text)
        | Q(hash__startswith=text)
        | Q(details_text__icontains=text)
    )
    return entries.annotate(details_text=Cast("details", TextField())).filter(words)


def _day(text: str, problems: list[str]) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        problems.append(_("%(text)s is not a date. Write it like 2026-01-31.") % {"text": ascii(text[:20])})
        return None


def _clean(text: str) -> str:
    return text.replace("\x00", "").strip()[:150]
