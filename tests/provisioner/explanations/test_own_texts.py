"""The portal's own errors are explained: the texts come from the code that writes them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError

from provisioner import explanations
from provisioner.cloud import credentials, failures
from provisioner.cloud.account import Account
from provisioner.models import Environment, Run
from provisioner.scheduling import tooling
from provisioner.sentences import sentence
from provisioner.terraform import workspace
from provisioner.worker import outcome, preparation

ACCOUNT = Account(
    slug="shop",
    kind="aws",
    region="ap-northeast-2",
    role_arn="arn:aws:iam::111122223333:role/portal",
)

WORK = sentence("Could not read the state.")


def entry_of(text: object) -> str:
    found = explanations.match(str(text))
    assert found is not None, text
    return found.entry.id


def test_a_role_that_refuses_the_portal() -> None:
    assert entry_of(credentials._role_denied(ACCOUNT)) == "role-refused"


def test_missing_credentials() -> None:
    with (
        pytest.raises(failures.CredentialsRefused) as refused,
        failures.readable_errors(ACCOUNT, failure=WORK),
    ):
        raise NoCredentialsError

    assert entry_of(refused.value) == "credentials-missing"


def test_an_account_that_does_not_respond() -> None:
    with pytest.raises(failures.CloudUnavailable) as away, failures.readable_errors(ACCOUNT, failure=WORK):
        raise EndpointConnectionError(endpoint_url="http://127.0.0.1:1")

    assert entry_of(away.value) == "account-away"


def test_a_state_bucket_that_is_missing() -> None:
    error = ClientError(
        {
            "Error": {"Code": "NoSuchBucket", "Message": "The specified bucket does not exist"},
        },
        "GetObject",
    )
    with pytest.raises(failures.CloudUnavailable) as gone, failures.readable_errors(ACCOUNT, failure=WORK):
        raise error

    assert entry_of(gone.value) == "bucket-gone"


def test_a_full_disk(tmp_path: Path) -> None:
    contents = workspace.Contents(blueprint=tmp_path, variables={})
    with pytest.raises(workspace.NotEnoughSpace) as full:
        workspace.prepare(tmp_path / "run", contents=contents, required_free_bytes=2**62)

    assert entry_of(full.value) == "disk-full"


def test_a_mirror_without_providers(tmp_path: Path, settings: Any) -> None:
    settings.TERRAFORM_PLUGIN_MIRROR = str(tmp_path)

    with pytest.raises(tooling.ToolMissing) as missing:
        tooling.provider_mirror()

    assert entry_of(missing.value) == "provider-not-installed"


def test_a_worker_that_ended_before_terraform_started() -> None:
    assert entry_of(outcome._NOTHING_STARTED) == "terraform-ended"


def test_a_blueprint_that_is_missing() -> None:
    run = Run(environment=Environment(blueprint="no_longer_here"))

    with pytest.raises(preparation.BlueprintMissing) as missing:
        preparation._prepare(run)

    assert entry_of(missing.value) == "blueprint-gone"
