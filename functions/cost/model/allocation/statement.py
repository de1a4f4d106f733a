"""What a team is shown of a month: its costs by service and account, and how they moved."""

from __future__ import annotations

from html import escape

from pydantic import AwareDatetime, BaseModel, ConfigDict

from functions.cost.model.explore.answers import CostExchange, Money
from steward.decimals import plainly


class _Shown(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class StatementLine(_Shown):
    """What a service in an account cost the team this month, and the month before."""

    provider: str
    service: str
    account: str
    cost: Money
    before: Money


class StatementPart(_Shown):
    """A team's month in one currency; lines add up to ``cost`` exactly."""

    currency: str
    cost: Money
    before: Money
    lines: tuple[StatementLine, ...]


class TeamStatement(_Shown):
    """A team's month; ``as_of`` is when the newest bill was taken in, ``open`` while the month goes on."""

    team: str
    month: str
    open: bool
    as_of: AwareDatetime | None
    parts: tuple[StatementPart, ...]
    exchange: CostExchange | None = None


STYLE = (
    "body{font:14px system-ui,sans-serif;max-width:56rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse;width:100%}th,td{padding:.3rem .6rem;text-align:left;"
    "border-bottom:1px solid #ddd}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}"
)


def page(statement: TeamStatement) -> str:
    """The statement as a page of HTML that needs nothing else."""
    title = escape(f"{statement.team}: costs of {statement.month}")
    said = "The month is not over." if statement.open else "The month is over."
    taken = "" if statement.as_of is None else f" Bills as of {statement.as_of:%Y-%m-%d %H:%M} UTC."
    parts = "".join(map(_part, statement.parts)) or "<p>Nothing was charged.</p>"
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f"<style>{STYLE}</style></head><body><h1>{title}</h1><p>{said}{taken}"
        f"{escape(_exchanged(statement.exchange))}</p>{parts}</body></html>"
    )


def _exchanged(exchange: CostExchange | None) -> str:
    if exchange is None:
        return ""
    left = "".join(
        f" No rate for {one.currency} on {one.days} days from {one.first} to {one.last}: it stays as it is."
        for one in exchange.unexchanged
    )
    return (
        f" Exchanged into {exchange.currency} by edition {exchange.edition} of the rates, basis "
        f"{exchange.basis.value}.{left}"
    )


def _part(part: StatementPart) -> str:
    rows = "".join(_row(line) for line in part.lines)
    return (
        f"<h2>{escape(part.currency)}</h2><table><thead><tr><th>Service</th><th>Account</th>"
        '<th class="n">Cost</th><th class="n">Month before</th></tr></thead>'
        f'<tbody>{rows}</tbody><tfoot><tr><th colspan="2">Total</th>'
        f'<th class="n">{plainly(part.cost)}</th><th class="n">{plainly(part.before)}</th></tr>'
        "</tfoot></table>"
    )


def _row(line: StatementLine) -> str:
    return (
        f"<tr><td>{escape(line.service)}</td><td>{escape(line.account)}</td>"
        f'<td class="n">{plainly(line.cost)}</td><td class="n">{plainly(line.before)}</td></tr>'
    )
