"""HTTPS to addresses that strangers chose, without becoming their way into our own network.

The name is resolved once, every address it gives is checked against a deny list of our own, and the
connection goes to that very address, with the name kept for Host, SNI and the certificate. Python's
``ipaddress.is_private`` and ``is_global`` miss NAT64, 6to4, CGNAT, multicast and ``::a.b.c.d``.
"""

from __future__ import annotations

import http.client
import io
import re
import socket
import ssl
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from time import monotonic
from typing import Any, TypeAlias
from urllib.parse import SplitResult, urlsplit

from typing_extensions import Buffer, override

from steward.errors import BadInput, Transient

Address: TypeAlias = IPv4Address | IPv6Address
Resolve: TypeAlias = Callable[[str, int], Sequence[str]]
Connect: TypeAlias = Callable[[str, int, float], socket.socket]

PORTS = (443, 8443)
_MAX_URL = 2048
# RFC 1123 names and bracketed IPv6; no percent signs (zones), no underscores, nothing beyond ASCII.
_HOST = re.compile(r"[a-z0-9.-]{1,253}|[0-9a-f:.]{2,45}")
_PRINTABLE = re.compile(r"[\x21-\x7e]+")

# IANA special-purpose registry (RFC 6890 and later), with what clouds answer on besides.
_DENIED_4 = tuple(
    (ip_network(block), why)
    for block, why in (
        ("0.0.0.0/8", "this network"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "carrier-grade NAT"),
        ("127.0.0.0/8", "loopback"),
        ("168.63.129.16/32", "cloud metadata"),
        ("169.254.0.0/16", "link-local and cloud metadata"),
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "protocol assignments"),
        ("192.0.2.0/24", "documentation"),
        ("192.31.196.0/24", "AS112"),
        ("192.52.193.0/24", "AMT"),
        ("192.88.99.0/24", "6to4 relay"),
        ("192.168.0.0/16", "private"),
        ("192.175.48.0/24", "AS112"),
        ("198.18.0.0/15", "benchmarks"),
        ("198.51.100.0/24", "documentation"),
        ("203.0.113.0/24", "documentation"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved and broadcast"),
    )
)
_DENIED_6 = tuple(
    (ip_network(block), why)
    for block, why in (
        ("::/128", "unspecified"),
        ("::1/128", "loopback"),
        ("::/96", "IPv4-compatible"),
        ("64:ff9b::/96", "NAT64"),
        ("64:ff9b:1::/48", "local NAT64"),
        ("100::/64", "discard"),
        ("2001::/32", "Teredo"),
        ("2001:2::/48", "benchmarks"),
        ("2001::/23", "protocol assignments"),
        ("2001:db8::/32", "documentation"),
        ("2002::/16", "6to4"),
        ("3fff::/20", "documentation"),
        ("5f00::/16", "segment routing"),
        ("fc00::/7", "private and cloud metadata"),
        ("fe80::/10", "link-local"),
        ("fec0::/10", "site-local"),
        ("ff00::/8", "multicast"),
    )
)
# RFC 4291: only this eighth of the space holds global unicast addresses.
_GLOBAL_6 = ip_network("2000::/3")


class OutboundRefused(BadInput):
    """The URL or an address behind it is one that Steward never connects to."""


class OutboundFailed(Transient):
    """Nothing usable came back: no connection, no valid certificate, no answer in time."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How long and how much one exchange may take."""

    connect: timedelta = timedelta(seconds=5)
    total: timedelta = timedelta(seconds=20)
    answer_bytes: int = 64 * 1024


@dataclass(frozen=True, slots=True)
class Target:
    """A URL that passed the checks of spelling; its addresses are checked when it is resolved."""

    scheme: str
    host: str
    port: int
    path: str
    allowed: bool

    @property
    def authority(self) -> str:
        """The Host header: the port only when it is not the scheme's own."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        default = 443 if self.scheme == "https" else 80
        return name if self.port == default else f"{name}:{self.port}"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the far side said; at most ``Limits.answer_bytes`` of the body."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    took: timedelta

    @property
    def ok(self) -> bool:
        """Whether the far side accepted; a redirect did not."""
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES


def denial(address: Address) -> str | None:
    """Why Steward does not connect to the address; None when it may."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return denial(address.ipv4_mapped)
        for block, why in _DENIED_6:
            if address in block:
                return why
        return None if address in _GLOBAL_6 else "not global unicast"
    for block, why in _DENIED_4:
        if address in block:
            return why
    return None


def allow_list(text: str) -> frozenset[tuple[str, int]]:
    """The pairs of ``host:port`` in a comma-separated setting.

    Raises:
        BadInput: an entry is not ``host:port``.
    """
    pairs = set()
    for entry in filter(None, (part.strip() for part in text.split(","))):
        host, _, port = entry.rpartition(":")
        if not host or not port.isdecimal():
            raise BadInput(f"OUTBOUND_ALLOW has {entry!r}; write host:port, separated by commas")
        pairs.add((host.strip("[]").lower(), int(port)))
    return frozenset(pairs)


def outbound(*, environment: str, allow: str) -> Outbound:
    """The sender for a running function; its allow list counts on one machine only."""
    if environment != "embedded":
        return Outbound()
    return Outbound(allow=allow_list(allow))


@dataclass(frozen=True, slots=True)
class Outbound:
    """Sends requests to public addresses only; ``allow`` names exceptions by host and port."""

    allow: frozenset[tuple[str, int]] = frozenset()
    limits: Limits = Limits()
    resolve: Resolve = field(default_factory=lambda: _resolve)
    connect: Connect = field(default_factory=lambda: _connect)
    tls: Callable[[], ssl.SSLContext] = field(default_factory=lambda: _tls)

    def target(self, url: str) -> Target:
        """The checked parts of a URL.

        Raises:
            OutboundRefused: scheme, port, userinfo or spelling of the host is not allowed.
        """
        parts = _split(url)
        host, port = _host(parts, url), _port(parts, url)
        allowed = (host, port) in self.allow
        if parts.scheme != "https" and not (allowed and parts.scheme == "http"):
            raise OutboundRefused(f"URL {_shown(url)} has scheme {parts.scheme!r}; use https")
        if port not in PORTS and not allowed:
            raise OutboundRefused(f"URL {_shown(url)} has port {port}; use 443 or 8443")
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return Target(parts.scheme, host, port, path, allowed)

    def addresses(self, target: Target) -> tuple[str, ...]:
        """The addresses behind the target, every one of them checked.

        Raises:
            OutboundRefused: one of them is denied.
            OutboundFailed: the name does not resolve.
        """
        try:
            found = tuple(dict.fromkeys(self.resolve(target.host, target.port)))
        except (OSError, UnicodeError) as error:
            raise OutboundFailed(f"host {target.host!r} does not resolve: {error}") from error
        if not found:
            raise OutboundFailed(f"host {target.host!r} has no address")
        if not target.allowed:
            for address in found:
                _refuse_denied(target.host, address)
        return found

    def post(self, url: str, *, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Send the body and read the answer, of whatever status; redirects are not followed.

        Raises:
            OutboundRefused: the URL or an address behind it is not allowed; no socket was opened.
            OutboundFailed: no answer within the limits.
        """
        return self._send("POST", url, body, headers)

    def patch(self, url: str, *, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Change what is there and read the answer, of whatever status; redirects are not followed.

        Raises:
            OutboundRefused: the URL or an address behind it is not allowed; no socket was opened.
            OutboundFailed: no answer within the limits.
        """
        return self._send("PATCH", url, body, headers)

    def get(self, url: str, *, headers: Mapping[str, str]) -> Answer:
        """Read what is there, of whatever status; redirects are not followed.

        Raises:
            OutboundRefused: the URL or an address behind it is not allowed; no socket was opened.
            OutboundFailed: no answer within the limits.
        """
        return self._send("GET", url, b"", headers)

    def _send(self, method: str, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        started = monotonic()
        deadline = started + self.limits.total.total_seconds()
        target = self.target(url)
        stream = self._open(target, self.addresses(target), deadline)
        try:
            stream.sendall(_request(method, target, body, headers))
            return self._answer(method, stream, started)
        except (OSError, http.client.HTTPException) as error:
            raise OutboundFailed(f"{target.authority}: {_reason(error)}") from error
        finally:
            stream.close()

    def _open(self, target: Target, addresses: Iterable[str], deadline: float) -> _Stream:
        failure = "no address"
        for address in addresses:
            patience = min(self.limits.connect.total_seconds(), deadline - monotonic())
            if patience <= 0:
                break
            try:
                return self._secure(target, address, patience, deadline)
            except OSError as error:
                failure = _reason(error)
        raise OutboundFailed(f"{target.authority}: not connected: {failure}")

    def _secure(self, target: Target, address: str, patience: float, deadline: float) -> _Stream:
        plain = self.connect(address, target.port, patience)
        try:
            plain.settimeout(patience)
            if target.scheme == "http":
                return _Stream(plain, deadline)
            return _Stream(self.tls().wrap_socket(plain, server_hostname=target.host), deadline)
        except BaseException:
            plain.close()
            raise

    def _answer(self, method: str, stream: _Stream, started: float) -> Answer:
        response = http.client.HTTPResponse(stream, method=method)  # type: ignore[arg-type]
        response.begin()
        answer = response.read(self.limits.answer_bytes)
        fields = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, fields, answer, timedelta(seconds=monotonic() - started))


class _Stream:
    """A connected socket whose every read and write counts against one deadline.

    ``http.client`` knows timeouts per read only: a server that sends a byte every few seconds would
    hold the sender for ever.
    """

    def __init__(self, connected: socket.socket, deadline: float) -> None:
        self._socket = connected
        self._deadline = deadline

    def sendall(self, content: bytes) -> None:
        self._hurry()
        self._socket.sendall(content)

    def receive(self, buffer: Buffer) -> int:
        self._hurry()
        return self._socket.recv_into(buffer)

    def makefile(self, mode: str) -> io.BufferedReader:
        """What ``http.client.HTTPResponse`` reads from."""
        if mode != "rb":
            raise ValueError(f"mode {mode!r}: a stream is read as bytes, in mode 'rb'")
        return io.BufferedReader(_Reader(self))

    def close(self) -> None:
        self._socket.close()

    def _hurry(self) -> None:
        left = self._deadline - monotonic()
        if left <= 0:
            raise TimeoutError("the answer took too long")
        self._socket.settimeout(left)


class _Reader(io.RawIOBase):
    def __init__(self, stream: _Stream) -> None:
        self._stream = stream

    @override
    def readable(self) -> bool:
        return True

    @override
    def readinto(self, buffer: Buffer, /) -> int:
        return self._stream.receive(buffer)


def _split(url: str) -> SplitResult:
    # urlsplit quietly drops tabs and newlines, and browsers read a backslash as a slash: parsers
    # that disagree are how a checked URL becomes another one.
    if len(url) > _MAX_URL or not _PRINTABLE.fullmatch(url) or "\\" in url:
        raise OutboundRefused(
            f"URL {_shown(url)}: use at most {_MAX_URL} printable ASCII characters without a "
            "backslash (write an international name in its xn-- form)"
        )
    try:
        return urlsplit(url)
    except ValueError as error:
        raise OutboundRefused(f"URL {_shown(url)}: {error}") from error


def _host(parts: SplitResult, url: str) -> str:
    if "@" in parts.netloc:
        raise OutboundRefused(f"URL {_shown(url)} has userinfo; send credentials in a header")
    host = (parts.hostname or "").lower()
    if not _HOST.fullmatch(host):
        raise OutboundRefused(f"URL {_shown(url)} has host {host!r}; use a DNS name or an address")
    return host


def _port(parts: SplitResult, url: str) -> int:
    try:
        port = parts.port
    except ValueError as error:
        raise OutboundRefused(f"URL {_shown(url)}: {error}") from error
    if port is not None:
        return port
    return 80 if parts.scheme == "http" else 443


def _refuse_denied(host: str, address: str) -> None:
    why = denial(ip_address(address.partition("%")[0]))
    if why is not None:
        raise OutboundRefused(
            f"host {host!r} is at {address}, which is {why}; only public addresses are reached"
        )


def _shown(url: str) -> str:
    """The URL without path and query: those of a Slack webhook are its password."""
    scheme, separator, rest = url.partition("://")
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0].rpartition("@")[2]
    return repr(f"{scheme}{separator}{authority}"[:100])


def _request(method: str, target: Target, body: bytes, headers: Mapping[str, str]) -> bytes:
    lines = [f"{method} {target.path} HTTP/1.1"]
    fixed = {
        "Host": target.authority,
        "User-Agent": "steward",
        "Accept-Encoding": "identity",
        "Connection": "close",
    }
    if method != "GET":
        fixed["Content-Length"] = str(len(body))
    for name, value in {**headers, **fixed}.items():
        if re.search(r"[^\x20-\x7e]", name + value):
            raise OutboundRefused(f"header {name!r}: use printable ASCII")
        lines.append(f"{name}: {value}")
    return "\r\n".join([*lines, "", ""]).encode("ascii") + body


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "timed out"
    return str(error) or type(error).__name__


def _resolve(host: str, port: int) -> list[str]:
    found: list[tuple[Any, ...]] = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


def _connect(address: str, port: int, patience: float) -> socket.socket:
    return socket.create_connection((address, port), timeout=patience)


def _tls() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
