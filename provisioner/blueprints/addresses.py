"""IPv4 address ranges: what may be ordered, and what collides."""

from __future__ import annotations

import ipaddress

_PRIVATE = tuple(ipaddress.IPv4Network(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))


class NotARange(Exception):
    """The text is no address range that an environment may have; the message says what is wanted."""


def cidr_overlaps(a: str, b: str) -> bool:
    """Do two IPv4 ranges share an address? False if either is not a range at all."""
    try:
        first, second = ipaddress.IPv4Network(a, strict=False), ipaddress.IPv4Network(b, strict=False)
    except ValueError:
        return False
    return first.overlaps(second)


def private_range(text: str, *, shortest_prefix: int, longest_prefix: int) -> str:
    """The range as it is written in full: a private (RFC 1918) IPv4 network, its host bits zero.

    Raises NotARange.
    """
    network = _network(text)
    if not any(network.subnet_of(private) for private in _PRIVATE):
        raise NotARange(
            f"{network} is not private. Choose a range inside 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16."
        )
    if not shortest_prefix <= network.prefixlen <= longest_prefix:
        raise NotARange(
            f"The size must be from /{shortest_prefix} to /{longest_prefix}; this is /{network.prefixlen}."
        )
    return str(network)


def _network(text: str) -> ipaddress.IPv4Network:
    address, slash, prefix = text.partition("/")
    if not slash or not (prefix.isascii() and prefix.isdigit()) or len(prefix) > 2:
        raise NotARange("Write an IPv4 range with its size, such as 10.20.0.0/16.")
    try:
        loose = ipaddress.IPv4Network(text, strict=False)
    except ValueError as error:
        raise NotARange("This is not an IPv4 range. Write one such as 10.20.0.0/16.") from error
    if str(loose.network_address) != address:
        raise NotARange(f"A range of size /{loose.prefixlen} starts at {loose}: write that instead.")
    return loose
