"""The SSRF set: whatever is spelled or resolved towards an inner address opens no socket."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward.errors import BadInput
from steward.outbound import Outbound, OutboundRefused, allow_list, denial, outbound

PUBLIC = "93.184.216.34"

# 26 forms of an address that a name may resolve to.
ADDRESSES = (
    "127.0.0.1",
    "127.255.255.254",
    "0.0.0.0",  # noqa: S104  # an address to refuse, not to bind
    "0.1.2.3",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",
    "168.63.129.16",
    "192.0.0.192",
    "198.18.0.1",
    "203.0.113.9",
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::a00:1",
    "2002:7f00:1::1",
    "2001:0:53aa:64c::1",
    "fec0::1",
    "fd00:ec2::254",
    "fe80::1%eth0",
)
# 12 spellings of a host that the C library reads as an inner address.
SPELLINGS = (
    "0177.0.0.1",
    "2130706433",
    "0x7f.1",
    "127.1",
    "0x7f000001",
    "localhost",
    "127.000.0.1",
    "LOCALHOST",
    "[::1]",
    "[::ffff:7f00:1]",
    "[0:0:0:0:0:ffff:127.0.0.1]",
    "10.1",
)
# 22 URLs refused before anything is resolved: userinfo, schemes, ports, IDN, spellings.
URLS = (
    "http://example.com/",
    "ftp://example.com/",
    "file:///etc/passwd",
    "gopher://example.com/",
    "//example.com/",
    "example.com",
    "https://user@example.com/",
    "https://user:word@example.com/",
    "https://example.com@127.0.0.1/",
    "https://127.0.0.1%20@example.com/",
    "https://example.com:22/",
    "https://example.com:80/",
    "https://example.com:0/",
    "https://example.com:99999/",
    "https://１２７.０.０.１/",  # noqa: RUF001  # full-width digits
    "https://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/",
    "https://examp\u0142e.com/",
    "https://example.com\\@127.0.0.1/",
    "https://127.0.0.1\t.example.com/",
    "https://example.com/\r\nHost: inner",
    "https://[fe80::1%25eth0]/",
    "https:///path",
)


class Network:
    """Counts the sockets that would open."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.lookups = 0
        self.opened: list[str] = []

    def resolve(self, host: str, port: int) -> Sequence[str]:
        self.lookups += 1
        return self.answers[min(self.lookups, len(self.answers)) - 1]

    def connect(self, address: str, port: int, patience: float) -> socket.socket:
        self.opened.append(address)
        raise ConnectionRefusedError("counted, not connected")

    def sender(self, resolve: Callable[[str, int], Sequence[str]] | None = None) -> Outbound:
        return Outbound(resolve=resolve or self.resolve, connect=self.connect)


def real_lookup(host: str, port: int) -> Sequence[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


def test_the_set_has_sixty_cases() -> None:
    assert (len(ADDRESSES), len(SPELLINGS), len(URLS)) == (26, 12, 22)


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_name_that_resolves_inwards_opens_no_socket(address: str) -> None:
    network = Network([address])
    with pytest.raises(OutboundRefused, match="only public addresses"):
        network.sender().post("https://example.com/", body=b"", headers={})
    assert network.opened == []


@pytest.mark.parametrize("host", SPELLINGS)
def test_a_host_spelled_as_an_inner_address_opens_no_socket(host: str) -> None:
    network = Network()
    with pytest.raises(OutboundRefused, match="only public addresses"):
        network.sender(real_lookup).post(f"https://{host}/", body=b"", headers={})
    assert network.opened == []


@pytest.mark.parametrize("url", URLS)
def test_a_url_outside_the_rules_is_not_even_resolved(url: str) -> None:
    network = Network([PUBLIC])
    with pytest.raises(OutboundRefused):
        network.sender().post(url, body=b"", headers={})
    assert (network.lookups, network.opened) == (0, [])


def test_one_inner_address_among_public_ones_refuses_them_all() -> None:
    network = Network([PUBLIC, "10.0.0.1"])
    with pytest.raises(OutboundRefused):
        network.sender().post("https://example.com/", body=b"", headers={})
    assert network.opened == []


def test_a_rebound_name_is_resolved_once_and_the_checked_address_is_used() -> None:
    """The second answer, an inner address, is never asked for."""
    network = Network([PUBLIC], ["127.0.0.1"])
    with pytest.raises(Exception, match="not connected"):
        network.sender().post("https://example.com/", body=b"", headers={})
    assert (network.lookups, network.opened) == (1, [PUBLIC])


def test_a_refusal_shows_neither_path_nor_userinfo() -> None:
    with pytest.raises(OutboundRefused) as refusal:
        Outbound().target("https://user:word@example.com/services/T0/B0/secret?key=value")
    assert not {"word", "secret", "value"} & set(str(refusal.value).replace("/", " ").split())
    assert "secret" not in str(refusal.value)
    assert "word" not in str(refusal.value)


@pytest.mark.parametrize("address", [PUBLIC, "8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8"])
def test_a_public_address_may_be_reached(address: str) -> None:
    assert denial(ip_address(address)) is None


@given(st.ip_addresses())
def test_what_python_calls_private_is_denied(address: object) -> None:
    parsed = ip_address(str(address))
    mapped = getattr(parsed, "ipv4_mapped", None) or parsed
    if mapped.is_private or mapped.is_multicast or mapped.is_reserved or mapped.is_loopback:
        assert denial(parsed) is not None


@given(st.ip_addresses(v=4))
def test_embedding_an_address_in_ipv6_never_helps(address: object) -> None:
    number = int(ip_address(str(address)))
    for prefix in ("::/96", "64:ff9b::/96"):
        inner = ip_network(prefix).network_address + number
        assert denial(inner) is not None
    mapped = ip_network("::ffff:0:0/96").network_address + number
    assert denial(mapped) == denial(ip_address(str(address)))


def test_the_allow_list_counts_on_one_machine_only() -> None:
    url = "http://127.0.0.1:9000/hook"
    assert outbound(environment="embedded", allow="127.0.0.1:9000").target(url).allowed
    with pytest.raises(OutboundRefused):
        outbound(environment="production", allow="127.0.0.1:9000").target(url)


@pytest.mark.parametrize("url", ["http://127.0.0.1:9001/", "http://127.0.0.2:9000/"])
def test_the_allow_list_is_of_exact_pairs(url: str) -> None:
    with pytest.raises(OutboundRefused):
        outbound(environment="embedded", allow="127.0.0.1:9000").target(url)


@pytest.mark.parametrize("text", ["127.0.0.1", "host:", ":80", "host:x"])
def test_a_malformed_allow_list_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="host:port"):
        allow_list(text)


def test_the_allow_list_takes_several_pairs() -> None:
    assert allow_list("a:1, [::1]:2,") == {("a", 1), ("::1", 2)}
