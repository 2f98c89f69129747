"""What the filters of the three lists (environments, runs, audit trail) have in common.

A filter is a parameter of the address. A value that is not valid is ignored; it is never an error.
"""

from collections.abc import Collection, Mapping
from typing import Any

import django_filters
from django import forms
from django.db.models import Model, QuerySet
from django.db.models.expressions import OrderBy
from django.utils.functional import cached_property

LONGEST_TEXT = 100


class TextField(forms.CharField):
    """A text, cut off at `max_length` characters."""

    def to_python(self, value: object) -> str:
        text = str(super().to_python(value) or "")
        return text.strip()[: self.max_length]


class TextFilter(django_filters.CharFilter):
    """Filters by a text."""

    field_class = TextField

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"max_length": LONGEST_TEXT} | options)


class GroupFilter(django_filters.ChoiceFilter):
    """Filters by a value of the column, or by the name of a group of values. The group "" is the default."""

    def __init__(self, *, groups: Mapping[str, Collection[str]], values: Collection[str], **options: Any):
        super().__init__(choices=[(name, name) for name in [*groups, *values] if name], **options)
        self.groups = groups

    def filter(self, qs: QuerySet[Model], value: str) -> QuerySet[Model]:
        wanted = self.groups.get(value, {value} if value else None)
        return qs if wanted is None else qs.filter(**{f"{self.field_name}__in": sorted(wanted)})


class SortFilter(django_filters.ChoiceFilter):
    """Sorts the list: `orders` has the columns for each value of the parameter."""

    def __init__(self, *, orders: Mapping[str, Collection[str | OrderBy]], default: str, **options: Any):
        super().__init__(choices=[(name, name) for name in orders], **options)
        self.orders, self.default = orders, default

    def filter(self, qs: QuerySet[Model], value: str) -> QuerySet[Model]:
        return qs.order_by(*self.orders[value or self.default])


class ListFilters(django_filters.FilterSet):
    """The filters of one list. `qs` has the rows that match, in the order that `sort` asks for."""

    @cached_property
    def values(self) -> dict[str, str]:
        """The valid values by parameter; "" for one that is not set or not valid."""
        self.form.is_valid()
        return {name: self.form.cleaned_data.get(name) or "" for name in self.filters}

    @property
    def are_set(self) -> bool:
        """Whether any filter narrows the list."""
        return any(value for name, value in self.values.items() if name != "sort")

    @property
    def order(self) -> str:
        """The value of `sort`, or its default."""
        return str(self.values["sort"] or self.filters["sort"].default)

    def filter_queryset(self, queryset: QuerySet[Model]) -> QuerySet[Model]:
        # Not only the values that are valid: the default order and the default group count too.
        for name, value in self.values.items():
            queryset = self.filters[name].filter(queryset, value)
        return queryset
