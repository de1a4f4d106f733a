"""Endpoints, routes and deliveries over HTTPS."""

from __future__ import annotations

from functions.notify.model.delivery import Delivery, DeliveryStatus
from functions.notify.model.endpoint import Endpoint
from functions.notify.model.route import Route
from functions.notify.service import deliveries, endpoints, routes
from functions.notify.service.endpoints import EndpointDraft, Issued
from functions.notify.service.routes import RouteDraft
from functions.notify.wiring import Deps, wire
from steward.edge.http import Api
from steward.store.collection import Page

api = Api(wire=wire)
handler = api.handler

ROOT = "/api/v1/notify"


@api.get(f"{ROOT}/endpoints", permission="endpoint:view")
def list_endpoints(cursor: str | None = None, limit: int = 50, *, deps: Deps) -> Page[Endpoint]:
    """The endpoints, without their secrets."""
    return deps.books.endpoints.list(after=cursor, limit=limit)


@api.post(f"{ROOT}/endpoints", permission="endpoint:manage")
def create_endpoint(draft: EndpointDraft, *, deps: Deps) -> Issued:
    """A new endpoint; the secret is shown here and never again."""
    return endpoints.create(
        draft, id_=deps.fresh_id, books=deps.books, workshop=deps.workshop, now=deps.now
    )


@api.get(f"{ROOT}/endpoints/<endpoint_id>", permission="endpoint:view")
def get_endpoint(endpoint_id: str, *, deps: Deps) -> Endpoint:
    """One endpoint."""
    endpoint = deps.books.endpoints.require(endpoint_id)
    api.etag(deps.books.endpoints.version(endpoint_id))
    return endpoint


@api.delete(f"{ROOT}/endpoints/<endpoint_id>", permission="endpoint:manage")
def delete_endpoint(endpoint_id: str, *, deps: Deps) -> None:
    """Remove an endpoint that no route leads to, and its secrets."""
    endpoint = deps.books.endpoints.require(endpoint_id)
    api.check_match(deps.books.endpoints.version(endpoint_id))
    endpoints.delete(endpoint, books=deps.books, vault=deps.workshop.vault)


@api.post(f"{ROOT}/endpoints/<endpoint_id>/rotate", permission="endpoint:manage")
def rotate_endpoint(endpoint_id: str, *, deps: Deps) -> Issued:
    """A fresh signing key; the old one signs too for 24 hours."""
    endpoint = deps.books.endpoints.require(endpoint_id)
    return endpoints.rotate(endpoint, books=deps.books, workshop=deps.workshop, now=deps.now)


@api.post(f"{ROOT}/endpoints/<endpoint_id>/enable", permission="endpoint:manage")
def enable_endpoint(endpoint_id: str, *, deps: Deps) -> Endpoint:
    """Let a disabled endpoint get messages again."""
    endpoint = deps.books.endpoints.require(endpoint_id)
    return endpoints.enable(endpoint, books=deps.books, now=deps.now)


@api.post(f"{ROOT}/endpoints/<endpoint_id>/test", permission="endpoint:manage")
def test_endpoint(endpoint_id: str, *, deps: Deps) -> Delivery:
    """Send a test message; the delivery shows how it went."""
    endpoint = deps.books.endpoints.require(endpoint_id)
    return endpoints.send_test(
        endpoint, id_=deps.fresh_id, books=deps.books, post=deps.post, now=deps.now
    )


@api.get(f"{ROOT}/routes", permission="endpoint:view")
def list_routes(cursor: str | None = None, limit: int = 50, *, deps: Deps) -> Page[Route]:
    """The routes."""
    return deps.books.routes.list(after=cursor, limit=limit)


@api.post(f"{ROOT}/routes", permission="endpoint:manage")
def create_route(draft: RouteDraft, *, deps: Deps) -> Route:
    """A new route to an endpoint."""
    return routes.create(draft, id_=deps.fresh_id, books=deps.books, now=deps.now)


@api.get(f"{ROOT}/routes/<route_id>", permission="endpoint:view")
def get_route(route_id: str, *, deps: Deps) -> Route:
    """One route."""
    return deps.books.routes.require(route_id)


@api.delete(f"{ROOT}/routes/<route_id>", permission="endpoint:manage")
def delete_route(route_id: str, *, deps: Deps) -> None:
    """Remove a route."""
    routes.delete(route_id, books=deps.books)


@api.get(f"{ROOT}/deliveries", permission="delivery:view")
def list_deliveries(
    status: DeliveryStatus | None = None,
    endpoint_id: str | None = None,
    finding_id: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
    *,
    deps: Deps,
) -> Page[Delivery]:
    """Deliveries with their log of attempts, by one condition newest first."""
    return deliveries.find(
        books=deps.books,
        status=status,
        endpoint_id=endpoint_id,
        finding_id=finding_id,
        after=cursor,
        limit=limit,
    )


@api.get(f"{ROOT}/deliveries/<delivery_id>", permission="delivery:view")
def get_delivery(delivery_id: str, *, deps: Deps) -> Delivery:
    """One delivery."""
    return deps.books.deliveries.require(delivery_id)


@api.post(f"{ROOT}/deliveries/<delivery_id>/replay", permission="delivery:manage", guarded=True)
def replay_delivery(delivery_id: str, *, deps: Deps) -> Delivery:
    """Send a finished delivery again, under the same webhook id."""
    delivery = deps.books.deliveries.require(delivery_id)
    api.guard(delivery)
    return deliveries.replay(delivery, books=deps.books, post=deps.post, now=deps.now)
