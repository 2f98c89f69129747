"""Changing one's password."""

from typing import Any

from django.test import Client

from portal.accounts import throttle
from provisioner.models import AuditEntry

NEW = "a-long-new-passphrase"


def change(client: Client, *, old: str = "alice", new: str = NEW, again: str = NEW) -> Any:
    typed = {"old_password": old, "new_password1": new, "new_password2": again}
    return client.post("/profile/password/", typed)


class TestChange:
    def test_opens_the_portal_and_the_old_one_no_more(self, client: Client, alice: Any) -> None:
        client.force_login(alice)

        response = change(client)

        assert response["Location"] == "/profile/"
        alice.refresh_from_db()
        assert alice.check_password(NEW)
        entry = AuditEntry.objects.order_by("-seq")[0]
        assert (entry.action, entry.actor, entry.details) == ("account.password_changed", "alice", {})

    def test_keeps_the_session_that_asked_and_ends_every_other(self, client: Client, alice: Any) -> None:
        elsewhere = Client()
        elsewhere.force_login(alice)
        client.force_login(alice)

        change(client)

        assert client.get("/profile/").status_code == 200
        assert elsewhere.get("/profile/").status_code == 302


class TestAWrongWord:
    def output(self, response: Any, field: str) -> str:
        assert response.status_code == 400
        return " ".join(response.context["password_form"].errors.get(field, []))

    def test_of_the_old_one_is_reported_beside_it(self, client: Client, alice: Any) -> None:
        client.force_login(alice)

        response = change(client, old="guess")

        assert "incorrectly" in self.output(response, "old_password")
        assert NEW not in response.content.decode()
        alice.refresh_from_db()
        assert alice.check_password("alice")

    def test_of_the_new_one_is_reported_beside_it(self, client: Client, alice: Any) -> None:
        client.force_login(alice)

        assert "12 characters" in self.output(change(client, new="short", again="short"), "new_password2")
        assert "match" in self.output(change(client, again="another-long-phrase"), "new_password2")

    def test_is_no_way_to_guess_on(self, client: Client, alice: Any) -> None:
        client.force_login(alice)
        for _ in range(throttle.LIMIT_PAIR):
            change(client, old="guess")

        response = change(client)

        assert "Too many failed" in self.output(response, "old_password")
        alice.refresh_from_db()
        assert alice.check_password("alice")

    def test_leaves_the_person_signed_in(self, client: Client, alice: Any) -> None:
        client.force_login(alice)

        change(client, old="guess")

        assert client.get("/profile/").status_code == 200


def test_a_link_changes_nothing(client: Client, alice: Any) -> None:
    client.force_login(alice)

    assert client.get("/profile/password/").status_code == 405
