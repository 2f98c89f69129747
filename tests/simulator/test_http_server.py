import http.client
import json
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.simulator import server
from tests.simulator.server import Account

SIGNED = {
    "Authorization": "AWS4-HMAC-SHA256 Credential=test/20261123/us-east-1/sts/aws4_request, "
    "SignedHeaders=host, Signature=0",
    "Content-Type": "application/x-www-form-urlencoded",
}
GET_CALLER_IDENTITY = b"Action=GetCallerIdentity&Version=2011-06-15"


def connect(account: Account) -> http.client.HTTPConnection:
    address = urlsplit(account.url)
    assert address.hostname is not None
    return http.client.HTTPConnection(address.hostname, address.port, timeout=10)


class TestServer:
    def test_has_a_health_check(self, account: Account) -> None:
        assert account.get_lab("healthz") == {"status": "ok"}

    def test_prints_its_address_in_one_line(self, account: Account) -> None:
        assert account.greeting == f"simulated AWS account on {account.url}, new account\n"

    def test_an_unknown_page_is_not_found(self, account: Account) -> None:
        connection = connect(account)

        connection.request("GET", "/_lab/nothing")

        assert connection.getresponse().status == 404
        connection.close()

    def test_answers_many_requests_on_one_connection(self, account: Account) -> None:
        connection = connect(account)
        sockets = set()

        for _ in range(3):
            connection.request("POST", "/", GET_CALLER_IDENTITY, SIGNED)
            response = connection.getresponse()
            assert b"123456789012" in response.read()
            sockets.add(connection.sock)

        assert len(sockets) == 1
        assert None not in sockets
        connection.close()

    @pytest.mark.parametrize("length", ["many", "-1"])
    def test_survives_an_invalid_content_length(self, account: Account, length: str) -> None:
        connection = connect(account)
        connection.putrequest("POST", "/")
        for name, value in {**SIGNED, "Content-Length": length}.items():
            connection.putheader(name, value)
        connection.endheaders()

        assert connection.getresponse().status >= 400
        connection.close()
        assert account.get_lab("healthz") == {"status": "ok"}

    def test_a_client_that_sends_half_a_request_does_not_block_snapshots(self, tmp_path: Path) -> None:
        with server.running(tmp_path, "--snapshot-seconds", "0.1") as account:
            slow = connect(account)
            slow.putrequest("POST", "/")
            for name, value in {**SIGNED, "Content-Length": "1000"}.items():
                slow.putheader(name, value)
            slow.endheaders()
            slow.send(b"Action=")

            account.client("ec2").create_vpc(CidrBlock="10.1.0.0/16")

            server.wait_for(lambda: account.get_lab("account")["revision"] > 0, seconds=1.5)
            slow.close()

    def test_returns_the_identity_of_the_account(self, account: Account) -> None:
        identity = account.get_lab("account")

        assert set(identity) >= {"generation", "started_at", "restored", "restored_from", "set_aside"}
        assert json.dumps(identity)
