"""Real Terraform with the lab's faults and latency."""

import threading
from pathlib import Path

import pytest

from tests.simulator import server, terraform
from tests.simulator.databases import database_status
from tests.simulator.server import Account, wait_for


class TestTerraform:
    def test_reports_the_address_limit_and_then_waits_for_the_nat_gateway(self, tmp_path: Path) -> None:
        with server.running(tmp_path / "account", "--latency", "0.1") as account:
            timed = terraform.initialize("timed", tmp_path, url=account.url)
            account.change_lab("faults", {"name": "elastic-ip-limit"})

            code, output = timed.attempt("apply", "-auto-approve", "-input=false", "-no-color")
            account.change_lab("faults", method="DELETE")
            events = timed.apply()

        assert code == 1
        assert "Error: creating EC2 EIP: operation error EC2: AllocateAddress" in output
        assert "StatusCode: 400" in output
        assert (
            "api error AddressLimitExceeded: The maximum number of addresses has been reached."
            in " ".join(output.replace("\u2502", "").split())
        )
        # A tenth of the 95 s in AWS.
        assert terraform.seconds_of(events, "aws_nat_gateway.this[0]") >= 9

    # The provider waits for a minute before its first request for the status.
    @pytest.mark.slow_fault
    def test_waits_for_a_database_for_its_scaled_time(self, tmp_path: Path) -> None:
        with server.running(tmp_path / "account", "--latency", "0.1") as account:
            timed = terraform.initialize("timed", tmp_path, url=account.url)
            recorder = StatusRecorder(account)
            recorder.start()

            events = timed.apply("-var=database=true", seconds=300)
            recorder.join()

        assert terraform.seconds_of(events, "aws_db_instance.this[0]") >= 60
        assert recorder.statuses == ["creating", "available"]
        assert recorder.seconds == 30


class StatusRecorder(threading.Thread):
    """Records the statuses of the database, and how many seconds its creation takes."""

    def __init__(self, account: Account) -> None:
        super().__init__()
        self._account = account
        self.statuses: list[str] = []
        self.seconds = 0.0

    def run(self) -> None:
        wait_for(lambda: self._record() != "gone", seconds=120)
        [pending] = [
            each for each in self._account.get_lab("latency")["pending"] if each["kind"] == "database"
        ]
        self.seconds = pending["seconds"]
        wait_for(lambda: self._record() == "available", seconds=120)

    def _record(self) -> str:
        status = database_status(self._account, "timed")
        if status != "gone" and status not in self.statuses[-1:]:
            self.statuses.append(status)
        return status
