"""Every file of a folder is taken in, its sums equal to the last digit, or kept aside with one reason."""

from __future__ import annotations

import csv
import gzip
import io
import json
import logging
import re
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import redirect_stdout
from decimal import Context, Decimal, localcontext
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from benchmarks.cost_world import cost_world
from benchmarks.harness import ROOT, BenchmarkError, folder, versions_of
from functions.cost.model.delivery import BillDelivery, BillDeliveryStatus
from functions.cost.model.formats.manifests import is_manifest

EXTRACTS: Final = ROOT / "tests" / "functional" / "cost" / "extracts"
EXACT: Final = Context(prec=2000)
BILLED: Final = (
    ("BilledCost",),
    ("lineItem/NetUnblendedCost", "lineItem/UnblendedCost"),
    ("line_item_net_unblended_cost", "line_item_unblended_cost"),
    ("CostInBillingCurrency", "Cost", "PreTaxCost"),
    ("costInBillingCurrency", "cost"),
)
"""The columns that say what a line is billed, by format; of several the first that says anything."""
CURRENCIES: Final = (
    "BillingCurrency", "lineItem/CurrencyCode", "line_item_currency_code", "billingCurrency",
    "BillingCurrencyCode", "currency", "Currency",
)  # fmt: skip


def run(*, data: str = "") -> dict[str, Any]:
    """Take the files of a folder in, each as a source of its own, and compare with sums made apart."""
    logging.disable(logging.INFO)
    root = Path(data) if data else EXTRACTS
    files = sorted(one for one in root.rglob("*") if one.is_file())
    if not files:
        raise BenchmarkError(f"{root}: holds no file; give a folder of bills by --data")
    keys = {_key(root, file): file for file in files}
    with folder("cost-files") as place, cost_world(place) as world:
        # Metrics go to standard output, which is the result's.
        for key, file in sorted(keys.items(), key=lambda one: is_manifest(one[0])):
            world.put(key, file)
        with redirect_stdout(io.StringIO()):
            world.run()
        found = world.deliveries()
    told = [_told(delivery, keys) for _, delivery in sorted(found.items())]
    right = sum(one["right"] for one in told)
    return {
        "name": "cost-files",
        "unit": "statements taken in exactly or kept aside with a reason",
        "ours": right,
        "peer": len(told),
        "ratio": right / len(told),
        "files": len(files),
        "ingested": sum(one["status"] == "ingested" for one in told),
        "statements": told,
        "versions": versions_of("duckdb"),
    }


def _key(root: Path, file: Path) -> str:
    """Where a file is put: a folder of files is one source, a file by itself another."""
    inside = file.relative_to(root)
    slug = re.sub(r"[^a-z0-9]+", "-", inside.parts[0].lower()).strip("-")[:40].strip("-")
    return f"{slug}/{'/'.join(inside.parts[1:] or inside.parts)}"


def _told(delivery: BillDelivery, keys: Mapping[str, Path]) -> dict[str, Any]:
    parts = [key.partition("/")[2].partition("/")[2] for key in delivery.files]
    told: dict[str, Any] = {
        "file": delivery.key.partition("/")[2].partition("/")[2],
        "status": delivery.status.value,
        "format": delivery.format,
        "focus": delivery.version,
        "rows": delivery.rows,
        "reason": delivery.reason,
        "flagged": delivery.flagged,
        "broken": {one.rule: one.rows for one in delivery.violations},
    }
    if delivery.status is not BillDeliveryStatus.INGESTED:
        return {**told, "right": bool(delivery.reason)}
    expected = billed(keys[one] for one in parts)
    sums = {
        (period.name, currency): Decimal(amount)
        for period in delivery.periods
        for currency, amount in period.billed.items()
    }
    ours: dict[str, Decimal] = defaultdict(Decimal)
    with localcontext(EXACT):
        for (_, currency), amount in sums.items():
            ours[currency] += amount
    shown = {currency: f"{amount:f}" for currency, amount in sorted(ours.items())}
    equal = dict(ours) == expected
    return {**told, "billed": shown, "expected": _shown(expected), "equal": equal, "right": equal}


def _shown(sums: Mapping[str, Decimal]) -> dict[str, str]:
    return {currency: f"{amount:f}" for currency, amount in sorted(sums.items())}


def billed(files: Iterable[Path]) -> dict[str, Decimal]:
    """What the lines of files are billed, by currency, read by Python alone."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    with localcontext(EXACT):
        for file in files:
            for currency, amount in _lines(file):
                sums[currency] += amount
    return dict(sums)


def _lines(file: Path) -> Iterator[tuple[str, Decimal]]:
    rows = _rows(file)
    for row in rows:
        currency = next((row[one] for one in CURRENCIES if row.get(one)), "")
        yield currency, _amount(row)
        for credit in _listed(row.get("credits")):
            yield currency, Decimal(str(credit["amount"]))


def _amount(row: Mapping[str, Any]) -> Decimal:
    names = next((one for one in BILLED if any(name in row for name in one)), ())
    text = next((row[one] for one in names if row.get(one) not in {None, "", "NULL"}), "0")
    return Decimal(str(text))


def _listed(said: Any) -> list[dict[str, Any]]:
    if isinstance(said, str):
        found: list[dict[str, Any]] = json.loads(said, parse_float=Decimal)
        return found
    return said or []


def _rows(file: Path) -> Iterator[Mapping[str, Any]]:
    head = file.read_bytes()[:4]
    if head == b"PAR1":
        yield from _parquet(file)
        return
    text = _text(file, head)
    if text.lstrip().startswith("{"):
        yield from (json.loads(line, parse_float=Decimal) for line in text.splitlines() if line)
        return
    line = text.partition("\n")[0]
    delimiter = max(",;\t", key=line.count)
    yield from csv.DictReader(text.splitlines(keepends=True), delimiter=delimiter)


def _parquet(file: Path) -> Iterator[Mapping[str, Any]]:
    parquet: Any = import_module("pyarrow.parquet")
    for batch in parquet.ParquetFile(file).iter_batches():
        yield from batch.to_pylist()


def _text(file: Path, head: bytes) -> str:
    body = file.read_bytes()
    if head[:2] == b"\x1f\x8b":
        body = gzip.decompress(body)
    elif head == b"PK\x03\x04":
        with zipfile.ZipFile(file) as archive:
            body = archive.read(archive.namelist()[0])
    encoding = "utf-16" if body[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig"
    return body.decode(encoding)
