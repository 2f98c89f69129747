"""The filters of the audit trail: actor, action, object, result, days, and a text in any column."""

from datetime import UTC, date, datetime, time, timedelta

from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _
from django_filters import ChoiceFilter, DateFilter, Filter

from portal.requests.list_filters import ListFilters, SortFilter, TextFilter
from provisioner.models import AuditEntry

LONGEST_TEXT = 150
OLDEST_FIRST = "-time"


class AuditFilters(ListFilters):
    """Days are in UTC, both included. A day that is not valid is named in `problems` and ignored."""

    actor = TextFilter(max_length=LONGEST_TEXT)
    action = TextFilter(max_length=LONGEST_TEXT, method="by_action")
    object = TextFilter(max_length=LONGEST_TEXT, method="by_object")
    result = ChoiceFilter(choices=AuditEntry.Result.choices)
    q = TextFilter(max_length=LONGEST_TEXT, method="by_text")
    sort = SortFilter(orders={"time": ("-seq",), OLDEST_FIRST: ("seq",)}, default="time")

    @classmethod
    def get_filters(cls) -> dict[str, Filter]:
        # Not in the body of the class: `from` is a keyword of Python.
        errors = {
            "from": _("The first day is not a date. Write it like 2026-01-31."),
            "to": _("The last day is not a date. Write it like 2026-01-31."),
        }
        days = {
            name: DateFilter(
                method=f"{name}_day", input_formats=["%Y-%m-%d"], error_messages={"invalid": error}
            )
            for name, error in errors.items()
        }
        inherited: dict[str, Filter] = super().get_filters()  # type: ignore[no-untyped-call]
        return inherited | days

    @property
    def is_oldest_first(self) -> bool:
        return self.order == OLDEST_FIRST

    @property
    def problems(self) -> list[str]:
        """What is wrong with the days."""
        return [str(error) for name in ("from", "to") for error in self.form.errors.get(name, ())]

    @property
    def recorded(self) -> dict[str, str]:
        """The filters that are set, for the audit entry of an export."""
        names = {"q": "text"}
        values = {names.get(name, name): value for name, value in self.values.items() if name != "sort"}
        return {name: str(value) for name, value in values.items() if value}

    def by_action(self, entries: QuerySet[AuditEntry], name: str, action: str) -> QuerySet[AuditEntry]:
        return entries.filter(Q(action=action) | Q(action__startswith=f"{action}."))

    def by_object(self, entries: QuerySet[AuditEntry], name: str, text: str) -> QuerySet[AuditEntry]:
        return entries.filter(
            Q(object_name__icontains=text) | Q(object_id=text) | Q(run_id=text) | Q(object_type=text)
        )

    def from_day(self, entries: QuerySet[AuditEntry], name: str, day: date) -> QuerySet[AuditEntry]:
        return entries.filter(at__gte=datetime.combine(day, time.min, UTC))

    def to_day(self, entries: QuerySet[AuditEntry], name: str, day: date) -> QuerySet[AuditEntry]:
        if day == date.max:
            return entries
        return entries.filter(at__lt=datetime.combine(day + timedelta(days=1), time.min, UTC))

    def by_text(self, entries: QuerySet[AuditEntry], name: str, text: str) -> QuerySet[AuditEntry]:
        found = (
            Q(object_name__icontains=text)
            | Q(actor__icontains=text)
            | Q(action__icontains=text)
            | Q(team__icontains=text)
            | Q(ip__startswith=text)
            | Q(request_id=text)
            | Q(hash__startswith=text)
            | Q(details_text__icontains=text)
        )
        return entries.annotate(details_text=Cast("details", TextField())).filter(found)
