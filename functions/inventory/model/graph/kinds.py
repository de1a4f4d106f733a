"""The kinds of tie between two resources, and what a rule says that makes one."""

from __future__ import annotations

from typing import NamedTuple


class Rule(NamedTuple):
    """What a member means: the tie's kind, and the target's type where the value does not tell it."""

    kind: str
    target: str = ""


IN, KEY, ROLE, GUARD = "is in", "uses key", "assumes role", "is protected by"
ATTACHED, USES, ROUTES, PART = "is attached to", "uses", "routes to", "is part of"
SERVES, COPY, MADE, LOGS, SENDS, RUNS = (
    "serves",
    "is a copy of",
    "was made from",
    "logs to",
    "sends to",
    "runs as",
)
REFERS, PEERS, ALLOWS = "refers to", "peers with", "allows traffic from"
