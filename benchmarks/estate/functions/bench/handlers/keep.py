"""Writes one item for each message, and notes after the commit when that was on disk."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from steward.edge import on_raw
from steward.edge.queue import Envelope
from steward.store.collection import Collection
from steward.store.work import Entities, Work


class Message(BaseModel):
    """What is sent, and kept."""

    model_config = ConfigDict(frozen=True)

    number: int
    sent_at: float
    body: str

    @property
    def event_key(self) -> str:
        """The envelope's id says enough."""
        return ""


KEPT = Collection("kept", Message, id=lambda kept: str(kept.number), audit="none")


def _parse(envelope: Envelope) -> Message:
    return Message.model_validate(envelope.detail)


def _wire(work: Work) -> Entities[Message]:
    return work.table("bench").of(KEPT)


@on_raw(_parse, wire=_wire)
def _keep(message: Message, kept: Entities[Message]) -> None:
    kept.add(message)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer as the edge does, which is when the batch is on disk."""
    answer = _keep(event, context)
    now = time.time()
    sent = (json.loads(record["body"])["detail"] for record in event["Records"])
    lines = "".join(f"{message['number']} {message['sent_at']} {now}\n" for message in sent)
    with Path(os.environ["BENCH_ARRIVALS"]).open("a", encoding="ascii") as arrivals:
        arrivals.write(lines)
    return answer
