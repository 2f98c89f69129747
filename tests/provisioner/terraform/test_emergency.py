"""Terraform that cannot save its state prints it, with secrets: only the emergency state dump may hold it."""

import http.server
import threading
from collections.abc import Iterator

import pytest

from tests.provisioner.terraform.runs import OrderRun, Steps


class _Unwritable(http.server.BaseHTTPRequestHandler):
    """A state store that has no state and rejects writes."""

    def do_GET(self) -> None:
        self._answer(404)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(500)

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def state_store() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Unwritable) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/state"
        server.shutdown()
        thread.join()


SOURCE = """
    terraform {
      backend "http" {
        address   = "STORE"
        retry_max = 0
      }
    }
    resource "terraform_data" "secret" { input = "canary-secret" }
    resource "terraform_data" "block" {
      input = terraform_data.secret.id
      provisioner "local-exec" { command = "COMMAND" }
    }
"""


class TestStateThatCannotBeSaved:
    def test_anywhere_is_only_in_the_emergency_state_dump(
        self, order_run: OrderRun, apply_steps: Steps, state_store: str
    ) -> None:
        blocked = SOURCE.replace("STORE", state_store).replace("COMMAND", "mkdir errored.tfstate")
        run = order_run(blocked)

        run.start(*apply_steps)

        assert run.exit().exit_code == 1
        (dump,) = [message for message in run.messages() if message.type == "state_dump"]
        assert dump.emergency_state is not None
        assert b"canary-secret" in dump.emergency_state  # proves that the test can see at all
        assert not [message for message in run.messages() if "canary-secret" in repr(message)]

    def test_in_its_store_is_kept_in_the_workspace_for_its_owner_only(
        self, order_run: OrderRun, apply_steps: Steps, state_store: str
    ) -> None:
        run = order_run(SOURCE.replace("STORE", state_store).replace("COMMAND", "true"))

        run.start(*apply_steps)

        assert run.exit().exit_code == 1
        kept = run.directory / "module/errored.tfstate"
        assert "canary-secret" in kept.read_text()
        assert kept.stat().st_mode & 0o077 == 0
        assert not [message for message in run.messages() if message.type == "state_dump"]
