"""Conditional writes beside Terraform's own: a left lock is given up, a kept state is stored."""

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
    """The state is locked, and not by the lock that was meant; nothing was changed."""


class StateDiffers(Exception):
    """The state to be stored does not continue the one that is there; nothing was changed."""


def release_lock(account: Account, *, key: str, lock_id: str) -> bool:
    """Delete the lock object if it is this very one; False where there is none. Raises ForeignLock.

    The delete names the content that was read: a lock taken in between stays.
    """
    with readable_errors(account, doing="to give up the state's lock"):
        found = _read(account, key)
        if found is None:
            return False
        if str(_document(found[0]).get("ID", "")) != lock_id:
            raise ForeignLock("The state is locked by another by now.")
        client = credentials.client("s3", account)
        try:
            client.delete_object(Bucket=account.bucket, Key=key, IfMatch=found[1])
        except ClientError as error:
            if error_code(error) in _CHANGED:
                raise ForeignLock("The lock changed in this very moment.") from error
            if error_code(error) not in _GONE:
                raise
    return True


def push_state(account: Account, *, key: str, body: bytes) -> None:
    """Store the state if it has the lineage of the one there and a higher serial. Raises StateDiffers."""
    if not {"lineage", "resources"} <= _document(body).keys():
        raise StateDiffers("What is kept is no Terraform state.")
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
                raise StateDiffers("The stored state changed in this very moment.") from error
            raise


def _with_lineage(body: bytes) -> bytes:
    """Terraform names a new state when it writes it, after a look at the bucket: without one it could not."""
    kept = _document(body)
    if kept["lineage"]:
        return body
    # Of its content: asked twice, it is the same state.
    kept["lineage"] = str(uuid.uuid5(uuid.NAMESPACE_OID, hashlib.sha256(body).hexdigest()))
    return json.dumps(kept, indent=2).encode()


def _why_not_after(stored: dict[str, Any], kept: dict[str, Any]) -> str:
    if stored.get("lineage") != kept["lineage"]:
        return "The stored state has another lineage: it is not the one that the run worked on."
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
