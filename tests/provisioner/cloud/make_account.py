"""The type of the fixture that makes cloud accounts."""

from __future__ import annotations

from collections.abc import Callable

from provisioner.cloud import Account

MakeAccount = Callable[..., Account]
