"""A demo for programs: its API, its simulated account, its folder."""

import json
import urllib.request
from functools import cache
from pathlib import Path
from typing import Any, Literal

from tests.simulator import server
from tests.support import demo_process

PATIENCE_SECONDS = 120


class Portal:
    """The portal with alice, who orders, and oscar, who approves. `aws`: the account's address."""

    def __init__(self, demo: demo_process.Demo) -> None:
        self.demo = demo
        self.url = demo.url
        self.aws = str(demo.described()["aws_endpoint"])

    def order(self, blueprint: str, name: str, inputs: dict[str, Any]) -> tuple[dict[str, Any], str]:
        """Order an environment. Returns it, and the id of its first run."""
        body = {"blueprint": blueprint, "name": name, "inputs": inputs}
        ordered = self._ask("POST", "environments/", body)
        return ordered, str(ordered["latest_run"]["id"])

    def change(self, environment: dict[str, Any], inputs: dict[str, Any]) -> str:
        """Change the environment. Returns the id of the run."""
        return str(self._ask("PATCH", f"environments/{environment['id']}/", {"inputs": inputs})["id"])

    def destroy(self, environment: dict[str, Any]) -> str:
        """Destroy the environment. Returns the id of the run."""
        return str(self._ask("DELETE", f"environments/{environment['id']}/", None)["id"])

    def approve(self, run_id: str) -> None:
        self._ask("POST", f"runs/{run_id}/approve/", None, by="oscar")

    def run(self, run_id: str) -> dict[str, Any]:
        return self._ask("GET", f"runs/{run_id}/", None)

    def wait_until(self, run_id: str, *statuses: str) -> None:
        """Wait until the run has one of these statuses."""
        server.wait_for(lambda: self.run(run_id)["status"] in statuses, seconds=PATIENCE_SECONDS)

    def workspace(self, run_id: str) -> Path:
        return self.demo.var_dir / "runs" / run_id

    def client(self, service: Literal["ec2", "s3"]) -> Any:
        """A boto3 client for the simulated account."""
        return server.session().client(service, endpoint_url=self.aws)

    def change_lab(self, path: str, content: dict[str, Any] | None = None, *, method: str = "POST") -> None:
        """Change settings of the lab, which are below `/_lab/`."""
        self._send(f"{self.aws}/_lab/{path}", method, content)

    def _ask(
        self, method: str, path: str, body: dict[str, Any] | None, *, by: str = "alice"
    ) -> dict[str, Any]:
        return self._send(f"{self.url}/api/v1/{path}", method, body, token=self._token(by))

    @cache  # noqa: B019 - a portal lives as long as the tests
    def _token(self, name: str) -> str:
        return self.demo.manage("token", name).stdout.strip()

    @staticmethod
    def _send(url: str, method: str, body: dict[str, Any] | None, *, token: str = "") -> dict[str, Any]:
        headers = {"Content-Type": "application/json"}
        headers |= {"Authorization": f"Bearer {token}"} if token else {}
        request = urllib.request.Request(  # noqa: S310 - the demo's own loopback servers
            url, method=method, data=json.dumps(body).encode() if body is not None else None, headers=headers
        )
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            found: dict[str, Any] = json.load(answer)
        return found
