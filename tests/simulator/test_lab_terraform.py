"""What Terraform makes of the laboratory: real faults in its words, and times that it waits for."""

import threading
from pathlib import Path

import pytest

from tests.simulator import server, terraform
from tests.simulator.databases import database_status
from tests.simulator.server import Account, wait_for


class TestTerraform:
    def test_fails_on_the_address_limit_in_the_words_of_aws_and_then_waits_for_the_gateway(
        self, tmp_path: Path
    ) -> None:
        with server.running(tmp_path / "account", "--latency", "0.1") as account:
            timed = terraform.begin("timed", tmp_path, url=account.url)
            account.tell("faults", {"name": "elastic-ip-limit"})

            code, said = timed.attempt("apply", "-auto-approve", "-input=false", "-no-color")
            account.tell("faults", method="DELETE")
            events = timed.apply()

        assert code == 1
        assert "Error: creating EC2 EIP: operation error EC2: AllocateAddress" in said
        assert "StatusCode: 400" in said
        assert (
            "api error AddressLimitExceeded: The maximum number of addresses has been reached."
            in " ".join(said.replace("\u2502", "").split())
        )
        # A tenth of the 95 s that one takes in AWS.
        assert terraform.seconds_of(events, "aws_nat_gateway.this[0]") >= 9

    # The provider waits for a minute before it asks for the first time.
    @pytest.mark.slow_fault
    def test_has_a_database_in_its_scaled_time(self, tmp_path: Path) -> None:
        with server.running(tmp_path / "account", "--latency", "0.1") as account:
            timed = terraform.begin("timed", tmp_path, url=account.url)
            watcher = Watcher(account)
            watcher.start()

            events = timed.apply("-var=database=true", seconds=300)
            watcher.join()

        assert terraform.seconds_of(events, "aws_db_instance.this[0]") >= 60
        assert watcher.seen == ["creating", "available"]
        assert watcher.seconds == 30


class Watcher(threading.Thread):
    """Looks at the database meanwhile: its statuses, and the seconds that its creation was to take."""

    def __init__(self, account: Account) -> None:
        super().__init__()
        self._account = account
        self.seen: list[str] = []
        self.seconds = 0.0

    def run(self) -> None:
        wait_for(lambda: self._look() != "gone", seconds=120)
        [pending] = [each for each in self._account.lab("latency")["pending"] if each["kind"] == "database"]
        self.seconds = pending["seconds"]
        wait_for(lambda: self._look() == "available", seconds=120)

    def _look(self) -> str:
        status = database_status(self._account, "timed")
        if status != "gone" and status not in self.seen[-1:]:
            self.seen.append(status)
        return status
