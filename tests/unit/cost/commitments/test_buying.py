"""Choosing commitments: as cheap as the exact solver's, within the risk, and whole units."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest

from functions.cost.model.commitments.buying import _limits, choose, cost, market
from functions.cost.model.commitments.offers import Held, History, Market, Offer, Risk
from steward.errors import BadInput
from tests.unit.cost.commitments.exact import cheapest

NOW = datetime(2026, 3, 1, tzinfo=UTC)
YEAR = timedelta(days=365)


def _history(chance: random.Random) -> History:
    pools = tuple(f"family-{one}" for one in range(chance.randint(1, 4)))
    hours = chance.choice((24, 48, 72))
    rows = []
    for _ in pools:
        level, swing = chance.uniform(2, 40), chance.uniform(0, 0.8)
        rows.append(
            [
                max(
                    0.0,
                    level * (1 + swing * np.sin(hour / 24 * 2 * np.pi))
                    + chance.gauss(0, level / 8),
                )
                for hour in range(hours)
            ]
        )
    return History(pools, np.array(rows))


def _offers(chance: random.Random, pools: tuple[str, ...]) -> list[Offer]:
    found = []
    for pool in pools:
        for years in (1, 3):
            if chance.random() < 0.6:
                rate = Decimal(f"{chance.uniform(0.35, 0.75):.3f}")
                step = chance.choice(
                    (Decimal("0.001"), Decimal(f"{chance.uniform(0.05, 0.9):.3f}"))
                )
                found.append(
                    Offer(
                        id=f"{pool}-{years}",
                        provider="aws",
                        kind="reservation",
                        rates={pool: rate},
                        years=years,
                        payment="none",
                        step=step,
                        upfront=chance.choice((Decimal(0), Decimal("0.5"))),
                    )
                )
    if not found or chance.random() < 0.8:
        rates = {pool: Decimal(f"{chance.uniform(0.45, 0.85):.3f}") for pool in pools}
        found.append(
            Offer(
                id="any", provider="aws", kind="savings_plan", rates=rates, years=1, payment="none"
            )
        )
        if chance.random() < 0.4:
            longer = {pool: rate * Decimal("0.8") for pool, rate in rates.items()}
            found.append(
                Offer(
                    id="any-3",
                    provider="aws",
                    kind="savings_plan",
                    rates=longer,
                    years=3,
                    payment="x",
                )
            )
    return found


def _case(seed: int) -> tuple[Market, Risk]:
    chance = random.Random(seed)
    history = _history(chance)
    offers = _offers(chance, history.pools)
    held = [
        Held(
            id="held",
            rates={history.pools[0]: Decimal("0.6")},
            hourly=Decimal(chance.randint(0, 8)),
            ends=NOW + timedelta(days=chance.randint(30, 500)),
        )
    ]
    risk = Risk(
        quiet=Decimal(str(chance.choice((0, 0.05, 0.3, 1)))),
        decline=Decimal(str(chance.choice((0, 0.1)))),
        capital=Decimal(str(chance.choice((0, 0.08)))),
        upfront=chance.choice((None, Decimal(20_000))),
    )
    return market(history, offers, held, now=NOW, horizon=YEAR, risk=risk), risk


@pytest.mark.parametrize("seed", range(200))
def test_a_choice_is_within_a_hundredth_of_the_exact_solver(seed: int) -> None:
    on, risk = _case(seed)
    choice = choose(on, risk)
    exact, ours = cheapest(on, risk), cost(on, choice.commits)
    assert ours <= exact * 1.01 + 1e-9
    assert ours >= exact * (1 - 1e-4)
    rows, most = _limits(on, risk)
    assert np.all(rows @ choice.commits <= most + 1e-6)
    bound = ours - choice.gap * float(on.spend.sum(axis=0) @ on.weights)
    assert bound <= exact * (1 + 1e-4) + 1e-9


def _bought(history: History, offers: list[Offer], **risk: Decimal) -> dict[str, float]:
    taken = Risk(**risk)
    on = market(history, offers, now=NOW, horizon=YEAR, risk=taken)
    commits = choose(on, taken).commits
    return {one.id: float(commit) for one, commit in zip(offers, commits, strict=True)}


def _plan(id_: str, rate: str, *pools: str) -> Offer:
    rates = {pool: Decimal(rate) for pool in pools}
    return Offer(id=id_, provider="aws", kind="x", rates=rates, years=1, payment="none")


def test_steady_usage_is_covered_whole_by_the_best_rate() -> None:
    history = History(("m5",), np.full((1, 48), 10.0))
    bought = _bought(history, [_plan("one", "0.7", "m5"), _plan("three", "0.5", "m5")])
    assert bought == {"one": 0.0, "three": pytest.approx(5.0)}


def test_usage_of_fewer_hours_than_pay_for_it_is_left_on_demand() -> None:
    rare = np.zeros((1, 100))
    rare[0, :60] = 10.0
    offer = [_plan("one", "0.7", "m5")]
    assert _bought(History(("m5",), rare), offer, quiet=Decimal(1)) == {"one": 0.0}
    rare[0, :80] = 10.0
    assert _bought(History(("m5",), rare), offer, quiet=Decimal(1)) == {"one": pytest.approx(7.0)}


def test_less_risk_buys_no_more_than_quiet_hours_use() -> None:
    usage = np.full((1, 100), 10.0)
    usage[0, :10] = 4.0
    offer = [_plan("one", "0.5", "m5")]
    careful = _bought(History(("m5",), usage), offer, quiet=Decimal(0))
    bold = _bought(History(("m5",), usage), offer, quiet=Decimal("0.1"))
    assert careful == {"one": pytest.approx(2.0)}
    assert bold == {"one": pytest.approx(5.0)}


def test_what_is_held_for_the_whole_horizon_is_not_bought_again() -> None:
    history = History(("m5",), np.full((1, 48), 10.0))
    held = Held(id="h", rates={"m5": Decimal("0.5")}, hourly=Decimal(3), ends=NOW + 2 * YEAR)
    risk = Risk()
    on = market(history, [_plan("one", "0.7", "m5")], [held], now=NOW, horizon=YEAR, risk=risk)
    assert choose(on, risk).commits.tolist() == [pytest.approx(2.8)]


def test_a_commitment_that_has_ended_covers_nothing() -> None:
    history = History(("m5",), np.full((1, 48), 10.0))
    held = Held(id="h", rates={"m5": Decimal("0.5")}, hourly=Decimal(3), ends=NOW)
    on = market(history, [], [held], now=NOW, horizon=YEAR, risk=Risk())
    assert cost(on, np.zeros(0)) == pytest.approx(10.0)


def test_a_broken_offer_names_itself_and_the_rule() -> None:
    with pytest.raises(BadInput, match=r"offer 'bad': rates .*above 0, up to 1"):
        _plan("bad", "1.2", "m5")
    with pytest.raises(BadInput, match="risk: quiet 2"):
        Risk(quiet=Decimal(2))
    with pytest.raises(BadInput, match="no negative usage"):
        History(("m5",), np.array([[-1.0]]))


def test_a_year_of_hours_and_ten_offers_is_chosen_with_a_proof() -> None:
    chance = np.random.default_rng(7)
    pools = tuple(f"p{one}" for one in range(6))
    day = 1 + 0.4 * np.sin(np.arange(8760) / 24 * 2 * np.pi)
    spend = np.abs(np.outer(chance.uniform(5, 90, 6), day) + chance.normal(0, 3, (6, 8760)))
    offers = [_plan(pool, "0.55", pool) for pool in pools] + [_plan("any", "0.66", *pools)]
    risk = Risk(quiet=Decimal("0.3"))
    on = market(History(pools, spend), offers, now=NOW, horizon=YEAR, risk=risk)
    choice = choose(on, risk)
    assert choice.gap < 0.001
    assert cost(on, choice.commits) < 0.8 * cost(on, np.zeros(len(offers)))
