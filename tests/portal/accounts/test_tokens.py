from typing import Any

from django.test import Client
from django.utils import timezone

from portal.accounts import tokens
from portal.accounts.models import ApiToken
from provisioner.models import AuditEntry


def token_of(person: Any) -> str:
    return tokens.create(user=person, name="ci", now=timezone.now())


def ask(token: str, scheme: str = "Bearer") -> Any:
    return Client().get("/api/v1/environments/", headers={"authorization": f"{scheme} {token}"})


class TestMakingAToken:
    def test_shows_it_once_and_stores_only_its_digest(self, client: Client, alice: Any) -> None:
        client.force_login(alice)

        made = client.post("/profile/", {"name": "ci"})
        again = client.get("/profile/")

        token = made.context["new_token"]
        assert token in made.content.decode()
        assert "no-store" in made["Cache-Control"]
        assert token not in again.content.decode()
        assert token not in str(list(ApiToken.objects.values()))
        assert token not in str(list(AuditEntry.objects.values()))
        assert ask(token).status_code == 200

    def test_without_saying_what_for_is_refused_beside_the_field(self, client: Client, alice: Any) -> None:
        client.force_login(alice)

        response = client.post("/profile/", {"name": ""})

        assert response.status_code == 400
        assert "name" in response.context["form"].errors
        assert not ApiToken.objects.exists()

    def test_sent_again_makes_no_other_one(self, client: Client, alice: Any) -> None:
        client.force_login(alice)
        form = {"name": "ci", "after": client.get("/profile/").context["newest"]}
        made = client.post("/profile/", form)

        again = client.post("/profile/", form, follow=True)

        assert made.context["new_token"]
        assert ApiToken.objects.count() == 1
        assert "The token already exists" in again.content.decode()
        next_one = client.post("/profile/", {"name": "cd", "after": made.context["newest"]})
        assert next_one.context["new_token"]

    def test_is_in_the_audit_trail(self, client: Client, alice: Any) -> None:
        client.force_login(alice)

        client.post("/profile/", {"name": "ci"})

        entry = AuditEntry.objects.order_by("-seq")[0]
        assert (entry.action, entry.actor) == ("token.created", "alice")


class TestRevokingAToken:
    def test_is_asked_first(self, client: Client, alice: Any) -> None:
        token = token_of(alice)
        client.force_login(alice)
        address = f"/profile/tokens/{ApiToken.objects.get().pk}/revoke/"

        listed = client.get("/profile/").content.decode()
        asked = client.get(address).content.decode()

        assert f'href="{address}"' in listed
        assert f'action="{address}"' not in listed
        assert token[:7] in asked
        assert "Keep the token" in asked
        assert ask(token).status_code == 200

    def test_leads_back_and_says_so_the_second_time_too(self, client: Client, alice: Any) -> None:
        token_of(alice)
        client.force_login(alice)
        address = f"/profile/tokens/{ApiToken.objects.get().pk}/revoke/"

        first, second = (client.post(address, follow=True) for _ in range(2))
        asked = client.get(address, follow=True)

        assert "It no longer works." in first.content.decode()
        for page in (second, asked):
            assert page.redirect_chain == [("/profile/", 302)]
            assert "This token was already revoked." in page.content.decode()
        assert AuditEntry.objects.filter(action="token.revoked").count() == 1

    def test_stops_working_at_once(self, client: Client, alice: Any) -> None:
        token = token_of(alice)
        client.force_login(alice)

        client.post(f"/profile/tokens/{ApiToken.objects.get().pk}/revoke/")

        assert ask(token).status_code == 401
        assert AuditEntry.objects.order_by("-seq")[0].action == "token.revoked"

    def test_of_somebody_else_finds_nothing(self, client: Client, alice: Any, mallory: Any) -> None:
        token = token_of(alice)
        client.force_login(mallory)

        address = f"/profile/tokens/{ApiToken.objects.get().pk}/revoke/"

        assert client.get(address).status_code == client.post(address).status_code == 404
        assert ask(token).status_code == 200


class TestUsingAToken:
    def test_acts_as_its_person_in_the_audit_trail(self, alice: Any, mallory: Any, environment: Any) -> None:
        response = Client().get(
            f"/api/v1/environments/{environment.pk}/",
            headers={"authorization": f"Bearer {token_of(mallory)}", "user-agent": "curl"},
        )

        entry = AuditEntry.objects.order_by("-seq")[0]
        assert response.status_code == 404
        assert (entry.actor, entry.result, entry.user_agent) == ("mallory", "denied", "curl")
        assert entry.object_id == str(environment.pk)

    def test_that_is_wrong_is_401_and_says_how_to_authenticate(self, alice: Any) -> None:
        token_of(alice)

        for wrong in ("pp_wrong", "", "x" * 5000, "pp_\u20ac"):
            response = ask(wrong)
            assert response.status_code == 401
            assert response["WWW-Authenticate"] == "Bearer"
            assert response.json()["errors"]["__all__"]

    def test_of_a_person_who_left_opens_nothing(self, alice: Any) -> None:
        token = token_of(alice)
        alice.is_active = False
        alice.save()

        assert ask(token).status_code == 401

    def test_notes_when_it_was_used_but_not_on_every_request(self, alice: Any) -> None:
        token = token_of(alice)

        ask(token)
        first = ApiToken.objects.get().last_used_at
        ask(token)

        assert first is not None
        assert ApiToken.objects.get().last_used_at == first

    def test_takes_the_scheme_in_any_case(self, alice: Any) -> None:
        assert ask(token_of(alice), scheme="bearer").status_code == 200


class TestSessionAtTheApi:
    def test_is_enough_for_reading(self, client: Client, alice: Any) -> None:
        client.force_login(alice)

        assert client.get("/api/v1/environments/").status_code == 200

    def test_changes_nothing_without_the_csrf_token(self, alice: Any) -> None:
        client = Client(enforce_csrf_checks=True)
        client.force_login(alice)

        response = client.post("/api/v1/environments/", {}, content_type="application/json")

        assert response.status_code == 403
        assert "CSRF" in response.json()["errors"]["__all__"][0]

    def test_of_somebody_else_is_not_found_and_noted(self, client: Client, alice: Any, bob: Any) -> None:
        token = token_of(alice)
        client.force_login(bob)

        response = client.post(f"/profile/tokens/{ApiToken.objects.get().pk}/revoke/")

        assert response.status_code == 404
        assert ask(token).status_code == 200
        entry = AuditEntry.objects.order_by("-seq")[0]
        assert (entry.action, entry.actor, entry.result) == ("token.revoke", "bob", "denied")
