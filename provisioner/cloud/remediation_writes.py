"""Conditional writes to the state bucket: release a left lock, push an unsaved state."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping
from typing import TypedDict

from botocore.exceptions import ClientError

from provisioner.cloud import credentials
from provisioner.cloud.account import Account
from provisioner.cloud.failures import error_code, readable_errors
from provisioner.sentences import Sentence, SentenceError, sentence


class _Condition(TypedDict, total=False):
    IfMatch: str
    IfNoneMatch: str


_GONE = ("NoSuchKey", "NoSuchBucket", "404")
_CHANGED = ("PreconditionFailed", "ConditionalRequestConflict", "412", "409")


class ForeignLock(SentenceError):
    """The state is locked by another lock than the given one. Nothing was changed."""


class StateDiffers(SentenceError):
    """The given state does not continue the stored one. Nothing was changed."""


def release_lock(account: Account, *, key: str, lock_id: str) -> bool:
    """Delete the lock object if it has this id. False if there is no lock. Raises ForeignLock.

    The delete is conditional on the content that was read: a lock that was taken in between is kept.
    """
    with readable_errors(account, failure=sentence("Could not release the lock on the state.")):
        found = _read(account, key)
        if found is None:
            return False
        if str(_document(found[0]).get("ID", "")) != lock_id:
            raise ForeignLock(sentence("The state has another lock now."))
        client = credentials.client("s3", account)
        try:
            client.delete_object(Bucket=account.bucket, Key=key, IfMatch=found[1])
        except ClientError as error:
            if error_code(error) in _CHANGED:
                raise ForeignLock(sentence("The lock changed at the same time. Try again.")) from error
            if error_code(error) not in _GONE:
                raise
    return True


def push_state(account: Account, *, key: str, body: bytes) -> None:
    """Store the state if it has the lineage of the stored one and a higher serial. Raises StateDiffers."""
    if not {"lineage", "resources"} <= _document(body).keys():
        raise StateDiffers(sentence("The unsaved state is not a Terraform state."))
    body = _with_lineage(body)
    with readable_errors(account, failure=sentence("Could not store the state.")):
        found = _read(account, key)
        if found and found[0] == body:
            return
        if found and (reason := _why_not_newer(_document(found[0]), _document(body))):
            raise StateDiffers(reason)
        condition: _Condition = {"IfMatch": found[1]} if found else {"IfNoneMatch": "*"}
        try:
            credentials.client("s3", account).put_object(
                Bucket=account.bucket,
                Key=key,
                Body=body,
                **condition,
                ContentType="application/json",
                ServerSideEncryption="AES256",
            )
        except ClientError as error:
            if error_code(error) in _CHANGED:
                raise StateDiffers(
                    sentence("The stored state changed at the same time. Try again.")
                ) from error
            raise


def _with_lineage(body: bytes) -> bytes:
    """Terraform sets the lineage when it first writes a state. One that was never stored has none yet."""
    kept = _document(body)
    if kept["lineage"]:
        return body
    # Derived from the content, so that a second attempt stores the same state.
    kept["lineage"] = str(uuid.uuid5(uuid.NAMESPACE_OID, hashlib.sha256(body).hexdigest()))
    return json.dumps(kept, indent=2).encode()


def _why_not_newer(stored: dict[str, object], unsaved: dict[str, object]) -> Sentence | None:
    if stored.get("lineage") != unsaved["lineage"]:
        return sentence("The stored state has another lineage: it is not the one that the run worked on.")
    if _serial(stored) >= _serial(unsaved):
        return sentence(
            "The stored state is not older: it has serial %(stored)s, and the unsaved one has %(unsaved)s.",
            stored=str(stored.get("serial")),
            unsaved=str(unsaved.get("serial")),
        )
    return None


def _serial(document: Mapping[str, object]) -> int:
    serial = document.get("serial", 0)
    return serial if isinstance(serial, int) else int(str(serial))


def _read(account: Account, key: str) -> tuple[bytes, str] | None:
    """The object's content and its ETag."""
    try:
        found = credentials.client("s3", account).get_object(Bucket=account.bucket, Key=key)
    except ClientError as error:
        if error_code(error) in _GONE:
            return None
        raise
    return found["Body"].read(), found["ETag"]


def _document(body: bytes) -> dict[str, object]:
    try:
        content = json.loads(body)
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}
