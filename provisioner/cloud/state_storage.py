"""Terraform states in S3: the backend's settings, and the parts of a state that may be shown."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Literal, NotRequired, TypedDict
from uuid import UUID

from botocore.exceptions import ClientError

from provisioner.cloud import credentials, remediation_writes
from provisioner.cloud.account import Account
from provisioner.cloud.failures import error_code, readable_errors
from provisioner.cloud.remediation_writes import ForeignLock, StateDiffers
from provisioner.cloud.state_bucket import BucketUnsafe, ensure_bucket
from provisioner.sentences import SentenceError, sentence

__all__ = [
    "SHORT_TIMEOUT_SECONDS",
    "BucketUnsafe",
    "ForeignLock",
    "Lock",
    "NoState",
    "State",
    "StateDiffers",
    "StateVersion",
    "backend_settings",
    "ensure_bucket",
    "list_versions",
    "push_state",
    "read_lock",
    "read_state",
    "release_lock",
]

_GONE = ("NoSuchKey", "NoSuchBucket", "NoSuchVersion", "404")
_LONGEST_ID = 512
_READ_SECONDS = 8.0  # with two attempts still shorter than a lease
# The same for a caller that holds a run and makes several calls.
SHORT_TIMEOUT_SECONDS = 4.0


class NoState(SentenceError):
    """There is no such state: nothing was applied yet, or the version or the bucket is gone."""


@dataclass(frozen=True)
class StateVersion:
    """One stored state. `size` in bytes. `serial` is None if it was not requested."""

    version_id: str
    last_modified: datetime
    size: int
    is_latest: bool
    serial: int | None = None


class StateResource(TypedDict):
    """A resource of a state. `module` is "" for the root; `id` is None if it is sensitive or missing."""

    address: str
    type: str
    name: str
    module: str
    mode: Literal["managed", "data"]
    id: str | None


class _RawInstance(TypedDict, total=False):
    index_key: str | int
    attributes: dict[str, object] | None
    sensitive_attributes: list[object] | None


class _RawResource(TypedDict):
    """A resource in Terraform's own format of a state."""

    module: NotRequired[str]
    mode: NotRequired[Literal["managed", "data"]]
    type: str
    name: str
    instances: NotRequired[list[_RawInstance]]


@dataclass(frozen=True)
class State:
    """The parts of a state that may be shown. Of the outputs only the names are here, never a value."""

    serial: int
    lineage: str
    terraform_version: str
    resources: list[StateResource]
    outputs: list[str]


@dataclass(frozen=True)
class Lock:
    """The lock on a state, as Terraform wrote it. `created_at` is None if it cannot be read."""

    id: str
    operation: str
    who: str
    version: str
    created_at: datetime | None
    path: str


def backend_settings(account: Account, *, environment_id: UUID | str) -> dict[str, str | bool]:
    """Settings of Terraform's `s3` backend for an environment, without credentials."""
    settings: dict[str, str | bool] = {
        "bucket": account.bucket,
        "key": _key(environment_id),
        "region": account.region,
        "use_lockfile": True,
        "encrypt": True,
    }
    if account.kind == "simulated":
        skipped = (
            "credentials_validation",
            "metadata_api_check",
            "region_validation",
            "requesting_account_id",
        )
        settings |= {f"skip_{check}": True for check in skipped}
        settings |= {"use_path_style": True, "skip_s3_checksum": True}
    return settings


def list_versions(
    account: Account,
    *,
    environment_id: UUID | str,
    serials: int = 0,
    timeout_seconds: float = _READ_SECONDS,
) -> list[StateVersion]:
    """Every stored version of an environment's state, newest first. Empty if there is none.

    The first `serials` versions have their serial: one small request each, once per process.
    """
    key = _key(environment_id)
    with readable_errors(account, failure=sentence("Could not list the versions of the state.")):
        try:
            stored = _versions(account, key, timeout_seconds)
            found = sorted(stored, key=lambda each: each.last_modified, reverse=True)
        except ClientError as error:
            if error_code(error) in _GONE:
                return []
            raise
    numbered = [replace(each, serial=_serial(account, key, each.version_id)) for each in found[:serials]]
    return numbered + found[serials:]


def read_state(
    account: Account,
    *,
    environment_id: UUID | str,
    version_id: str | None = None,
    timeout_seconds: float = _READ_SECONDS,
) -> State:
    """A state without its values. Raises NoState, CloudUnavailable, CredentialsRefused."""
    key = _key(environment_id)
    body = _object(account, key, version_id=version_id or "", timeout_seconds=timeout_seconds)
    if body is None:
        raise NoState(sentence("This environment has no such state."))
    try:
        raw = json.loads(body)
        return State(
            serial=int(raw["serial"]),
            lineage=str(raw["lineage"]),
            terraform_version=str(raw.get("terraform_version", "")),
            resources=[shown for resource in raw.get("resources", []) for shown in _instances(resource)],
            outputs=sorted(raw.get("outputs", {})),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NoState(sentence("The object at the state's key is not a Terraform state.")) from error


def read_lock(
    account: Account, *, environment_id: UUID | str, timeout_seconds: float = _READ_SECONDS
) -> Lock | None:
    """The lock on an environment's state. None if it is not locked."""
    body = _object(account, f"{_key(environment_id)}.tflock", timeout_seconds=timeout_seconds)
    if body is None:
        return None
    try:
        raw = json.loads(body)
    except ValueError:
        raw = {}
    raw = raw if isinstance(raw, dict) else {}
    fields = {
        name: str(raw.get(name, "")) for name in ("ID", "Operation", "Who", "Version", "Path", "Created")
    }
    return Lock(
        id=fields["ID"],
        operation=fields["Operation"],
        who=fields["Who"],
        version=fields["Version"],
        created_at=_moment(fields["Created"]),
        path=fields["Path"],
    )


def release_lock(account: Account, *, environment_id: UUID | str, lock_id: str) -> bool:
    """Delete the lock on a state if it has this id. False if there is no lock. Raises ForeignLock."""
    return remediation_writes.release_lock(account, key=f"{_key(environment_id)}.tflock", lock_id=lock_id)


def push_state(account: Account, *, environment_id: UUID | str, body: bytes) -> None:
    """Store a state that Terraform could not store. Raises StateDiffers if it does not continue the stored
    one.
    """
    remediation_writes.push_state(account, key=_key(environment_id), body=body)


def _key(environment_id: UUID | str) -> str:
    # The only place where an id becomes a path in the bucket.
    if not re.fullmatch(r"[A-Za-z0-9-]{1,64}", str(environment_id)):
        raise ValueError("an environment's id has letters, digits and hyphens only")
    return f"environments/{environment_id}/terraform.tfstate"


def _versions(account: Account, key: str, timeout_seconds: float) -> Iterator[StateVersion]:
    client = credentials.client("s3", account, read_seconds=timeout_seconds)
    pages = client.get_paginator("list_object_versions")
    for page in pages.paginate(Bucket=account.bucket, Prefix=key):
        found = page.get("Versions", [])
        for each in found:
            if each["Key"] == key:
                yield StateVersion(each["VersionId"], each["LastModified"], each["Size"], each["IsLatest"])
        # Keys are sorted: after the state's own key only the versions of its lock follow.
        if found and found[-1]["Key"] != key:
            return


@lru_cache(maxsize=4096)
def _serial(account: Account, key: str, version_id: str) -> int | None:
    # A version never changes, so its serial can be cached. Terraform writes it near the top.
    head = _object(account, key, version_id=version_id, only="bytes=0-1023") or b""
    found = re.search(rb'"serial":\s*(\d+)', head)
    return int(found[1]) if found else None


def _object(
    account: Account,
    key: str,
    *,
    version_id: str = "",
    only: str = "",
    timeout_seconds: float = _READ_SECONDS,
) -> bytes | None:
    options = {"VersionId": version_id, "Range": only}
    given = {name: value for name, value in options.items() if value}
    with readable_errors(account, failure=sentence("Could not read the state.")):
        try:
            client = credentials.client("s3", account, read_seconds=timeout_seconds)
            return client.get_object(Bucket=account.bucket, Key=key, **given)["Body"].read()  # type: ignore[arg-type]
        except ClientError as error:
            if error_code(error) in _GONE or (version_id and error_code(error) == "InvalidArgument"):
                return None
            raise


def _instances(resource: _RawResource) -> Iterator[StateResource]:
    module = resource.get("module", "")
    mode = resource.get("mode", "managed")
    base = f"{resource['type']}.{resource['name']}"
    base = ".".join(part for part in (module, "data" if mode == "data" else "", base) if part)
    for instance in resource.get("instances", []):
        index = (
            f"[{json.dumps(instance['index_key'], ensure_ascii=False)}]" if "index_key" in instance else ""
        )
        yield {
            "address": base + index,
            "type": resource["type"],
            "name": resource["name"],
            "module": module,
            "mode": mode,
            "id": _plain_id(instance),
        }


def _plain_id(instance: _RawInstance) -> str | None:
    found = (instance.get("attributes") or {}).get("id")
    if not isinstance(found, str) or not found or len(found) > _LONGEST_ID:
        return None
    # An empty path marks the complete resource.
    for path in instance.get("sensitive_attributes") or []:
        steps = path if isinstance(path, list) else [path]
        if not steps or (isinstance(steps[0], dict) and steps[0].get("value") == "id"):
            return None
    return found


def _moment(text: str) -> datetime | None:
    # Go writes nanoseconds, and Python reads microseconds.
    try:
        return datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", text))
    except ValueError:
        return None
