"""A bucket whose policy requires TLS still answers: the simulated account treats plain HTTP as TLS."""

import json
from types import SimpleNamespace
from typing import Any

from moto.s3.models import FakeBucket

from simulator.patches import patching


def apply() -> None:
    @patching.wrap(FakeBucket, "get_permission")
    def get_permission(original: patching.Method, self: FakeBucket, action: str, resource: str) -> object:
        if self.policy is None:
            return original(self, action, resource)
        document = json.loads(self.policy.decode())
        statements = [each for each in document["Statement"] if not _requires_tls(each)]
        policy = json.dumps({**document, "Statement": statements}).encode()
        return original(SimpleNamespace(policy=policy), action, resource)


def _requires_tls(statement: dict[str, Any]) -> bool:
    condition = {"Bool": {"aws:SecureTransport": "false"}}
    return statement["Effect"] == "Deny" and statement.get("Condition") == condition
