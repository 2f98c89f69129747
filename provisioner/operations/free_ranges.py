"""Address ranges for orders that name none, so that a second order is not refused."""

import ipaddress
from collections.abc import Iterable

from provisioner.blueprints import Blueprint, Input, cidr_overlaps
from provisioner.models import CloudAccount
from provisioner.operations import clashes

_TEN = ipaddress.IPv4Network("10.0.0.0/8")


def free_ranges(blueprint: Blueprint, account: CloudAccount | None) -> dict[str, str]:
    """Each exclusive address range: its default, or the next free one if the account uses the default."""
    questions = asked_for(blueprint)
    if account is None or not questions:
        return {}
    taken = clashes.networks_in_use(account)
    found = {}
    for question in questions.values():
        if suggestion := _free(question, taken):
            found[question.name] = suggestion
            taken = [*taken, suggestion]
    return found


def asked_for(blueprint: Blueprint) -> dict[str, Input]:
    """The inputs for a range that an environment has for itself, by name."""
    return {
        name: question
        for name, question in blueprint.inputs.items()
        if question.kind == "cidr" and question.exclusive
    }


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
