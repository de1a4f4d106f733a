"""Public price files: AWS's offers as JSON or CSV, Azure's retail prices, Google's list of SKUs."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from itertools import islice
from pathlib import Path
from typing import Any, Final, NamedTuple

from functions.cost.model.prices.book import ANYWHERE, Origin, Price, UnreadPrice
from functions.cost.model.prices.measures import measure_of
from functions.cost.model.prices.meters import meter_of
from steward.errors import BadInput

MOST_BYTES: Final = 1_000_000_000
"""An offer of EC2 for one region has a third of that; the one for all regions is ten times as large."""
_SOFTWARE: Final = re.compile(r"RunInstances(:0002)?|(?!RunInstances).*")
_SPECIAL: Final = re.compile(
    r"(Reservation|UnusedBox|UnusedDed|DedicatedRes|HostBoxUsage|BoxUsage:host)"
)
_LINES_BEFORE: Final = 20


class Listed(NamedTuple):
    """A price of a file, and where it holds; ``source`` is the file's own name of what it is about.

    Of a meter whose unit cannot be read, that.
    """

    source: str
    provider: str
    region: str
    price: Price | UnreadPrice


def read_prices(path: Path) -> Iterator[Listed]:
    """The prices of a file: of each meter what the first unit of a month costs, on demand.

    Raises:
        BadInput: it cannot be read, or is none of the three clouds' files.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise BadInput(f"{path}: over {MOST_BYTES} bytes; take the file of one region, or CSV")
        if path.suffix.lower() == ".csv":
            yield from _aws_csv(path)
            return
        document = json.loads(path.read_bytes(), parse_float=Decimal)
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: cannot be read ({error})") from error
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{path}: no JSON ({error}); download it again") from error
    try:
        yield from _of(document, path)
    except (KeyError, TypeError, AttributeError, InvalidOperation) as error:
        raise BadInput(
            f"{path}: a price in it is not as the cloud documents ({error!r}); download it again"
        ) from error


def _of(document: Any, path: Path) -> Iterator[Listed]:
    if isinstance(document, Mapping) and "products" in document and "terms" in document:
        return _aws_json(document)
    if isinstance(document, Mapping) and "Items" in document:
        return _azure(document["Items"])
    if isinstance(document, Mapping) and "skus" in document:
        return _gcp(document["skus"])
    raise BadInput(
        f"{path}: none of AWS's offers (products, terms), Azure's retail prices (Items) and Google's SKUs "
        "(skus)"
    )


def _aws_json(document: Mapping[str, Any]) -> Iterator[Listed]:
    terms = document["terms"].get("OnDemand", {})
    code = str(document.get("offerCode", ""))
    for sku, product in document["products"].items():
        has = product["attributes"]
        for term in terms.get(sku, {}).values():
            for one in term["priceDimensions"].values():
                currency, amount = next(iter(one["pricePerUnit"].items()))
                found = _aws(
                    service=has.get("servicecode", code),
                    usage=has.get("usagetype", ""),
                    operation=has.get("operation", ""),
                    region=has.get("regionCode", ""),
                    begin=str(one.get("beginRange", "0")),
                    unit=one["unit"],
                    price=(Decimal(str(amount)), currency),
                )
                yield from found


def _aws_csv(path: Path) -> Iterator[Listed]:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        head = next((line for line in islice(lines, _LINES_BEFORE) if "SKU" in line), None)
        if head is None or "PricePerUnit" not in head:
            raise BadInput(f"{path}: no offer of AWS: it has no line of columns with PricePerUnit")
        columns = next(csv.reader([head]))
        for values in csv.reader(lines):
            row = dict(zip(columns, values, strict=False))
            if row.get("TermType") == "OnDemand":
                yield from _aws(
                    service=row.get("serviceCode", ""),
                    usage=row.get("usageType", ""),
                    operation=row.get("operation", ""),
                    region=row.get("Region Code", ""),
                    begin=row.get("StartingRange", "0"),
                    unit=row.get("Unit", ""),
                    price=(_amount(row["PricePerUnit"], path), row.get("Currency", "USD")),
                )


def _aws(
    *,
    service: str,
    usage: str,
    operation: str,
    region: str,
    begin: str,
    unit: str,
    price: tuple[Decimal, str],
) -> Iterator[Listed]:
    meter = meter_of("aws", usage, operation, service)
    first = begin in ("0", "", "0.0")
    if not usage or not first or _SPECIAL.match(meter) or not _SOFTWARE.fullmatch(operation):
        return
    amount, currency = price
    if amount > 0:
        found = Price(meter=meter, unit=unit, amount=amount, currency=currency, origin=Origin.LIST)
        yield Listed(service, "aws", region or ANYWHERE, found)


def _azure(items: Iterable[Mapping[str, Any]]) -> Iterator[Listed]:
    for one in items:
        if one.get("type") != "Consumption" or Decimal(str(one.get("tierMinimumUnits", 0))) > 0:
            continue
        size, name = str(one.get("armSkuName") or ""), str(one["meterName"])
        product = str(one.get("productName") or "")
        if any(word in name for word in ("Spot", "Low Priority", "Expired")):
            continue
        machine = size.startswith("Standard_") and "Virtual Machines" in product
        windows = "/windows" if "Windows" in product else ""
        price = _of_block(f"vm/{size}{windows}" if machine else name, one)
        region = str(one.get("armRegionName") or ANYWHERE)
        yield Listed(str(one.get("serviceName") or "azure"), "azure", region, price)


def _of_block(meter: str, one: Mapping[str, Any]) -> Price | UnreadPrice:
    """What one unit costs of the block that a price is for."""
    said = str(one["unitOfMeasure"])
    block = measure_of(said)
    if block is None:
        return UnreadPrice(meter=meter, unit=said)
    return Price(
        meter=meter,
        unit=block.unit,
        amount=Decimal(str(one["retailPrice"])) / block.number,
        currency=str(one["currencyCode"]),
        origin=Origin.LIST,
    )


def _gcp(skus: Iterable[Mapping[str, Any]]) -> Iterator[Listed]:
    for sku in skus:
        category = sku["category"]
        if category.get("usageType") != "OnDemand" or not sku.get("pricingInfo"):
            continue
        expression = sku["pricingInfo"][0]["pricingExpression"]
        rates = [one for one in expression["tieredRates"] if _rate(one) > 0]
        if not rates:
            continue
        money = rates[0]["unitPrice"]
        price = Price(
            meter=meter_of("gcp", str(sku["description"])),
            unit=str(expression["usageUnit"]),
            amount=_rate(rates[0]),
            currency=str(money["currencyCode"]),
            origin=Origin.LIST,
        )
        service = str(category.get("serviceDisplayName") or "gcp")
        for region in sku.get("serviceRegions") or [ANYWHERE]:
            yield Listed(service, "gcp", str(region), price)


def _rate(rate: Mapping[str, Any]) -> Decimal:
    money = rate["unitPrice"]
    return Decimal(str(money.get("units", 0))) + Decimal(str(money.get("nanos", 0))) / 10**9


def _amount(text: str, path: Path) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise BadInput(f"{path}: {text[:40]!r} is no price; download it again") from error
