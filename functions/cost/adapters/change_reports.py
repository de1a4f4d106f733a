"""The cost of a change: read from files, reckoned, and written for people, programs and pull requests."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any, Final, TypeAlias

import yaml

from functions.cost.adapters.price_files import Listed, read_prices
from functions.cost.model.change.declared import (
    Declared,
    is_change_set,
    of_change_set,
    of_plan,
    of_templates,
)
from functions.cost.model.change.estimate import Difference, Estimate, Prices, estimate
from functions.cost.model.change.usage import usage_of
from functions.cost.model.prices.book import ANYWHERE, Price, PriceBook, UnreadPrice
from steward.errors import BadInput
from steward.planned import cloudformation, terraform

MOST_BYTES: Final = 50_000_000
Row: TypeAlias = dict[str, Any]
Sheets: TypeAlias = Callable[[str, str], Iterable[Mapping[str, Any]]]
"""The prices that a server has of a provider in a region, as JSON."""


def difference(
    path: Path,
    *,
    before: Path | None,
    region: str | None,
    usage: Iterable[str],
    prices: Iterable[Path],
    sheets: Sheets,
) -> Estimate:
    """What the change in a file costs; price files come after what the server knows.

    Raises:
        BadInput: a file is not what it should be, or prices are in two currencies.
    """
    declared = list(_declared(path, before, region))
    files = [one for file in prices for one in read_prices(file)]
    found = estimate(declared, _book(files, sheets), usage_of(usage))
    if len(found.currencies) > 1:
        names = ", ".join(sorted(found.currencies))
        raise BadInput(f"{path}: its prices are in {names}; import lists in the bill's currency")
    return found


def imported(
    path: Path, *, tell: Callable[[str], object]
) -> dict[tuple[str, str, str], list[Price]]:
    """The prices of a file by source, provider and region; the first of a meter counts.

    It tells of each meter that has no price, as its unit cannot be read.

    Raises:
        BadInput: it is none of the clouds' price files, or has no price that is of use.
    """
    found: dict[tuple[str, str, str], dict[str, Price]] = {}
    unread: dict[str, None] = {}
    for one in read_prices(path):
        if isinstance(one.price, UnreadPrice):
            unread[one.price.reason] = None
        else:
            key = (one.source, one.provider, one.region)
            found.setdefault(key, {}).setdefault(one.price.meter, one.price)
    for reason in unread:
        tell(reason)
    if not found:
        raise BadInput(f"{path}: has no price on demand; download it again")
    return {key: list(prices.values()) for key, prices in found.items()}


def rows(found: Estimate) -> list[Row]:
    """A row a resource, what changes most first."""
    return [_row(one) for one in found.differences]


def summary(found: Estimate) -> Row:
    """The totals, what they rest on, and what is not in them."""
    return {
        "currency": next(iter(found.currencies), ""),
        "before": _money(found.before),
        "after": _money(found.after),
        "difference": _money(found.after - found.before),
        "resources": len(found.differences),
        "free": found.free,
        "unknown": len(found.incomplete),
        "assumptions": {name: str(value) for name, value in found.assumptions.items()},
    }


def markdown(found: Estimate) -> Iterator[str]:
    """The change for a pull request."""
    total = summary(found)
    sign = "+" if found.after >= found.before else ""
    yield (
        f"### Monthly cost: {sign}{total['difference']} {total['currency']} "
        f"({total['before']} -> {total['after']})\n\n"
    )
    if found.differences:
        yield "| Resource | Before | After | Difference |\n|---|---:|---:|---:|\n"
    for row in rows(found):
        note = "" if row["complete"] else " (in part)" if row["priced"] else " (not priced)"
        yield f"| `{row['resource']}`{note} | {row['before']} | {row['after']} | {row['difference']} |\n"
    if found.incomplete:
        yield f"\n{len(found.incomplete)} not wholly priced; the totals are without that:\n\n"
    for one in found.incomplete:
        yield f"- `{one.resource.address}` ({one.resource.type}): {_why(one)}\n"
    if found.assumptions:
        said = ", ".join(f"{name} = {value}" for name, value in found.assumptions.items())
        yield f"\nAssumed a month, each of a resource: {said}\n"


def _row(one: Difference) -> Row:
    return {
        "resource": one.resource.address,
        "type": one.resource.type,
        "region": one.resource.region,
        "before": _money(one.before.monthly),
        "after": _money(one.after.monthly),
        "difference": _money(one.monthly),
        "priced": not one.unpriced,
        "complete": one.complete,
        "unknown": "" if one.complete else _why(one),
        "parts": [
            {
                "what": charge.what,
                "quantity": str(charge.quantity),
                "meter": charge.price.meter,
                "price": str(charge.price.amount),
                "origin": charge.price.origin.value,
                "monthly": _money(charge.monthly),
                "assumed": list(charge.assumed),
            }
            for charge in one.after.charges
        ],
    }


def _why(one: Difference) -> str:
    if one.unpriced:
        return "no price is known of its type"
    return "; ".join(dict.fromkeys((*one.before.unknown, *one.after.unknown)))


def _money(amount: Decimal) -> str:
    return f"{amount:.2f}"


def _declared(path: Path, before: Path | None, region: str | None) -> Iterator[Declared]:
    document = _read(path)
    if terraform.is_plan(document) and before is None:
        return of_plan(document, region)
    if is_change_set(document) and before is None:
        return of_change_set(document, region)
    if cloudformation.is_template(document):
        old = None if before is None else _read(before)
        if old is not None and not cloudformation.is_template(old):
            raise BadInput(f"{before}: no CloudFormation template; give the one that is deployed")
        return of_templates(old, document, region)
    raise BadInput(
        f"{path}: none of 'terraform show -json PLAN', a CloudFormation template (with --before the one that "
        "is deployed) and 'aws cloudformation describe-change-set --include-property-values'"
    )


def _read(path: Path) -> Any:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise BadInput(f"{path}: over {MOST_BYTES} bytes; give one plan at a time")
        text = path.read_text("utf-8")
        document = json.loads(text) if path.suffix == ".json" else None
        if document is None or cloudformation.is_template(document):
            document, _ = cloudformation.read(text)
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error}); give a plan or a template") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        told = " ".join(str(error).split())
        raise BadInput(f"{path}: neither YAML nor JSON ({told}); mend it") from error
    return document


def _book(files: list[Listed], sheets: Sheets) -> Prices:
    """Prices by place, each place asked for once."""

    @cache
    def book(provider: str, region: str) -> PriceBook:
        known = list(sheets(provider, region))
        listed = [one.price for one in files if (one.provider, one.region) == (provider, region)]
        prices = (Price.model_validate(one) for sheet in known for one in sheet["prices"])
        unread = (
            UnreadPrice.model_validate(one) for sheet in known for one in sheet.get("unread", ())
        )
        return PriceBook.of(
            chain(prices, (one for one in listed if isinstance(one, Price))),
            chain(unread, (one for one in listed if isinstance(one, UnreadPrice))),
        )

    def price(provider: str, region: str, meters: tuple[str, ...]) -> Price | UnreadPrice | None:
        places = dict.fromkeys((region, ANYWHERE))
        asked = [(book(provider, place), meter) for meter in meters for place in places]
        found = (one.price(meter) for one, meter in asked)
        unread = (one.unread.get(meter) for one, meter in asked)
        return next((one for one in chain(found, unread) if one is not None), None)

    return price
