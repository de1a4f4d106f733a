"""One request on its way in: what is checked before, between and after the decisions of the edge.

The order is host, shape, CORS, method, body, limit per address; then the edge authenticates; then limits
per class, caller and tenant; then it authorises and validates. Reasons: docs/architecture.md.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, ClassVar, NamedTuple

from steward.edge import armour, buckets
from steward.edge.limiter import Name, Standing, refusal_of, tightest
from steward.edge.rates import CALLER, IP, SAFE, TENANT, Limits, RateClass
from steward.edge.resources import Resources
from steward.edge.routes import RouteBook
from steward.errors import NotGranted, Permanent, Throttled, TooLarge
from steward.identity import SYSTEM, Caller
from steward.manifest import LIMITS

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_KEPT = frozenset({"cache-control", "content-security-policy"})
"""What an answer may say itself instead."""


class WrongHost(Permanent):
    """The request is for a name that this installation does not answer to."""

    status: ClassVar[HTTPStatus] = HTTPStatus.MISDIRECTED_REQUEST


class Malformed(Permanent):
    """The request's own form is broken."""

    status: ClassVar[HTTPStatus] = HTTPStatus.BAD_REQUEST


class TooLong(Permanent):
    """The path or the query is beyond its limit."""

    status: ClassVar[HTTPStatus] = HTTPStatus.REQUEST_URI_TOO_LONG


class HeadersTooLarge(Permanent):
    """The headers are beyond their limit."""

    status: ClassVar[HTTPStatus] = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE


class OriginRefused(Permanent):
    """A page of that origin may not call."""

    status: ClassVar[HTTPStatus] = HTTPStatus.FORBIDDEN


class MethodNotAllowed(Permanent):
    """The path does not take the method."""

    status: ClassVar[HTTPStatus] = HTTPStatus.METHOD_NOT_ALLOWED


class NoSuchRoute(Permanent):
    """The path leads nowhere."""

    status: ClassVar[HTTPStatus] = HTTPStatus.NOT_FOUND


class UnsupportedMedia(Permanent):
    """The body is of a kind that no route takes."""

    status: ClassVar[HTTPStatus] = HTTPStatus.UNSUPPORTED_MEDIA_TYPE


class RateLimited(Throttled):
    """More requests than a limit allows; Retry-After says when the next one may come."""


class Visit(NamedTuple):
    """A request as either kind of API Gateway tells of it; header names are in lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    cookies: str
    address: str
    body: str
    encoded: bool
    request_id: str

    @property
    def body_bytes(self) -> int:
        """The size of the body."""
        if self.encoded:
            return len(base64.b64decode(self.body))
        return len(self.body) if self.body.isascii() else len(self.body.encode())


def visit_of(event: Mapping[str, Any]) -> Visit:
    """The request in an event of an HTTP API (payload format 2.0) or a REST API."""
    context = event["requestContext"]
    http = context.get("http") or {}
    headers = {name.lower(): str(v) for name, v in (event.get("headers") or {}).items()}
    place = http or context.get("identity") or {}
    return Visit(
        method=str(http.get("method") or event.get("httpMethod") or "GET").upper(),
        path=str(event.get("rawPath") or event.get("path") or "/"),
        query=str(event.get("rawQueryString") or _query(event)),
        headers=headers,
        cookies=";".join(event.get("cookies") or ()),
        address=str(place.get("sourceIp") or ""),
        body=str(event.get("body") or ""),
        encoded=bool(event.get("isBase64Encoded")),
        request_id=str(context.get("requestId") or ""),
    )


class Gate:
    """The checks of one request, and the headers that its answer earns by them."""

    def __init__(
        self, event: Mapping[str, Any], resources: Resources, book: RouteBook | None = None
    ) -> None:
        self.visit = visit_of(event)
        self._resources = resources
        self._armour = resources.armour
        self._book = book or RouteBook()
        self._earned: dict[str, str] = {}
        self.address = self._armour.client(
            self.visit.address, self.visit.headers.get("x-forwarded-for", "")
        )
        route = self._book.find(self.visit.method, self.visit.path)
        self.rate = RateClass.READ if route is None else route.rate
        self.route_name = "" if route is None else route.path
        self.public = route is not None and route.permission is None

    def admit(self) -> dict[str, Any] | None:
        """Check everything that needs no caller; a preflight request is answered here.

        Raises:
            StewardError: the request goes no further.
        """
        visit = self.visit
        check_host(visit, self._armour)
        check_shape(visit)
        if is_preflight(visit):
            return self._preflight()
        self._allow_origin()
        self._check_method()
        check_body(visit, self.rate, kinds=self._kinds())
        self._spend([self._by_address(limit) for limit in self._limits_by_address()])
        return None

    def require_route(self) -> None:
        """Refuse a path that leads nowhere.

        Raises:
            NoSuchRoute: it does.
        """
        if not self.route_name:
            raise NoSuchRoute(f"{self.visit.method[:20]} {self.visit.path[:200]}: no such route")

    def meter(self, caller: Caller) -> None:
        """Check the limits of the class, the caller and the caller's tenant.

        Raises:
            RateLimited: one of them is reached.
        """
        known = self._resources.limiter.allowances.of(
            caller.tenant, self._armour.limits, now=self._resources.clock()
        )
        wanted = [
            (Name(caller.tenant, CALLER, caller.id), known),
            (Name(caller.tenant, TENANT, "all"), known),
        ]
        # A class as wide as the caller's own limit can never be the one that refuses.
        if known[self.rate].per_second < known[CALLER].per_second:
            wanted.insert(0, (Name(caller.tenant, str(self.rate), caller.id), known))
        self._spend(wanted)

    def seal(self, answer: dict[str, Any], *, styles: Iterable[str] = ()) -> dict[str, Any]:
        """The answer with everything that every answer wears; ``styles`` are a page's style hashes."""
        own = _headers_of(answer)
        said = {name.lower(): value for name, value in own.items()}
        kind = said.get("content-type", "")
        worn = armour.standing_headers(kind, https=self._https, styles=styles) | self._earned
        worn = {n: v for n, v in worn.items() if n.lower() not in _KEPT or n.lower() not in said}
        over = {name.lower() for name in worn}
        left = {name: value for name, value in own.items() if name.lower() not in over}
        sealed = {key: value for key, value in answer.items() if key != "multiValueHeaders"}
        return {**sealed, "headers": {**left, **worn, **self._identifiers()}}

    @property
    def _https(self) -> bool:
        if self._resources.environment != "embedded":
            return True
        forwarded = self.visit.headers.get("x-forwarded-proto")
        return forwarded == "https" and self._armour.trusts(self.visit.address)

    def _identifiers(self) -> dict[str, str]:
        trace = armour.traceparent_of(self.visit.headers.get("traceparent", ""))
        told = {"X-Request-Id": self.visit.request_id}
        return told | ({"Traceparent": trace} if trace else {})

    def _check_method(self) -> None:
        allowed = self._book.methods(self.visit.path)
        if allowed and self.visit.method not in allowed:
            self._earned["Allow"] = ", ".join(allowed)
            raise MethodNotAllowed(
                f"{self.visit.method[:20]} {self.visit.path[:200]}: takes {', '.join(allowed)}"
            )

    def _preflight(self) -> dict[str, Any]:
        self._allow_origin()
        wanted = self.visit.headers["access-control-request-method"].upper()
        if "Access-Control-Allow-Origin" not in self._earned:
            raise OriginRefused(
                f"origin {self.visit.headers['origin'][:80]!r}: its pages may not call; "
                "the operator allows them in STEWARD_ORIGINS"
            )
        if wanted not in armour.CORS_METHODS:
            raise MethodNotAllowed(f"{wanted[:20]!r}: use {', '.join(armour.CORS_METHODS)}")
        self._earned |= {
            "Access-Control-Allow-Methods": ", ".join(armour.CORS_METHODS),
            "Access-Control-Allow-Headers": ", ".join(armour.CORS_HEADERS),
            "Access-Control-Max-Age": str(armour.CORS_SECONDS),
        }
        return {"statusCode": int(HTTPStatus.NO_CONTENT), "headers": {}, "body": ""}

    def _allow_origin(self) -> None:
        origins = self._armour.origins
        if not origins:
            return
        self._earned["Vary"] = "Origin"
        origin = self.visit.headers.get("origin", "")
        if origin in origins:
            self._earned |= {
                "Access-Control-Allow-Origin": origin,
                "Access-Control-Allow-Credentials": "true",
                "Access-Control-Expose-Headers": ", ".join(armour.CORS_EXPOSED),
                # A page elsewhere that may read the answer must get it past its own embedder rules.
                "Cross-Origin-Resource-Policy": "cross-origin",
            }

    def _kinds(self) -> frozenset[str] | None:
        """The kinds of body that are taken: what senders sign may be anything, and browsers send forms."""
        if self.rate is RateClass.WEBHOOK_IN:
            return None
        return frozenset({JSON, FORM}) if self.public else frozenset({JSON})

    def _limits_by_address(self) -> tuple[str, ...]:
        # At a public route there is no caller whose class could be limited.
        return (str(self.rate), IP) if self.public else (IP,)

    def _by_address(self, limit: str) -> tuple[Name, Limits]:
        return Name(SYSTEM, limit, armour.address_block(self.address)), self._armour.limits

    def _spend(self, wanted: Sequence[tuple[Name, Limits]]) -> None:
        now = self._resources.clock().timestamp()
        limiter, closed = self._resources.limiter, self.rate.fails_closed
        if LIMITS not in self._resources.function.resources:
            raise NotGranted(
                f"function {self._resources.function.id}: answers requests without table 'limits'; "
                "give it a Routes trigger"
            )
        standings: list[Standing] = []
        for position, (name, limits) in enumerate(wanted):
            standing = limiter.take(name, limits[name.limit], now=now, closed=closed)
            standings.append(standing)
            if not standing.allowed:
                for earlier, _ in wanted[:position]:
                    limiter.give_back(earlier)
                break
        self._tell(standings)

    def _tell(self, standings: Sequence[Standing]) -> None:
        nearest = tightest(standings)
        count, window = nearest.rate
        reset = buckets.seconds(nearest.reset)
        self._earned["RateLimit-Policy"] = f'"{nearest.limit}";q={count};w={window}'
        self._earned["RateLimit"] = f'"{nearest.limit}";r={nearest.remaining};t={reset}'
        refusal = refusal_of(standings)
        if refusal is not None:
            self._earned["Retry-After"] = str(reset)
            raise RateLimited(
                f"limit {refusal.limit!r}: {count} requests in {window} s are used up; "
                f"try again in {reset} s"
            )


def check_host(visit: Visit, worn: armour.Armour) -> None:
    """Refuse a request for somebody else's name.

    A page elsewhere could have its own name resolve to this machine and read what is served here (DNS
    rebinding); the Host header gives it away.

    Raises:
        WrongHost: it is.
    """
    host = visit.headers.get("host", "")
    if not worn.answers_to(host):
        raise WrongHost(
            f"host {host[:80]!r}: this server answers to {', '.join(sorted(worn.hosts or ()))}"
        )


def check_shape(visit: Visit) -> None:
    """Refuse what is too long, or holds what could end up as a line of a log or a header.

    Raises:
        Malformed: a control character, or a percent sign that escapes nothing.
        TooLong: the path or the query.
        HeadersTooLarge: the headers.
    """
    _check_lengths(visit)
    if _CONTROL.search(visit.path):
        raise Malformed(f"path {visit.path[:80]!r}: has a control character")
    if _BAD_ESCAPE.search(visit.query):
        raise Malformed(f"query {visit.query[:80]!r}: '%' must be followed by two hex digits")
    for name, value in visit.headers.items():
        if _CONTROL.search(value.replace("\t", "")):
            raise Malformed(f"header {name[:80]!r}: has a control character")
    if "," in visit.headers.get("authorization", ""):
        raise Malformed("header 'authorization': came twice, or names two credentials; send one")


def _check_lengths(visit: Visit) -> None:
    if len(visit.path) > armour.MAX_PATH:
        raise TooLong(f"path of {len(visit.path)} characters: at most {armour.MAX_PATH}")
    if any(len(part) > armour.MAX_SEGMENT for part in visit.path.split("/")):
        raise TooLong(
            f"path {visit.path[:60]!r}...: a part of it exceeds {armour.MAX_SEGMENT} characters"
        )
    if len(visit.query) > armour.MAX_QUERY:
        raise TooLong(f"query of {len(visit.query)} characters: at most {armour.MAX_QUERY}")
    sizes = {name: len(name) + len(value) for name, value in visit.headers.items()}
    largest = max(sizes, key=lambda name: sizes[name], default="")
    if sizes.get(largest, 0) > armour.MAX_HEADER or sum(sizes.values()) > armour.MAX_HEADERS:
        raise HeadersTooLarge(
            f"headers of {sum(sizes.values())} bytes, {largest[:60]!r} the largest: at most "
            f"{armour.MAX_HEADER} for one and {armour.MAX_HEADERS} for all"
        )


def check_body(visit: Visit, rate: RateClass, *, kinds: frozenset[str] | None) -> None:
    """Refuse a body that is too large, or of none of the kinds that are taken (None: any).

    Raises:
        TooLarge: it is.
        UnsupportedMedia: it is not.
        Malformed: it says it is JSON, and is not even text.
    """
    if len(visit.body) > rate.body_bytes and visit.body_bytes > rate.body_bytes:
        raise TooLarge(f"body of {visit.body_bytes} bytes: at most {rate.body_bytes} here")
    if visit.body and visit.method not in SAFE:
        _check_kind(visit, kinds)


def _check_kind(visit: Visit, kinds: frozenset[str] | None) -> None:
    kind = visit.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kinds is not None and kind not in kinds:
        taken = " or ".join(sorted(kinds))
        raise UnsupportedMedia(f"Content-Type {kind[:60]!r}: send the body as {taken}")
    if kinds is not None and visit.encoded and kind == JSON:
        # API Gateway encodes what is no text: JSON always is.
        try:
            base64.b64decode(visit.body).decode()
        except UnicodeDecodeError as error:
            raise Malformed(f"body of {visit.body_bytes} bytes: JSON is UTF-8") from error


def is_preflight(visit: Visit) -> bool:
    """Whether a browser asks on a page's behalf whether it may call."""
    return (
        visit.method == "OPTIONS"
        and "origin" in visit.headers
        and "access-control-request-method" in visit.headers
    )


def _query(event: Mapping[str, Any]) -> str:
    many = event.get("multiValueQueryStringParameters") or {}
    return "&".join(f"{name}={value}" for name, values in many.items() for value in values)


def _headers_of(answer: Mapping[str, Any]) -> dict[str, str]:
    many = {
        name: ", ".join(map(str, v)) for name, v in (answer.get("multiValueHeaders") or {}).items()
    }
    return {name: _text(v) for name, v in {**(answer.get("headers") or {}), **many}.items()}


def _text(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
