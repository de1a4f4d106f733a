"""Amounts leave with all of their digits, and as a person writes them."""

from __future__ import annotations

from decimal import Decimal, localcontext

import duckdb
from hypothesis import given
from hypothesis import strategies as st

from steward.decimals import plainly
from steward.lake.sandbox import ask, plain

AMOUNTS = st.decimals(
    allow_nan=False, allow_infinity=False, places=18, min_value=-(10**20), max_value=10**20
)


@given(amount=AMOUNTS)
def test_text_of_an_amount_reads_back_as_the_same_and_has_no_exponent(amount: Decimal) -> None:
    text = plainly(amount)
    assert Decimal(text) == amount
    assert set(text) <= set("-0123456789.")


@given(amount=AMOUNTS, noughts=st.integers(0, 10))
def test_noughts_at_the_end_change_no_text(amount: Decimal, noughts: int) -> None:
    with localcontext(prec=100):
        longer = amount.quantize(Decimal(1).scaleb(-18 - noughts))
    assert plainly(longer) == plainly(amount)


def test_nothing_is_a_nought_whatever_its_digits() -> None:
    found = [plainly(Decimal(one)) for one in ("0", "0E-18", "-0", "-0.00", "0E+3")]
    assert found == ["0"] * 4 + ["0"]


def test_a_query_answers_decimals_without_exponents() -> None:
    with duckdb.connect() as connection:
        sql = (
            "SELECT CAST(0 AS DECIMAL(38,18)), CAST('0.000000000000000001' AS DECIMAL(38,18)), "
            "CAST(1.5 AS DECIMAL(38,18)), {'cost': CAST(0 AS DECIMAL(38,18))}"
        )
        found = ask(connection, sql, views=())
    assert found.rows == [["0", "0.000000000000000001", "1.5", {"cost": "0"}]]
    assert plain([Decimal("-1.20")]) == ["-1.2"]
