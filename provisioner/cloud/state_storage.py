"""Terraform's states in S3: the settings of its backend, and what may be shown of a state."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from botocore.exceptions import ClientError

from provisioner.cloud import credentials, remediation_writes
from provisioner.cloud.account import Account
from provisioner.cloud.failures import error_code, readable_errors
from provisioner.cloud.remediation_writes import ForeignLock, StateDiffers
from provisioner.cloud.state_bucket import BucketUnsafe, ensure_bucket

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
_PATIENCE_SECONDS = 8.0  # for an answer, twice: together less than a lease
# The same for a caller that holds a run and makes several calls.
SHORT_TIMEOUT_SECONDS = 4.0


class NoState(Exception):
    """There is no such state: nothing was applied yet, or the version or the bucket is gone."""


@dataclass(frozen=True)
class StateVersion:
    """One stored state; `size` in bytes. `serial` is None if it was not requested."""

    version_id: str
    last_modified: datetime
    size: int
    is_latest: bool
    serial: int | None = None


@dataclass(frozen=True)
class State:
    """What may be shown of a state.

    Each resource has `address`, `type`, `name`, `module` ("" for the root), `mode` ("managed" or "data") and
    `id` (None if it is sensitive or missing). Of outputs, only the names are here, never a value.
    """

    serial: int
    lineage: str
    terraform_version: str
    resources: list[dict[str, Any]]
    outputs: list[str]


@dataclass(frozen=True)
class Lock:
    """The holder of the state, as Terraform wrote it. `created_at` is None if it cannot be read."""

    id: str
    operation: str
    who: str
    version: str
    created_at: datetime | None
    path: str


def backend_settings(account: Account, *, environment_id: UUID | str) -> dict[str, Any]:
    """Settings of Terraform's `s3` backend for an environment, without credentials."""
    settings: dict[str, Any] = {
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
    timeout_seconds: float = _PATIENCE_SECONDS,
) -> list[StateVersion]:
    """Every stored version of an environment's state, the newest first; empty if there is none.

    The first `serials` of them have their serial: one small request each, once per process.
    """
    key = _key(environment_id)
    with readable_errors(account, doing="to list the state's versions"):
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
    timeout_seconds: float = _PATIENCE_SECONDS,
) -> State:
    """A state without its values. Raises NoState, CloudUnavailable, CredentialsRefused."""
    key = _key(environment_id)
    body = _object(account, key, version_id=version_id or "", timeout_seconds=timeout_seconds)
    if body is None:
        raise NoState("This environment has no such state.")
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
        raise NoState("The stored object is not a Terraform state.") from error


def read_lock(
    account: Account, *, environment_id: UUID | str, timeout_seconds: float = _PATIENCE_SECONDS
) -> Lock | None:
    """The lock on an environment's state; None if it is free."""
    body = _object(account, f"{_key(environment_id)}.tflock", timeout_seconds=timeout_seconds)
    if body is None:
        return None
    try:
        raw = json.loads(body)
    except ValueError:
        raw = {}
    raw = raw if isinstance(raw, dict) else {}
    words = {
        name: str(raw.get(name, "")) for name in ("ID", "Operation", "Who", "Version", "Path", "Created")
    }
    return Lock(
        id=words["ID"],
        operation=words["Operation"],
        who=words["Who"],
        version=words["Version"],
        created_at=_moment(words["Created"]),
        path=words["Path"],
    )


def release_lock(account: Account, *, environment_id: UUID | str, lock_id: str) -> bool:
    """Delete the lock on a state if it is this one; False if it is free. Raises ForeignLock."""
    return remediation_writes.release_lock(account, key=f"{_key(environment_id)}.tflock", lock_id=lock_id)


def push_state(account: Account, *, environment_id: UUID | str, body: bytes) -> None:
    """Store a state that Terraform could not save. Raises StateDiffers if it does not continue the stored
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
        # Keys are sorted: after the state's own there are only those of its lock.
        if found and found[-1]["Key"] != key:
            return


@lru_cache(maxsize=4096)
def _serial(account: Account, key: str, version_id: str) -> int | None:
    # A version never changes, so its serial can be cached; Terraform writes it at the top.
    head = _object(account, key, version_id=version_id, only="bytes=0-1023") or b""
    found = re.search(rb'"serial":\s*(\d+)', head)
    return int(found[1]) if found else None


def _object(
    account: Account,
    key: str,
    *,
    version_id: str = "",
    only: str = "",
    timeout_seconds: float = _PATIENCE_SECONDS,
) -> bytes | None:
    options = {"VersionId": version_id, "Range": only}
    wanted = {"Bucket": account.bucket, "Key": key} | {
        name: value for name, value in options.items() if value
    }
    with readable_errors(account, doing="to read the state"):
        try:
            client = credentials.client("s3", account, read_seconds=timeout_seconds)
            return client.get_object(**wanted)["Body"].read()  # type: ignore[arg-type]
        except ClientError as error:
            if error_code(error) in _GONE or (version_id and error_code(error) == "InvalidArgument"):
                return None
            raise


def _instances(resource: dict[str, Any]) -> Iterator[dict[str, Any]]:
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


def _plain_id(instance: dict[str, Any]) -> str | None:
    found = (instance.get("attributes") or {}).get("id")
    if not isinstance(found, str) or not found or len(found) > _LONGEST_ID:
        return None
    # A path of length 0 marks the whole resource.
    for path in instance.get("sensitive_attributes") or []:
        steps = path if isinstance(path, list) else [path]
        if not steps or (isinstance(steps[0], dict) and steps[0].get("value") == "id"):
            return None
    return found


def _moment(text: str) -> datetime | None:
    # Go writes nanoseconds, Python reads microseconds.
    try:
        return datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", text))
    except ValueError:
        return None
