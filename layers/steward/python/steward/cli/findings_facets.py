"""``steward findings facets``: how many findings have what in common."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Annotated, Any

import typer

from steward.cli.client import DEFAULT_DATA, Client, Data
from steward.cli.output import Format, Output, note, show
from steward.errors import BadInput

FACETS = "/api/v1/policy/findings/facets"
_MOST = 1000
"""Values that one answer has of a field."""


def facets(
    fields: Annotated[str | None, typer.Argument(help="As severity,account,owner.")] = None,
    data: Data = DEFAULT_DATA,
    where: Annotated[
        list[str] | None, typer.Option(help="A filter, as severity=high; may be repeated.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=_MOST, help="Values of each field.")] = 50,
    output: Output = Format.TABLE,
) -> None:
    """Count findings by what they have in common; those still to be dealt with unless a filter says other.

    Example: steward findings facets rule,account --where severity=critical
    """
    wanted = filters(where) if where else {"active": "true"}
    total, rows = summed(_parts(Client(data), fields=fields, **wanted), limit)
    show(rows, columns=("field", "value", "count"), output=output)
    note(f"{total} findings")


def summed(
    parts: Iterable[dict[str, Any]], limit: int
) -> tuple[int, list[dict[str, str | int | None]]]:
    """The sum of answers that each count a part: how many findings, and each field's first values.

    A field with more values than an answer holds is said to be counted in part, and so is one with
    more of them than the limit.
    """
    total, counts, rest = 0, dict[str, Counter[str | None]](), Counter[str]()
    for part in parts:
        total += part["total"]
        for facet in part["facets"]:
            rest[facet["field"]] += facet["rest"]
            counter = counts.setdefault(facet["field"], Counter())
            counter.update({one["value"]: one["count"] for one in facet["values"]})
    for field, left in rest.items():
        if left:
            note(f"{field}: too many values; those of {left} findings are not counted")
    return total, [row for field, found in counts.items() for row in _rows(field, found, limit)]


def filters(where: list[str]) -> dict[str, str]:
    """The filters that ``--where`` names.

    Raises:
        BadInput: one is not of the form name=value.
    """
    pairs = [each.partition("=") for each in where]
    for name, equals, _ in pairs:
        if not equals:
            raise BadInput(f"--where {name!r}: give a filter as name=value, as severity=low")
    return {name: value for name, _, value in pairs}


def add_to(app: typer.Typer) -> None:
    """Hang the command below ``steward findings``."""
    app.command("facets")(facets)


def _parts(client: Client, **asked: str | None) -> Iterator[dict[str, Any]]:
    part = client.get(FACETS, limit=_MOST, **asked)
    yield part
    while part["cursor"] is not None:
        part = client.get(FACETS, limit=_MOST, cursor=part["cursor"], **asked)
        yield part


def _rows(
    field: str, found: Counter[str | None], limit: int
) -> Iterator[dict[str, str | int | None]]:
    ranked = sorted(found.items(), key=lambda pair: (-pair[1], pair[0] or ""))
    if len(ranked) > limit:
        note(f"{field}: {len(ranked) - limit} more values; --limit shows up to {_MOST}")
    for value, count in ranked[:limit]:
        yield {"field": field, "value": value, "count": count}
