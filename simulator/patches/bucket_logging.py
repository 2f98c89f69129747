"""A bucket can receive access logs even if its policy has statements about everybody (`Principal: "*"`)."""

import json
from types import SimpleNamespace
from typing import Any

from moto.s3.models import FakeBucket

METHOD = "_log_permissions_enabled_policy"


def apply() -> None:
    original = vars(FakeBucket)[METHOD].__func__

    def is_logging_permitted(target_bucket: Any, target_prefix: str | None) -> bool:
        # moto fails for such a statement. Every policy that requires TLS has one.
        document = json.loads(target_bucket.policy.decode()) if target_bucket.policy else {"Statement": []}
        named = [each for each in document["Statement"] if isinstance(each.get("Principal"), dict)]
        policy = json.dumps({**document, "Statement": named}).encode()
        copy = SimpleNamespace(policy=policy, partition=target_bucket.partition, name=target_bucket.name)
        return bool(original(copy, target_prefix))

    setattr(FakeBucket, METHOD, staticmethod(is_logging_permitted))
