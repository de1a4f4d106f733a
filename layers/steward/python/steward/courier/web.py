"""One HTTP request by the standard library, and when to try again."""

from __future__ import annotations

import http.client
import json
import random
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlencode

PATIENCE = 20.0
"""Seconds to wait for an answer."""
TRIES = 4
_BASE, _CAP = 0.5, 8.0
_AGAIN = frozenset({408, 425, 429})
_SERVER_ERROR = 500


class Answer(NamedTuple):
    """Status and body."""

    status: int
    body: bytes

    @property
    def ok(self) -> bool:
        """Whether it was taken."""
        return 200 <= self.status < 300  # noqa: PLR2004  # what HTTP calls success

    @property
    def passing(self) -> bool:
        """Whether the same may be taken later."""
        return self.status in _AGAIN or self.status >= _SERVER_ERROR

    def json(self) -> Any:
        """The body as JSON; None when it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


class Unreachable(Exception):  # as the rest of Steward names its errors
    """Nobody answered."""


class Request(NamedTuple):
    """What to send."""

    method: str
    url: str
    body: bytes | None = None
    headers: Mapping[str, str] = {}


Send = Callable[[Request], Answer]


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    # A token must not follow where an answer points.
    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def send(request: Request) -> Answer:
    """Send a request; an answer of any status is an answer.

    Raises:
        Unreachable: there was none.
    """
    made = urllib.request.Request(  # noqa: S310  # the settings take https and loopback alone
        request.url, data=request.body, headers=dict(request.headers), method=request.method
    )
    opener = urllib.request.build_opener(_NoRedirect)
    try:
        with opener.open(made, timeout=PATIENCE) as response:
            return Answer(int(response.status), response.read())
    except urllib.error.HTTPError as error:
        with error:
            return Answer(int(error.code), error.read())
    except (OSError, http.client.HTTPException) as error:
        raise Unreachable(f"{request.method} {request.url[:200]}: {error}") from error


def form(**fields: str) -> bytes:
    """The fields as a form."""
    return urlencode(fields).encode()


def pauses(*, tries: int = TRIES, dice: random.Random | None = None) -> Iterator[float]:
    """Seconds to wait between tries: doubling, with full jitter, so that senders do not march in step."""
    throw = dice or random.Random()  # noqa: S311  # jitter is no secret
    for number in range(tries - 1):
        yield throw.uniform(0, min(_CAP, _BASE * 2**number))
