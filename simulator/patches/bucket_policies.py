"""A bucket that demands TLS answers: the simulated account speaks plain HTTP, and takes it for TLS."""

import json
from types import SimpleNamespace
from typing import Any

from moto.s3.models import FakeBucket

from simulator.patches import replacing


def apply() -> None:
    @replacing.wrap(FakeBucket, "get_permission")
    def get_permission(original: replacing.Method, self: Any, action: str, resource: str) -> Any:
        if self.policy is None:
            return original(self, action, resource)
        document = json.loads(self.policy.decode())
        asked = [each for each in document["Statement"] if not _demands_tls(each)]
        policy = json.dumps({**document, "Statement": asked}).encode()
        return original(SimpleNamespace(policy=policy), action, resource)


def _demands_tls(statement: dict[str, Any]) -> bool:
    wanted = {"Bool": {"aws:SecureTransport": "false"}}
    return statement["Effect"] == "Deny" and statement.get("Condition") == wanted
