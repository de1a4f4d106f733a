"""What the demo plays: the recorded day, and real payloads when they lie beside the checkout."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from steward.demo.estate import ACCOUNTS
from steward.errors import NotFound

_DAY = Path("events") / "aws" / "day" / "envelopes.jsonl"
_BESIDE = Path("shared") / "data" / "aws-events"


def day() -> list[Any]:
    """The recorded day.

    Raises:
        NotFound: this installation came without it.
    """
    path = _above(_DAY)
    if path is None:
        raise NotFound(f"{_DAY}: not in this installation; install Steward from its repository")
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def beside() -> list[Any]:
    """Payloads that AWS really sent, some bare; none when they are not beside the checkout."""
    folder = _above(_BESIDE)
    files = sorted(folder.glob("*.json")) if folder is not None else []
    return [json.loads(path.read_text("utf-8")) for path in files]


def accounts(envelopes: list[Any]) -> list[str]:
    """The accounts to claim: the company's, and those of payloads from beside."""
    real = {str(one["account"]) for one in envelopes if "detail-type" in one and "account" in one}
    return [*ACCOUNTS, *sorted(real - set(ACCOUNTS))]


def _above(relative: Path) -> Path | None:
    return next((path for path in _candidates(relative) if path.exists()), None)


def _candidates(relative: Path) -> Iterator[Path]:
    for parent in Path(__file__).resolve().parents:
        yield parent / relative
