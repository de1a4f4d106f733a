"""What every HTTP answer wears and every request must pass: declared once, for all ways in.

Read by the edge in Lambda, by the front and the pages of the embedded runtime, and by the deployment.
"""

from __future__ import annotations

import ipaddress
import re
from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from typing import TypeAlias
from urllib.parse import urlsplit

from steward.edge.rates import MAX_BODY, Limits, rates_of
from steward.errors import BadInput

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
MAX_PATH = 4096
MAX_QUERY = 8192
MAX_HEADERS = 10_240
"""Bytes of all header names and values, as API Gateway allows."""
MAX_HEADER = 8192
MAX_SEGMENT = 2048
BODY_BYTES = MAX_BODY

# Ten times what the benchmark's one worker serves; beyond it API Gateway answers 429 by itself.
GATEWAY_RATE = 500
GATEWAY_BURST = 1000

NONE = "none"
"""What a setting says that names nothing: AWS shows an empty value as if it were missing."""
YEAR = 31_536_000
_LOCKED = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_POWERS = (
    "accelerometer, autoplay, camera, clipboard-read, display-capture, encrypted-media, fullscreen, "
    "geolocation, gyroscope, hid, identity-credentials-get, idle-detection, local-fonts, magnetometer, "
    "microphone, midi, payment, picture-in-picture, screen-wake-lock, serial, storage-access, usb, "
    "web-share, xr-spatial-tracking"
)
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": ", ".join(f"{power}=()" for power in _POWERS.split(", ")),
}
"""Headers of every answer."""
STRICT_TRANSPORT = f"max-age={YEAR}; includeSubDomains"
JSON_POLICY = _LOCKED

CORS_METHODS = ("DELETE", "GET", "PATCH", "POST", "PUT")
CORS_HEADERS = (
    "authorization",
    "content-type",
    "idempotency-key",
    "if-match",
    "traceparent",
    "x-csrf-token",
)
CORS_EXPOSED = (
    "etag",
    "idempotency-replayed",
    "ratelimit",
    "ratelimit-policy",
    "retry-after",
    "x-request-id",
)
CORS_SECONDS = 600

_TRACEPARENT = re.compile(r"[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
_HOST = re.compile(r"\.?[a-z0-9]([a-z0-9.-]*[a-z0-9])?|[0-9a-f:.]+")


@dataclass(frozen=True)
class Armour:
    """What an installation sets: who it answers to, whose pages may call it, and how often.

    ``hosts`` None answers to any name; a name with a leading dot stands for all below it.
    """

    hosts: frozenset[str] | None = LOOPBACK
    origins: frozenset[str] = frozenset()
    proxies: tuple[Network, ...] = ()
    limits: Limits = field(default_factory=Limits)

    def answers_to(self, host: str) -> bool:
        """Whether a Host header names this installation; its port does not matter."""
        if self.hosts is None:
            return True
        name = host_name(host)
        above = {name[position:] for position in range(len(name)) if name[position] == "."}
        return name in self.hosts or not self.hosts.isdisjoint(above)

    def client(self, source: str, forwarded: str) -> str:
        """The caller's address: the peer, or what trusted proxies say in X-Forwarded-For.

        Read from the right: what stands left of the first untrusted address is anybody's word.
        """
        chain = [part.strip() for part in forwarded.split(",") if part.strip()]
        address = source
        while self.proxies and chain and self.trusts(address):
            address = chain.pop()
        return address

    def trusts(self, address: str) -> bool:
        """Whether it is a proxy whose forwarding headers count."""
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(parsed in network for network in self.proxies)


def armour_from(environ: Mapping[str, str], *, hosts: frozenset[str] | None = LOOPBACK) -> Armour:
    """The armour that the environment describes; ``hosts`` where it names none.

    Raises:
        BadInput: a setting breaks its rule.
    """
    named = frozenset(_host(word) for word in _words(environ, "STEWARD_HOSTS"))
    return Armour(
        hosts=named or hosts,
        origins=frozenset(_origin(word) for word in _words(environ, "STEWARD_ORIGINS")),
        proxies=tuple(_network(word) for word in _words(environ, "STEWARD_PROXIES")),
        limits=Limits(rates_of(environ.get("STEWARD_LIMITS", ""))),
    )


def _words(environ: Mapping[str, str], name: str) -> list[str]:
    return [word for word in environ.get(name, "").split() if word != NONE]


def policy_of(content_type: str, *, styles: Iterable[str] = ()) -> str:
    """The Content-Security-Policy of an answer; ``styles`` are the hashes of a page's style sheets."""
    if not content_type.startswith("text/html"):
        return JSON_POLICY
    allowed = " ".join(f"'{style}'" for style in styles) or "'none'"
    return (
        f"{_LOCKED}; style-src {allowed}; img-src 'self'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )


def standing_headers(
    content_type: str, *, https: bool, styles: Iterable[str] = ()
) -> dict[str, str]:
    """What an answer of this type wears, unless it says otherwise itself."""
    worn = {
        **HEADERS,
        "Cache-Control": "no-store",
        "Content-Security-Policy": policy_of(content_type, styles=styles),
    }
    # Said over plain http it would be ignored, or lock a machine out of its own loopback.
    return worn | ({"Strict-Transport-Security": STRICT_TRANSPORT} if https else {})


def style_hash(sheet: str) -> str:
    """What a Content-Security-Policy knows an inline style sheet by."""
    return "sha256-" + b64encode(sha256(sheet.encode()).digest()).decode()


def traceparent_of(text: str) -> str:
    """A W3C traceparent that is one, else nothing.

    Source: https://www.w3.org/TR/trace-context/#traceparent-header
    """
    known = _TRACEPARENT.fullmatch(text) is not None and not text.startswith("ff")
    return text if known else ""


def host_name(host: str) -> str:
    """The name in a Host header: no port, no brackets, no final dot, in lower case."""
    name, colon, port = host.strip().rpartition(":")
    if not colon or not port.isdecimal() or (":" in name and not name.startswith("[")):
        name = host.strip()
    return name.strip("[]").rstrip(".").lower()


@lru_cache(maxsize=4096)
def address_block(address: str) -> str:
    """What an address is limited by: itself, or the /64 that one IPv6 customer has at will."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((int(parsed) >> 64 << 64, 64)))


def _host(word: str) -> str:
    name = word.strip("[]").lower()
    if not _HOST.fullmatch(name):
        raise BadInput(
            f"STEWARD_HOSTS {word[:60]!r}: use names or addresses without a port, "
            "'.example.com' for all below it"
        )
    return name


def _origin(word: str) -> str:
    parts = urlsplit(word)
    plain = parts.scheme in ("https", "http") and parts.hostname and not parts.username
    if not plain or word != f"{parts.scheme}://{parts.netloc}".lower() or "*" in word:
        raise BadInput(
            f"STEWARD_ORIGINS {word[:60]!r}: use exact origins such as https://app.example.com, in lower case"
        )
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise BadInput(f"STEWARD_ORIGINS {word[:60]!r}: use https; http is for loopback alone")
    return word


def _network(word: str) -> Network:
    try:
        return ipaddress.ip_network(word)
    except ValueError as error:
        raise BadInput(
            f"STEWARD_PROXIES {word[:60]!r}: use addresses or networks such as 10.0.0.0/8"
        ) from error
