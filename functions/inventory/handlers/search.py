"""Counting resources by what they have in common, and asking them by SQL, over HTTP."""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from functions.inventory.model.search.query import Facets, Wanted, facet_fields
from functions.inventory.model.search.statement import Answer, Statement, TableView, described
from functions.inventory.service import search
from functions.inventory.wiring import SearchDeps, wire_search
from steward.edge.http import Api
from steward.store.collection import Page

FACETS = "/api/v1/inventory/facets"
QUERY = "/api/v1/inventory/query"
TABLES = "/api/v1/inventory/tables"
Text = Annotated[str | None, Query(max_length=256)]
Conditions = Annotated[str | None, Query(max_length=2048)]
Most = Annotated[int, Query(ge=1, le=1000)]

api: Api[SearchDeps] = Api(wire=wire_search)


@api.get(FACETS, permission="resource:view", guarded=True)
def count_resources(  # noqa: PLR0913  # one a query parameter
    *,
    deps: SearchDeps,
    fields: Text = None,
    provider: Text = None,
    account: Text = None,
    region: Text = None,
    type: Text = None,  # noqa: A002  # the query parameter's name
    tag: Text = None,
    state: Text = None,
    text: Text = None,
    where: Conditions = None,
    limit: Most = 50,
) -> Facets:
    """How many resources all given filters take, and the most frequent values of each of the fields.

    ``fields`` are columns joined by commas, ``tags`` for tag keys, ``tags.<key>`` or
    ``configuration.<path>``.
    """
    wanted = Wanted.of(provider, account, region, type, tag, state, text, where)
    return search.count(
        wanted, facet_fields(fields), snapshot=deps.snapshot(), sight=api.sight(), most=limit
    )


@api.post(QUERY, permission="resource:view", guarded=True)
def ask(body: Statement, *, deps: SearchDeps) -> Answer:
    """What one SELECT answers over the tables; what is too much for one answer is cut, and said to be."""
    return search.ask(body.sql, snapshot=deps.snapshot(), sight=api.sight())


@api.get(TABLES, permission="resource:view")
def list_tables(*, deps: SearchDeps) -> Page[TableView]:
    """The tables that can be asked, with their columns."""
    del deps
    return Page(described())


handler = api.handler
