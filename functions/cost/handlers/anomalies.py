"""Anomalies, what people say of them, and what costs will come to, over HTTPS."""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from functions.cost.model.watching.anomaly import Anomaly, AnomalyStatus, Feedback
from functions.cost.model.watching.outlook import OutlookDraft, Outlooks
from functions.cost.service import outlook, watching
from functions.cost.wiring.watching import WatchDeps, wire_watch
from steward.edge.http import Api
from steward.store.collection import Page

ANOMALIES = "/api/v1/cost/anomalies"
FORECAST = "/api/v1/cost/forecast"
Limit = Annotated[int, Query(ge=1, le=200)]
Cursor = Annotated[str | None, Query(max_length=2048)]

api: Api[WatchDeps] = Api(wire=wire_watch)


@api.get(ANOMALIES, permission="cost:view")
def list_anomalies(
    *,
    deps: WatchDeps,
    status: AnomalyStatus | None = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[Anomaly]:
    """What stood out in the costs, the latest first."""
    return watching.listed(status=status, after=cursor, limit=limit, at=deps.watch)


@api.get(f"{ANOMALIES}/<anomaly_id>", permission="cost:view", guarded=True)
def get_anomaly(anomaly_id: str, *, deps: WatchDeps) -> Anomaly:
    """One anomaly: its cause, its expected range, and the money at stake."""
    found = deps.watch.anomalies.require(anomaly_id)
    api.guard(found)
    return found


@api.post(f"{ANOMALIES}/<anomaly_id>/feedback", permission="cost:plan", guarded=True)
def say_of_anomaly(anomaly_id: str, feedback: Feedback, *, deps: WatchDeps) -> Anomaly:
    """Say that an anomaly was expected, or not useful: it changes what is told of from now on."""
    api.guard(deps.watch.anomalies.require(anomaly_id))
    return watching.say(anomaly_id, feedback, at=deps.watch)


@api.post(FORECAST, permission="cost:view", guarded=True)
def foretell(draft: OutlookDraft, *, deps: WatchDeps) -> Outlooks:
    """What costs will come to by the end of the month, quarter or year, and how sure that is."""
    return outlook.foretell(
        draft,
        costs=deps.purse.costs,
        now=deps.watch.now,
        sight=api.sight(),
        reporting=deps.rates.book().reporting,
    )


handler = api.handler
