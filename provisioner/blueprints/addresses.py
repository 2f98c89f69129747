"""IPv4 address ranges: which may be ordered, and which overlap."""

from __future__ import annotations

import ipaddress

from provisioner.sentences import translate

_PRIVATE = tuple(ipaddress.IPv4Network(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))


class NotARange(Exception):
    """The text is not an address range that an environment may have. The message says what is accepted."""


def cidr_overlaps(a: str, b: str) -> bool:
    """Whether two IPv4 ranges share an address. False if one of them is not a range."""
    try:
        first, second = ipaddress.IPv4Network(a, strict=False), ipaddress.IPv4Network(b, strict=False)
    except ValueError:
        return False
    return first.overlaps(second)


def private_range(text: str, *, shortest_prefix: int, longest_prefix: int) -> str:
    """The range in its full form: a private (RFC 1918) IPv4 network with host bits of zero.

    Raises NotARange.
    """
    network = _network(text)
    if not any(network.subnet_of(private) for private in _PRIVATE):
        raise NotARange(
            translate(
                "%(range)s is not private. Choose a range inside 10.0.0.0/8, 172.16.0.0/12 or "
                "192.168.0.0/16.",
                range=str(network),
            )
        )
    if not shortest_prefix <= network.prefixlen <= longest_prefix:
        raise NotARange(
            translate(
                "The size must be from /%(shortest)s to /%(longest)s; this is /%(given)s.",
                shortest=shortest_prefix,
                longest=longest_prefix,
                given=network.prefixlen,
            )
        )
    return str(network)


def _network(text: str) -> ipaddress.IPv4Network:
    address, slash, prefix = text.partition("/")
    if not slash or not (prefix.isascii() and prefix.isdigit()) or len(prefix) > 2:
        raise NotARange(translate("Enter an IPv4 range with its size, such as 10.20.0.0/16."))
    try:
        loose = ipaddress.IPv4Network(text, strict=False)
    except ValueError as error:
        raise NotARange(translate("This is not an IPv4 range. Enter one such as 10.20.0.0/16.")) from error
    if str(loose.network_address) != address:
        sentence = translate(
            "A range of size /%(size)s starts at %(range)s. Enter that instead.",
            size=loose.prefixlen,
            range=str(loose),
        )
        raise NotARange(sentence)
    return loose
