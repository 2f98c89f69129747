"""What each request gets, whatever its view."""

import pytest
from django.test import Client

from provisioner.models import AuditEntry

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "path", ["/?q=we%00b", "/runs/?q=%00", "/audit/?q=%00&actor=a%00", "/explanations/?q=%00"]
)
def test_a_nul_in_a_page_query_is_dropped(client: Client, ada: object, path: str) -> None:
    client.force_login(ada)  # type: ignore[arg-type]

    assert client.get(path).status_code == 200


def test_a_nul_in_the_user_agent_does_not_reach_the_audit_trail(client: Client, alice: object) -> None:
    client.force_login(alice)  # type: ignore[arg-type]

    client.get("/audit/", headers={"user-agent": "Brow\x00ser"})

    assert AuditEntry.objects.get().user_agent == "Browser"
