"""The pages of the audit trail: who may read it, filters, verification, exports."""

import csv
import hashlib
import io
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.accounts.models import User
from portal.audit import export
from provisioner import audit
from provisioner.models import AuditEntry
from tests.support.pages import Browser

pytestmark = pytest.mark.django_db

JANUARY = datetime(2026, 1, 10, 23, 59, tzinfo=UTC)


@pytest.fixture
def four_entries() -> None:
    """Four entries of two people in January, one of them denied."""
    alice = audit.Actor(name="alice", role="member", ip="10.0.0.7", user_agent="Browser", request_id="r-1")
    mallory = audit.Actor(name="mallory", role="member")
    shop = audit.Subject(type="environment", id="e-1", name="shop-dev", team="shop")
    audit.record("environment.order", subject=shop, details={"size": "dev"}, actor=alice, at=JANUARY)
    audit.record("run.applied", subject=shop, at=JANUARY)
    audit.record("environment.see", subject=shop, result="denied", actor=mallory, at=JANUARY)
    audit.record("environment.order", subject=audit.Subject(name="=1+1"), actor=alice, at=JANUARY)


def seqs(response: Any) -> list[int]:
    return [entry.seq for entry in response.context["page"]]


async def _all(parts: Any) -> str:
    return "".join([part.decode() if isinstance(part, bytes) else part async for part in parts])


def text_of(response: Any) -> str:
    """The complete text of a streamed response."""
    return async_to_sync(_all)(response.streaming_content)


@pytest.mark.parametrize("path", ["/audit/", "/audit/chain/", "/audit/export.csv", "/audit/export.jsonl"])
@pytest.mark.parametrize("name", ["alice", "oscar"])
def test_other_people_learn_which_role_it_needs_and_are_audited(
    browser: Browser, request: pytest.FixtureRequest, name: str, path: str
) -> None:
    response = browser(request.getfixturevalue(name)).get(path)

    assert response.status_code == 403
    page = response.content.decode()
    assert "Only auditors and admins can read the audit trail." in page
    assert f"signed in as {name}" in page
    assert AuditEntry.objects.get(actor=name).result == "denied"


@pytest.mark.parametrize("name", ["audrey", "ada"])
def test_auditors_and_admins_read_it_newest_first(
    browser: Browser, request: pytest.FixtureRequest, name: str, four_entries: None
) -> None:
    response = browser(request.getfixturevalue(name)).get("/audit/")

    assert seqs(response) == [4, 3, 2, 1]
    page = response.content.decode()
    assert "10.0.0.7" in page
    assert AuditEntry.objects.get(seq=1).hash in page


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("actor=alice", [4, 1]),
        ("actor=ali", []),
        ("action=environment.order", [4, 1]),
        ("action=environment", [4, 3, 1]),
        ("object=shop", [3, 2, 1]),
        ("object=e-1", [3, 2, 1]),
        ("result=denied", [3]),
        ("from=2026-01-10&to=2026-01-10", [4, 3, 2, 1]),
        ("from=2026-01-11", []),
        ("to=2026-01-09", []),
        ("q=dev&actor=alice", [1]),
        ("q=10.0.0", [4, 1]),
        ("sort=-time", [1, 2, 3, 4]),
        ("result=nonsense&page=99", [4, 3, 2, 1]),
        ("to=9999-12-31", [4, 3, 2, 1]),
        ("q=%25%00%27", []),
    ],
)
def test_filters(browser: Browser, audrey: User, four_entries: None, query: str, expected: list[int]) -> None:
    assert seqs(browser(audrey).get(f"/audit/?{query}")) == expected


def test_the_downloads_follow_the_filters(browser: Browser, audrey: User, four_entries: None) -> None:
    headers = {"HX-Request": "true", "HX-Target": "entries"}

    page = browser(audrey).get("/audit/?actor=alice", headers=headers).content.decode()

    assert "<html" not in page
    assert 'href="/audit/export.csv?actor=alice"' in page


def test_an_invalid_date_is_named_and_ignored(browser: Browser, audrey: User, four_entries: None) -> None:
    response = browser(audrey).get("/audit/?from=yesterday")

    assert seqs(response) == [4, 3, 2, 1]
    assert "is not a date" in response.content.decode()


def test_the_number_of_queries_does_not_grow_with_its_length(
    browser: Browser, audrey: User, four_entries: None, django_assert_num_queries: Any
) -> None:
    client = browser(audrey)
    with CaptureQueriesContext(connection) as few:
        client.get("/audit/")
    for _ in range(60):
        audit.record("run.applied")

    with django_assert_num_queries(len(few)):
        response = client.get("/audit/")

    assert len(seqs(response)) == 50


def test_the_chain_is_verified(browser: Browser, audrey: User, four_entries: None) -> None:
    page = browser(audrey).get("/audit/chain/").content.decode()

    assert "Verified 4 entries." in page
    assert AuditEntry.objects.get(seq=4).hash[:16] in page


def test_a_broken_chain_is_reported_with_its_entry(
    browser: Browser, audrey: User, four_entries: None
) -> None:
    AuditEntry.objects.bulk_create([forged_entry()])

    page = browser(audrey).get("/audit/chain/").content.decode()

    assert "The chain is broken at entry 5" in page


def forged_entry() -> AuditEntry:
    """An entry that was inserted without the portal."""
    return AuditEntry(
        seq=5,
        at=JANUARY,
        actor="nobody",
        action="x",
        result="allowed",
        previous_hash="0" * 64,
        hash="0" * 64,
    )


def test_csv_has_the_same_entries_and_no_formula(browser: Browser, audrey: User, four_entries: None) -> None:
    response = browser(audrey).get("/audit/export.csv?actor=alice")

    rows = list(csv.DictReader(io.StringIO(text_of(response))))
    assert [row["seq"] for row in rows] == ["4", "1"]
    assert rows[0]["object_name"] == "'=1+1"
    assert rows[1]["details"] == '{"size":"dev"}'
    assert response["Content-Disposition"].startswith('attachment; filename="audit-')


@pytest.mark.parametrize("cell", ["=1", "+1", "-1", "@A1", "\t=1", "\r=1", "\n=1"])
def test_no_cell_starts_like_a_formula(cell: str) -> None:
    entry = forged_entry()
    entry.object_name = cell

    [row] = csv.DictReader(io.StringIO(export.csv_header() + export.csv_line(entry)))

    assert row["object_name"] == f"'{cell}"


def test_the_hash_covers_exactly_its_json_line(browser: Browser, audrey: User, four_entries: None) -> None:
    lines = text_of(browser(audrey).get("/audit/export.jsonl")).splitlines()

    for line in lines:
        digest = json.loads(line)["hash"]
        covered = line.replace(f'"hash":"{digest}",', "")
        assert hashlib.sha256(covered.encode()).hexdigest() == digest
    assert lines


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_the_page_and_the_command_write_the_same_lines(
    browser: Browser, audrey: User, four_entries: None, form: str
) -> None:
    out = io.StringIO()
    exported = text_of(browser(audrey).get(f"/audit/export.{form}?sort=-time"))
    call_command("audit", "export", "--format", form, stdout=out)

    assert out.getvalue().startswith(exported)


def test_an_old_address_redirects_and_keeps_its_filters(browser: Browser, audrey: User) -> None:
    response = browser(audrey).get("/trail/export.csv?actor=alice")

    assert (response.status_code, response["Location"]) == (301, "/audit/export.csv?actor=alice")


def test_the_verification_is_a_page_and_for_htmx_a_fragment(browser: Browser, audrey: User) -> None:
    page = browser(audrey).get("/audit/chain/").content.decode()
    fragment = browser(audrey).get("/audit/chain/", headers={"HX-Request": "true"}).content.decode()

    assert "<h1>Verify the audit trail</h1>" in page
    assert "<h1>" not in fragment
    assert "Verified" in page
    assert "Verified" in fragment


def test_json_lines_are_enough_to_verify_the_chain_elsewhere(
    browser: Browser, audrey: User, four_entries: None
) -> None:
    response = browser(audrey).get("/audit/export.jsonl?sort=-time")

    entries = [json.loads(line) for line in text_of(response).splitlines()]
    previous = "0" * 64
    for entry in entries:
        own = entry.pop("hash")
        text = json.dumps(entry, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        assert entry["previous_hash"] == previous
        assert hashlib.sha256(text.encode()).hexdigest() == own
        previous = own
    assert len(entries) == 5  # the export's own note is in it


def test_an_export_is_audited_with_its_filters(browser: Browser, audrey: User, four_entries: None) -> None:
    browser(audrey).get("/audit/export.csv?actor=alice&q=dev")

    noted = AuditEntry.objects.get(action="audit.export")
    assert noted.actor == "audrey"
    assert noted.details == {"format": "csv", "filters": {"actor": "alice", "text": "dev"}}
