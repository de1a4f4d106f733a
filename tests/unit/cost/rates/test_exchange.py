"""Laws of exchanging: there and back is the same, and the parts are the whole, to the last digit."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.cost.model.rates.basis import RateBasis
from functions.cost.model.rates.book import RateOrigin, RatePart
from functions.cost.model.rates.exchange import EXACT, UNIT, Rates, exchanged, gathered, rounded

FRIDAY = date(2026, 1, 2)
RATE = st.decimals("0.000001", "1000000", places=6)
COST = st.decimals("-99999999999999999999", "99999999999999999999", places=18)
LEGS = {"USD": Decimal("1.25"), "GBP": Decimal("0.8"), "JPY": Decimal("160.5")}


def rates(
    basis: RateBasis = RateBasis.DAY,
    oldest: int = 7,
    days: dict[date, dict[str, str]] | None = None,
) -> Rates:
    stated = {FRIDAY: LEGS} if days is None else {
        day: {one: Decimal(rate) for one, rate in legs.items()} for day, legs in days.items()
    }  # fmt: skip
    return Rates({"EUR": stated}, basis, oldest)


def to_18(amount: Decimal) -> Decimal:
    return amount.quantize(UNIT, context=EXACT)


@given(usd=RATE, gbp=RATE, cost=COST)
def test_there_and_back_is_the_same_within_the_rounding(
    usd: Decimal, gbp: Decimal, cost: Decimal
) -> None:
    known = Rates({"EUR": {FRIDAY: {"USD": usd, "GBP": gbp}}})
    for of, to in (("USD", "GBP"), ("USD", "EUR"), ("EUR", "GBP")):
        there, back = known.rate(of, to, FRIDAY), known.rate(to, of, FRIDAY)
        assert there is not None
        assert back is not None
        away = to_18(exchanged([(cost, there)]))
        # Half a unit is lost on the way there, worth as much as the way back says, and half on it.
        lost = EXACT.multiply(UNIT, EXACT.add(back, Decimal(1)))
        assert abs(to_18(exchanged([(away, back)])) - cost) <= lost


@given(st.lists(st.tuples(COST, RATE), max_size=40), st.integers(1, 7))
def test_the_parts_add_up_to_the_whole_however_it_is_parted(
    amounts: list[tuple[Decimal, Decimal]], parts: int
) -> None:
    whole = to_18(exchanged(amounts))
    exact = [exchanged(amounts[part::parts]) for part in range(parts)]
    shown = rounded(exact)
    assert exchanged((one, Decimal(1)) for one in shown) == whole
    assert all(
        abs(EXACT.subtract(one, real)) < UNIT for one, real in zip(shown, exact, strict=True)
    )


def test_a_rate_is_crossed_through_the_base_of_who_stated_it() -> None:
    assert rates().rate("USD", "GBP", FRIDAY) == Decimal("0.64")
    assert rates().rate("EUR", "USD", FRIDAY) == Decimal("1.25")
    assert rates().rate("USD", "EUR", FRIDAY) == Decimal("0.8")
    assert rates().rate("CHF", "CHF", FRIDAY) == 1
    assert rates().rate("CHF", "EUR", FRIDAY) is None


def test_a_day_without_a_rate_takes_the_last_before_as_long_as_it_is_young_enough() -> None:
    sunday = FRIDAY + timedelta(days=2)
    assert rates(oldest=2).rate("EUR", "USD", sunday) == Decimal("1.25")
    assert rates(oldest=1).rate("EUR", "USD", sunday) is None
    assert rates(oldest=31).rate("EUR", "USD", FRIDAY - timedelta(days=1)) is None


def test_both_currencies_are_taken_of_the_same_day() -> None:
    known = rates(days={
        FRIDAY: {"USD": "2", "GBP": "1"},
        FRIDAY + timedelta(days=1): {"USD": "4"},
    })  # fmt: skip
    assert known.rate("USD", "GBP", FRIDAY + timedelta(days=1)) == Decimal("0.5")
    assert known.rate("USD", "EUR", FRIDAY + timedelta(days=1)) == Decimal("0.25")


@pytest.mark.parametrize(
    ("basis", "expected"),
    [(RateBasis.DAY, "2"), (RateBasis.AVERAGE, "3"), (RateBasis.END, "4")],
)
def test_the_basis_says_which_rate_of_the_month(basis: RateBasis, expected: str) -> None:
    known = rates(basis, days={
        date(2026, 1, 5): {"USD": "2"},
        date(2026, 1, 12): {"USD": "3"},
        date(2026, 1, 30): {"USD": "4"},
        date(2026, 2, 2): {"USD": "9"},
    })  # fmt: skip
    assert known.rate("EUR", "USD", date(2026, 1, 6)) == Decimal(expected)


@pytest.mark.parametrize("basis", list(RateBasis))
def test_a_month_that_has_no_rate_yet_takes_the_last_before(basis: RateBasis) -> None:
    known = rates(basis, oldest=3, days={date(2026, 1, 30): {"USD": "4"}})
    assert known.rate("EUR", "USD", date(2026, 2, 1)) == 4
    assert rates(basis, oldest=1, days={date(2026, 1, 30): {"USD": "4"}}).rate(
        "EUR", "USD", date(2026, 2, 1)
    ) is None  # fmt: skip


def test_the_average_is_crossed_after_it_is_made_so_that_it_goes_back_as_well() -> None:
    known = rates(RateBasis.AVERAGE, days={
        date(2026, 1, 5): {"USD": "1", "GBP": "2"},
        date(2026, 1, 6): {"USD": "3", "GBP": "4"},
    })  # fmt: skip
    assert known.rate("USD", "GBP", date(2026, 1, 1)) == Decimal("1.5")
    assert known.rate("GBP", "USD", date(2026, 1, 1)) == Decimal(
        "0.66666666666666666666666666666666666666666666666667"
    )


def part(number: int, rate: str, origin: RateOrigin = RateOrigin.FEED) -> RatePart:
    return RatePart(
        base="EUR",
        month="2026-01",
        edition=number,
        origin=origin,
        days={FRIDAY: {"USD": Decimal(rate)}},
    )


def test_the_latest_edition_counts_and_what_a_person_handed_in_before_the_feed() -> None:
    def counting(*parts: RatePart) -> Decimal:
        return gathered(parts)["EUR"][FRIDAY]["USD"]

    assert counting(part(2, "1.2"), part(1, "1.1")) == Decimal("1.2")
    assert counting(part(1, "1.1", RateOrigin.FILE), part(2, "1.2")) == Decimal("1.1")
