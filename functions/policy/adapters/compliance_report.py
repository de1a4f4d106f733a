"""A framework's standing on paper: HTML that prints well, and PDF."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from html import escape
from typing import Any, Final, TypeAlias

Row: TypeAlias = Mapping[str, Any]

STYLE: Final = """
body { font: 11pt/1.4 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; color: #1c2024; }
table { border-collapse: collapse; width: 100%; margin: 0 0 1.5rem; }
th, td { text-align: left; padding: .3rem .5rem; border-bottom: 1px solid #d0d7de; vertical-align: top; }
td.n { text-align: right; }
tr { break-inside: avoid; }
.passed { color: #116329; } .failed { color: #a40e26; font-weight: 600; }
.passed, .failed, .unclear, .accepted, .not-evaluated { white-space: nowrap; }
.unclear, .accepted { color: #7d4e00; } .not-evaluated { color: #57606a; }
@media print { body { margin: 0; max-width: none; } h2 { break-after: avoid; } }
"""
_COUNTS: Final = ("passed", "failed", "unclear", "accepted", "not_evaluated")
_SAYS: Final = (
    "A control without a judged resource is not evaluated and counts nowhere; one with a resource that "
    "could not be told is unclear and counts as not passed; one whose violations are all waived or "
    "dismissed is accepted and counts nowhere."
)
_MOST: Final = 2_000
"""Findings that are printed; all of them are in the evidence."""
_ROOM: Final = 4_500_000
"""Bytes of findings on a page: with all around them an answer of an API takes no more than 6 MB."""


def bearing_on(view: Row, findings: Iterable[Row]) -> Iterator[Row]:
    """The findings of the framework's account, each with the controls that its rule bears on."""
    for row in findings:
        bears_on = row.get("controls", {}).get(view["framework"], ())
        if bears_on and view["account"] in (None, row["account"]):
            yield {**row, "bears_on": list(bears_on)}


def html(view: Row, findings: Iterable[Row], *, cut: bool = False) -> str:
    """One page that needs nothing else; every text of a finding is escaped.

    ``cut`` says that there are more findings than are given.
    """
    shown, left = _first(findings, _MOST)
    return "".join(
        (
            f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{_title(view)}</title>',
            f"<style>{STYLE}</style></head><body><h1>{_title(view)}</h1>",
            f"<p>{escape(_summary(view))}</p><p>{_SAYS}</p>",
            *_table(("section", "score", *_COUNTS), map(_section, view["sections"])),
            "<h2>Controls</h2>",
            *_table(("control", "outcome", "asks", "passed", "failed", "unknown"), _controls(view)),
            f"<h2>Findings</h2><p>{escape(_told(shown, left, cut=cut))}</p>",
            *_table(
                ("control", "severity", "resource", "account", "message"), map(_finding, shown)
            ),
            "</body></html>\n",
        )
    )


def pdf(view: Row, findings: Iterable[Row], *, most: int = _MOST, cut: bool = False) -> bytes:
    """The same as pages of A4; the same standing gives the same bytes. It takes 10 ms for each finding."""
    # fpdf2 takes 200 ms to import, which only who prints should pay.
    from datetime import datetime

    from fpdf import FPDF

    shown, left = _first(findings, most)
    paper = FPDF(format="A4")
    paper.set_creation_date(datetime.fromisoformat(view["at"]))
    paper.set_title(_latin(view["title"]))
    paper.set_auto_page_break(auto=True, margin=15)
    paper.add_page()
    _heading(paper, view["title"], size=16)
    for text in (_summary(view), _SAYS):
        paper.multi_cell(0, 5, _latin(text), new_x="LMARGIN", new_y="NEXT")
        paper.ln(2)
    _pdf_table(
        paper, ("section", "score", *_COUNTS), map(_section, view["sections"]), (5, *[2] * 6)
    )
    _heading(paper, "Controls", size=13)
    names = ("control", "outcome", "asks", "passed", "failed", "unknown")
    _pdf_table(paper, names, _controls(view), (2, 2, 7, 1, 1, 1))
    _heading(paper, "Findings", size=13)
    paper.multi_cell(0, 5, _latin(_told(shown, left, cut=cut)), new_x="LMARGIN", new_y="NEXT")
    about = ("control", "severity", "resource", "account", "message")
    _pdf_table(paper, about, map(_finding, shown), (2, 2, 4, 3, 7))
    return bytes(paper.output())


def _heading(paper: Any, text: str, *, size: int) -> None:
    paper.set_font("Helvetica", "B", size)
    paper.multi_cell(0, 8, _latin(text), new_x="LMARGIN", new_y="NEXT")
    paper.set_font("Helvetica", "", 9)


def _pdf_table(
    paper: Any, names: tuple[str, ...], rows: Iterable[tuple[str, ...]], widths: tuple[int, ...]
) -> None:
    paper.set_font("Helvetica", "", 8)
    with paper.table(
        col_widths=widths, line_height=4.5, borders_layout="HORIZONTAL_LINES"
    ) as table:
        for row in (tuple(name.replace("_", " ") for name in names), *rows):
            cells = table.row()
            for text in row:
                cells.cell(_latin(text))
    paper.ln(4)
    paper.set_font("Helvetica", "", 9)


def _latin(text: str) -> str:
    # The fonts that every reader has know Latin 1 alone; what they lack is shown as a question mark.
    return text.encode("latin-1", "replace").decode("latin-1")


def _table(names: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    head = "".join(f"<th>{name.replace('_', ' ')}</th>" for name in names)
    yield f"<table><thead><tr>{head}</tr></thead><tbody>"
    for row in rows:
        yield f"<tr>{''.join(map(_cell, row))}</tr>\n"
    yield "</tbody></table>"


def _cell(text: str) -> str:
    number = ' class="n"' if text.replace(".", "", 1).isdigit() else ""
    kinds = ("passed", "failed", "unclear", "accepted", "not evaluated")
    kind = f' class="{text.replace(" ", "-")}"' if text in kinds else number
    return f"<td{kind}>{escape(text)}</td>"


def _title(view: Row) -> str:
    return escape(str(view["title"]))


def _summary(view: Row) -> str:
    total = view["total"]
    score = "nothing evaluated" if total["score"] is None else f"score {total['score']} %"
    where = f"account {view['account']}" if view["account"] else "all accounts"
    counts = ", ".join(f"{total[name]} {name.replace('_', ' ')}" for name in _COUNTS)
    return f"{where}, {view['resources']} resources, counted {view['at']}: {score}; controls: {counts}."


def _section(row: Row) -> tuple[str, ...]:
    total = row["total"]
    score = "-" if total["score"] is None else str(total["score"])
    return (row["section"], score, *(str(total[name]) for name in _COUNTS))


def _controls(view: Row) -> Iterator[tuple[str, ...]]:
    for each in view["controls"]:
        counts = (str(each[name]) for name in ("passed", "failed", "unknown"))
        yield (each["control"], each["outcome"], each["asks"], *counts)


def _finding(row: Row) -> tuple[str, ...]:
    return (
        " ".join(row["bears_on"]),
        row["severity"],
        row["resource_name"],
        row["account"],
        row["message"],
    )


def _first(findings: Iterable[Row], most: int) -> tuple[list[Row], int]:
    shown: list[Row] = []
    left = room = 0
    for row in findings:
        room += sum(len(escape(text).encode()) for text in _finding(row))
        if len(shown) < most and room <= _ROOM and not left:
            shown.append(row)
        else:
            left += 1
    return shown, left


def _told(shown: list[Row], left: int, *, cut: bool) -> str:
    least = "at least " if cut else ""
    more = f"; {least}{left} more are in the evidence" if left or cut else ""
    return f"{len(shown)} open findings bear on its controls{more}."
