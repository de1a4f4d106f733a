"""The public door, a Chalice app: whoever knows a source's path may knock, its sender alone gets in."""

from __future__ import annotations

from typing import Any, cast

from chalice.app import Chalice, Request, Response

from functions.hooks.model.source import tenant_of
from functions.hooks.service.receive import Post, Verdict, judge, repeated
from functions.hooks.wiring import wire
from steward.edge import work_for
from steward.edge.door import answer, guarded
from steward.edge.rates import RateClass
from steward.edge.routes import RouteBook
from steward.store.records import AlreadyProcessed
from steward.store.work import Cause, Work

ROUTE = "/hooks/{source_id}"
BOOK = RouteBook()
BOOK.add_public("POST", "/hooks/<source_id>", rate=RateClass.WEBHOOK_IN)


class Door(Chalice):
    """A Chalice app behind one greedy route of a REST API, which names it ``/hooks/{proxy+}``."""

    def __call__(self, event: dict[str, Any], context: Any) -> dict[str, Any]:
        """Answer one API Gateway REST request."""
        # Chalice finds its view by the name of the route; the gateway knows only the greedy one.
        id_ = str(event["path"]).removeprefix("/hooks").strip("/")
        request = {**event["requestContext"], "resourcePath": ROUTE}
        routed = {**event, "requestContext": request, "pathParameters": {"source_id": id_}}
        return guarded(event, BOOK, lambda: dict(super(Door, self).__call__(routed, context)))


handler = Door(app_name="hooks", configure_logs=False)


@handler.route(ROUTE, methods=["POST"], content_types=["*/*"])
def receive(source_id: str) -> Response:
    """Take in a message and answer at once; the work happens by its event."""
    request = cast("Request", handler.current_request)
    given = answer(
        lambda: take_in(source_id, posted(request)),
        request_id=str(request.context.get("requestId", "")),
        route=ROUTE,
    )
    return Response(given.body, dict(given.headers), given.status)


def posted(request: Request) -> Post:
    """The raw bytes, as the sender signed them."""
    raw = request.raw_body
    headers = {name.lower(): value for name, value in request.headers.items()}
    return Post(raw if isinstance(raw, bytes) else raw.encode(), headers)


def take_in(source_id: str, post: Post) -> dict[str, Any]:
    """Verify the message in the source's tenant, and tell of it once."""
    tenant, actor = tenant_of(source_id), f"hook:{source_id}"

    def verify(work: Work) -> Verdict:
        deps = wire(work)
        return judge(post, source_id, sources=deps.sources, vault=deps.workshop.vault, now=deps.now)

    verdict = work_for(tenant, actor=actor, use=verify)
    event = verdict.event
    if event is None:
        return verdict.answer
    cause = Cause(f"hooks:{source_id}", event.delivery_id)
    try:
        work_for(tenant, actor=actor, use=lambda work: wire(work).publish(event), cause=cause)
    except AlreadyProcessed:
        # A sender that missed our answer sends again: it must hear yes, and nothing must happen.
        return repeated(verdict.answer)
    return verdict.answer
