"""Who may see one account, or what some tags are on, sees no money of others: in lines, totals or sums."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from functions.cost.handlers import (
    advice_api,
    allocation,
    anomalies,
    api,
    budgets,
    commitments_api,
    cost_views,
    explore,
    query,
    usage,
)
from functions.cost.model.allocation.rules import RuleSetDraft
from functions.cost.model.checks.case import Basis
from functions.cost.model.checks.check import AdviceCategory, AdviceLevel
from functions.cost.model.recommendation import RECOMMENDATIONS, Recommendation
from steward.identity import Grant, Role
from steward.identity.directory import (
    ACCESS,
    PRINCIPALS,
    Access,
    Policy,
    Principal,
    ProjectScope,
    new_key,
)
from steward.manifest import load_function
from tests.asking import Answer, Asker
from tests.edge_world import KEEPER, NOON, TENANT
from tests.functional.cost.ledger import LedgerWorld, ledger
from tests.functional.cost.served import CommandLine, served
from tests.unit.cost.lake.bills import line

ROOT = "/api/v1/cost"
DAYS = "since=2026-02-01&until=2026-03-01"
SECRET = "777"
"""What account B's amounts consist of, so that none of them can hide in an answer."""
HANDLERS = {
    "explore-api": explore.handler,
    "cost-views-api": cost_views.handler,
    "allocation-api": allocation.handler,
    "anomalies-api": anomalies.handler,
    "budgets-api": budgets.handler,
    "advice-api": advice_api.handler,
    "commitments-api": commitments_api.handler,
    "cost-api": api.handler,
    "query-api": query.handler,
    "usage-api": usage.handler,
}
TEAMS = RuleSetDraft.model_validate({"rules": [{"name": "own", "by": "tags.team"}]})


def of(account: str, cost: str, *, at: str, **values: Any) -> dict[str, Any]:
    commitment = {"CommitmentDiscountId": f"sp-{account}", "CommitmentDiscountStatus": "Used"}
    plain = {"ServiceProviderName": "AWS", "ChargeCategory": "Usage", "SubAccountId": account}
    tags = {"team": "ada", "environment": "production" if account == "2" else "test"}
    return line(cost, at=at, **{**plain, **commitment, "tags": tags, **values})


BILL = [
    *(of("1", "2", at=f"2026-02-{day:02d}") for day in range(1, 29)),
    *(of("2", SECRET, at=f"2026-02-{day:02d}", ServiceName="Hidden") for day in range(1, 29)),
]
TODAY = [of("1", "3", at="2026-03-01"), of("2", SECRET, at="2026-03-01")]
ONE_ACCOUNT: tuple[Grant, ...] = (Grant(role=Role.VIEWER, project="shop"),)
EVERYWHERE: tuple[Grant, ...] = (Grant(role=Role.VIEWER),)
UNTIED = 'forbid (principal, action, resource) when { resource.environment == "production" };'


@pytest.fixture
def world(tmp_path: Path) -> LedgerWorld:
    found = ledger(tmp_path)
    found.month("2026-02", BILL, rules=TEAMS)
    found.month("2026-03", TODAY, rules=TEAMS)
    return found


def access(world: LedgerWorld, *texts: str) -> None:
    """The tenant's policies, beside its one project: everything in account 1."""
    work = world.world.work(function=KEEPER)
    kept = work.table("directory").of(ACCESS)
    kept.get("current")
    kept.put(
        Access(
            version=1,
            policies=tuple(Policy(id=f"p{n}", text=text) for n, text in enumerate(texts)),
            projects=(ProjectScope(id="shop", accounts=("aws/1",)),),
        )
    )
    work.commit()
    world.world.resources.directory.forget()


def key(world: LedgerWorld, *grants: Grant) -> str:
    """A key of somebody who holds these grants and no more."""
    work = world.world.work(function=KEEPER)
    work.table("directory").of(PRINCIPALS).put(Principal(id="user:ada", grants=grants))
    work.commit()
    plaintext, made = new_key(tenant=TENANT, role=Role.VIEWER, name="test", now=world.world.clock())
    return world.world.keep_key(plaintext, made.model_copy(update={"owner": "user:ada"}))


@pytest.fixture(params=["account", "tags"])
def held(world: LedgerWorld, request: pytest.FixtureRequest) -> str:
    """A key that may see account 1 alone: by its project, or by a policy about tags."""
    if request.param == "account":
        access(world)
        return key(world, *ONE_ACCOUNT)
    access(world, UNTIED)
    return key(world, *EVERYWHERE)


class Caller:
    """Asks any function of the concern, with one key."""

    def __init__(self, world: LedgerWorld, key_: str) -> None:
        self._world, self._key = world, key_

    def __call__(self, name: str, method: str, path: str, body: Any = None) -> Answer:
        return Asker(self._world.function(name), HANDLERS[name], self._key)(
            method, f"{ROOT}/{path}", body
        )


@pytest.fixture
def ask(world: LedgerWorld, held: str) -> Caller:
    return Caller(world, held)


def hides(answer: Answer) -> Any:
    """The answer, in which nothing is of account 2: no amount, no name, no sum with it."""
    shown = json.dumps(answer.body)
    for part in (SECRET, "Hidden", "sp-2", "21758", "21812", "21756"):
        assert part not in shown, shown
    return answer.body


@pytest.mark.parametrize(
    "by", ["", "by=service&", "by=account,service&", "by=tags.environment&", "per=day&"]
)
def test_lines_and_totals_are_of_what_may_be_seen(ask: Caller, by: str) -> None:
    found = hides(ask("explore-api", "GET", f"explore?{by}{DAYS}"))
    assert found["totals"] == {"USD": "56"}


def test_totals_in_another_currency_are_of_what_may_be_seen(
    world: LedgerWorld, ask: Caller
) -> None:
    desk = world.asker("cost-api", api.handler)
    rates = "date,currency,rate,base\n" + "".join(
        f"2026-02-{day:02d},USD,2,EUR\n" for day in range(1, 29)
    )
    assert desk("POST", f"{ROOT}/rates", {"name": "r", "content": rates}).status == 200
    found = hides(ask("explore-api", "GET", f"explore?by=service&currency=EUR&{DAYS}"))
    assert found["totals"] == {"EUR": "28"}


def test_what_moved_is_of_what_may_be_seen(ask: Caller) -> None:
    found = hides(ask("explore-api", "GET", "moves?by=account&since=2026-02-15&until=2026-03-02"))
    assert [one["values"]["account"] for one in found["lines"]] == ["1"]


def test_a_kept_question_shows_each_caller_their_own(world: LedgerWorld, ask: Caller) -> None:
    draft = {"name": "all", "asked": {"since": "2026-02-01", "until": "2026-03-01"}}
    view = world.asker("cost-views-api", cost_views.handler)("POST", f"{ROOT}/views", draft).body
    found = hides(ask("cost-views-api", "GET", f"views/{view['id']}/costs"))
    assert found["totals"] == {"USD": "56"}


def test_a_budget_stands_at_what_may_be_seen(world: LedgerWorld, ask: Caller) -> None:
    draft = {
        "name": "all",
        "currency": "USD",
        "amount": "100",
        "thresholds": [{"basis": "actual", "percent": "80"}],
    }
    budget = world.asker("budgets-api", budgets.handler)("POST", f"{ROOT}/budgets", draft).body
    found = ask("budgets-api", "GET", f"budgets/{budget['id']}/standing")
    assert found.status == 200, found.body
    assert hides(found)["spent"] == "3"


def test_a_forecast_is_of_what_may_be_seen(ask: Caller) -> None:
    (only,) = hides(ask("anomalies-api", "POST", "forecast", {}))["items"]
    assert only["spent"] == "56"


@pytest.mark.parametrize("view", ["coverage", "utilisation", "break-even"])
def test_commitments_are_those_that_may_be_seen(ask: Caller, view: str) -> None:
    found = ask("commitments-api", "GET", f"commitments/{view}?by=commitment,account&{DAYS}")
    shown = hides(found)["lines"]
    assert [one["values"]["commitment"] for one in shown] == ["sp-1"]


def advice(account: str, saving: int) -> Recommendation:
    plain = {"id": f"r{account}", "check": "x", "title": "x", "resource_id": f"r{account}"}
    return Recommendation.model_validate({
        **plain, "category": AdviceCategory.IDLE, "resource_type": "x", "resource_name": "x",
        "provider": "aws", "account": account, "region": "", "saving": saving, "cost": saving,
        "tags": {"environment": "production" if account == "2" else "test"},
        "currency": "USD", "basis": Basis.BILL, "effort": AdviceLevel.LOW, "risk": AdviceLevel.LOW,
        "action": "x", "opened_at": NOON, "updated_at": NOON,
    })  # fmt: skip


def test_recommendations_and_their_sums_are_of_what_may_be_seen(
    world: LedgerWorld, ask: Caller
) -> None:
    work = world.world.work(function=load_function("cost.advice-api"))
    for one in (advice("1", 5), advice("2", int(SECRET))):
        work.table("cost").of(RECOMMENDATIONS).put(one)
    work.commit()
    found = hides(ask("advice-api", "GET", "recommendations?standing=open"))
    assert [one["id"] for one in found["items"]] == ["r1"]
    sums = hides(ask("advice-api", "GET", "recommendations/simulation"))
    assert (sums["recommendations"], sums["saving"]) == (1, {"USD": "5.00"})
    assert ask("advice-api", "GET", "recommendations/r2").status in {403, 404}


@pytest.mark.parametrize(
    ("name", "method", "path", "body"),
    [
        ("query-api", "POST", "query", {"sql": "select sum(EffectiveCost) from costs"}),
        ("allocation-api", "GET", "untagged?month=2026-02", None),
        ("allocation-api", "GET", "statements?team=ada&month=2026-02", None),
        ("allocation-api", "POST", "rules/try", {"month": "2026-02", "rules": {"rules": []}}),
        ("commitments-api", "POST", "commitments", {"offers": [
            {"id": "x", "provider": "aws", "rates": {"aws/*": "0.5"}}]}),
    ],
)  # fmt: skip
def test_what_cannot_be_told_apart_is_refused_or_of_what_may_be_seen(
    ask: Caller, name: str, method: str, path: str, body: Any
) -> None:
    hides(ask(name, method, path, body))


def test_an_export_has_only_what_may_be_seen(world: LedgerWorld, held: str, tmp_path: Path) -> None:
    to = tmp_path / "costs.csv"
    with served(world) as url:
        days = ("--since", "2026-02-01", "--until", "2026-03-01")
        assert CommandLine(url, held)("by", "account", *days, "--to", str(to))[0] == 0
    assert to.read_text() == "account,currency,cost\n1,USD,56\n"
