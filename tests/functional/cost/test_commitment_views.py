"""Coverage, utilisation and break-even: as worked out by hand, and as FOCUS's own queries have them."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from functions.cost.handlers import commitments_api
from steward.identity import Role
from tests.asking import Asker
from tests.functional.cost.ledger import TEXTS, LedgerWorld, ledger
from tests.functional.cost.served import command_line
from tests.unit.cost.lake.bills import COSTS, line

ROOT = "/api/v1/cost/commitments"
ELIGIBLE = json.dumps({"CommitmentPrograms": [{"ProgramType": "FlexibleSpendPlan"}]})
CREDIT = {"ServiceProviderName": "Google Cloud", "ServiceName": "Compute Engine"}


def covered(commitment: str, cost: str, worth: str, **values: Any) -> dict[str, Any]:
    """Usage that a commitment pays for: it bills nothing, and would have cost ``worth`` on demand."""
    return {
        **line(cost, at="2026-02-03", ServiceProviderName="AWS", ChargeCategory="Usage"),
        "BilledCost": "0",
        "ContractedCost": worth,
        "ListCost": worth,
        "PricingCategory": "Committed",
        "CommitmentDiscountId": commitment,
        "CommitmentDiscountStatus": "Used",
        "CommitmentDiscountType": "Compute Savings Plan",
        **values,
    }


def unused(commitment: str, cost: str, **values: Any) -> dict[str, Any]:
    return covered(commitment, cost, "0", CommitmentDiscountStatus="Unused", **values)


def demand(cost: str, **values: Any) -> dict[str, Any]:
    plain = {"ServiceProviderName": "AWS", "ChargeCategory": "Usage", "PricingCategory": "Standard"}
    return line(cost, at="2026-02-03", **{**plain, **values})


AWS = (
    covered("sp-1", "6", "10"),
    covered("sp-1", "3", "5", SubAccountId="2", RegionId="eu-west-1"),
    unused("sp-1", "1"),
    # AWS's own report has what is unused on the line of the fee.
    unused("ri-1", "4", ChargeCategory="Purchase", CommitmentDiscountType="Reserved"),
    covered("ri-1", "4", "5", CommitmentDiscountType="Reserved"),
    line("100", at="2026-02-01", ChargeCategory="Purchase", CommitmentDiscountId="sp-1",
         ServiceProviderName="AWS", EffectiveCost="0"),
    demand("7"),
    demand("50", PricingCategory="Dynamic"),
    demand("9", ServiceName="Support"),
)  # fmt: skip
AZURE = (
    covered("res-1", "2", "4", ServiceProviderName="Microsoft", ServiceName="Virtual Machines",
            CommitmentDiscountType="Reservation"),
    demand("3", ServiceProviderName="Microsoft", ServiceName="Storage",
           CommitmentProgramEligibilityDetails=ELIGIBLE),
    demand("11", ServiceProviderName="Microsoft", ServiceName="Virtual Machines"),
)  # fmt: skip
GOOGLE = (
    demand("20", **CREDIT, SkuMeter="N2 Instance Core running in Frankfurt", RegionId="europe-west3"),
    demand("-8", **{**CREDIT, "ChargeCategory": "Credit"}, RegionId="europe-west3",
           CommitmentDiscountName="Committed Usage Discount: CPU"),
)  # fmt: skip


@pytest.fixture
def world(tmp_path: Path) -> LedgerWorld:
    found = ledger(tmp_path)
    found.month("2026-02", AWS, source="aws")
    found.month("2026-02", AZURE, source="azure")
    found.month("2026-02", GOOGLE, source="gcp")
    return found


@pytest.fixture
def ask(world: LedgerWorld) -> Asker:
    return world.asker("commitments-api", commitments_api.handler, Role.VIEWER)


def view(ask: Asker, name: str, by: str, **more: str) -> dict[tuple[str, ...], dict[str, Any]]:
    extra = "".join(f"&{key}={value}" for key, value in more.items())
    answer = ask("GET", f"{ROOT}/{name}?by={by}&since=2026-02-01&until=2026-03-01{extra}")
    assert answer.status == 200, answer.body
    return {tuple(one["values"].values()): one for one in answer.body["lines"]}


def test_utilisation_is_what_was_used_of_what_was_paid(ask: Asker) -> None:
    found = view(ask, "utilisation", "commitment,month")
    assert {names: (one["used"], one["unused"], one["utilisation"]) for names, one in found.items()} == {
        ("ri-1", "2026-02"): ("4", "4", "0.5"),
        ("sp-1", "2026-02"): ("9", "1", "0.9"),
        ("res-1", "2026-02"): ("2", "0", "1"),
    }  # fmt: skip


def test_break_even_is_the_utilisation_above_which_a_commitment_pays(ask: Asker) -> None:
    found = view(ask, "break-even", "commitment,kind")
    assert {
        names: tuple(one[key] for key in ("cost", "worth", "saving", "utilisation", "break_even"))
        for names, one in found.items()
    } == {
        # 8 were paid for what costs 5 on demand: it pays above 4/5 of use, and a half was used.
        ("ri-1", "Reserved"): ("8", "5", "-3", "0.5", "0.8"),
        ("sp-1", "Compute Savings Plan"): ("10", "15", "5", "0.9", "0.6"),
        ("res-1", "Reservation"): ("2", "4", "2", "1", "0.5"),
    }


def test_coverage_is_of_what_a_commitment_could_pay_for(ask: Asker) -> None:
    found = view(ask, "coverage", "provider,service")
    shown = {
        names: (one["covered"], one["open"], one["coverage"], one["worth"], one["worth_covered"])
        for names, one in found.items()
    }
    assert shown == {
        # Spot is not eligible, and no commitment was ever used for support.
        ("AWS", "Compute"): ("13", "7", "0.65", "20", "0.740741"),
        ("Microsoft", "Virtual Machines"): ("2", "0", "1", "4", "1"),
        ("Microsoft", "Storage"): ("0", "3", "0", "0", "0"),
        ("Google Cloud", "Compute Engine"): ("0", "12", "0", "8", "0.4"),
    }


def test_places_are_told_apart_as_asked_and_conditions_narrow(ask: Asker) -> None:
    usual = ask("GET", f"{ROOT}/coverage?since=2026-02-01&until=2026-03-01").body["lines"]
    assert set(usual[0]["values"]) == {"service", "account", "region", "month"}
    found = view(ask, "coverage", "account,region", where="provider=AWS%20%26%26%20account=2")
    assert list(found) == [("2", "eu-west-1")]
    assert view(ask, "utilisation", "provider")[("AWS",)]["used"] == "13"
    assert view(ask, "utilisation", "month", since="2026-03-01", until="2026-03-02") == {}


def test_a_break_even_that_the_bill_does_not_tell_is_empty(world: LedgerWorld, ask: Asker) -> None:
    world.month("2026-02", [covered("sp-1", "6", "0")], source="aws")
    found = view(ask, "break-even", "commitment", where="provider=AWS")[("sp-1",)]
    assert (found["saving"], found["break_even"], found["utilisation"]) == (None, None, "1")
    assert (
        view(ask, "coverage", "provider", where="provider=AWS")[("AWS",)]["worth_covered"] is None
    )


@pytest.mark.parametrize(
    ("query", "said"),
    [("by=colour", "by 'colour'"), ("by=month,month", "each once"), ("where=team=x", "team: rows have none")],
)  # fmt: skip
def test_what_cannot_be_told_gets_one_reason(ask: Asker, query: str, said: str) -> None:
    answer = ask("GET", f"{ROOT}/coverage?{query}")
    assert answer.status == 422
    assert said in answer.body["detail"]


def raw() -> duckdb.DuckDBPyConnection:
    """The same rows as a plain table, for queries of others."""
    connection = duckdb.connect()
    kinds = dict.fromkeys(TEXTS, "VARCHAR") | dict.fromkeys(COSTS, "DECIMAL(38,18)")
    kinds["ChargePeriodStart"] = kinds["ChargePeriodEnd"] = "TIMESTAMP"
    columns = ", ".join(f'"{name}" {kind}' for name, kind in kinds.items())
    connection.execute(f"CREATE TABLE focus_data_table ({columns})")
    marks = ", ".join("?" * len(kinds))
    for row in (*AWS, *AZURE, *GOOGLE):
        values = [row.get(name) for name in kinds]
        connection.execute(f"INSERT INTO focus_data_table VALUES ({marks})", values)  # noqa: S608
    return connection


def test_used_and_unused_are_those_of_focus_s_own_query(ask: Asker) -> None:
    # FOCUS use case "Commitment Discount Effective Cost Breakdown", summed over its charge periods.
    theirs = raw().execute(
        "SELECT CommitmentDiscountId, CommitmentDiscountStatus, SUM(EffectiveCost) FROM focus_data_table "
        "WHERE NOT CommitmentDiscountId IS NULL AND ChargeCategory = 'Usage' GROUP BY 1, 2"
    ).fetchall()  # fmt: skip
    found = view(ask, "utilisation", "commitment")
    for commitment, status, cost in theirs:
        assert Decimal(found[(commitment,)][status.lower()]) == cost


def test_coverage_is_that_of_focus_s_own_query_without_what_is_unused(ask: Asker) -> None:
    # FOCUS use case "Commitment Discount Coverage Rate with Eligibility-Adjusted Denominator", whose note
    # says to leave unused commitments out; of providers whose bill says what is eligible.
    theirs = raw().execute(
        """WITH CommitmentDiscountEligible AS (
            SELECT ServiceProviderName, EffectiveCost, CommitmentDiscountId FROM focus_data_table
            WHERE ChargeCategory = 'Usage' AND CommitmentDiscountStatus IS DISTINCT FROM 'Unused'
            AND ServiceProviderName = 'Microsoft' AND (CommitmentDiscountId IS NOT NULL OR EXISTS (
                SELECT 1 FROM UNNEST(json_extract(
                    CommitmentProgramEligibilityDetails, '$.CommitmentPrograms[*]')) AS _u(CP)
                WHERE CP ->> '$.ProgramType' IN ('FlexibleSpendPlan', 'ResourceReservation'))))
        SELECT ServiceProviderName,
            SUM(CASE WHEN CommitmentDiscountId IS NOT NULL THEN EffectiveCost ELSE 0 END),
            SUM(EffectiveCost) FROM CommitmentDiscountEligible GROUP BY 1"""
    ).fetchall()  # fmt: skip
    found = view(ask, "coverage", "provider")
    for provider, covered_cost, eligible in theirs:
        ours = found[(provider,)]
        assert Decimal(ours["covered"]) == covered_cost
        assert Decimal(ours["covered"]) + Decimal(ours["open"]) == eligible
        assert Decimal(ours["coverage"]) == round(covered_cost / eligible, 6)


def test_another_tenants_commitments_are_not_seen(world: LedgerWorld) -> None:
    stranger = world.asker("commitments-api", commitments_api.handler, tenant="umbrella")
    assert view(stranger, "utilisation", "commitment") == {}


def test_the_command_line_shows_all_three(world: LedgerWorld) -> None:
    days = ("--since", "2026-02-01", "--until", "2026-03-01", "-o", "csv")
    with command_line(world) as steward:
        assert steward("commitments", "utilisation", "--by", "commitment", *days) == (
            0,
            """commitment,currency,used,unused,utilisation
ri-1,USD,4,4,0.5
sp-1,USD,9,1,0.9
res-1,USD,2,0,1
""",
        )
        assert "sp-1,USD,10,15,5,0.9,0.6" in steward(
            "commitments", "break-even", "--by", "commitment", *days
        )[1]  # fmt: skip
        shown = steward("commitments", "coverage", "--where", "provider=AWS", *days)[1]
        assert "Compute,1,,2026-02,USD,10,7,0.588235,15,0.681818" in shown
