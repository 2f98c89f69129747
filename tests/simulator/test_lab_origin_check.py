import http.client
import json
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest

from tests.simulator.server import Account

JSON = {"Content-Type": "application/json"}


def ask(account: Account, method: str, path: str, headers: dict[str, str], body: str = "") -> int:
    """The status of an answer to exactly these headers, as a browser or a program would send them."""
    parts = urlsplit(account.url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 0, timeout=10)
    connection.request(method, path, body=body or None, headers=headers)
    status = connection.getresponse().status
    connection.close()
    return status


FAULT = json.dumps({"service": "ec2", "action": "NoSuchAction", "code": "X", "message": "X"})
ELSEWHERE = [
    pytest.param({**JSON, "Origin": "https://evil.example"}, id="a page of another site"),
    pytest.param({**JSON, "Origin": "null"}, id="a page in a sandbox"),
    pytest.param({**JSON, "Origin": "http://127.0.0.1:1"}, id="a page of another port"),
    pytest.param({**JSON, "Sec-Fetch-Site": "cross-site"}, id="a page without an origin"),
    pytest.param({**JSON, "Sec-Fetch-Site": "same-site"}, id="a page of a sibling"),
    pytest.param({**JSON, "Host": "evil.example"}, id="a name that leads here"),
    pytest.param({**JSON, "Host": "evil.example", "Origin": "http://evil.example"}, id="rebound"),
    pytest.param({"Content-Type": "text/plain"}, id="a form with text"),
    pytest.param({"Content-Type": "application/x-www-form-urlencoded"}, id="a form"),
]


class TestPageOfAnotherSite:
    @pytest.mark.parametrize("headers", ELSEWHERE)
    def test_switches_no_fault_on(self, account: Account, headers: dict[str, str]) -> None:
        status = ask(account, "POST", "/_lab/faults", headers, FAULT)

        assert status in (400, 403)
        assert account.lab("faults")["faults"] == []

    def test_switches_none_off(self, account: Account) -> None:
        fault = account.tell("faults", json.loads(FAULT))

        status = ask(account, "DELETE", "/_lab/faults", {"Origin": "https://evil.example"})

        assert status == 403
        assert [each["id"] for each in account.lab("faults")["faults"]] == [fault["id"]]
        account.tell("faults", method="DELETE")

    def test_reads_nothing_under_its_own_name(self, account: Account) -> None:
        assert ask(account, "GET", "/_lab/faults", {"Host": "evil.example"}) == 403


class TestVisitorOfThisMachine:
    @pytest.mark.parametrize("host", ["127.0.0.1:4566", "localhost:4566", "[::1]:4566", "aws:4566"])
    def test_may_look(self, account: Account, host: str) -> None:
        assert ask(account, "GET", "/_lab/faults", {"Host": host}) == 200

    def test_may_change_things_from_the_page_itself(self, account: Account) -> None:
        headers = {**JSON, "Origin": account.url, "Sec-Fetch-Site": "same-origin"}

        assert ask(account, "POST", "/_lab/faults", headers, FAULT) == 201
        account.tell("faults", method="DELETE")

    def test_reaches_the_account_by_any_name(self, account: Account) -> None:
        assert ask(account, "GET", "/_lab/account", {"Host": "aws.example.com:4566"}) == 200

    def test_is_told_what_a_path_takes(self, account: Account) -> None:
        assert ask(account, "PUT", "/_lab/faults", JSON, "{}") == 405
        assert ask(account, "GET", "/_lab/nothing", {}) == 404


class TestPage:
    def test_is_in_nobodys_frame_and_loads_nothing_from_elsewhere(self, account: Account) -> None:
        with urlopen(f"{account.url}/_lab/", timeout=10) as answer:  # noqa: S310 - our own loopback server
            policy = answer.headers["Content-Security-Policy"]

        assert "frame-ancestors 'none'" in policy
        assert "default-src 'none'" in policy

    @pytest.mark.parametrize("path", ["/_lab/../door.py", "/_lab/%2e%2e/door.py", "/_lab/page/lab.js"])
    def test_is_no_way_to_other_files(self, account: Account, path: str) -> None:
        assert ask(account, "GET", path, {}) in (404, 400)

    def test_is_not_shown_under_another_name(self, account: Account) -> None:
        assert ask(account, "GET", "/_lab/", {"Host": "evil.example"}) == 403
