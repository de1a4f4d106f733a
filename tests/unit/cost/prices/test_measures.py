"""What a block is: so many of a unit, exactly; whatever could be two things is none."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.cost.model.prices.counted import Counted
from functions.cost.model.prices.measures import UNITS, Measure, measure_of

WORDS = st.sampled_from(["Hours", "GB", "GB/Month", "Hour", "GB Seconds", "Transactions", "vCPU-h"])
COUNTS = st.integers(1, 10**12)
EXACT = st.decimals(-(10**20), 10**20, places=18)


# Units that Cost Management writes, with the block sizes of Microsoft's own table of pricing units.
@pytest.mark.parametrize(
    ("text", "size", "unit"),
    [
        ("1 Hour", 1, "Hour"),
        ("100 Hours", 100, "Hours"),
        ("1 GB/Month", 1, "GB/Month"),
        ("100 GB/Month", 100, "GB/Month"),
        ("10K", 10_000, UNITS),
        ("10K Transactions", 10_000, "Transactions"),
        ("10K/Month", 10_000, "Units/Month"),
        ("25K", 25_000, UNITS),
        ("1M", 1_000_000, UNITS),
        ("1M/Month", 1_000_000, "Units/Month"),
        ("1B", 1_000_000_000, UNITS),
        ("10,000 s", 10_000, "s"),
        ("100000000000 ", 100_000_000_000, UNITS),
        ("10000 Virtual User Minutes", 10_000, "Virtual User Minutes"),
        ("1 Database Units (DU)", 1, "Database Units (DU)"),
        ("1/Month", 1, "Units/Month"),
        ("1 /Month", 1, "Units/Month"),
        ("1/10 Days", 1, "Units/10 Days"),
        ("Gb / Month", 1, "Gb/Month"),
        ("1 GB/月", 1, "GB/月"),
        ("Hours", 1, "Hours"),
        ("print job", 1, "print job"),
        ("10 Million Operations", 10_000_000, "Operations"),
    ],
)
def test_a_block_is_so_many_of_a_unit(text: str, size: int, unit: str) -> None:
    assert measure_of(text) == Measure(Decimal(size), unit)


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "K", "1m", "1 M", "Unassigned", "0 Hours", "-1 Hours", "1.000 Hours", "1,5 GB"),
        *("12,34 GB", "1 1 Hour", "10000 1,000s", "10000s", "about 10 Hours", "1e3 Hours"),
        *("\uff11\uff10 Hours", "9" * 16),
    ],
)
def test_what_could_be_two_things_is_no_block(text: str) -> None:
    assert measure_of(text) is None


@given(COUNTS, WORDS)
def test_a_count_is_read_as_it_was_written(count: int, unit: str) -> None:
    expected = Measure(Decimal(count), unit)
    assert measure_of(f"{count} {unit}") == measure_of(f"{count:,} {unit}") == expected


@given(st.integers(1, 9999), st.sampled_from("KMB"), WORDS)
def test_a_power_is_the_number_that_it_stands_for(count: int, power: str, unit: str) -> None:
    size = {"K": 10**3, "M": 10**6, "B": 10**9}[power] * count
    assert measure_of(f"{count}{power} {unit}") == measure_of(f"{size} {unit}")


@given(st.text(max_size=30))
def test_no_text_is_read_as_less_than_one_of_something(text: str) -> None:
    found = measure_of(text)
    assert found is None or (found.number >= 1 and found.unit.strip() == found.unit != "")


@given(EXACT, COUNTS, WORDS)
def test_blocks_are_units_to_the_last_digit(blocks: Decimal, count: int, unit: str) -> None:
    block = Measure(Decimal(count), unit)
    assert Fraction(block.units(blocks)) == Fraction(blocks) * count


@given(st.decimals("0.000001", 10**9, places=6), COUNTS, WORDS)
def test_a_quantity_is_the_same_by_blocks_and_by_units(
    blocks: Decimal, count: int, unit: str
) -> None:
    block = Measure(Decimal(count), unit)
    both = Counted(blocks, f"{count} {unit}", block.units(blocks), unit)
    assert both.measured("azure") == Measure(block.units(blocks), unit)
    assert both.measured("azure") == both._replace(consumed=None, consumed_in="").measured("azure")


@given(st.decimals("0.01", 10**9, places=6), st.integers(2, 10**9), WORDS)
def test_two_quantities_of_one_unit_are_not_decided_between(
    quantity: Decimal, times: int, unit: str
) -> None:
    odd = Counted(quantity, unit, quantity * times, unit)
    assert odd.measured("azure") is None
    assert " and " in odd.said


def test_a_quantity_that_was_rounded_is_the_same_quantity() -> None:
    rounded = Counted(Decimal("0.03272500000"), "GB/Month", Decimal("0.032725000049"), "GB/Month")
    assert rounded.measured("azure") == Measure(Decimal("0.032725000049"), "GB/Month")


def test_other_clouds_count_in_the_units_that_they_name() -> None:
    seconds = Counted(Decimal(1), "hour", Decimal(3600), "seconds")
    assert seconds.measured("gcp") == Measure(Decimal(1), "hour")
    assert Counted(None, "", Decimal(3600), "seconds").measured("aws") == Measure(
        Decimal(3600), "seconds"
    )
