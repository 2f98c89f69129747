"""Changing and destroying an environment."""

import pytest
from django.utils import timezone

from provisioner import operations
from provisioner.models import AuditEntry, Environment, Run
from provisioner.permissions import Person
from provisioner.run_status import EnvironmentStatus, RunStatus
from provisioner.runs import lifecycle
from provisioner.stored_text import verbatim
from tests.support.engine import PlaceOrder, brought_to, change, finished

pytestmark = pytest.mark.django_db


def destroy(run: Run, by: Person, key: str = "") -> Run:
    now = timezone.now()
    return operations.destroy(environment_id=run.environment_id, by=by, now=now, key=key)


class TestChange:
    def test_queues_the_next_run_and_changes_the_environments_status(
        self, place_order: PlaceOrder, alice: Person
    ) -> None:
        created = finished(place_order())

        run = change(created, alice, greeting="good evening")

        assert (run.number, run.kind, run.environment_was) == (2, "update", "ready")
        assert Environment.objects.get().status == EnvironmentStatus.UPDATING
        entry = AuditEntry.objects.get(action="environment.change")
        assert entry.details == {"size": "small", "changed": ["greeting"]}

    def test_when_discarded_restores_the_environments_status(
        self, place_order: PlaceOrder, alice: Person
    ) -> None:
        run = change(finished(place_order()), alice)

        operations.cancel(run_id=run.pk, by=alice, now=timezone.now())

        assert Environment.objects.get().status == EnvironmentStatus.READY

    def test_is_refused_while_a_run_is_active(self, place_order: PlaceOrder, alice: Person) -> None:
        created = place_order()

        with pytest.raises(operations.ActiveRun) as refusal:
            change(created, alice)

        assert refusal.value.run == created
        assert operations.why_not_change(created.environment, alice) == str(refusal.value)

    def test_with_the_same_key_returns_the_first_run(self, place_order: PlaceOrder, alice: Person) -> None:
        created = finished(place_order())
        first = change(created, alice, key="click-2")

        assert change(created, alice, key="click-2") == first

    def test_with_the_same_key_and_the_same_secret_returns_the_first_run(
        self, place_order: PlaceOrder, alice: Person
    ) -> None:
        created = finished(place_order())
        first = change(created, alice, key="click-2", secret="open-sesame")

        assert change(created, alice, key="click-2", secret="open-sesame") == first

    @pytest.mark.parametrize("corrected", [{"greeting": "good evening"}, {"secret": "shut-sesame"}])
    def test_with_the_key_of_another_change_is_refused(
        self, place_order: PlaceOrder, alice: Person, corrected: dict[str, str]
    ) -> None:
        created = finished(place_order())
        change(created, alice, key="click-2", secret="open-sesame")

        with pytest.raises(operations.KeyUsedOtherwise):
            change(created, alice, key="click-2", **{"secret": "open-sesame"} | corrected)

        assert created.environment.runs.count() == 2

    def test_with_the_key_of_another_environments_change_is_refused(
        self, place_order: PlaceOrder, alice: Person
    ) -> None:
        created = finished(place_order(network="10.20.0.0/16"))
        other = finished(place_order(name="web-2", network="10.30.0.0/16"))
        change(created, alice, key="click-2")

        with pytest.raises(operations.KeyUsedOtherwise):
            change(other, alice, key="click-2")

    def test_may_keep_its_address_range_but_not_use_that_of_another(
        self, place_order: PlaceOrder, alice: Person
    ) -> None:
        created = finished(place_order(network="10.20.0.0/16"))
        place_order(name="web-2", network="10.30.0.0/16")

        with pytest.raises(operations.Refused) as refusal:
            change(created, alice, network="10.30.0.0/16")

        assert list(refusal.value.errors) == ["network"]
        assert change(created, alice, network="10.20.0.0/17").kind == "update"

    def test_may_only_increase_a_value_that_cannot_shrink(
        self, place_order: PlaceOrder, alice: Person
    ) -> None:
        created = finished(place_order(disk=50))

        with pytest.raises(operations.Refused) as refusal:
            change(created, alice, disk=49)

        assert refusal.value.errors == {"disk": ["This can only grow. It is now 50 GiB."]}
        assert change(created, alice, disk=51).inputs["disk"] == 51

    def test_counts_the_values_of_an_apply_that_was_interrupted(
        self, place_order: PlaceOrder, alice: Person
    ) -> None:
        created = finished(place_order(disk=50))
        grown = brought_to(change(created, alice, disk=100), RunStatus.APPLYING)
        lifecycle.move(
            run_id=grown.pk,
            to=lifecycle.Move(to=RunStatus.FAILED, reason=verbatim("Elsewhere.")),
            now=timezone.now(),
        )

        with pytest.raises(operations.Refused) as refusal:
            change(created, alice, disk=60)

        (sentence,) = refusal.value.errors["disk"]
        assert sentence.startswith("This can only grow. It is now 100 GiB. A change that was interrupted")
        assert change(created, alice, disk=100).inputs["disk"] == 100

    @pytest.mark.parametrize("figure", [2000, "2000"], ids=["as it is stored", "as a form has it"])
    def test_may_keep_a_value_that_the_blueprint_no_longer_accepts(
        self, place_order: PlaceOrder, alice: Person, figure: object
    ) -> None:
        created = finished(place_order())
        created.environment.inputs["figure"] = 2000
        created.environment.save()

        with pytest.raises(operations.Refused) as refusal:
            change(created, alice, figure=1999)

        assert list(refusal.value.errors) == ["figure"]
        assert change(created, alice, figure=figure, greeting="hello").inputs["figure"] == 2000

    def test_reserves_its_new_address_range(self, place_order: PlaceOrder, alice: Person) -> None:
        created = finished(place_order(network="10.20.0.0/16"))
        change(created, alice, network="10.40.0.0/16")

        with pytest.raises(operations.Refused):
            place_order(name="web-2", network="10.40.0.0/20")


class TestDestroy:
    def test_uses_the_values_that_were_last_applied(self, place_order: PlaceOrder, alice: Person) -> None:
        run = destroy(finished(place_order(greeting="last")), alice)

        assert (run.kind, run.inputs["greeting"]) == ("destroy", "last")
        assert Environment.objects.get().status == EnvironmentStatus.DESTROYING
        assert AuditEntry.objects.filter(action="environment.destroy", actor="alice").exists()

    def test_with_the_key_of_the_order_is_refused(self, place_order: PlaceOrder, alice: Person) -> None:
        created = finished(place_order(key="job-17"))

        with pytest.raises(operations.KeyUsedOtherwise):
            destroy(created, alice, key="job-17")

        assert Environment.objects.get().status == EnvironmentStatus.READY

    @pytest.mark.parametrize("who", ["mallory", "audrey"])
    def test_is_refused_to_a_person_outside_the_team(
        self, who: str, place_order: PlaceOrder, request: pytest.FixtureRequest
    ) -> None:
        created = finished(place_order())

        with pytest.raises(operations.Refused) as refusal:
            destroy(created, request.getfixturevalue(who))

        assert "You cannot destroy" in refusal.value.errors["__all__"][0]
        assert created.environment.runs.count() == 1

    def test_of_a_destroyed_environment_is_refused(self, place_order: PlaceOrder, alice: Person) -> None:
        created = finished(place_order())
        Environment.objects.update(status=EnvironmentStatus.DESTROYED)

        with pytest.raises(operations.Refused) as refusal:
            destroy(created, alice)

        assert refusal.value.errors == {"__all__": ["This environment has been destroyed."]}

    def test_is_refused_until_a_run_that_needs_attention_is_settled(
        self, place_order: PlaceOrder, alice: Person, oscar: Person
    ) -> None:
        created = place_order()
        for status in (RunStatus.PLANNING, RunStatus.NEEDS_ATTENTION):
            lifecycle.move(run_id=created.pk, to=lifecycle.Move(to=status), now=timezone.now())
        with pytest.raises(operations.ActiveRun):
            destroy(created, alice)

        operations.settle(run_id=created.pk, by=oscar, now=timezone.now())

        assert destroy(created, alice).kind == "destroy"
