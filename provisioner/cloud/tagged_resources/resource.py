"""A resource of an account, and a service that can list resources by tag."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from provisioner.cloud import credentials
from provisioner.cloud.account import Account
from provisioner.sentences import Sentence, sentence

# botocore builds its clients at run time; only those of S3 and STS have type stubs here.
Client: TypeAlias = Any
# A part of a response, like one instance of describe_instances.
Found: TypeAlias = Mapping[str, Any]
Filters: TypeAlias = list[dict[str, str | list[str]]]

# A sentence of ours, or text of AWS.
Note: TypeAlias = Sentence | str

GONE_STATES = frozenset({"deleted", "terminated", "deleting", "shutting-down"})


@dataclass(frozen=True)
class Tag:
    key: str
    value: str


@dataclass(frozen=True)
class Resource:
    """A resource that is left. `is_kept`: on purpose. `usd_a_day` is None if it is not known."""

    kind: str
    id: str
    note: Note = field(default="", hash=False)
    is_kept: bool = False
    usd_a_day: float | None = 0.0


@dataclass(frozen=True)
class Service:
    """A service that lists resources by tag. `knows`: whether it covers the resource with this ARN."""

    title: str
    ask: Callable[[Account, Tag], list[Resource]]
    arn_parts: tuple[str, ...]

    def knows(self, arn: str) -> bool:
        return any(part in arn for part in self.arn_parts)


def client(service: str, account: Account) -> Client:
    """A boto3 client with short timeouts: a sweep must not take long."""
    return credentials.client(service, account, connect_seconds=2, read_seconds=5)


def has_tag(tags: list[dict[str, str]] | None, tag: Tag) -> bool:
    """Whether a service's list of tags has this one."""
    return any(each.get("Key") == tag.key and each.get("Value") == tag.value for each in tags or ())


def state_note(word: str) -> Note:
    """A state as a note, like `State: available.`"""
    return sentence("State: %(state)s.", state=word) if word else ""
