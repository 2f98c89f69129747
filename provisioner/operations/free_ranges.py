"""Address ranges for who named none, so that a second order does not begin with a refusal."""

import ipaddress
from collections.abc import Iterable
from typing import Any

from provisioner.blueprints import Blueprint, Input, cidr_overlaps
from provisioner.models import CloudAccount, Environment
from provisioner.run_status import EnvironmentStatus

_TEN = ipaddress.IPv4Network("10.0.0.0/8")


def of(blueprint: Blueprint, account: CloudAccount | None) -> dict[str, Any]:
    """Each exclusive address range: its default, or where the account has that in use the next free one."""
    questions = [
        question for question in blueprint.inputs.values() if question.kind == "cidr" and question.exclusive
    ]
    if account is None or not questions:
        return {}
    taken = _taken(account)
    found = {}
    for question in questions:
        if suggestion := _free(question, taken):
            found[question.name] = suggestion
            taken = [*taken, suggestion]
    return found


def _taken(account: CloudAccount) -> list[str]:
    living = Environment.objects.filter(account=account).exclude(status=EnvironmentStatus.DESTROYED)
    return [network for networks in living.values_list("networks", flat=True) for network in networks]


def _free(question: Input, taken: list[str]) -> str:
    default = str(question.default or "")
    if default and not any(cidr_overlaps(default, each) for each in taken):
        return default
    prefix = int(default.partition("/")[2] or 16)
    if prefix < 16:
        return ""
    used = _second_octets(taken)
    free = next((octet for octet in [*range(20, 256), *range(20)] if octet not in used), None)
    return "" if free is None else f"10.{free}.0.0/{prefix}"


def _second_octets(networks: Iterable[str]) -> set[int]:
    """Every n for which some network has an address in 10.n.0.0/16."""
    used: set[int] = set()
    for text in networks:
        try:
            network = ipaddress.IPv4Network(text)
        except ValueError:
            continue
        if network.subnet_of(_TEN):
            first, last = network.network_address.packed[1], network.broadcast_address.packed[1]
            used.update(range(first, last + 1))
    return used
