from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID, uuid4

import pytest

from provisioner.cloud import Account, credentials, failures, state_storage

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

T = TypeVar("T")

SECRET = "correct-horse-battery"
CONFIGURATION = """
variable "word" {
  type      = string
  sensitive = true
}

resource "terraform_data" "plain" {
  for_each = toset(["a", "b"])
  input    = each.key
}

resource "terraform_data" "secret" {
  input = var.word
}

resource "terraform_data" "waits" {
  count = fileexists("${path.module}/wait") ? 1 : 0

  provisioner "local-exec" {
    command = "until [ -e go ]; do sleep 0.05; done"
  }
}

output "shown" {
  value = "hello"
}

output "hidden" {
  value     = var.word
  sensitive = true
}
"""

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(tmp_path: Path, account: Account) -> Start:
    """Start real Terraform in a workspace whose backend is the account's bucket."""
    state_storage.ensure_bucket(account)
    (tmp_path / "main.tf").write_text(CONFIGURATION)
    (tmp_path / "terraform.rc").write_text("disable_checkpoint = true\n")

    def start_terraform(*arguments: str) -> subprocess.Popen[str]:
        given = {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "TF_CLI_CONFIG_FILE": str(tmp_path / "terraform.rc"),
            "TF_VAR_word": SECRET,
        }
        who = credentials.environment_variables(account, session_name="run", source_identity="alice")
        return subprocess.Popen(
            ["terraform", *arguments],
            cwd=tmp_path,
            env=given | who,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    return start_terraform


def finish(process: subprocess.Popen[str]) -> None:
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 0, output


def backend(tmp_path: Path, account: Account, environment_id: UUID) -> None:
    settings = state_storage.backend_settings(account, environment_id=environment_id)
    (tmp_path / "backend.tf.json").write_text(json.dumps({"terraform": {"backend": {"s3": settings}}}))


class TestWithRealTerraform:
    def test_state_is_stored_as_configured_and_read_without_secrets(
        self, tmp_path: Path, account: Account, start: Start, s3: S3Client
    ) -> None:
        environment_id = uuid4()
        backend(tmp_path, account, environment_id)

        finish(start("init", "-input=false"))
        finish(start("apply", "-auto-approve", "-input=false"))
        state = state_storage.read_state(account, environment_id=environment_id)

        stored = s3.get_object(Bucket=account.bucket, Key=f"environments/{environment_id}/terraform.tfstate")
        assert SECRET in stored["Body"].read().decode()  # proves that the test can see the secret
        assert SECRET not in json.dumps(asdict(state))
        assert (state.serial, state.outputs) == (1, ["hidden", "shown"])
        assert [each["address"] for each in state.resources] == [
            'terraform_data.plain["a"]',
            'terraform_data.plain["b"]',
            "terraform_data.secret",
        ]
        assert all(each["id"] for each in state.resources)

    def test_every_apply_stores_a_version_and_the_lock_names_its_holder(
        self, tmp_path: Path, account: Account, start: Start
    ) -> None:
        environment_id = uuid4()
        backend(tmp_path, account, environment_id)
        finish(start("init", "-input=false"))
        finish(start("apply", "-auto-approve", "-input=false"))
        first = state_storage.read_state(account, environment_id=environment_id)
        (tmp_path / "wait").touch()

        applying = start("apply", "-auto-approve", "-input=false")
        lock = wait_for(lambda: state_storage.read_lock(account, environment_id=environment_id))
        (tmp_path / "go").touch()
        finish(applying)

        assert lock.operation == "OperationTypeApply"
        assert "@" in lock.who
        assert lock.id
        assert lock.created_at is not None
        assert lock.created_at.tzinfo is not None
        assert state_storage.read_lock(account, environment_id=environment_id) is None
        newest, *_, oldest = state_storage.list_versions(account, environment_id=environment_id, serials=1)
        assert (newest.serial, oldest.serial) == (2, None)
        assert (newest.is_latest, oldest.is_latest) == (True, False)
        earlier = state_storage.read_state(
            account, environment_id=environment_id, version_id=oldest.version_id
        )
        assert earlier == first


def wait_for(question: Callable[[], T | None]) -> T:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if (answer := question()) is not None:
            return answer
    raise AssertionError("timed out")


class TestReadState:
    def test_raises_no_state_before_the_first_apply(self, account: Account) -> None:
        state_storage.ensure_bucket(account)

        with pytest.raises(state_storage.NoState):
            state_storage.read_state(account, environment_id=uuid4())

    def test_raises_no_state_if_the_bucket_is_gone(self, account: Account) -> None:
        with pytest.raises(state_storage.NoState):
            state_storage.read_state(account, environment_id=uuid4())

        assert state_storage.list_versions(account, environment_id=uuid4()) == []
        assert state_storage.read_lock(account, environment_id=uuid4()) is None

    @pytest.mark.parametrize(
        "rubbish", [b"", b"not json", b"[]", b'{"serial": 1}', b'{"serial": {}, "lineage": 1}']
    )
    def test_raises_no_state_for_an_object_that_is_not_a_state(
        self, account: Account, s3: S3Client, rubbish: bytes
    ) -> None:
        environment_id = put(account, s3, "terraform.tfstate", rubbish)

        with pytest.raises(state_storage.NoState):
            state_storage.read_state(account, environment_id=environment_id)

    def test_hides_an_id_that_is_marked_sensitive(self, account: Account, s3: S3Client) -> None:
        marked = {
            "attributes": {"id": SECRET},
            "sensitive_attributes": [[{"type": "get_attr", "value": "id"}]],
        }
        plain = {"attributes": {"id": "i-1"}, "index_key": 0}
        resources = [
            {"mode": "data", "module": "module.m", "type": "t", "name": "n", "instances": [marked, plain]},
        ]
        body = {"version": 4, "serial": 3, "lineage": "l", "resources": resources}
        environment_id = put(account, s3, "terraform.tfstate", json.dumps(body).encode())

        state = state_storage.read_state(account, environment_id=environment_id)

        assert [(each["address"], each["id"]) for each in state.resources] == [
            ("module.m.data.t.n", None),
            ("module.m.data.t.n[0]", "i-1"),
        ]

    def test_raises_cloud_unavailable_if_the_account_does_not_answer(
        self, account: Account, unused_port: int
    ) -> None:
        away = replace(account, endpoint_url=f"http://127.0.0.1:{unused_port}")

        with pytest.raises(failures.CloudUnavailable):
            state_storage.read_state(away, environment_id=uuid4())


class TestReadLock:
    @pytest.mark.parametrize("rubbish", [b"", b"[]", b"not json", b'{"Created": "yesterday"}'])
    def test_finds_a_lock_with_any_content(self, account: Account, s3: S3Client, rubbish: bytes) -> None:
        environment_id = put(account, s3, "terraform.tfstate.tflock", rubbish)

        lock = state_storage.read_lock(account, environment_id=environment_id)

        assert lock == state_storage.Lock("", "", "", "", None, "")


class TestBackendSettings:
    def test_have_no_credentials_and_no_exceptions_of_the_simulation_for_aws(self) -> None:
        account = Account("shop", "aws", "eu-west-1", role_arn="arn:aws:iam::1:role/x", state_bucket="states")

        settings = state_storage.backend_settings(account, environment_id="e-1")

        assert settings == {
            "bucket": "states",
            "key": "environments/e-1/terraform.tfstate",
            "region": "eu-west-1",
            "use_lockfile": True,
            "encrypt": True,
        }

    @pytest.mark.parametrize("odd", ["", "../other", "a/b", "a\0", "x" * 65])
    def test_reject_an_id_that_leads_to_another_path(self, account: Account, odd: str) -> None:
        with pytest.raises(ValueError, match="letters, digits and hyphens"):
            state_storage.backend_settings(account, environment_id=odd)


def put(account: Account, s3: S3Client, name: str, body: bytes) -> str:
    state_storage.ensure_bucket(account)
    environment_id = str(uuid4())
    s3.put_object(Bucket=account.bucket, Key=f"environments/{environment_id}/{name}", Body=body)
    return environment_id
