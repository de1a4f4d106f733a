"""HTTPS requests: authenticate, validate with Powertools, open a Work, answer by RFC 9457 or not.

One `Api` per concern; every route declares the permission it takes.
"""

from __future__ import annotations

import base64
import hashlib
import inspect
import json
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from http import HTTPStatus
from types import GenericAlias
from typing import Any, Generic, NamedTuple, TypeVar, get_args, get_origin, get_type_hints

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.api_gateway import Route
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from pydantic import AwareDatetime, BaseModel, ConfigDict, create_model

from steward.edge import queries
from steward.edge.gate import Gate
from steward.edge.observe import count, traced
from steward.edge.papers import Shows
from steward.edge.permit import Need, Pass, admit
from steward.edge.queries import Reads
from steward.edge.rates import RateClass
from steward.edge.resources import Resources, current
from steward.edge.routes import RouteBook
from steward.edge.session import Opening, Wire, run
from steward.errors import (
    BadInput,
    PreconditionFailed,
    StewardError,
    Unauthenticated,
)
from steward.identity import SYSTEM, Caller, permissions
from steward.identity.credentials import Approach, caller_of
from steward.identity.items import Facts, Guarded
from steward.log import EdgeEvent, log_of
from steward.store.collection import Collection, Page
from steward.store.work import Work

D = TypeVar("D")
F = TypeVar("F", bound=Callable[..., Any])
R = TypeVar("R")
T = TypeVar("T", bound=Guarded)

JSON = "application/json"
PROBLEM = "application/problem+json"
MAX_KEY = 200
_KEY = re.compile(f"[!-~]{{1,{MAX_KEY}}}")
MAX_USER_AGENT = 300
API_DEPTH = 3
"""Where the concern stands in /api/v1/<concern>/<noun>."""
ANSWER_KEPT = timedelta(hours=24)


class Problem(BaseModel):
    """What went wrong, as RFC 9457 has it: https://www.rfc-editor.org/rfc/rfc9457."""

    type: str
    title: str
    status: int
    detail: str
    request_id: str
    timestamp: str


class Answered(BaseModel):
    """The answer given under an Idempotency-Key, to be given again for a day."""

    model_config = ConfigDict(frozen=True)

    id: str
    request_sha256: str
    status: int
    body: str
    headers: dict[str, str]
    expires_at: AwareDatetime
    about: tuple[Facts, ...] = ()
    """What it was about: whoever may see that no more is not shown the answer again."""


ANSWERS = Collection(
    "answers",
    Answered,
    id=lambda answer: answer.id,
    expires=lambda answer: answer.expires_at,
    audit="none",
    listed=False,
)


class Knock(NamedTuple):
    """A request at a public route: nobody has been asked who they are."""

    approach: Approach
    request_id: str
    body: bytes
    query: Mapping[str, str]
    raw_query: str = ""
    domain: str = ""
    """The name of the gateway that took the request; what is before it has seen to the Host header."""


class Api(Generic[D]):
    """The HTTP routes of one concern; ``handler`` is the Lambda handler."""

    def __init__(self, *, wire: Wire[D]) -> None:
        self._wire = wire
        self._app = APIGatewayHttpResolver(enable_validation=True, serializer=_compact)
        self._app.exception_handler(StewardError)(self._refuse)
        self._app.exception_handler(RequestValidationError)(self._invalid)
        self._app.not_found(self._unknown)
        self._caller: Caller | None = None
        self._pass: Pass | None = None
        self._stranger: StewardError | None = None
        self._headers: dict[str, str] = {}
        self.permissions: dict[tuple[str, str], str] = {}
        self.public: dict[tuple[str, str], str] = {}
        """The routes that take no permission, and why."""
        self.reads: dict[tuple[str, str], Reads] = {}
        """What public routes read from the query by themselves."""
        self.shared: set[tuple[str, str]] = set()
        """The routes whose Work is the system tenant's."""
        self.book = RouteBook()
        self.needs: dict[tuple[str, str], Need] = {}

    @property
    def mounted(self) -> Iterator[tuple[str, str]]:
        """Method and path of everything that answers, however it came to."""
        # Powertools keeps them so; the description would leave out hidden ones.
        for route in (*self._app._static_routes, *self._app._dynamic_routes):  # noqa: SLF001
            yield str(route.method), str(route.path)

    def get(
        self,
        path: str,
        *,
        permission: str,
        system: bool = False,
        guarded: bool = False,
        rate: RateClass | None = None,
    ) -> Callable[[F], F]:
        """A route that reads; ``rate`` is its class where the permission does not tell.

        ``system`` opens the Work of the system tenant instead of the caller's; the function of a
        ``guarded`` route calls `guard` with what it is about before it does anything.
        """
        need = Need(permission, itemised=False, guarded=guarded)
        return self._route("GET", path, need, system=system, rate=rate)

    def post(
        self,
        path: str,
        *,
        permission: str,
        system: bool = False,
        guarded: bool = False,
        rate: RateClass | None = None,
    ) -> Callable[[F], F]:
        """A route that creates or acts; takes an Idempotency-Key."""
        need = Need(permission, itemised=False, guarded=guarded)
        return self._route("POST", path, need, system=system, rate=rate)

    def put(
        self,
        path: str,
        *,
        permission: str,
        system: bool = False,
        guarded: bool = False,
        rate: RateClass | None = None,
    ) -> Callable[[F], F]:
        """A route that replaces."""
        need = Need(permission, itemised=False, guarded=guarded)
        return self._route("PUT", path, need, system=system, rate=rate)

    def delete(
        self,
        path: str,
        *,
        permission: str,
        system: bool = False,
        guarded: bool = False,
        rate: RateClass | None = None,
    ) -> Callable[[F], F]:
        """A route that removes."""
        need = Need(permission, itemised=False, guarded=guarded)
        return self._route("DELETE", path, need, system=system, rate=rate)

    def guard(self, one: Guarded) -> None:
        """Refuse unless the caller may use the route's permission on the thing.

        Raises:
            NotFound: the caller may not even see it.
            Denied: the caller sees it, and may not do this.
        """
        if self._pass is None:
            raise Unauthenticated("nobody has been admitted to this request")
        self._pass.check(one)

    def visible(self, things: Sequence[T]) -> tuple[T, ...]:
        """Those of the things on which the caller may use the route's permission, in their order."""
        if self._pass is None:
            raise Unauthenticated("nobody has been admitted to this request")
        return self._pass.visible(things)

    def sight(self) -> Pass:
        """What the caller may see, for an answer about many things that shows none of them.

        Whoever asks for it leaves out what is hidden: the answer is not looked at again.
        """
        if self._pass is None:
            raise Unauthenticated("nobody has been admitted to this request")
        self._pass.minded = True
        return self._pass

    def under(self, permission: str) -> Pass:
        """The caller with a second permission, for an answer that shows things of another noun, too.

        Raises:
            Denied: the caller may not use it at all.
        """
        if self._pass is None:
            raise Unauthenticated("nobody has been admitted to this request")
        return self._pass.under(permission)

    def open_to_all(
        self,
        method: str,
        path: str,
        *,
        because: str,
        rate: RateClass | None = None,
        reads: Reads | None = None,
    ) -> Callable[[F], F]:
        """A route without a caller; the function takes ``knock`` and opens its Works with `within`.

        Its class is ``public-doc`` when it reads and ``auth-login`` when not, unless ``rate`` says other.
        ``reads`` is what it takes from ``knock.query``; a name that is not there is refused.
        """
        if not because:
            raise ValueError(f"{method} {path}: a public route says why it is public")

        def register(function: F) -> F:
            self.public[(method, path)] = because
            self.reads[(method, path)] = reads or Reads()
            self.book.add_public(method, path, rate=rate)
            hints = get_type_hints(function, include_extras=True)

            def endpoint(**arguments: Any) -> Response[Any]:
                self._check_query()
                return self._response(function(**arguments, knock=self.knock()))

            self._mount(method, path, function, endpoint, hints)
            return function

        return register

    def within(self, tenant: str, use: Callable[[D], R], *, actor: str) -> R:
        """Run a use case of a public route in a Work of the tenant, and commit it."""
        event = self._raw()
        # A person's address is sealed with their own key; whose a stranger's is, nobody knows.
        own = actor.startswith("user:") and tenant != SYSTEM
        facts = _request_facts(event) if own else None
        opening = Opening(tenant, actor, _request_id(event), request=facts)
        return run(current(), opening, lambda work: use(self._wire(work)))

    def handler(self, event: dict[str, Any], context: Any) -> dict[str, Any]:
        """Answer one API Gateway HTTP API request (payload format 2.0)."""
        resources = current()
        started = time.perf_counter()
        self._headers = {}
        gate = Gate(event, resources, self.book)
        # What trusted proxies say of the caller's address holds from here on.
        event["requestContext"]["http"]["sourceIp"] = gate.address
        with traced(resources.function.concern, function=resources.function.id):
            answer = gate.seal(self._answer(event, context, resources, gate))
        self._report(event, answer, resources, started)
        return answer

    def etag(self, version: int) -> None:
        """Say which version the answer shows."""
        self._headers["ETag"] = f'"{version}"'

    def if_match(self) -> int | None:
        """The version the caller wants to change; None when any will do.

        Raises:
            BadInput: If-Match holds no version of ours.
        """
        text = self._header("if-match")
        if text is None or text == "*":
            return None
        version = text.strip('"')
        if not version.isdecimal():
            raise BadInput(f"If-Match {text[:40]!r}: use the ETag of an earlier answer")
        return int(version)

    def check_match(self, version: int) -> None:
        """Refuse when If-Match names another version than this one.

        Raises:
            PreconditionFailed: it does.
        """
        wanted = self.if_match()
        if wanted is not None and wanted != version:
            raise PreconditionFailed(
                f'If-Match "{wanted}": the current version is "{version}"; read it again'
            )

    def openapi(self, title: str) -> dict[str, Any]:
        """The OpenAPI description of these routes."""
        text = self._app.get_openapi_json_schema(title=title, version="1")
        described: dict[str, Any] = json.loads(text)
        for (method, path), because in self.public.items():
            shown = path.replace("<", "{").replace(">", "}")
            operation = described["paths"][shown][method.lower()]
            operation["x-public"] = because
            more = list(self.reads[(method, path)].parameters())
            if more:
                operation["parameters"] = [*operation.get("parameters", ()), *more]
        return described

    def _route(
        self, method: str, path: str, need: Need, *, system: bool, rate: RateClass | None
    ) -> Callable[[F], F]:
        permission = need.permission
        if not permissions.known(permission):
            raise ValueError(
                f"{method} {path}: permission {permission!r} is not in steward.identity.permissions; "
                "add it there with its roles"
            )

        def register(function: F) -> F:
            self.permissions[(method, path)] = permission
            if system:
                self.shared.add((method, path))
            self.book.add(method, path, permission=permission, rate=rate)
            hints = get_type_hints(function, include_extras=True)
            taken = need._replace(itemised=_is_guarded(hints.get("return")))
            self.needs[(method, path)] = taken

            def endpoint(**arguments: Any) -> Response[Any]:
                return self._run(function, arguments, taken, system=system)

            self._mount(method, path, function, endpoint, hints)
            return function

        return register

    def _mount(
        self,
        method: str,
        path: str,
        function: Callable[..., Any],
        endpoint: Callable[..., Any],
        hints: Mapping[str, Any],
    ) -> None:
        _borrow_signature(endpoint, function, hints)
        self._app.route(
            path,
            method=method,
            tags=[_tag(path)],
            summary=_summary(function),
            responses=_shown_responses(hints.get("return")),
            openapi_extensions={
                **self.book.declared(method, path).extensions,
                **_versioned(function),
            },
        )(endpoint)

    def _answer(
        self, event: dict[str, Any], context: Any, resources: Resources, gate: Gate
    ) -> dict[str, Any]:
        request_id = _request_id(event)
        self._caller, self._stranger = None, None
        try:
            early = gate.admit()
            if early is not None:
                return early
            self._identify(event, resources, gate)
        except StewardError as refusal:
            return _problem_answer(
                refusal.status, refusal.code, str(refusal), request_id, resources
            )
        try:
            return dict(self._app.resolve(event, context))
        except Exception as error:  # noqa: BLE001  # the edge alone catches broadly
            log_of(resources.function.concern).error(
                EdgeEvent.REQUEST_FAILED, error=error, request_id=request_id
            )
            detail = f"an unexpected error; quote request {request_id} when you report it"
            return _problem_answer(
                HTTPStatus.INTERNAL_SERVER_ERROR, "internal-error", detail, request_id, resources
            )

    def _identify(self, event: dict[str, Any], resources: Resources, gate: Gate) -> None:
        try:
            self._caller = _authenticate(event, resources)
        except StewardError as error:
            # Only a public route answers a stranger.
            if not gate.public:
                raise
            self._stranger = error
        if self._caller is not None:
            gate.meter(self._caller)
            resources.limiter.uses.note(self._caller, now=resources.clock())

    def _run(
        self,
        function: Callable[..., Any],
        arguments: dict[str, Any],
        need: Need,
        *,
        system: bool,
    ) -> Response[Any]:
        caller = self._permit(need)
        self._check_query()
        resources = current()
        key = self._idempotency_key()
        event = self._app.current_event.raw_event
        opening = Opening(
            SYSTEM if system else caller.tenant,
            caller.id,
            _request_id(event),
            caller=caller,
            request=_request_facts(event) | _asker_facts(caller, system=system),
        )

        def use(work: Work) -> Response[Any]:
            self._headers = {}
            self._pass = admitted = Pass(caller, need, resources.book(caller.tenant))

            def call() -> Any:
                return admitted.answer(lambda: function(**arguments, deps=self._wire(work)))

            if key is None:
                return self._response(call())
            place = _answer_place(resources, caller, event, key)
            return self._once(work, key, place, call, admitted=admitted)

        return run(resources, opening, use)

    def _permit(self, need: Need) -> Caller:
        if self._caller is None:
            raise self._stranger or Unauthenticated("Authorization: missing")
        admit(self._caller, need, current().book(self._caller.tenant))
        return self._caller

    def _check_query(self) -> None:
        route: Route = self._app.context["_route"]
        own = self.reads.get((route.method, str(route.path)), Reads())
        if not own.free:
            queries.check(self._raw(), queries.declared(route).union(own.names))

    def knock(self) -> Knock:
        """The request itself: its headers, cookies and body."""
        event = self._raw()
        body = event.get("body") or ""
        raw = base64.b64decode(body) if event.get("isBase64Encoded") else body.encode()
        query = event.get("queryStringParameters") or {}
        return Knock(
            _approach(event),
            _request_id(event),
            raw,
            query,
            str(event.get("rawQueryString") or ""),
            str(event["requestContext"].get("domainName") or ""),
        )

    def _once(
        self, work: Work, key: str, place: str, call: Callable[[], Any], *, admitted: Pass
    ) -> Response[Any]:
        home = work.scope.function.home
        if home is None:
            raise BadInput(
                "Idempotency-Key: this function keeps no state; send the request without it"
            )
        answers = work.table(home.name).of(ANSWERS)
        request = _request_digest(self._app.current_event.raw_event)
        kept = answers.get(place)
        if kept is not None:
            if kept.request_sha256 != request:
                raise BadInput(
                    f"Idempotency-Key {key[:60]!r}: was used for another request; use a fresh one"
                )
            admitted.repeat(kept.about)
            self._headers = {**kept.headers, "Idempotency-Replayed": "true"}
            return Response(kept.status, JSON, kept.body, headers=dict(self._headers))
        result = call()
        response = self._response(result)
        answers.add(
            Answered(
                id=place,
                request_sha256=request,
                status=response.status_code,
                body=str(self._response(without_secrets(result)).body or ""),
                headers=dict(self._headers),
                expires_at=work.now + ANSWER_KEPT,
                about=tuple(admitted.met),
            )
        )
        return response

    def _response(self, result: Any) -> Response[Any]:
        if isinstance(result, Response):
            return result
        if result is None:
            return Response(HTTPStatus.NO_CONTENT, headers=dict(self._headers))
        return Response(HTTPStatus.OK, JSON, as_json(result), headers=dict(self._headers))

    def _idempotency_key(self) -> str | None:
        if self._app.current_event.http_method != "POST":
            return None
        key = self._header("idempotency-key")
        if key is not None and not _KEY.fullmatch(key):
            raise BadInput(
                f"Idempotency-Key of {len(key)} characters: use 1 to {MAX_KEY} of printable ASCII, "
                "without spaces"
            )
        return key

    def _header(self, name: str) -> str | None:
        value: str | None = self._app.current_event.headers.get(name)
        return value

    def _refuse(self, error: StewardError) -> Response[str]:
        return _problem(error.status, error.code, str(error), _request_id(self._raw()))

    def _invalid(self, error: RequestValidationError) -> Response[str]:
        # Powertools validates first; who may not do it at all is told that instead, and then that a
        # parameter has another name.
        route = self._app.context["_route"]
        try:
            need = self.needs.get((route.method, str(route.path)))
            if need is not None:
                self._permit(need)
            self._check_query()
        except StewardError as refusal:
            return self._refuse(refusal)
        faults = error.errors()
        first = faults[0]
        place = ".".join(str(part) for part in first["loc"])
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        detail = f"{place}: {first['msg']}{more}"
        return _problem(
            HTTPStatus.UNPROCESSABLE_ENTITY, "invalid-request", detail, _request_id(self._raw())
        )

    def _unknown(self, error: NotFoundError) -> Response[str]:
        del error
        event = self._app.current_event
        detail = f"{event.http_method} {event.path[:200]}: no such route; see /api/v1/openapi.json"
        return _problem(HTTPStatus.NOT_FOUND, "no-such-route", detail, _request_id(self._raw()))

    def _raw(self) -> dict[str, Any]:
        return self._app.current_event.raw_event

    def _report(
        self, event: dict[str, Any], answer: dict[str, Any], resources: Resources, started: float
    ) -> None:
        status = int(answer["statusCode"])
        log_of(resources.function.concern).info(
            EdgeEvent.REQUEST_HANDLED,
            method=event["requestContext"]["http"]["method"],
            route=event.get("routeKey", ""),
            status=status,
            ms=round((time.perf_counter() - started) * 1000, 2),
            request_id=_request_id(event),
            tenant=self._caller.tenant if self._caller else None,
            caller=self._caller.id if self._caller else None,
        )
        count({"Requests": 1}, function=resources.function.id, status=f"{status // 100}xx")
        self._caller, self._pass = None, None


def as_json(result: Any) -> str:
    """A result as JSON text: a model, a page of models, or plain data."""
    if isinstance(result, BaseModel):
        return result.model_dump_json()
    if isinstance(result, Page):
        items = ",".join(as_json(item) for item in result.items)
        return f'{{"items":[{items}],"cursor":{json.dumps(result.cursor)}}}'
    return _compact(result)


def without_secrets(result: Any) -> Any:
    """The result as it may be kept: what is marked ``x-shown-once`` is gone from a repeated answer."""
    if not isinstance(result, BaseModel):
        return result
    once = {
        name: None
        for name, field in type(result).model_fields.items()
        if isinstance(field.json_schema_extra, dict) and field.json_schema_extra.get("x-shown-once")
    }
    return result.model_copy(update=once) if once else result


def _tag(path: str) -> str:
    # The concern of an API route; what stands elsewhere goes by the first part of its path.
    parts = path.split("/")
    return parts[API_DEPTH] if path.startswith("/api/") else parts[1]


def _summary(function: Callable[..., Any]) -> str:
    text = inspect.getdoc(function) or function.__name__
    return text.partition("\n")[0].replace("``", "")


def _shown_responses(hint: Any) -> Any:
    # What a route's return annotation shows in OpenAPI, and how every route refuses.
    shown: dict[int, Any] = {
        422: {"description": "Refused", "content": {PROBLEM: {"model": Problem}}},
    }
    papers = [each for each in getattr(hint, "__metadata__", ()) if isinstance(each, Shows)]
    if papers:
        return shown | {200: papers[0].answer()}
    model = _page_model(get_args(hint)[0]) if get_origin(hint) is Page else hint
    if inspect.isclass(model) and issubclass(model, BaseModel):
        shown[200] = {"description": "The answer", "content": {JSON: {"model": model}}}
    elif hint is str:
        text = {"schema": {"type": "string"}}
        kinds = ("application/jsonl", "text/csv")
        shown[200] = {"description": "The answer", "content": dict.fromkeys(kinds, text)}
    return shown


def _versioned(function: Callable[..., Any]) -> dict[str, Any]:
    # A route takes If-Match when it looks at it.
    called = {"check_match", "if_match"} & set(function.__code__.co_names)
    return {"x-versioned": True} if called else {}


def _page_model(item: Any) -> Any:
    fields: Any = {
        "items": (GenericAlias(tuple, (item, ...)), ...),
        "cursor": (str | None, None),
    }
    return create_model(f"{item.__name__}Page", **fields)


def _compact(content: Any) -> str:
    return json.dumps(content, separators=(",", ":"), ensure_ascii=False, default=_plain)


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, Page):
        return {"items": list(value.items), "cursor": value.cursor}
    if hasattr(value, "isoformat"):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _borrow_signature(
    endpoint: Callable[..., Any], function: Callable[..., Any], hints: Mapping[str, Any]
) -> None:
    # Powertools reads the signature to validate requests; `deps` and `knock` are ours to give.
    signature = inspect.signature(function)
    parameters = [
        parameter.replace(
            annotation=hints.get(name, parameter.annotation),
            kind=inspect.Parameter.KEYWORD_ONLY,
        )
        for name, parameter in signature.parameters.items()
        if name not in ("deps", "knock")
    ]
    endpoint.__signature__ = signature.replace(  # type: ignore[attr-defined]
        parameters=parameters, return_annotation=inspect.Signature.empty
    )
    endpoint.__name__ = function.__name__
    endpoint.__doc__ = function.__doc__


def _is_guarded(hint: Any) -> bool:
    shown = get_args(hint)[0] if get_origin(hint) is Page else hint
    return inspect.isclass(shown) and hasattr(shown, "facts")


def _authenticate(event: dict[str, Any], resources: Resources) -> Caller:
    return caller_of(
        _approach(event),
        known=resources.directory,
        tokens=resources.tokens,
        now=resources.clock(),
    )


def _approach(event: Mapping[str, Any]) -> Approach:
    http = event["requestContext"]["http"]
    cookies = dict(
        cookie.strip().partition("=")[::2]
        for line in event.get("cookies") or ()
        for cookie in line.split(";")
    )
    return Approach(http["method"], event.get("headers") or {}, cookies, http.get("sourceIp", ""))


def _answer_place(resources: Resources, caller: Caller, event: dict[str, Any], key: str) -> str:
    # Where the answer is kept, and no commit id: outbox items and inbox marks of the first commit
    # outlive the answer, and would refuse or swallow what the key is used for afterwards.
    method = event["requestContext"]["http"]["method"]
    who = (caller.tenant, caller.id, caller.on_behalf_of)
    parts = (resources.function.id, *who, method, event["rawPath"], key)
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32]


def _request_digest(event: dict[str, Any]) -> str:
    # The version a request wants to change is part of what it asks for.
    match = (event.get("headers") or {}).get("if-match", "")
    parts = (event["rawPath"], event.get("rawQueryString", ""), event.get("body") or "", match)
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def _request_id(event: dict[str, Any]) -> str:
    return str(event["requestContext"].get("requestId", ""))


def _request_facts(event: dict[str, Any]) -> dict[str, str]:
    # What the audit trail says of where a request came from; the sender chooses the user agent.
    headers = event.get("headers") or {}
    facts = {
        "id": _request_id(event),
        "ip": str(event["requestContext"]["http"].get("sourceIp", "")),
        "user_agent": str(headers.get("user-agent", ""))[:MAX_USER_AGENT],
    }
    return {name: fact for name, fact in facts.items() if fact}


def _asker_facts(caller: Caller, *, system: bool) -> dict[str, str]:
    # Who is behind a borrowed identity; and whose tenant's, where all tenants share one trail.
    facts = {"on_behalf_of": caller.on_behalf_of, "tenant": caller.tenant if system else ""}
    return {name: fact for name, fact in facts.items() if fact}


def _problem_body(status: int, code: str, detail: str, request_id: str, now: str) -> str:
    title = HTTPStatus(status).phrase
    return Problem(
        type=f"urn:steward:problem:{code}",
        title=title,
        status=status,
        detail=detail,
        request_id=request_id,
        timestamp=now,
    ).model_dump_json()


def _problem(status: int, code: str, detail: str, request_id: str) -> Response[str]:
    now = current().clock().isoformat()
    headers: dict[str, str | list[str]] = {}
    if status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
        headers["Retry-After"] = "1"
    return Response(
        status, PROBLEM, _problem_body(status, code, detail, request_id, now), headers=headers
    )


def _problem_answer(
    status: int, code: str, detail: str, request_id: str, resources: Resources
) -> dict[str, Any]:
    headers = {"Content-Type": PROBLEM}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    return {
        "statusCode": int(status),
        "headers": headers,
        "body": _problem_body(status, code, detail, request_id, resources.clock().isoformat()),
        "isBase64Encoded": False,
    }
