import http.client
import json
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest

from tests.simulator.server import Account

JSON = {"Content-Type": "application/json"}


def status_of(account: Account, method: str, path: str, headers: dict[str, str], body: str = "") -> int:
    """The status of the response to a request with exactly these headers."""
    parts = urlsplit(account.url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 0, timeout=10)
    connection.request(method, path, body=body or None, headers=headers)
    status = connection.getresponse().status
    connection.close()
    return status


FAULT = json.dumps({"service": "ec2", "action": "NoSuchAction", "code": "X", "message": "X"})
CROSS_SITE = [
    pytest.param({**JSON, "Origin": "https://evil.example"}, id="a page of another site"),
    pytest.param({**JSON, "Origin": "null"}, id="a sandboxed page"),
    pytest.param({**JSON, "Origin": "http://127.0.0.1:1"}, id="a page on another port"),
    pytest.param({**JSON, "Sec-Fetch-Site": "cross-site"}, id="a page without an origin"),
    pytest.param({**JSON, "Sec-Fetch-Site": "same-site"}, id="a page of the same site"),
    pytest.param({**JSON, "Host": "evil.example"}, id="another host name"),
    pytest.param({**JSON, "Host": "evil.example", "Origin": "http://evil.example"}, id="DNS rebinding"),
    pytest.param({"Content-Type": "text/plain"}, id="a form with plain text"),
    pytest.param({"Content-Type": "application/x-www-form-urlencoded"}, id="a form"),
]


class TestPageOfAnotherSite:
    @pytest.mark.parametrize("headers", CROSS_SITE)
    def test_cannot_switch_a_fault_on(self, account: Account, headers: dict[str, str]) -> None:
        status = status_of(account, "POST", "/_lab/faults", headers, FAULT)

        assert status in (400, 403)
        assert account.get_lab("faults")["faults"] == []

    def test_cannot_switch_a_fault_off(self, account: Account) -> None:
        fault = account.change_lab("faults", json.loads(FAULT))

        status = status_of(account, "DELETE", "/_lab/faults", {"Origin": "https://evil.example"})

        assert status == 403
        assert [each["id"] for each in account.get_lab("faults")["faults"]] == [fault["id"]]
        account.change_lab("faults", method="DELETE")

    def test_cannot_read_under_its_own_host_name(self, account: Account) -> None:
        assert status_of(account, "GET", "/_lab/faults", {"Host": "evil.example"}) == 403


class TestClientOnThisMachine:
    @pytest.mark.parametrize("host", ["127.0.0.1:4566", "localhost:4566", "[::1]:4566", "aws:4566"])
    def test_may_read(self, account: Account, host: str) -> None:
        assert status_of(account, "GET", "/_lab/faults", {"Host": host}) == 200

    def test_the_labs_own_page_may_change_the_lab(self, account: Account) -> None:
        headers = {**JSON, "Origin": account.url, "Sec-Fetch-Site": "same-origin"}

        assert status_of(account, "POST", "/_lab/faults", headers, FAULT) == 201
        account.change_lab("faults", method="DELETE")

    def test_may_read_the_identity_under_any_host_name(self, account: Account) -> None:
        assert status_of(account, "GET", "/_lab/account", {"Host": "aws.example.com:4566"}) == 200

    def test_gets_an_error_for_an_unknown_path_or_method(self, account: Account) -> None:
        assert status_of(account, "PUT", "/_lab/faults", JSON, "{}") == 405
        assert status_of(account, "GET", "/_lab/nothing", {}) == 404


class TestLabPage:
    def test_cannot_be_framed_and_loads_nothing_from_other_sites(self, account: Account) -> None:
        with urlopen(f"{account.url}/_lab/", timeout=10) as response:  # noqa: S310 - our own loopback server
            policy = response.headers["Content-Security-Policy"]

        assert "frame-ancestors 'none'" in policy
        assert "default-src 'none'" in policy

    @pytest.mark.parametrize("path", ["/_lab/../routes.py", "/_lab/%2e%2e/routes.py", "/_lab/page/lab.js"])
    def test_serves_no_other_files(self, account: Account, path: str) -> None:
        assert status_of(account, "GET", path, {}) in (404, 400)

    def test_is_not_served_under_another_host_name(self, account: Account) -> None:
        assert status_of(account, "GET", "/_lab/", {"Host": "evil.example"}) == 403
