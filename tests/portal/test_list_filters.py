"""The filters of the lists, as form fields and query sets."""

import pytest
from django.http import QueryDict

from portal.audit.filters import AuditFilters
from portal.environments.listing import EnvironmentFilters
from provisioner.models import AuditEntry, Environment

pytestmark = pytest.mark.django_db


def filters(query: str) -> EnvironmentFilters:
    return EnvironmentFilters(QueryDict(query), Environment.objects.all())


def test_a_text_is_cut_off_and_loses_nul_and_spaces_at_its_ends() -> None:
    assert filters("q=%20web%20").values["q"] == "web"
    assert filters(f"q={'x' * 200}").values["q"] == "x" * 100


def test_values_that_are_not_valid_are_ignored() -> None:
    found = filters("status=nonsense&sort=nonsense")

    assert found.values["status"] == ""
    assert found.order == "age"
    assert not found.are_set


def test_an_order_alone_does_not_narrow_the_list() -> None:
    assert not filters("sort=-name").are_set
    assert filters("status=ready").are_set


def test_an_export_records_the_filters_that_are_set() -> None:
    found = AuditFilters(QueryDict("q=web&from=2026-01-31&to=never&sort=-time"), AuditEntry.objects.all())

    assert found.recorded == {"text": "web", "from": "2026-01-31"}
    assert found.problems == ["The last day is not a date. Write it like 2026-01-31."]
