"""No digit of a cost is lost on its way, however it is written."""

from __future__ import annotations

import tempfile
from decimal import Context, Decimal, localcontext
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.functional.cost.statements import row, text
from tests.unit.cost.ingest.lake.milling import milled, read

EXACT = Context(prec=500)
PLAIN = st.decimals(-(10**25), 10**25, places=0) | st.decimals(-(10**6), 10**6, places=22)
SCALED = st.tuples(st.integers(-(10**20), 10**20), st.integers(-40, 24)).map(
    lambda one: Decimal(one[0]).scaleb(one[1], EXACT)
)
WRITTEN = st.sampled_from(["{:f}", "{:e}", "{:E}", "{:+f}", " {:f}", "{:f}0"])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(PLAIN | SCALED, WRITTEN), min_size=1, max_size=40))
@example([(Decimal("1.00000000000000000000e+20"), "{:e}")])
@example([(Decimal("-1.69999999999999999999e+20"), "{:e}"), (Decimal(1), "{:f}")])
def test_the_sum_in_is_the_sum_out_to_the_last_digit(costs: list[tuple[Decimal, str]]) -> None:
    texts = [form.format(cost) if "0" not in form[4:] else _padded(cost) for cost, form in costs]
    with tempfile.TemporaryDirectory() as folder:
        found = milled(Path(folder), text([row(BilledCost=one) for one in texts]).encode())
        kept = read(
            found,
            "SELECT coalesce(json_extract_string(x_StewardOversize, '$.BilledCost'), "
            "CAST(BilledCost AS VARCHAR)) FROM rows",
        )
    with localcontext(EXACT):
        total = sum((Decimal(one) for one in texts), Decimal(0))
        assert Decimal(found.tally.billed["2026-01"]["USD"]) == total
        assert sorted(Decimal(one) for (one,) in kept) == sorted(Decimal(one) for one in texts)


def _padded(cost: Decimal) -> str:
    """The same number with zeros that say nothing."""
    plain = f"{cost:f}"
    return f"{plain}000000000000000000000" if "." in plain else plain


def test_a_sum_of_more_digits_than_a_column_has_is_exact(tmp_path: Path) -> None:
    costs = ["90000000000000000000.000000000000000001"] * 3
    found = milled(tmp_path, text([row(BilledCost=one) for one in costs]).encode())
    assert found.tally.billed == {"2026-01": {"USD": "270000000000000000000.000000000000000003"}}
    assert found.tally.rows == {"2026-01": 3}
