"""The recorded day: what was there in the morning, and what people did until the evening.

``python -m steward.demo.day events/aws/day/envelopes.jsonl`` writes it down anew.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

from steward.demo.cast import at
from steward.demo.envelopes import Json, Recorder
from steward.demo.morning import morning
from steward.demo.stories import STORIES

SEED = 20251104


def recorded_day() -> list[Json]:
    """The envelopes of the day in the order of their delivery; the same at every call."""
    recorder = Recorder(random.Random(SEED))  # noqa: S311  # a story, not a secret
    for number, item in enumerate(morning()):
        recorder.item(at(6) + timedelta(seconds=17 * number), item, status="ResourceDiscovered")
    for story in STORIES:
        story(recorder)
    return recorder.in_order_of_delivery()


def lines(envelopes: Iterable[Json]) -> str:
    """JSON lines."""
    return "".join(json.dumps(one, separators=(",", ":")) + "\n" for one in envelopes)


def write(path: Path) -> None:
    """Write the day down."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(lines(recorded_day()), "utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
