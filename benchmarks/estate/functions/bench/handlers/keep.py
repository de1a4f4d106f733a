"""Writes one item for each message, and notes after the commit when that was on disk."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

from steward.contracts.event import Event
from steward.edge import on_event
from steward.store.collection import Collection
from steward.store.work import Entities, Work


class Sent(Event):
    """A message under way since ``sent_at``, in seconds of the epoch."""

    type: ClassVar[str] = "bench.message.sent.v1"

    number: int
    sent_at: float
    body: str


class Kept(BaseModel):
    """What is kept of a message."""

    model_config = ConfigDict(frozen=True)

    number: int
    body: str


KEPT = Collection("kept", Kept, id=lambda kept: str(kept.number), audit="none")


def _wire(work: Work) -> Entities[Kept]:
    return work.table("bench").of(KEPT)


@on_event(Sent, wire=_wire)
def _keep(event: Sent, kept: Entities[Kept]) -> None:
    kept.add(Kept(number=event.number, body=event.body))


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer as the edge does; it returns when the batch is on disk."""
    answer = _keep(event, context)
    now = time.time()
    sent = (json.loads(record["body"])["detail"]["data"] for record in event["Records"])
    lines = "".join(f"{data['number']} {data['sent_at']} {now}\n" for data in sent)
    with Path(os.environ["BENCH_ARRIVALS"]).open("a", encoding="ascii") as arrivals:
        arrivals.write(lines)
    return answer
