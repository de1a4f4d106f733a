"""Steward's own pages: `/health`, the status page, and what the command line operates with."""

from __future__ import annotations

import asyncio
import hmac
import json
import re
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import cache, partial
from http import HTTPStatus
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from steward.edge.armour import policy_of, style_hash
from steward.edge.resources import Bearers, Directory, random_id
from steward.errors import BadInput, Denied, NotFound, StewardError, Unauthenticated
from steward.identity import DEFAULT_TENANT, Grant, Role
from steward.identity.credentials import Approach, caller_of
from steward.local import protocol
from steward.local.bus import Posted, Replay, post_raw
from steward.local.http import Refused, problem, read_body
from steward.local.ledger import Ledger
from steward.local.runtime import Clock, Runtime
from steward.local.team import HandlerFailed, Team, WorkerLost
from steward.manifest import Function, Queue, Routes, Schedule

if TYPE_CHECKING:
    import jinja2

T = TypeVar("T")
Endpoint = Callable[[Request], Awaitable[Response]]

_REPLAY_PAGE = 200
_MAX_LIST = 1000
_COUNTED = {
    "changes": "inventory.resource.",
    "findings": "policy.finding.opened.",
    "messages": "notify.message.delivered.",
}


class Surroundings(NamedTuple):
    """What the pages show and operate."""

    runtime: Runtime
    team: Team
    ledger: Ledger
    directory: Directory
    clock: Clock
    token: str
    open_page: bool
    """Whether the status page needs no key: only when bound to a loopback address."""


class Pages:
    """The application behind the functions' routes."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self._runtime = around.runtime
        # One thread: the ledger's connection serves one query at a time.
        self._reader = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ledger")
        self._started = around.clock()
        self._before = around.ledger.last_event()
        self._earlier: Counter[str] | None = None
        self._news = asyncio.Event()
        self._runtime.news = self._tell
        self.app = Starlette(
            routes=[
                Route("/", self._status, methods=["GET"]),
                Route("/health", self._health, methods=["GET"]),
                *self._operations(),
            ],
            exception_handlers={
                StewardError: _refuse,
                Refused: _refuse_request,
                404: _unknown,
                405: _wrong_method,
            },
        )

    def _operations(self) -> list[Route]:
        table: list[tuple[str, str, Endpoint]] = [
            ("GET", "/counts", self._counts),
            ("POST", "/events", self._put_events),
            ("GET", "/events/tail", self._tail),
            ("POST", "/events/replay", self._replay),
            ("GET", "/queues", self._queues),
            ("GET", "/queues/{queue}/messages", self._messages),
            ("GET", "/queues/{queue}/dead-letters", self._letters),
            ("POST", "/queues/{queue}/redrive", self._redrive),
            ("GET", "/functions", self._functions),
            ("POST", "/functions/{function}/invoke", self._invoke),
        ]
        return [
            Route(f"/_steward{path}", self._guarded(endpoint), methods=[method])
            for method, path, endpoint in table
        ]

    def _guarded(self, endpoint: Endpoint) -> Endpoint:
        async def guarded(request: Request) -> Response:
            await self._admit(request)
            return await endpoint(request)

        return guarded

    async def _admit(self, request: Request) -> None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Unauthenticated(
                "Authorization: missing; send 'Bearer <operator token or API key>'"
            )
        if hmac.compare_digest(token.encode(), self._around.token.encode()):
            return
        directory, now = self._around.directory, self._around.clock()
        approach = Approach("GET", dict(request.headers), {}, "")
        caller = await self._read(
            lambda: caller_of(approach, known=directory, tokens=Bearers(directory), now=now)
        )
        if caller.scopes is not None or Grant(role=Role.ADMIN) not in caller.grants:
            raise Denied(f"{caller.id}: may not operate this Steward; it takes the role admin")
        if caller.tenant != DEFAULT_TENANT:
            # What is shown and done here is of all tenants: their own admins have no say in it.
            raise Denied(
                f"tenant {caller.tenant!r}: is not the operator's; use the operator token, or an "
                f"admin key of tenant {DEFAULT_TENANT!r}"
            )

    # For people and probes

    async def _health(self, request: Request) -> Response:
        del request
        report = await self._read(self._report)
        healthy = report["status"] == "ok"
        return JSONResponse(report, HTTPStatus.OK if healthy else HTTPStatus.SERVICE_UNAVAILABLE)

    def _report(self) -> dict[str, Any]:
        team, counts = self._around.team, self._runtime.counts
        pending, _ = self._around.ledger.pending_outbox()
        ready = sum(1 for worker in list(team.workers) if worker.ready)
        return {
            "status": "ok" if ready else "starting",
            "version": version("steward"),
            "uptime_seconds": round((self._around.clock() - self._started).total_seconds(), 1),
            "queues": self._queue_rows(),
            "relay": {
                "pending": pending,
                "relayed": counts.relayed,
                "errors": counts.relay_errors,
            },
            "workers": {
                "ready": ready,
                "busy": team.busy,
                "waiting": team.asked,
                "restarts": team.restarts,
            },
            "counts": {
                "commits": counts.commits,
                "events": counts.events,
                "handled": counts.handled,
                "returned": counts.returned,
                "dead": counts.dead,
            },
        }

    def _queue_rows(self) -> list[dict[str, Any]]:
        dead, oldest = self._around.ledger.letter_counts(), self._around.ledger.oldest()
        now = self._runtime.now()
        names = sorted({*self._runtime.backlogs, *dead, *oldest})
        return [self._queue_row(name, dead.get(name, 0), oldest.get(name), now) for name in names]

    def _queue_row(self, name: str, dead: int, oldest: int | None, now: int) -> dict[str, Any]:
        backlog = self._runtime.backlogs.get(name)
        return {
            "queue": name,
            "ready": 0 if backlog is None else backlog.depth - len(backlog.delayed),
            "delayed": 0 if backlog is None else len(backlog.delayed),
            "in_flight": 0 if backlog is None else len(backlog.flying),
            "lag_seconds": 0.0 if oldest is None else max(0.0, (now - oldest) / 1000),
            "dead_letters": dead,
            "served": backlog is not None,
        }

    async def _status(self, request: Request) -> Response:
        if not self._around.open_page:
            await self._admit(request)
        page = await self._read(self._status_page)
        return HTMLResponse(
            page,
            headers={"Content-Security-Policy": policy_of("text/html", styles=_styles())},
        )

    def _status_page(self) -> str:
        now = self._runtime.now()
        recent = [
            {"age": _age(now - event.at), "at": _iso(event.at), **event._asdict()}
            for event in self._around.ledger.recent(25)
        ]
        return _template().render(
            report=self._report(), totals=self._totals(), recent=recent, now=_iso(now)
        )

    def _totals(self) -> dict[str, int]:
        types = self._types()
        totals = {"events": sum(types.values())}
        for name, prefix in _COUNTED.items():
            totals[name] = sum(n for kind, n in types.items() if kind.startswith(prefix))
        return totals

    def _types(self) -> Counter[str]:
        # The archive is scanned once, for what came before this start; the rest is counted as it comes.
        if self._earlier is None:
            self._earlier = self._around.ledger.types(until=self._before)
        return self._earlier + self._runtime.counts.types

    def _tell(self) -> None:
        self._news.set()
        self._news = asyncio.Event()

    # For the command line

    async def _counts(self, request: Request) -> Response:
        del request
        types: Counter[str] = await self._read(self._types)
        totals = await self._read(self._totals)
        return JSONResponse({**totals, "idle": self._quiet(), "types": dict(sorted(types.items()))})

    def _quiet(self) -> bool:
        return self._runtime.idle and not self._around.team.busy

    async def _put_events(self, request: Request) -> Response:
        body = await _json(request)
        envelopes = body if isinstance(body, list) else [body]
        results: list[dict[str, Any]] = []
        posted: list[Posted] = []
        for envelope in envelopes:
            result, event = self._examine(envelope)
            results.append(result)
            if event is not None:
                posted.append(event)
        if posted:
            await self._durable(partial(self._runtime.put, posted))
        if not posted:
            detail = results[0]["error"] if results else "no events; send an object or a list"
            raise BadInput(detail)
        return JSONResponse({"accepted": len(posted), "events": results}, HTTPStatus.ACCEPTED)

    def _examine(self, envelope: Any) -> tuple[dict[str, Any], Posted | None]:
        try:
            event = post_raw(envelope, now=self._around.clock(), new_id=random_id)
        except BadInput as error:
            return {"accepted": False, "error": str(error)}, None
        queues = self._runtime.bus.targets("default", event.envelope)
        if not queues:
            kind, source = event.envelope["detail-type"], event.envelope["source"]
            reason = f"event {kind!r} of {source!r}: no function's rule takes it"
            return {"accepted": False, "id": event.envelope["id"], "error": reason}, None
        accepted = {"accepted": True, "id": event.envelope["id"], "queues": queues}
        return accepted, event._replace(queues=tuple(queues))

    async def _tail(self, request: Request) -> Response:
        since = request.query_params.get("since")
        start = await self._read(self._around.ledger.last_event) if since is None else _int(since)
        limit = _limit(request, default=0)
        return StreamingResponse(self._follow(start, limit), media_type="application/jsonl")

    async def _follow(self, seq: int, limit: int) -> AsyncIterator[bytes]:
        shown = 0
        while True:
            news = self._news
            events = await self._read(partial(self._around.ledger.events_after, seq))
            for event in events:
                yield json.dumps(event.shown, ensure_ascii=False).encode() + b"\n"
                seq, shown = event.seq, shown + 1
                if limit and shown >= limit:
                    return
            if not events:
                await news.wait()

    async def _replay(self, request: Request) -> Response:
        body = await _json(request)
        start, end = _millis(body, "from"), _millis(body, "to")
        rules = frozenset(body.get("rules") or ())
        unknown = rules - set(self._runtime.backlogs)
        if unknown:
            raise NotFound(f"queue {min(unknown)!r}: no function's; see 'steward queues ls'")
        generation = await self._generation() if body.get("reapply") else 0
        name = str(body.get("name") or f"replay-{random_id()[:8]}")
        replay = Replay(name, generation, rules)
        sent = await self._send_again(start, end, replay)
        return JSONResponse({"name": name, "generation": generation, **sent}, HTTPStatus.ACCEPTED)

    async def _generation(self) -> int:
        return await self._durable(self._runtime.next_generation)

    async def _send_again(self, start: int, end: int, replay: Replay) -> dict[str, int]:
        ledger = self._around.ledger
        until = await self._read(ledger.last_event)
        after, events, messages = 0, 0, 0
        while True:
            read = partial(
                ledger.archived, start, end, after=after, until=until, limit=_REPLAY_PAGE
            )
            page = await self._read(read)
            if not page:
                return {"events": events, "messages": messages}
            rows = [row[1:] for row in page]
            arrivals = await self._durable(partial(self._runtime.replay, rows, replay))
            after, events, messages = page[-1][0], events + len(page), messages + len(arrivals)

    async def _queues(self, request: Request) -> Response:
        del request
        return JSONResponse({"items": await self._read(self._queue_rows)})

    async def _messages(self, request: Request) -> Response:
        queue, limit = await self._known_queue(request), _limit(request, default=20)
        return JSONResponse(
            {"items": await self._read(lambda: self._around.ledger.messages(queue, limit=limit))}
        )

    async def _letters(self, request: Request) -> Response:
        queue, limit = await self._known_queue(request), _limit(request, default=20)
        letters = await self._read(lambda: self._around.ledger.letters(queue, limit=limit))
        return JSONResponse({"items": [letter._asdict() for letter in letters]})

    async def _redrive(self, request: Request) -> Response:
        queue = await self._known_queue(request)
        if queue not in self._runtime.backlogs:
            raise BadInput(
                f"queue {queue!r}: no function serves it; its messages would wait forever"
            )
        ids = (await _json(request)).get("ids")
        total = 0
        while True:
            letters = await self._read(
                lambda: (
                    self._around.ledger.letters(queue, limit=_REPLAY_PAGE)
                    if ids is None
                    else self._around.ledger.letters_by_id(ids)
                )
            )
            mine = [letter for letter in letters if letter.queue == queue]
            if not mine:
                break
            total += await self._durable(partial(self._runtime.redrive, mine))
            if ids is not None:
                break
        return JSONResponse({"redriven": total})

    async def _functions(self, request: Request) -> Response:
        del request
        rows = [describe(function) for function in self._runtime.functions.values()]
        return JSONResponse({"items": rows})

    async def _invoke(self, request: Request) -> Response:
        name = request.path_params["function"]
        function = self._runtime.functions.get(name)
        if function is None:
            raise NotFound(f"function {name!r}: not there; see 'steward functions ls'")
        event = json.dumps(await _json(request))
        try:
            result = await self._around.team.ask(protocol.RunEvent(name, event), function)
        except (HandlerFailed, WorkerLost) as error:
            raise Refused(HTTPStatus.BAD_GATEWAY, "function-failed", str(error)) from error
        return JSONResponse({"result": json.loads(result)})

    async def _known_queue(self, request: Request) -> str:
        name = str(request.path_params["queue"])
        if name not in {row["queue"] for row in await self._read(self._queue_rows)}:
            raise NotFound(f"queue {name!r}: not there; see 'steward queues ls'")
        return name

    async def _read(self, call: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._reader, call)

    async def _durable(self, start: Callable[[Callable[[T], None], Any], None]) -> T:
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        start(future.set_result, future.set_exception)
        return await future


def describe(function: Function) -> dict[str, Any]:
    """A function in one row."""
    trigger = function.trigger
    row: dict[str, Any] = {
        "id": function.id,
        "trigger": type(trigger).__name__.lower(),
        "takes": _takes(trigger),
        "publishes": list(function.publishes),
        "uses": [f"{type(r).__name__.lower()} {r.name} ({r.access})" for r in function.resources],
        "timeout": function.timeout,
        "memory": function.memory,
    }
    return row


def _takes(trigger: Any) -> str:
    if isinstance(trigger, Routes):
        return " ".join(trigger.paths)
    if isinstance(trigger, Schedule):
        return f"{trigger.expression} {trigger.timezone}"
    if isinstance(trigger, Queue) and trigger.events:
        return " ".join(trigger.events)
    return json.dumps(trigger.event_pattern())


async def _json(request: Request) -> Any:
    text = await read_body(request.scope, request.receive)
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"body: not JSON ({error})") from error


def _millis(body: Mapping[str, Any], name: str) -> int:
    try:
        moment = datetime.fromisoformat(str(body[name]))
    except (KeyError, ValueError) as error:
        raise BadInput(f"{name}: is {body.get(name)!r}; use 2026-01-31T08:00:00Z") from error
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return int(aware.timestamp() * 1000)


def _int(text: str) -> int:
    if not text.isdecimal():
        raise BadInput(f"{text[:40]!r}: use a number")
    return int(text)


def _limit(request: Request, *, default: int) -> int:
    text = request.query_params.get("limit")
    return default if text is None else min(_int(text), _MAX_LIST)


def _age(millis: int) -> str:
    seconds = max(0, millis // 1000)
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def _iso(millis: int) -> str:
    return datetime.fromtimestamp(millis / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


@cache
def _styles() -> tuple[str, ...]:
    page = Path(__file__).with_name("templates").joinpath("status.html").read_text("utf-8")
    return tuple(
        style_hash(sheet) for sheet in re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    )


@cache
def _template() -> jinja2.Template:
    import jinja2

    folder = Path(__file__).with_name("templates")
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder), autoescape=True, undefined=jinja2.StrictUndefined
    )
    return environment.get_template("status.html")


async def _refuse(request: Request, error: Exception) -> Response:
    del request
    if not isinstance(error, StewardError):
        raise error
    return _answer(problem(error.status, error.code, str(error), random_id()))


async def _refuse_request(request: Request, error: Exception) -> Response:
    del request
    if not isinstance(error, Refused):
        raise error
    return _answer(problem(error.status, error.code, str(error), random_id()))


async def _unknown(request: Request, error: Exception) -> Response:
    del error
    detail = f"{request.method} {request.url.path[:200]}: no such route"
    return _answer(problem(HTTPStatus.NOT_FOUND, "no-such-route", detail, random_id()))


async def _wrong_method(request: Request, error: Exception) -> Response:
    allowed = (error.headers or {}).get("Allow", "") if isinstance(error, HTTPException) else ""
    detail = f"{request.method} {request.url.path[:200]}: takes {allowed}"
    status = HTTPStatus.METHOD_NOT_ALLOWED
    answer = _answer(problem(status, "method-not-allowed", detail, random_id()))
    answer.headers["Allow"] = allowed
    return answer


def _answer(answer: Any) -> Response:
    return Response(answer.body, answer.status, headers=dict(answer.headers))
