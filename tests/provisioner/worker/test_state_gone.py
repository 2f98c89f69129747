"""A state that was deleted from its bucket: nothing is created a second time."""

from typing import Any

import boto3
import pytest
from django.utils import timezone

from provisioner import accounts, explanations, operations
from provisioner.models import Environment, Run
from provisioner.run_status import RunStatus
from tests.support.engine import PlaceOrder, executed

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("cloud")]


@pytest.fixture
def built(place_order: PlaceOrder) -> Run:
    """A run that was applied; its environment has two resources."""
    return executed(place_order())


def delete_states(run: Run, *, bucket_too: bool) -> None:
    """Delete every version of every object, like somebody could with the AWS console."""
    account = accounts.to_cloud(run.environment.account)
    s3 = boto3.resource(
        "s3",
        endpoint_url=account.endpoint_url,
        region_name=account.region,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    bucket = s3.Bucket(account.bucket)
    bucket.object_versions.filter(Prefix=f"environments/{run.environment_id}/").delete()
    if bucket_too:
        bucket.object_versions.delete()
        bucket.delete()


def change_again(run: Run, by: Any) -> Run:
    change = operations.change(
        operations.ChangeRequest(environment_id=run.environment_id, size="small", inputs={}, by=by),
        now=timezone.now(),
    )
    return executed(change)


@pytest.mark.parametrize("bucket_too", [False, True], ids=["object", "bucket"])
def test_a_change_is_refused_and_explained(built: Run, oscar: Any, bucket_too: bool) -> None:
    delete_states(built, bucket_too=bucket_too)

    run = change_again(built, oscar)

    assert run.status == RunStatus.FAILED
    assert "has none, but a state with" in run.reason
    assert "2 resources" in run.reason
    explained = explanations.explain_run(run)
    assert explained
    assert explained.entry
    assert explained.entry.id == "bucket-gone"


def test_a_destroy_that_needs_approval_is_offered_to_approvers(built: Run, alice: Any, oscar: Any) -> None:
    Environment.objects.filter(pk=built.environment_id).update(size="guarded")
    delete_states(built, bucket_too=False)

    theirs = executed(operations.destroy(environment_id=built.environment_id, by=alice, now=timezone.now()))
    ours = executed(operations.destroy(environment_id=built.environment_id, by=oscar, now=timezone.now()))

    assert theirs.approval == Run.Approval.PERSON
    assert theirs.status == RunStatus.FAILED
    assert "A destroy would remove nothing." in theirs.reason
    assert ours.status == RunStatus.UNCHANGED
    assert (
        ours.reason == "Nothing was removed: Terraform's state had none of the 2 resources recorded before."
    )


def test_a_destroy_succeeds_and_the_name_can_be_ordered_again(
    built: Run, oscar: Any, place_order: PlaceOrder
) -> None:
    delete_states(built, bucket_too=True)

    gone = executed(operations.destroy(environment_id=built.environment_id, by=oscar, now=timezone.now()))
    again = executed(place_order())

    assert gone.status == RunStatus.UNCHANGED
    assert again.status == RunStatus.APPLIED
    assert again.environment_id != built.environment_id
