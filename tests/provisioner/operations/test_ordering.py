"""Order an environment: what is refused, and what an order stores."""

import hashlib
import json

import pytest
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from provisioner import blueprints, operations
from provisioner.models import AuditEntry, CloudAccount, Environment, Run, Team
from provisioner.permissions import Person
from provisioner.run_status import EnvironmentStatus, RunStatus
from tests.support.engine import PlaceOrder

pytestmark = pytest.mark.django_db


class TestOrder:
    def test_creates_environment_run_event_and_audit_entry(self, place_order: PlaceOrder) -> None:
        run = place_order(network="10.20.0.0/16")

        assert (run.number, run.kind, run.status) == (1, "create", RunStatus.QUEUED)
        assert run.environment.status == EnvironmentStatus.CREATING
        assert run.environment.networks == run.networks == ["10.20.0.0/16"]
        assert run.events.get().message == (
            "Ordered by alice: create web-1 (Pieces, size small) in Simulated AWS."
        )
        entry = AuditEntry.objects.get()
        assert (entry.actor, entry.action, entry.run_id) == ("alice", "environment.order", str(run.pk))

    def test_wakes_a_worker_after_the_commit(
        self, place_order: PlaceOrder, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
    ) -> None:
        with django_capture_on_commit_callbacks() as callbacks:
            run = place_order()
        run.refresh_from_db()
        assert run.dispatched_at is None

        for callback in callbacks:
            callback()

        run.refresh_from_db()
        assert run.dispatched_at is not None

    def test_with_the_same_key_returns_the_first_run(self, place_order: PlaceOrder) -> None:
        first = place_order(key="click-1")

        second = place_order(key="click-1")

        assert second == first
        assert Run.objects.count() == AuditEntry.objects.count() == 1

    @pytest.mark.parametrize("other", [{"name": "web-2"}, {"greeting": "ahoy"}, {"size": "figured"}])
    def test_with_the_key_of_another_order_is_refused(
        self, place_order: PlaceOrder, other: dict[str, str]
    ) -> None:
        place_order(key="click-1")

        with pytest.raises(operations.KeyUsedOtherwise):
            place_order(key="click-1", **other)
        assert Run.objects.count() == 1

    def test_with_the_key_of_another_person_is_a_new_order(
        self, place_order: PlaceOrder, bob: Person
    ) -> None:
        first = place_order(key="click-1")

        second = place_order(key="click-1", name="web-2", network="10.30.0.0/16", by=bob)

        assert second != first

    @pytest.mark.parametrize(("size", "approval"), [("small", "automatic"), ("guarded", "person")])
    def test_is_approved_as_its_size_requires(
        self, place_order: PlaceOrder, size: str, approval: str
    ) -> None:
        assert place_order(size=size).approval == approval


class TestRefusal:
    def test_of_a_name_in_use_is_an_error_of_the_name(self, place_order: PlaceOrder) -> None:
        place_order(network="10.20.0.0/16")

        with pytest.raises(operations.Refused) as refusal:
            place_order(network="10.30.0.0/16")

        assert list(refusal.value.errors) == ["name"]
        assert Environment.objects.count() == 1

    def test_of_addresses_in_use_is_an_error_of_the_range(self, place_order: PlaceOrder) -> None:
        place_order(network="10.20.0.0/16")

        with pytest.raises(operations.Refused) as refusal:
            place_order(name="web-2", network="10.20.128.0/20")

        assert refusal.value.errors == {
            "network": [
                "10.20.128.0/20 overlaps 10.20.0.0/16, which is in use in this account. Choose another range."
            ]
        }

    def test_is_not_needed_for_null_which_gets_a_free_range(self, place_order: PlaceOrder) -> None:
        first, second = place_order(network=None), place_order(name="web-2", network=None)

        assert (first.networks, second.networks) == (["10.10.0.0/16"], ["10.20.0.0/16"])

    def test_ends_when_the_other_environment_is_destroyed(self, place_order: PlaceOrder) -> None:
        place_order()
        Environment.objects.update(status=EnvironmentStatus.DESTROYED)

        assert place_order().number == 1

    def test_does_not_depend_on_another_account(self, place_order: PlaceOrder, account: CloudAccount) -> None:
        place_order()
        other = CloudAccount.objects.create(slug="two", title="Two", kind="aws", region="eu-west-1")
        Environment.objects.update(account=other)

        assert place_order().number == 1

    def test_of_a_team_of_other_people(self, place_order: PlaceOrder, mallory: Person) -> None:
        with pytest.raises(operations.Refused) as refusal:
            place_order(by=mallory)

        assert list(refusal.value.errors) == ["team"]
        assert AuditEntry.objects.get().result == AuditEntry.Result.DENIED

    def test_of_an_account_that_accepts_no_orders(
        self, place_order: PlaceOrder, account: CloudAccount
    ) -> None:
        CloudAccount.objects.update(is_enabled=False)

        with pytest.raises(operations.Refused) as refusal:
            place_order()

        assert list(refusal.value.errors) == ["account"]

    @pytest.mark.parametrize("name", ["", "Web", "a", "../x", "a" * 33, "x\0y", "${a}", "-web", "web\n"])
    def test_of_a_name_that_aws_would_reject(self, place_order: PlaceOrder, name: str) -> None:
        with pytest.raises(operations.Refused) as refusal:
            place_order(name=name)

        assert "name" in refusal.value.errors
        assert not Environment.objects.exists()

    def test_stores_nothing(
        self, pieces: blueprints.Blueprint, account: CloudAccount, shop: Team, alice: Person
    ) -> None:
        order = operations.OrderRequest(
            blueprint=pieces.slug, name="web-1", team=shop.slug, account=account.slug, size="huge",
            inputs={"network": "8.8.8.0/24", "greeting": 7, "nonsense": 1}, by=alice,
        )  # fmt: skip

        with pytest.raises(operations.Refused) as refusal:
            operations.order(order, now=timezone.now())

        assert {"__all__", "network", "greeting"} <= set(refusal.value.errors)
        assert not Run.objects.exists()
        assert not AuditEntry.objects.exists()


def test_checking_an_order_returns_all_errors_and_stores_nothing(
    place_order: PlaceOrder, alice: Person
) -> None:
    place_order(network="10.20.0.0/16")

    errors = operations.check_order(
        operations.OrderRequest(
            blueprint="pieces", name="web-1", inputs={"network": "10.20.0.0/24"}, size="small", by=alice
        )
    )

    assert set(errors) == {"name", "network"}
    assert Run.objects.count() == 1


class TestASecondRequestWithTheSameKey:
    def test_returns_the_first_run(self, place_order: PlaceOrder) -> None:
        first = place_order(key="k", greeting="hi")

        assert place_order(key="k", greeting="hi") == first

    @pytest.mark.parametrize(
        "other", [{"name": "web-2"}, {"greeting": "ho"}, {"secret": "other"}, {"size": "guarded"}]
    )
    def test_is_refused_if_it_asks_for_something_else(
        self, place_order: PlaceOrder, other: dict[str, object]
    ) -> None:
        place_order(key="k", secret="one")

        with pytest.raises(operations.KeyUsedOtherwise):
            place_order(**{"key": "k", "secret": "one"} | other)

    def test_is_recognized_after_the_secret_key_was_rotated(
        self, place_order: PlaceOrder, settings: Settings
    ) -> None:
        first = place_order(key="k")
        settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "n" * 50, [settings.SECRET_KEY]

        assert place_order(key="k") == first

    def test_returns_a_run_of_an_earlier_version_that_looks_the_same(self, place_order: PlaceOrder) -> None:
        first = place_order(key="k")
        Run.objects.update(request_fingerprint=None)

        assert place_order(key="k", greeting="other") == first
        with pytest.raises(operations.KeyUsedOtherwise):
            place_order(key="k", name="web-2")

    def test_leaves_no_secret_in_the_fingerprint_that_a_hash_would_find(
        self, place_order: PlaceOrder
    ) -> None:
        run = place_order(key="k", secret="hunter2")
        content = {
            "kind": "create",
            "blueprint": "pieces",
            "name": "web-1",
            "team": "shop",
            "account": run.environment.account.slug,
            "size": "small",
            "inputs": {"secret": "hunter2"},
        }
        text = json.dumps(content, sort_keys=True, separators=(",", ":")).encode()

        stored = bytes(Run.objects.get(pk=run.pk).request_fingerprint or b"")

        assert len(stored) == 32
        assert stored != hashlib.sha256(text).digest()
