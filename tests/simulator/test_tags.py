from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest
from moto.ec2.models.tags import TagBackend

from simulator.patches import tags as tags_patch
from tests.simulator.server import Account


class ChangingTags(dict[str, str]):
    """Tags that change while they are read."""

    def items(self) -> Any:
        for number, pair in enumerate(super().items()):
            if number == 0:
                self["late"] = "1"
            yield pair


def backend() -> Any:
    found = TagBackend()
    found.tags["igw-1"] = ChangingTags(Team="shop", Owner="alice")
    return found


class TestTagsThatChangeMeanwhile:
    def test_cannot_be_read_in_plain_moto(self) -> None:
        original = TagBackend.describe_tags
        message = ""

        try:
            original(backend(), {"resource-id": ["igw-1"]})
        except RuntimeError as error:
            message = str(error)

        assert message == "dictionary changed size during iteration"

    def test_are_read(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(TagBackend, "describe_tags", TagBackend.describe_tags)
        tags_patch.apply()

        tags = backend().describe_tags({"resource-id": ["igw-1"]})

        assert {tag["key"]: tag["value"] for tag in tags} == {"Team": "shop", "Owner": "alice"}

    def test_do_not_disturb_other_requests(self, account: Account) -> None:
        ec2, end = account.client("ec2"), Event()
        gateways = [ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"] for _ in range(2)]

        def write() -> None:
            number = 0
            while not end.is_set():
                number += 1
                ec2.create_tags(Resources=gateways[:1], Tags=[{"Key": f"k{number % 40}", "Value": "v"}])

        with ThreadPoolExecutor(1) as threads:
            writing = threads.submit(write)
            try:
                read = [ec2.describe_internet_gateways(InternetGatewayIds=gateways) for _ in range(40)]
            finally:
                end.set()
            writing.result()

        assert all(len(each["InternetGateways"]) == 2 for each in read)
