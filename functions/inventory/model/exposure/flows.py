"""Traffic as sets that can be cut exactly: who sends it, by which protocol, to which ports."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network
from typing import NamedTuple, TypeAlias, TypeVar

Network: TypeAlias = IPv4Network | IPv6Network
N = TypeVar("N", IPv4Network, IPv6Network)

ANYONE = {4: ip_network("0.0.0.0/0"), 6: ip_network("::/0")}
ALL = "-1"
TCP, UDP, ICMP, ICMP6 = "6", "17", "1", "58"
USUAL = (TCP, UDP, ICMP, ICMP6)
LAST_PORT = 65535
EPHEMERAL = 1024
"""Answers go to the caller's port, which is this or above."""
_NAMES = {"tcp": TCP, "udp": UDP, "icmp": ICMP, "icmpv6": ICMP6, "all": ALL, "-1": ALL}
_WORDS = {TCP: "tcp", UDP: "udp", ICMP: "icmp", ICMP6: "icmpv6"}
_WITH_PORTS = frozenset({TCP, UDP})
# Not of the internet. Sources: RFC 1918, 6598, 3927, 1122, 4193, 4291.
_PRIVATE = tuple(
    ip_network(text)
    for text in (
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "100.64.0.0/10",
        "169.254.0.0/16",
        "127.0.0.0/8",
        "fc00::/7",
        "fe80::/10",
    )
)


class Flow(NamedTuple):
    """Traffic of one protocol from a network to a range of ports; other protocols have the whole range."""

    source: Network
    protocol: str
    low: int = 0
    high: int = LAST_PORT

    @property
    def text(self) -> str:
        """Protocol and ports, as ``tcp/443`` or ``udp/1024-2048``."""
        word = _WORDS.get(self.protocol, self.protocol)
        if self.protocol not in _WITH_PORTS:
            return word
        ports = str(self.low) if self.low == self.high else f"{self.low}-{self.high}"
        return f"{word}/{ports}"


def network(text: object) -> Network | None:
    """The network that a text means; None when it is none."""
    try:
        return ip_network(str(text), strict=False)
    except ValueError:
        return None


def is_public(address: Network) -> bool:
    """Whether any of it belongs to the internet."""
    return not any(_within(address, private) for private in _PRIVATE)


def protocol_of(text: object) -> str:
    """The protocol's number as a string, whatever it is written as; ``-1`` for all."""
    word = str(text).strip().lower()
    return _NAMES.get(word, word)


def everything(sources: Iterable[Network], protocols: Iterable[str] = USUAL) -> list[Flow]:
    """All traffic from these networks."""
    wanted = tuple(dict.fromkeys(protocols))
    return [Flow(source, protocol) for source in sources for protocol in wanted]


def shared(one: Flow, other: Flow) -> Flow | None:
    """The traffic that two flows have in common; ``-1`` stands for every protocol."""
    source = narrower(one.source, other.source)
    protocol = one.protocol if other.protocol == ALL else other.protocol
    low, high = max(one.low, other.low), min(one.high, other.high)
    if source is None or low > high or one.protocol not in {ALL, protocol}:
        return None
    return Flow(source, protocol, low, high)


def without(flow: Flow, taken: Flow) -> Iterator[Flow]:
    """What is left of a flow, in pieces that do not overlap."""
    common = shared(flow, taken)
    if common is None:
        yield flow
        return
    for source in _outside(flow.source, common.source):
        yield flow._replace(source=source)
    inside = flow._replace(source=common.source)
    if flow.low < common.low:
        yield inside._replace(high=common.low - 1)
    if common.high < flow.high:
        yield inside._replace(low=common.high + 1)


def narrower(one: Network, other: Network) -> Network | None:
    """The smaller of two networks where it lies in the other; None where they share nothing."""
    if _within(one, other):
        return one
    return other if _within(other, one) else None


def joined(networks: Iterable[Network]) -> list[Network]:
    """The same addresses in as few networks as can be."""
    wanted = set(networks)
    fours = collapse_addresses([one for one in wanted if isinstance(one, IPv4Network)])
    sixes = collapse_addresses([one for one in wanted if isinstance(one, IPv6Network)])
    return [*fours, *sixes]


def _within(one: Network, other: Network) -> bool:
    if isinstance(one, IPv4Network):
        return isinstance(other, IPv4Network) and one.subnet_of(other)
    return isinstance(other, IPv6Network) and one.subnet_of(other)


def _outside(whole: Network, part: Network) -> list[Network]:
    if isinstance(whole, IPv4Network):
        return list(whole.address_exclude(part)) if isinstance(part, IPv4Network) else [whole]
    return list(whole.address_exclude(part)) if isinstance(part, IPv6Network) else [whole]
