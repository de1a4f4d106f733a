"""Asking costs by SQL, over HTTPS."""

from __future__ import annotations

from functions.cost.adapters.lake_costs import LakeCosts
from functions.cost.model.asking import CostAnswer, CostStatement, CostTable
from functions.cost.wiring.exploring import wire_costs
from steward.edge.http import Api
from steward.store.collection import Page

api: Api[LakeCosts] = Api(wire=wire_costs)


@api.post("/api/v1/cost/query", permission="cost:view")
def ask_costs(body: CostStatement, *, deps: LakeCosts) -> CostAnswer:
    """What one SELECT answers over the tables; what is too much for one answer is cut, and said to be."""
    return deps.ask(body.sql)


@api.get("/api/v1/cost/tables", permission="cost:view")
def list_cost_tables(*, deps: LakeCosts) -> Page[CostTable]:
    """The tables that can be asked, with their columns."""
    return Page(deps.tables())


handler = api.handler
