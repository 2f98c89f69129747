"""A cloud account as the engine passes it in: settings, no secrets."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Account:
    """Where environments are built.

    `endpoint_url` is None for AWS. Without a `role_arn`, the process's own credentials are used; without a
    `state_bucket`, `default_bucket_name`.
    """

    slug: str
    kind: Literal["simulated", "aws"]
    region: str
    endpoint_url: str | None = None
    role_arn: str = ""
    external_id: str = ""
    state_bucket: str = ""

    @property
    def bucket(self) -> str:
        return self.state_bucket or default_bucket_name(self)


def default_bucket_name(account: Account) -> str:
    """Always the same for the same account and region: "portal-state-" and 12 hexadecimal digits."""
    identity = f"{account.slug}/{account.region}/{account.role_arn}"
    return f"portal-state-{hashlib.sha256(identity.encode()).hexdigest()[:12]}"
