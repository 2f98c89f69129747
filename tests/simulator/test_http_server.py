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
WHO_AM_I = b"Action=GetCallerIdentity&Version=2011-06-15"


def connect(account: Account) -> http.client.HTTPConnection:
    address = urlsplit(account.url)
    assert address.hostname is not None
    return http.client.HTTPConnection(address.hostname, address.port, timeout=10)


class TestServer:
    def test_says_that_it_is_ready(self, account: Account) -> None:
        assert account.lab("healthz") == {"status": "ok"}

    def test_says_in_one_line_where_it_is(self, account: Account) -> None:
        assert account.greeting == f"simulated AWS account on {account.url}, begun anew\n"

    def test_knows_no_other_page(self, account: Account) -> None:
        connection = connect(account)

        connection.request("GET", "/_lab/nothing")

        assert connection.getresponse().status == 404
        connection.close()

    def test_answers_many_requests_on_one_connection(self, account: Account) -> None:
        connection = connect(account)
        sockets = set()

        for _ in range(3):
            connection.request("POST", "/", WHO_AM_I, SIGNED)
            answer = connection.getresponse()
            assert b"123456789012" in answer.read()
            sockets.add(connection.sock)

        assert len(sockets) == 1
        assert None not in sockets
        connection.close()

    @pytest.mark.parametrize("length", ["many", "-1"])
    def test_survives_a_length_that_is_none(self, account: Account, length: str) -> None:
        connection = connect(account)
        connection.putrequest("POST", "/")
        for name, value in {**SIGNED, "Content-Length": length}.items():
            connection.putheader(name, value)
        connection.endheaders()

        assert connection.getresponse().status >= 400
        connection.close()
        assert account.lab("healthz") == {"status": "ok"}

    def test_is_not_held_up_by_a_client_that_sends_half_a_request(self, tmp_path: Path) -> None:
        with server.running(tmp_path, "--snapshot-seconds", "0.1") as account:
            slow = connect(account)
            slow.putrequest("POST", "/")
            for name, value in {**SIGNED, "Content-Length": "1000"}.items():
                slow.putheader(name, value)
            slow.endheaders()
            slow.send(b"Action=")

            account.client("ec2").create_vpc(CidrBlock="10.1.0.0/16")

            server.wait_for(lambda: account.lab("account")["revision"] > 0, seconds=1.5)
            slow.close()

    def test_has_an_identity_of_its_own(self, account: Account) -> None:
        identity = account.lab("account")

        assert set(identity) >= {"generation", "started_at", "restored", "restored_from", "set_aside"}
        assert json.dumps(identity)
