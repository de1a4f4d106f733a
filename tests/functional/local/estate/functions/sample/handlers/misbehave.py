"""Hangs, eats memory, dies or raises, as the message asks."""

from __future__ import annotations

import json
import os
import time
from typing import Any


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Do as the first message says."""
    del context
    for record in event["Records"]:
        _do(json.loads(record["body"])["detail"]["do"])
    return {"batchItemFailures": []}


def _do(what: str) -> None:
    if what == "hang":
        time.sleep(3600)
    elif what == "eat":
        eaten = []
        while True:
            eaten.append(bytearray(4 * 1024 * 1024))
            time.sleep(0.002)
    elif what == "die":
        os._exit(3)
    elif what == "raise":
        raise RuntimeError("out of luck")
