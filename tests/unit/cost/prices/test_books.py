"""Price books: of a resource's region and of everywhere, each made once."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, cast

from functions.cost.model.checks.kept import Kept
from functions.cost.model.prices.book import Origin, Price, PriceSheet
from functions.cost.service.advising import Books
from steward.store.collection import Page
from steward.store.work import Entities

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Sheets:
    """One sheet a place, with one price; it remembers which places were asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def query(self, *, index: str, key: str, limit: int) -> Page[PriceSheet]:
        assert (index, limit > 1) == ("by_place", True)
        self.asked.append(key)
        provider, _, region = key.partition("/")
        price = Price(
            meter=key, unit="Hrs", amount=Decimal(len(key)), currency="USD", origin=Origin.BILL
        )
        sheet = PriceSheet(
            origin=Origin.BILL, provider=provider, region=region, number=0, prices=(price,),
            made_at=NOON,
        )  # fmt: skip
        return Page((sheet,), None)


def kept(region: str, **more: Any) -> Kept:
    values = {"provider": "aws", "account": "1", "type": "t", "native_id": "n", "state": "running"}
    return Kept(
        id="r", region=region, version=1, captured_at=NOON, seen_at=NOON, **{**values, **more}
    )


def test_a_book_is_made_once_for_all_resources_of_a_region() -> None:
    sheets = Sheets()
    books = Books(cast("Entities[PriceSheet]", sheets))
    first = books.of(kept("eu-1"))
    assert books.of(kept("eu-1")) is first
    assert set(first.prices) == {"aws/eu-1", "aws/global"}
    assert sheets.asked == ["aws/eu-1", "aws/global"]


def test_another_region_and_another_cloud_have_books_of_their_own() -> None:
    books = Books(cast("Entities[PriceSheet]", Sheets()))
    assert set(books.of(kept("")).prices) == {"aws/global"}
    assert set(books.of(kept("us-1")).prices) == {"aws/us-1", "aws/global"}
    assert set(books.of(kept("us-1", provider="gcp")).prices) == {"gcp/us-1", "gcp/global"}
