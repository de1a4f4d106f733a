"""Networks and addresses as texts."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:  # few rules compare addresses: those that do load the module
    from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

Network: TypeAlias = "IPv4Network | IPv6Network"
Address: TypeAlias = "IPv4Address | IPv6Address"
MAX_TEXT = 64


def network(value: Any) -> Network | Address | None:
    """What a text such as ``10.0.0.0/8`` or ``10.1.2.3`` stands for; host bits are refused."""
    return _read(value) if type(value) is str and len(value) <= MAX_TEXT else None


@lru_cache(maxsize=4096)
def _read(text: str) -> Network | Address | None:
    from ipaddress import ip_address, ip_network

    try:
        return ip_network(text) if "/" in text else ip_address(text)
    except ValueError:
        return None


def prefix(value: Any) -> int:
    """How many bits of a network are fixed; 0 of anything else."""
    return getattr(network(value), "prefixlen", 0)


def inside(inner: Network | Address | None, outer: Network | Address | None) -> bool:
    """Whether an address or a network lies in a network; one of the other version never does."""
    from ipaddress import IPv4Network, IPv6Network

    if inner is None or not isinstance(outer, IPv4Network | IPv6Network):
        return False
    if isinstance(inner, IPv4Network) and isinstance(outer, IPv4Network):
        return inner.subnet_of(outer)
    if isinstance(inner, IPv6Network) and isinstance(outer, IPv6Network):
        return inner.subnet_of(outer)
    return not isinstance(inner, IPv4Network | IPv6Network) and inner in outer
