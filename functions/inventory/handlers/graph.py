"""The inventory's graph over HTTP: neighbours, paths, dependents, exposure, orphans."""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from functions.inventory.model.exposure.answers import Exposure, veiled
from functions.inventory.service.exposure.judge import exposure
from functions.inventory.service.graph import paths, walks
from functions.inventory.service.graph.orphans import Orphan, orphans
from functions.inventory.wiring import Deps, wire
from steward.edge.http import Api
from steward.store.collection import Page

ROOT = "/api/v1/inventory"
Limit = Annotated[int, Query(ge=1, le=walks.FARTHEST)]
Depth = Annotated[int, Query(ge=1, le=walks.DEEPEST)]
PageLimit = Annotated[int, Query(ge=1, le=200)]
Text = Annotated[str | None, Query(max_length=512)]
Cursor = Annotated[str | None, Query(max_length=2048)]
Id = Annotated[str, Query(max_length=64)]

api: Api[Deps] = Api(wire=wire)


@api.get(f"{ROOT}/neighbours/<resource_id>", permission="resource:view", guarded=True)
def get_neighbours(resource_id: str, *, deps: Deps, limit: Limit = 200) -> walks.Surroundings:
    """What a resource names, and who names it."""
    api.guard(walks.node(deps.graph.require(resource_id)))
    found = walks.neighbours(resource_id, graph=deps.graph, limit=limit)
    return found.model_copy(update={"items": api.visible(found.items)})


@api.get(f"{ROOT}/paths/<resource_id>", permission="resource:view", guarded=True)
def get_path(resource_id: str, *, deps: Deps, to: Id, limit: Limit = walks.FARTHEST) -> paths.Path:
    """The shortest path from a resource to the resource ``to``, over ties of any kind."""
    api.guard(walks.node(deps.graph.require(resource_id)))
    api.guard(walks.node(deps.graph.require(to)))
    return paths.path(resource_id, to, graph=deps.graph, limit=limit, seen=api.visible)


@api.get(f"{ROOT}/dependents/<resource_id>", permission="resource:view", guarded=True)
def get_dependents(
    resource_id: str, *, deps: Deps, depth: Depth = walks.DEEPEST, limit: Limit = 200
) -> walks.Blast:
    """What needs a resource, and what needs those in turn, the nearest first."""
    api.guard(walks.node(deps.graph.require(resource_id)))
    found = walks.dependents(resource_id, graph=deps.graph, depth=depth, limit=limit)
    return found.model_copy(update={"items": api.visible(found.items)})


@api.get(f"{ROOT}/exposure/<resource_id>", permission="resource:view", guarded=True)
def get_exposure(resource_id: str, *, deps: Deps) -> Exposure:
    """Whether the internet reaches a resource: by which hops, or what stops it first."""
    api.guard(walks.node(deps.graph.require(resource_id)))
    return veiled(exposure(resource_id, graph=deps.graph), seen=api.visible)


@api.get(f"{ROOT}/orphans", permission="resource:view")
def list_orphans(  # one a query parameter
    *,
    deps: Deps,
    kind: Text = None,
    account: Text = None,
    region: Text = None,
    cursor: Cursor = None,
    limit: PageLimit = 50,
) -> Page[Orphan]:
    """Resources that serve nothing any more, such as unattached volumes and idle addresses."""
    return orphans(
        graph=deps.graph, kind=kind, account=account, region=region, cursor=cursor, limit=limit
    )


handler = api.handler
