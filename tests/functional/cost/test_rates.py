"""Costs in another currency: exact, by rates as of an edition, and nothing lost where no rate is known."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from functions.cost.handlers import (
    allocation,
    anomalies,
    api,
    budgets,
    cost_views,
    explore,
    find_bills,
    usage,
)
from functions.cost.model.allocation.rules import RuleSetDraft
from steward.contracts.cost import BillsDue
from steward.identity import Role
from tests.asking import Asker
from tests.edge_world import message
from tests.functional.cost.ledger import LedgerWorld, ledger
from tests.functional.cost.served import command_line
from tests.receiver import Receiver, answer, receiver
from tests.unit.cost.lake.bills import line

ROOT = "/api/v1/cost"
RATES = """date,currency,rate,base
2026-02-02,USD,1.25,EUR
2026-02-06,USD,1.6,EUR
2026-02-27,USD,2,EUR
2026-02-02,GBP,0.8,EUR
2026-02-27,GBP,0.8,EUR
"""
RESTATED = "date,currency,rate,base\n2026-02-06,USD,2.5,EUR\n"
FEED = b"""<Envelope><Cube><Cube time='2026-02-27'><Cube currency='USD' rate='4'/></Cube>
<Cube time='2026-02-26'><Cube currency='USD' rate='5'/></Cube></Cube></Envelope>"""
TEAMS = RuleSetDraft.model_validate({"rules": [{"name": "own", "by": "tags.team"}]})
BILL = (
    line("10", at="2026-02-02", tags={"team": "ada"}),
    line("1", at="2026-02-08", ServiceName="Storage", tags={"team": "ada"}),
    line("8", at="2026-02-27", BillingCurrency="GBP", ServiceName="Storage"),
    line("5", at="2026-02-27", BillingCurrency="EUR"),
    line("7", at="2026-02-27", BillingCurrency="XTS", ServiceName="Storage"),
)
FEBRUARY = "since=2026-02-01&until=2026-03-01"


@pytest.fixture
def world(tmp_path: Path) -> LedgerWorld:
    found = ledger(tmp_path)
    found.month("2026-02", BILL, rules=TEAMS)
    return found


@pytest.fixture
def desk(world: LedgerWorld) -> Asker:
    return world.asker("cost-api", api.handler)


@pytest.fixture
def ask(world: LedgerWorld) -> Asker:
    return world.asker("explore-api", explore.handler, Role.VIEWER)


def imported(desk: Asker, content: str = RATES, **more: Any) -> Any:
    return told(desk("POST", f"{ROOT}/rates", {"name": "rates.csv", "content": content, **more}))


def told(answer: Any) -> Any:
    assert answer.status == 200, answer.body
    return answer.body


def lines(answer: Any, *names: str) -> list[tuple[str, ...]]:
    return [
        (*(one["values"][name] for name in (*names, "currency")), one["cost"])
        for one in told(answer)["lines"]
    ]


def test_amounts_are_exchanged_at_the_rate_of_their_day(desk: Asker, ask: Asker) -> None:
    imported(desk)
    found = ask("GET", f"{ROOT}/explore?by=service&currency=EUR&{FEBRUARY}")
    # 10 / 1.25 + 5 of that day's euros; 1 / 1.6, on a Sunday at Friday's rate, + 8 / 0.8.
    assert lines(found, "service") == [
        ("Compute", "EUR", "13"),
        ("Storage", "EUR", "10.625"),
        ("Storage", "XTS", "7"),
    ]
    assert found.body["totals"] == {"EUR": "23.625", "XTS": "7"}
    assert found.body["exchange"] == {
        "currency": "EUR",
        "edition": 1,
        "basis": "day",
        "oldest": 7,
        "unexchanged": [
            {"currency": "XTS", "first": "2026-02-27", "last": "2026-02-27", "days": 1}
        ],
    }


def test_without_any_rates_every_amount_stays_in_its_own_currency(ask: Asker) -> None:
    found = ask("GET", f"{ROOT}/explore?currency=EUR&{FEBRUARY}")
    assert found.body["totals"] == {"USD": "11", "GBP": "8", "EUR": "5", "XTS": "7"}
    assert [one["currency"] for one in found.body["exchange"]["unexchanged"]] == [
        "GBP",
        "USD",
        "XTS",
    ]


def test_two_foreign_currencies_are_crossed_through_the_base(desk: Asker, ask: Asker) -> None:
    imported(desk)
    found = ask("GET", f"{ROOT}/explore?currency=GBP&where=currency=USD&{FEBRUARY}")
    # 10 * 0.8 / 1.25; on the 8th no day within a week has both, but the 2nd.
    assert lines(found) == [("GBP", "7.04")]


@pytest.mark.parametrize(
    ("basis", "expected"), [("day", "8.625"), ("average", "6.804123711340206186"), ("end", "5.5")]
)
def test_the_basis_that_is_asked_for_is_the_one_taken(
    desk: Asker, ask: Asker, basis: str, expected: str
) -> None:
    imported(desk)
    found = ask("GET", f"{ROOT}/explore?currency=EUR&basis={basis}&where=currency=USD&{FEBRUARY}")
    assert lines(found) == [("EUR", expected)]
    assert found.body["exchange"]["basis"] == basis


def test_a_rate_that_is_too_old_is_none(desk: Asker, ask: Asker) -> None:
    imported(desk)
    wishes = {"reporting": None, "basis": "day", "oldest": 1, "feed": None}
    told(desk("PUT", f"{ROOT}/rates/settings", wishes))
    found = ask("GET", f"{ROOT}/explore?currency=EUR&where=currency=USD&{FEBRUARY}")
    assert lines(found) == [("EUR", "8"), ("USD", "1")]
    assert found.body["exchange"]["oldest"] == 1


def test_restated_rates_count_and_as_of_an_edition_the_answer_is_the_same_as_then(
    desk: Asker, ask: Asker
) -> None:
    question = f"{ROOT}/explore?by=service&currency=EUR&where=currency=USD&{FEBRUARY}"
    imported(desk)
    then = told(ask("GET", question))
    assert imported(desk, RESTATED) == {
        "edition": 2,
        "rates": 1,
        "first": "2026-02-06",
        "last": "2026-02-06",
    }
    wishes = {"reporting": "EUR", "basis": "end", "oldest": 0, "feed": None}
    told(desk("PUT", f"{ROOT}/rates/settings", wishes))
    assert lines(ask("GET", f"{question}&basis=day&edition=2"), "service") == [
        ("Compute", "EUR", "8"),
        ("Storage", "EUR", "0.4"),
    ]
    again = told(ask("GET", f"{question}&edition=1"))
    assert {**again, "question": None} == {**then, "question": None}
    assert ask("GET", f"{question}&edition=9").status == 404


def test_rates_that_are_known_already_make_no_edition(desk: Asker) -> None:
    assert imported(desk)["rates"] == 5
    assert imported(desk) == {"edition": 1, "rates": 0, "first": None, "last": None}
    (only,) = told(desk("GET", f"{ROOT}/rates"))["items"]
    assert (only["number"], only["origin"], only["base"], only["rates"]) == (1, "file", "EUR", 5)
    assert only["currencies"] == ["GBP", "USD"]


def test_the_reporting_currency_counts_where_none_is_named(
    world: LedgerWorld, desk: Asker, ask: Asker
) -> None:
    imported(desk)
    wishes = {"reporting": "EUR", "basis": "day", "oldest": 7, "feed": None}
    told(desk("PUT", f"{ROOT}/rates/settings", wishes))
    plain = f"{ROOT}/explore?where=currency=USD&{FEBRUARY}"
    assert lines(ask("GET", plain)) == [("EUR", "8.625")]
    assert lines(ask("GET", f"{plain}&currency=own")) == [("USD", "11")]
    keep = world.asker("cost-views-api", cost_views.handler)
    asked = {"since": "2026-02-01", "until": "2026-03-01", "where": ["currency=USD"]}
    for more, expected in (({}, ("EUR", "8.625")), ({"currency": "own"}, ("USD", "11"))):
        view = told(keep("POST", f"{ROOT}/views", {"name": "x", "asked": {**asked, **more}}))
        assert lines(keep("GET", f"{ROOT}/views/{view['id']}/costs")) == [expected]


def test_a_unit_costs_what_it_does_in_the_currency_reported_in(
    world: LedgerWorld, desk: Asker
) -> None:
    imported(desk)
    told(settings(desk, reporting="EUR"))
    meter = world.asker("usage-api", usage.handler)
    days = {"2026-02-02": {"": "4"}, "2026-02-08": {"": "1"}}
    meter("PUT", f"{ROOT}/usage/builds/2026-02", {"unit": "build", "days": days})
    units = f"{ROOT}/units?dataset=builds&{FEBRUARY}&per=day&where=currency=USD"
    found = told(meter("GET", units))
    assert [(one["currency"], one["each"]) for one in found["lines"]] == [
        ("EUR", "2"), ("EUR", "0.625"),
    ]  # fmt: skip
    assert found["exchange"]["currency"] == "EUR"
    own = told(meter("GET", f"{units}&currency=own"))
    assert [(one["currency"], one["each"]) for one in own["lines"]] == [
        ("USD", "2.5"), ("USD", "1"),
    ]  # fmt: skip
    every = told(meter("GET", f"{ROOT}/units?dataset=builds&{FEBRUARY}&currency=USD"))
    assert [one["currency"] for one in every["lines"]] == ["USD", "XTS"]
    assert [one["currency"] for one in every["exchange"]["unexchanged"]] == ["XTS"]


def test_what_moved_is_told_in_one_currency(desk: Asker, ask: Asker) -> None:
    imported(desk)
    path = f"{ROOT}/moves?by=service&currency=EUR&since=2026-02-08&until=2026-03-01"
    found = told(ask("GET", path))
    assert [
        (one["values"]["service"], one["values"]["currency"], one["before"], one["after"])
        for one in found["lines"]
    ] == [
        ("Storage", "EUR", "0", "10.625"),
        ("Storage", "XTS", "0", "7"),
        ("Compute", "EUR", "8", "5"),
    ]
    assert found["exchange"]["edition"] == 1


def test_lines_add_up_to_the_whole_by_whatever_they_are_told_apart(
    world: LedgerWorld, desk: Asker, ask: Asker
) -> None:
    thirds = [
        line(Decimal(number) / 7, at="2026-02-02", ServiceName=f"s{number % 5}", SubAccountId=str(number))
        for number in range(1, 40)
    ]  # fmt: skip
    world.month(
        "2026-02", [{**row, "EffectiveCost": f"{row['EffectiveCost']:.18f}"} for row in thirds]
    )
    imported(desk, "date,currency,rate,base\n2026-02-02,USD,1.7,EUR\n")
    totals = set()
    for by in ("", "by=service&", "by=account&", "by=service,account&", "by=tags.x,account&"):
        found = told(ask("GET", f"{ROOT}/explore?{by}currency=EUR&{FEBRUARY}"))
        totals.add(found["totals"]["EUR"])
        assert sum(Decimal(one["cost"]) for one in found["lines"]) == Decimal(
            found["totals"]["EUR"]
        )
    assert len(totals) == 1


def test_a_bill_that_prices_in_the_currency_asked_for_is_taken_by_its_own_word(
    world: LedgerWorld, desk: Asker, ask: Asker
) -> None:
    priced = line("10", at="2026-02-02", PricingCurrency="EUR", PricingCurrencyEffectiveCost="9.5")
    other = line("10", at="2026-02-02", PricingCurrency="USD", PricingCurrencyEffectiveCost="10")
    world.month("2026-02", [priced, other])
    imported(desk)
    plain = f"{ROOT}/explore?currency=EUR&{FEBRUARY}"
    assert lines(ask("GET", plain)) == [("EUR", "16")]
    for by in ("", "&by=service", "&by=tags.team"):
        assert told(ask("GET", f"{plain}&priced=true{by}"))["totals"] == {"EUR": "17.5"}
    refused = ask("GET", f"{plain}&priced=true&metric=billed")
    assert refused.status == 422
    assert "priced: bills state the effective cost alone" in refused.body["detail"]


def test_a_budget_counts_all_currencies_where_it_names_a_basis(
    world: LedgerWorld, desk: Asker
) -> None:
    imported(desk)
    imported(desk, "date,currency,rate,base\n2026-03-01,USD,1.25,EUR\n")
    world.month(
        "2026-03", [line("10", at="2026-03-01"), line("2", at="2026-03-01", BillingCurrency="EUR")]
    )
    ask = world.asker("budgets-api", budgets.handler)
    draft = {
        "name": "all",
        "currency": "EUR",
        "amount": "100",
        "thresholds": [{"basis": "actual", "percent": "80"}],
    }
    for basis, spent in ((None, "2"), ("day", "10")):
        budget = told(ask("POST", f"{ROOT}/budgets", {**draft, "basis": basis}))
        standing = told(ask("GET", f"{ROOT}/budgets/{budget['id']}/standing"))
        assert standing["spent"] == spent
        assert (standing["exchange"] is None) == (basis is None)


def test_a_team_is_shown_its_month_in_one_currency(world: LedgerWorld, desk: Asker) -> None:
    imported(desk)
    ask = world.asker("allocation-api", allocation.handler)
    asked = f"{ROOT}/statements?team=ada&month=2026-02"
    (part,) = told(ask("GET", f"{asked}&currency=EUR"))["parts"]
    assert (part["currency"], part["cost"]) == ("EUR", "8.625")
    (own,) = told(ask("GET", asked))["parts"]
    assert (own["currency"], own["cost"]) == ("USD", "11")
    page = ask("GET", f"{ROOT}/statements/page?team=ada&month=2026-02&currency=EUR")
    assert "Exchanged into EUR by edition 1 of the rates, basis day." in page.body


def test_what_costs_come_to_is_told_in_one_currency(world: LedgerWorld, desk: Asker) -> None:
    days = [f"2026-02-{day:02d}" for day in range(1, 29)]
    rows = [line("1.25", at=day) for day in days]
    world.month("2026-02", [*rows, *(line("1", at=day, BillingCurrency="EUR") for day in days)])
    imported(desk, "date,currency,rate,base\n2026-01-31,USD,1.25,EUR\n2026-02-06,USD,1.25,EUR\n"
        "2026-02-13,USD,1.25,EUR\n2026-02-20,USD,1.25,EUR\n2026-02-27,USD,1.25,EUR\n")  # fmt: skip
    ask = world.asker("anomalies-api", anomalies.handler)
    found = told(ask("POST", f"{ROOT}/forecast", {"exchange": {"currency": "EUR"}}))
    (only,) = found["items"]
    assert (only["currency"], only["spent"]) == ("EUR", "56")
    assert found["exchange"]["unexchanged"] == []
    assert len(told(ask("POST", f"{ROOT}/forecast", {}))["items"]) == 2


@pytest.fixture
def bank(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    with receiver(answer(200, FEED)) as running:
        monkeypatch.setenv("OUTBOUND_ALLOW", running.authority)
        yield running


def hourly(world: LedgerWorld, name: str) -> None:
    world.function("find-bills").deliver(find_bills.handler, [message(BillsDue(), id_=name)])


def settings(desk: Asker, **wishes: Any) -> Any:
    body = {"reporting": None, "basis": "day", "oldest": 7, "feed": None, **wishes}
    return desk("PUT", f"{ROOT}/rates/settings", body)


def test_a_feed_is_read_when_bills_are_looked_for(
    world: LedgerWorld, desk: Asker, bank: Receiver
) -> None:
    hourly(world, "before")
    assert bank.requests == []
    told(settings(desk, feed=bank.url))
    hourly(world, "first")
    hourly(world, "right after")
    assert len(bank.requests) == 1
    days = told(desk("GET", f"{ROOT}/rates/days?of=EUR&to=USD&since=2026-02-25&until=2026-03-01"))
    assert [one["rate"] for one in days["days"]] == [None, "5", "4", "4"]
    bank.behaviours = [answer(200, FEED.replace(b"'4'", b"'3'"))]
    world.world.clock.forward(timedelta(hours=7))
    hourly(world, "later")
    assert [one["origin"] for one in told(desk("GET", f"{ROOT}/rates"))["items"]] == [
        "feed",
        "feed",
        "settings",
    ]
    days = told(desk("GET", f"{ROOT}/rates/days?of=EUR&to=USD&since=2026-02-27&until=2026-02-28"))
    assert [one["rate"] for one in days["days"]] == ["3"]


@pytest.mark.parametrize(
    ("behaviour", "said"),
    [
        (answer(503), "answered 503"),
        (answer(200, b"<html/>"), "states none"),
        (answer(200), "names no columns"),
    ],
)
def test_a_feed_that_fails_says_so_and_leaves_bills_and_rates_alone(
    world: LedgerWorld, desk: Asker, bank: Receiver, behaviour: Any, said: str
) -> None:
    imported(desk)
    told(settings(desk, feed=bank.url))
    bank.behaviours = [behaviour]
    hourly(world, "first")
    found = told(desk("GET", f"{ROOT}/rates/settings"))
    assert said in found["feed_fault"]
    assert found["edition"] == 2
    bank.behaviours = [answer(200, FEED)]
    hourly(world, "second")
    found = told(desk("GET", f"{ROOT}/rates/settings"))
    assert (found["feed_fault"], found["edition"]) == (None, 3)


def test_an_address_inside_is_no_feed(desk: Asker) -> None:
    refused = settings(desk, feed="http://169.254.169.254/latest")
    assert refused.status == 422
    assert "use https" in refused.body["detail"]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("currency=euro", "currency"),
        ("basis=day", "go with a currency"),
        ("currency=EUR&by=currency", "name BillingCurrency"),
        ("currency=EUR&basis=noon", "basis"),
        ("currency=EUR&edition=-1", "edition"),
    ],
)
def test_a_wish_that_cannot_be_met_gets_one_reason(ask: Asker, query: str, said: str) -> None:
    refused = ask("GET", f"{ROOT}/explore?{query}")
    assert refused.status == 422
    assert said in str(refused.body)


def test_who_only_reads_hands_no_rates_in(world: LedgerWorld) -> None:
    viewer = world.asker("cost-api", api.handler, Role.VIEWER)
    assert viewer("POST", f"{ROOT}/rates", {"name": "x", "content": RATES}).status == 403
    assert settings(viewer, reporting="EUR").status == 403
    assert viewer("GET", f"{ROOT}/rates").status == 200


def test_another_tenants_rates_are_not_taken(world: LedgerWorld, desk: Asker) -> None:
    imported(desk)
    stranger = world.asker("cost-api", api.handler, tenant="umbrella")
    assert told(stranger("GET", f"{ROOT}/rates"))["items"] == []
    assert told(stranger("GET", f"{ROOT}/rates/settings"))["edition"] == 0


def test_the_command_line_imports_lists_and_exchanges(world: LedgerWorld, tmp_path: Path) -> None:
    (tmp_path / "rates.csv").write_text(RATES)
    with command_line(world) as steward:
        assert steward("rates", "import", str(tmp_path / "rates.csv"), "-o", "json")[0] == 0
        assert steward("rates", "set", "--reporting", "EUR", "--basis", "end")[0] == 0
        assert '"basis": "end"' in steward("rates", "settings", "-o", "json")[1]
        code, shown = steward("rates", "ls", "-o", "csv")
        assert (code, len(shown.splitlines())) == (0, 3)
        days = ("--since", "2026-02-01", "--until", "2026-03-01")
        assert steward("by", *days, "--where", "currency=USD", "-o", "csv") == (
            0,
            "currency,cost\nEUR,5.5\n",
        )
        assert steward(
            "by", *days, "--where", "currency=USD", "--currency", "EUR", "--basis", "day", "-o", "csv"
        ) == (0, "currency,cost\nEUR,8.625\n")  # fmt: skip
        assert "0.5" in steward("rates", "show", "USD", "EUR", *days, "-o", "csv")[1]
        assert steward("rates", "set")[0] == 2
        assert steward("rates", "import", str(tmp_path / "none.csv"))[0] == 2
