"""Conditional writes for remediation: release a lock that was left, store a state that was kept."""

from __future__ import annotations

import hashlib
import json
import uuid
from typing import Any

from botocore.exceptions import ClientError

from provisioner.cloud import credentials
from provisioner.cloud.account import Account
from provisioner.cloud.failures import error_code, readable_errors

_GONE = ("NoSuchKey", "NoSuchBucket", "404")
_CHANGED = ("PreconditionFailed", "ConditionalRequestConflict", "412", "409")


class ForeignLock(Exception):
    """The state is locked by another lock than the given one. Nothing was changed."""


class StateDiffers(Exception):
    """The state does not continue the stored one. Nothing was changed."""


def release_lock(account: Account, *, key: str, lock_id: str) -> bool:
    """Delete the lock object if it is this one; False if there is none. Raises ForeignLock.

    The delete is conditional on the content that was read: a newer lock stays.
    """
    with readable_errors(account, doing="to release the state's lock"):
        found = _read(account, key)
        if found is None:
            return False
        if str(_document(found[0]).get("ID", "")) != lock_id:
            raise ForeignLock("The state now has another lock.")
        client = credentials.client("s3", account)
        try:
            client.delete_object(Bucket=account.bucket, Key=key, IfMatch=found[1])
        except ClientError as error:
            if error_code(error) in _CHANGED:
                raise ForeignLock("The lock changed at this moment.") from error
            if error_code(error) not in _GONE:
                raise
    return True


def push_state(account: Account, *, key: str, body: bytes) -> None:
    """Store the state if it has the lineage of the stored one and a higher serial. Raises StateDiffers."""
    if not {"lineage", "resources"} <= _document(body).keys():
        raise StateDiffers("The kept file is not a Terraform state.")
    body = _with_lineage(body)
    with readable_errors(account, doing="to store the state"):
        found = _read(account, key)
        if found and found[0] == body:
            return
        if found and (reason := _why_not_after(_document(found[0]), _document(body))):
            raise StateDiffers(reason)
        condition = {"IfMatch": found[1]} if found else {"IfNoneMatch": "*"}
        wanted: dict[str, Any] = {"Bucket": account.bucket, "Key": key, "Body": body} | condition
        try:
            credentials.client("s3", account).put_object(
                **wanted, ContentType="application/json", ServerSideEncryption="AES256"
            )
        except ClientError as error:
            if error_code(error) in _CHANGED:
                raise StateDiffers("The stored state changed at this moment.") from error
            raise


def _with_lineage(body: bytes) -> bytes:
    """Terraform sets the lineage of a new state when it writes it to the bucket: without the bucket it has
    none.
    """
    kept = _document(body)
    if kept["lineage"]:
        return body
    # Derived from the content: the same state gets the same lineage again.
    kept["lineage"] = str(uuid.uuid5(uuid.NAMESPACE_OID, hashlib.sha256(body).hexdigest()))
    return json.dumps(kept, indent=2).encode()


def _why_not_after(stored: dict[str, Any], kept: dict[str, Any]) -> str:
    if stored.get("lineage") != kept["lineage"]:
        return "The stored state has another lineage: it is not the state of this run."
    if int(stored.get("serial", 0)) >= int(kept.get("serial", 0)):
        serials = f"serial {stored.get('serial')}, the kept one {kept.get('serial')}"
        return f"The stored state is not older: {serials}."
    return ""


def _read(account: Account, key: str) -> tuple[bytes, str] | None:
    """The object's content and its ETag."""
    try:
        found = credentials.client("s3", account).get_object(Bucket=account.bucket, Key=key)
    except ClientError as error:
        if error_code(error) in _GONE:
            return None
        raise
    return found["Body"].read(), found["ETag"]


def _document(body: bytes) -> dict[str, Any]:
    try:
        content = json.loads(body)
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}
