import re
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django.test import Client

from portal.accounts import throttle
from portal.accounts.models import SignInAttempt
from provisioner.models import AuditEntry

WRONG = "Incorrect user name or password"


def sign_in(client: Client, name: str, password: str, **more: Any) -> Any:
    return client.post("/sign-in/", {"username": name, "password": password}, **more)


def newest() -> AuditEntry:
    return AuditEntry.objects.order_by("-seq")[0]


def _focused(page: str) -> list[str]:
    return re.findall(r'name="(\w+)"[^>]* autofocus', page)


class TestSigningIn:
    def test_leads_home_and_is_in_the_audit_trail(self, client: Client, alice: Any) -> None:
        response = sign_in(client, "alice", "alice", headers={"user-agent": "Firefox"})

        assert (response.status_code, response["Location"]) == (302, "/")
        entry = newest()
        assert (entry.action, entry.actor, entry.result) == ("account.signed_in", "alice", "allowed")
        assert (entry.ip, entry.user_agent) == ("127.0.0.1", "Firefox")
        assert entry.request_id == response["X-Request-ID"]

    def test_leads_on_to_the_page_that_was_wanted(self, client: Client, alice: Any) -> None:
        wanted = client.get("/profile/")
        response = client.post(wanted["Location"], {"username": "alice", "password": "alice"})

        assert wanted["Location"] == "/sign-in/?next=/profile/"
        assert response["Location"] == "/profile/"

    def test_never_leads_to_another_site(self, client: Client, alice: Any) -> None:
        response = client.post(
            "/sign-in/?next=https://evil.example/", {"username": "alice", "password": "alice"}
        )

        assert response["Location"] == "/"

    def test_after_a_button_leads_back_to_the_page_it_stood_on(self, client: Client, alice: Any) -> None:
        page = "/runs/0/?tab=plan"

        refused = client.post("/profile/tokens/1/revoke/", headers={"referer": f"http://testserver{page}"})
        response = client.post(refused["Location"], {"username": "alice", "password": "alice"})

        assert (refused.status_code, response["Location"]) == (302, page)

    @pytest.mark.parametrize(
        "referer", ["", "https://evil.example/runs/0/", "http://testserver//evil.example/", "javascript:x"]
    )
    def test_after_a_button_of_no_page_of_ours_leads_home(
        self, client: Client, alice: Any, referer: str
    ) -> None:
        refused = client.post("/profile/tokens/1/revoke/", headers={"referer": referer})
        response = client.post(refused["Location"], {"username": "alice", "password": "alice"})

        assert (refused.status_code, response["Location"]) == (302, "/")

    @pytest.mark.parametrize("name", ["alice", "nobody"])
    def test_fails_in_the_same_words_whether_or_not_there_is_such_an_account(
        self, client: Client, alice: Any, name: str
    ) -> None:
        response = sign_in(client, name, "guess")

        assert response.status_code == 200
        assert WRONG in response.content.decode()
        assert newest().result == "denied"

    @pytest.mark.parametrize(("name", "focused"), [("alice", "password"), ("", "username")])
    def test_after_a_mistake_the_focus_is_where_there_is_something_to_type(
        self, client: Client, alice: Any, name: str, focused: str
    ) -> None:
        fresh = client.get("/sign-in/").content.decode()
        again = sign_in(client, name, "guess").content.decode()

        assert _focused(fresh) == ["username"]
        assert _focused(again) == [focused]

    def test_is_refused_to_a_disabled_person_like_a_wrong_password(self, client: Client, alice: Any) -> None:
        alice.is_active = False
        alice.save()

        response = sign_in(client, "alice", "alice")

        assert WRONG in response.content.decode()

    def test_leaves_no_password_typed_as_a_name_in_the_audit_trail(self, client: Client, alice: Any) -> None:
        sign_in(client, "correct-horse-battery", "x")

        text = str(list(AuditEntry.objects.values())) + str(list(SignInAttempt.objects.values()))
        assert "unknown" in text
        assert "correct-horse" not in text


class TestSigningOut:
    def test_ends_the_session_and_is_in_the_audit_trail(self, client: Client, alice: Any) -> None:
        client.force_login(alice)

        response = client.post("/sign-out/")

        assert response["Location"] == "/sign-in/"
        assert client.get("/profile/").status_code == 302
        assert (newest().action, newest().actor) == ("account.signed_out", "alice")

    def test_needs_a_post(self, client: Client, alice: Any) -> None:
        client.force_login(alice)

        assert client.get("/sign-out/").status_code == 405


@pytest.mark.django_db
class TestASessionCookie:
    @pytest.mark.parametrize("value", ['"aaaaaaaaaa\\000aaaa"', "x" * 32 + "A", "", "é" * 32, "a" * 5000])
    def test_that_no_session_has_is_nobodys(self, client: Client, value: str) -> None:
        response = client.get("/profile/", headers={"cookie": f"sessionid={value}"})

        assert (response.status_code, response["Location"]) == (302, "/sign-in/?next=/profile/")


@pytest.mark.django_db
class TestThrottle:
    def fail(self, client: Client, times: int, name: str = "alice", **more: Any) -> None:
        for _ in range(times):
            sign_in(client, name, "guess", **more)

    def test_makes_even_the_right_password_wait_after_ten_failures(self, client: Client, alice: Any) -> None:
        self.fail(client, throttle.LIMIT_PAIR)

        response = sign_in(client, "alice", "alice")

        assert "Too many failed sign-ins" in response.content.decode()
        assert newest().details == {"reason": "too many failures"}

    def test_is_recorded_once_however_often_somebody_tries(self, client: Client, alice: Any) -> None:
        self.fail(client, throttle.LIMIT_PAIR + 5)
        sign_in(client, "alice", "guess", REMOTE_ADDR="198.51.100.7")

        denied = AuditEntry.objects.filter(action="account.sign_in")
        assert denied.filter(details__reason="too many failures").count() == 1
        assert denied.count() == throttle.LIMIT_PAIR + 2

    def test_treats_an_account_that_does_not_exist_alike(self, client: Client, alice: Any) -> None:
        self.fail(client, throttle.LIMIT_PAIR, "nobody")

        response = sign_in(client, "nobody", "guess")

        assert "Too many failed sign-ins" in response.content.decode()

    def test_lets_in_after_nine_failures_and_forgets_them(self, client: Client, alice: Any) -> None:
        self.fail(client, throttle.LIMIT_PAIR - 1)

        response = sign_in(client, "alice", "alice")

        assert response.status_code == 302
        assert not SignInAttempt.objects.exists()

    def test_is_over_after_fifteen_minutes(self, client: Client, alice: Any) -> None:
        self.fail(client, throttle.LIMIT_PAIR)
        SignInAttempt.objects.update(at=F("at") - throttle.WINDOW - timedelta(seconds=1))

        assert sign_in(client, "alice", "alice").status_code == 302

    def test_is_not_prolonged_by_trying_again(self, client: Client, alice: Any) -> None:
        self.fail(client, throttle.LIMIT_PAIR)
        before = SignInAttempt.objects.count()

        self.fail(client, 3)

        assert SignInAttempt.objects.count() == before

    def test_lets_the_same_person_in_from_elsewhere(self, client: Client, alice: Any) -> None:
        self.fail(client, throttle.LIMIT_PAIR)

        assert sign_in(client, "alice", "alice", REMOTE_ADDR="198.51.100.7").status_code == 302

    def test_stops_an_address_that_tries_many_accounts(self, client: Client, alice: Any) -> None:
        for number in range(throttle.LIMIT_ADDRESS):
            self.fail(client, 1, f"guess-{number}")

        response = sign_in(client, "alice", "alice")

        assert "Too many failed sign-ins" in response.content.decode()

    def test_counts_upper_and_lower_case_as_one_account(self, client: Client, alice: Any) -> None:
        self.fail(client, 5, "alice")
        self.fail(client, 5, "ALICE ")

        assert "Too many failed sign-ins" in sign_in(client, "alice", "alice").content.decode()
