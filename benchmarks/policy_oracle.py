"""What Cloud Custodian itself matched on recorded resources, its filters match here."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.harness import ROOT, BenchmarkError
from functions.policy.model.custodian.selection import Moment, selection
from functions.policy.model.language.errors import RuleError

DATA = Path("shared/data/c7n-oracle/cases.jsonl")
"""The whole collection, in a folder beside the repository or further up."""
EXTRACT = ROOT / "tests" / "unit" / "policy" / "custodian_cases.jsonl"
"""Cases that ship, for where the whole collection is not at hand."""
NOW = (
    "the machine's clock: Cloud Custodian's tests replay recorded answers by it, so an age filter "
    "judges the same resource older every day; --now judges as of another moment"
)


def read(path: Path) -> Iterator[dict[str, Any]]:
    """The cases in a file, one JSON object a line.

    Raises:
        BenchmarkError: it cannot be read, or a line is no case.
    """
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BenchmarkError(f"{path}: cannot be read ({error}); name a file of cases") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            case = json.loads(line)
            yield {
                name: case[name] for name in ("test", "resource", "filters", "before", "matched")
            }
        except (ValueError, KeyError, TypeError) as error:
            problem = f"{path}:{number}: no case ({error!r})"
            raise BenchmarkError(
                f"{problem}; it needs test, resource, filters, before, matched"
            ) from error


def matched(case: dict[str, Any], now: datetime) -> list[int]:
    """The positions of the resources that the case's filters take.

    Raises:
        RuleError: a filter is not supported.
    """
    chosen = selection(case["filters"], resource=case["resource"])
    position = {id(resource): at for at, resource in enumerate(case["before"])}
    return sorted(position[id(one)] for one in chosen.of(case["before"], Moment(now)))


def judge(cases: Iterator[dict[str, Any]], now: datetime) -> dict[str, Any]:
    """How many cases are supported, and how many of those agree."""
    total = agree = 0
    unsupported: Counter[str] = Counter()
    disagreements: list[dict[str, Any]] = []
    for case in cases:
        total += 1
        try:
            ours = matched(case, now)
        except RuleError as error:
            unsupported[f"{case['resource']}: {error.problem}"] += 1
            continue
        if ours == sorted(case["matched"]):
            agree += 1
        else:
            told = {name: case[name] for name in ("test", "resource", "filters", "matched")}
            disagreements.append({**told, "ours": ours})
    supported = total - sum(unsupported.values())
    return {
        "cases": total,
        "supported": supported,
        "agree": agree,
        "unsupported": dict(unsupported.most_common()),
        "disagreements": disagreements,
    }


def run(*, data: Path | None = None, now: datetime | None = None) -> dict[str, Any]:
    """The share of supported cases that agree, beside the share of cases that are supported."""
    beside = (folder / DATA for folder in ROOT.parents)
    path = data or next((file for file in beside if file.exists()), EXTRACT)
    found = judge(read(path), now or datetime.now(UTC))
    supported = found["supported"] or 1
    return {
        "name": "policy-oracle",
        "unit": "cases that match as Cloud Custodian did",
        "ours": float(found["agree"]),
        "peer": float(found["supported"]),
        "ratio": round(found["agree"] / supported, 4),
        "runs": {},
        "versions": {},
        **found,
        "detail": {"data": path.name, "now": NOW},
    }
