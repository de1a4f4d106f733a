"""A control plane and a token service that do as they are told."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from steward.courier.post import Courier
from steward.courier.settings import Settings
from steward.courier.web import Answer, Request, Unreachable


@dataclass
class Numbered:
    """Tokens that are never the same."""

    given: int = 0

    def fresh(self) -> str:
        self.given += 1
        return f"token-{self.given}"


@dataclass
class Plane:
    """Takes everything, unless ``answers`` says something else for the next requests."""

    answers: list[Answer | Unreachable] = field(default_factory=list)
    outcome: Callable[[dict[str, Any]], str] = lambda _: "accepted"
    away: bool = False
    requests: list[Request] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)

    def send(self, request: Request) -> Answer:
        self.requests.append(request)
        if self.away:
            raise Unreachable("no route")
        if self.answers:
            given = self.answers.pop(0)
            if isinstance(given, Unreachable):
                raise given
            return given
        if not request.url.endswith("/notices"):
            return Answer(200, b"{}")
        notices = json.loads(request.body or b"")["notices"]
        results = [{"id": one["id"], "outcome": self.outcome(one), "reason": ""} for one in notices]
        self.taken += [one["id"] for one in results if one["outcome"] == "accepted"]
        return Answer(200, json.dumps({"results": results}).encode())

    @property
    def tokens(self) -> list[str]:
        return [one.headers["Authorization"].removeprefix("Bearer ") for one in self.requests]


def settings(folder: Path, *, spool_bytes: int = 1_000_000) -> Settings:
    return Settings("https://steward.example.com", "acme", "aud", folder, spool_bytes, {})


def courier(folder: Path, plane: Plane, *, spool_bytes: int = 1_000_000) -> Courier:
    return Courier(
        settings(folder, spool_bytes=spool_bytes), Numbered(), send=plane.send, wait=lambda _: None
    )


def envelope(id_: str, size: int = 0) -> dict[str, Any]:
    return {
        "id": id_,
        "provider": "gcp",
        "account": "shop-prod",
        "source": "gcp.asset",
        "kind": "changed",
        "at": "2026-03-01T12:00:00+00:00",
        "detail": {"pad": "x" * size},
    }
