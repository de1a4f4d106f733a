"""A team's statement as PDF."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from fpdf import FPDF

_WIDTHS: Final = (42, 26, 16, 16)
_HEADINGS: Final = ("Service", "Account", "Cost", "Month before")
_CENT: Final = Decimal("0.01")


def write(statement: dict[str, Any], to: Path) -> None:
    """Write the statement; amounts are rounded to hundredths here, and exact in the other formats."""
    from fpdf import FPDF  # only whoever wants a PDF waits for it

    pdf = FPDF()
    pdf.set_title(f"{statement['team']}: costs of {statement['month']}")
    pdf.add_page()
    _head(pdf, statement)
    for part in statement["parts"]:
        _part(pdf, part)
    pdf.output(str(to))


def _head(pdf: FPDF, statement: dict[str, Any]) -> None:
    pdf.set_font("Helvetica", style="B", size=16)
    pdf.multi_cell(0, 10, _plain(f"{statement['team']}: costs of {statement['month']}"))
    pdf.ln()
    pdf.set_font("Helvetica", size=9)
    over = "The month is not over." if statement["open"] else "The month is over."
    taken = f" Bills as of {statement['as_of']}." if statement["as_of"] else ""
    pdf.multi_cell(0, 6, _plain(over + taken + _exchanged(statement["exchange"])))
    pdf.ln()


def _exchanged(exchange: dict[str, Any] | None) -> str:
    if exchange is None:
        return ""
    left = ", ".join(one["currency"] for one in exchange["unexchanged"])
    stays = f" No rate on some days for {left}: they stay as they are." if left else ""
    return f" Exchanged into {exchange['currency']} by edition {exchange['edition']}.{stays}"


def _part(pdf: FPDF, part: dict[str, Any]) -> None:
    pdf.set_font("Helvetica", style="B", size=11)
    pdf.cell(0, 8, _plain(f"{part['currency']} {_rounded(part['cost'])}"))
    pdf.ln()
    pdf.set_font("Helvetica", size=8)
    aligned = ("LEFT", "LEFT", "RIGHT", "RIGHT")
    with pdf.table(col_widths=_WIDTHS, text_align=aligned) as table:
        table.row(_HEADINGS)
        for line in part["lines"]:
            names = (_plain(line["service"]), _plain(line["account"]))
            table.row((*names, _rounded(line["cost"]), _rounded(line["before"])))
        table.row(("Total", "", _rounded(part["cost"]), _rounded(part["before"])))


def _rounded(amount: str) -> str:
    return f"{Decimal(amount).quantize(_CENT):,}"


def _plain(text: str) -> str:
    # The fonts that every reader of PDF has know the letters of western Europe alone.
    return text.encode("latin-1", "replace").decode("latin-1")
