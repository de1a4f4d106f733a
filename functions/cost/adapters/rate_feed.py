"""The feed of rates over the outbound HTTPS that reaches public addresses only."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import Final

from functions.cost.model.rates.files import LARGEST
from steward.errors import Transient
from steward.outbound import Limits, Outbound, outbound

ANSWER: Final = Limits(answer_bytes=LARGEST + 1)


@dataclass(frozen=True, slots=True)
class HttpsFeed:
    """What an address answers."""

    outbound: Outbound

    def check(self, url: str) -> None:
        """Refuse an address that is never asked.

        Raises:
            OutboundRefused: it is one.
        """
        self.outbound.target(url)

    def read(self, url: str) -> bytes:
        """What is there.

        Raises:
            OutboundRefused: an address behind the name is not public.
            OutboundFailed: no answer within the limits.
            Transient: it answers that there is nothing.
        """
        answer = self.outbound.get(url, headers={"Accept": "application/xml, text/csv, */*"})
        if not answer.ok:
            raise Transient(
                f"feed of rates: answered {answer.status}; name an address that has them"
            )
        return answer.body


def feed(environment: str) -> HttpsFeed:
    """The feed of a running function; exceptions to public addresses count on one machine only."""
    plain = outbound(environment=environment, allow=os.environ.get("OUTBOUND_ALLOW", ""))
    return HttpsFeed(replace(plain, limits=ANSWER))
