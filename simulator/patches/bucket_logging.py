"""A bucket may take another one's access logs, whatever else its policy says."""

import json
from types import SimpleNamespace
from typing import Any

from moto.s3.models import FakeBucket

NAME = "_log_permissions_enabled_policy"


def apply() -> None:
    original = vars(FakeBucket)[NAME].__func__

    def enabled(target_bucket: Any, target_prefix: str | None) -> bool:
        # moto falls over a statement about everybody, as any policy that demands TLS has one.
        document = json.loads(target_bucket.policy.decode()) if target_bucket.policy else {"Statement": []}
        named = [each for each in document["Statement"] if isinstance(each.get("Principal"), dict)]
        policy = json.dumps({**document, "Statement": named}).encode()
        seen = SimpleNamespace(policy=policy, partition=target_bucket.partition, name=target_bucket.name)
        return bool(original(seen, target_prefix))

    setattr(FakeBucket, NAME, staticmethod(enabled))
