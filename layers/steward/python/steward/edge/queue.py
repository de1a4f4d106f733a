"""Messages of a queue: parse, open a Work each, decide, commit the batch, answer what failed.

The Works of a batch stay apart, each with its own transaction and outcome; they only share the call
to the store, so that one fsync of the embedded store serves them all. A function may have messages of
one conversation answered ``together``: in one Work while there is room, apart when that does not go.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import wraps
from typing import Any, NamedTuple, Protocol, TypeVar

from pydantic import ValidationError

from steward.contracts.event import CloudEvent, Event, first_fault, parse_event
from steward.edge.observe import count, traced
from steward.edge.resources import Resources, current
from steward.edge.session import Opening, Wire, commit_all, open_work, retryable, run
from steward.errors import BadInput, Permanent, StewardError
from steward.identity import SYSTEM
from steward.json_text import read
from steward.log import EdgeEvent, log_of
from steward.redaction import redacted
from steward.store.records import AlreadyProcessed, Refusal, Transaction
from steward.store.unclaimed import UNCLAIMED, Unclaimed
from steward.store.work import Cause, Work

D = TypeVar("D")
M = TypeVar("M")
LambdaHandler = Callable[[dict[str, Any], Any], dict[str, Any]]

MAX_BODY_BYTES = 1024 * 1024
"""SQS and EventBridge carry at most 1 MB."""
_ROOM = 40
"""Items staged in a Work before the next message gets another one."""


class Envelope(NamedTuple):
    """What EventBridge wraps around an event; only ``account`` says whose it is."""

    id: str
    source: str
    detail_type: str
    account: str
    region: str
    time: datetime
    resources: tuple[str, ...]
    detail: Mapping[str, Any]


class RawMessage(Protocol):
    """A parsed raw message; ``event_key`` tells two events in envelopes of one id apart."""

    @property
    def event_key(self) -> str:
        """The provider's own id of the event inside the envelope; empty when it has none."""
        ...


class ObjectCreated(NamedTuple):
    """An object was written; ``size`` in bytes."""

    bucket: str
    key: str
    size: int
    etag: str
    version: str
    sequencer: str


class Parsed(NamedTuple):
    """A message made sense of: how to open its Work and what to do in it, with others or alone."""

    opening: Opening
    use: Callable[[Work], None]
    together: bool = False


class _Taken(NamedTuple):
    record: dict[str, Any]
    parsed: Parsed


class _Pending(NamedTuple):
    taken: Sequence[_Taken]
    transaction: Transaction | None


def on_event(
    *events: type[Event], wire: Wire[D], together: Collection[type[Event]] = ()
) -> Callable[[Callable[[Any, D], None]], LambdaHandler]:
    """Handle contract events, each in a Work of the event's tenant.

    ``together`` names those that come many at a time, and for which the handler only reads and stages:
    one commit, with one outbox item and one audit entry, then answers several messages.
    """
    kinds = {event.type: event for event in events}

    def decorate(handler: Callable[[Any, D], None]) -> LambdaHandler:
        def parse(record: Mapping[str, Any], resources: Resources) -> Parsed:
            cloud = _cloud_event(_body(record))
            kind = kinds.get(cloud.type)
            if kind is None:
                raise BadInput(
                    f"event type {cloud.type!r}: not handled here; this function takes "
                    f"{', '.join(sorted(kinds))}"
                )
            event = parse_event(kind, _content(cloud, resources))
            cause = Cause(cloud.source, cloud.id, _generation(record))
            opening = Opening(
                cloud.tenantid,
                f"function:{resources.function.id}",
                cloud.correlationid,
                cloud.id,
                cause,
            )
            return Parsed(opening, lambda work: handler(event, wire(work)), kind in together)

        return _batch_handler(parse, handler)

    return decorate


def on_raw(
    parse: Callable[[Envelope], M], *, wire: Wire[D], provider: str = "aws"
) -> Callable[[Callable[[M, D], None]], LambdaHandler]:
    """Handle raw cloud events; the envelope's account decides the tenant.

    An event of an account that nobody has claimed is parked with the reason, in the system tenant.
    """

    def decorate(handler: Callable[[M, D], None]) -> LambdaHandler:
        def understand(record: Mapping[str, Any], resources: Resources) -> Parsed:
            body = redacted(_body(record))
            envelope = envelope_of(body)
            message = parse(envelope)
            key = str(getattr(message, "event_key", ""))
            cause = Cause(envelope.source, f"{envelope.id}:{key}", _generation(record))
            actor = f"function:{resources.function.id}"
            tenant = resources.directory.tenant_of(provider, envelope.account)
            if tenant is None:
                opening = Opening(SYSTEM, actor, envelope.id, envelope.id, cause)
                return Parsed(opening, lambda work: _park(work, provider, envelope, body))
            opening = Opening(tenant, actor, envelope.id, envelope.id, cause)
            return Parsed(opening, lambda work: handler(message, wire(work)))

        return _batch_handler(understand, handler)

    return decorate


def on_objects(*, wire: Wire[D]) -> Callable[[Callable[[ObjectCreated, D], None]], LambdaHandler]:
    """Handle objects created below ``tenants/<tenant>/``; each version of an object once."""

    def decorate(handler: Callable[[ObjectCreated, D], None]) -> LambdaHandler:
        def understand(record: Mapping[str, Any], resources: Resources) -> Parsed:
            envelope = envelope_of(_body(record))
            item = _object(envelope)
            name = f"{item.bucket}/{item.key}/{item.version}/{item.sequencer}"
            cause = Cause("aws.s3", name, _generation(record))
            opening = Opening(
                _object_tenant(item),
                f"function:{resources.function.id}",
                envelope.id,
                envelope.id,
                cause,
            )
            return Parsed(opening, lambda work: handler(item, wire(work)))

        return _batch_handler(understand, handler)

    return decorate


def envelope_of(body: Mapping[str, Any]) -> Envelope:
    """The EventBridge envelope of a message body.

    Raises:
        BadInput: a field is missing or of the wrong kind; it is named.
    """
    for name in ("id", "source", "detail-type", "account", "time", "detail"):
        if not body.get(name) and not (name == "detail" and isinstance(body.get(name), dict)):
            raise BadInput(f"event envelope: {name!r} is missing; send it as EventBridge does")
    if not isinstance(body["detail"], dict):
        raise BadInput(f"event envelope: detail is {type(body['detail']).__name__}; send an object")
    return Envelope(
        str(body["id"]),
        str(body["source"]),
        str(body["detail-type"]),
        str(body["account"]),
        str(body.get("region", "")),
        _time(str(body["time"])),
        tuple(str(arn) for arn in body.get("resources") or ()),
        body["detail"],
    )


def _batch_handler(
    parse: Callable[[Mapping[str, Any], Resources], Parsed], handler: Callable[..., Any]
) -> LambdaHandler:
    @wraps(handler)
    def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
        del context
        resources = current()
        records = event["Records"]
        with traced(resources.function.concern, function=resources.function.id):
            failed = _Batch(resources, parse).handle(records)
        return {"batchItemFailures": [{"itemIdentifier": each} for each in sorted(failed)]}

    return lambda_handler


class _Batch:
    def __init__(
        self, resources: Resources, parse: Callable[[Mapping[str, Any], Resources], Parsed]
    ) -> None:
        self._resources = resources
        self._parse = parse
        self._log = log_of(resources.function.concern)
        self._failed: set[str] = set()
        self._counts = {"Handled": 0, "Duplicate": 0, "Retried": 0, "DeadLettered": 0}

    def handle(self, records: list[dict[str, Any]]) -> set[str]:
        """The message ids to be delivered again."""
        taken = [one for record in records if (one := self._take(record)) is not None]
        self._commit([one for group in _groups(taken) for one in self._stage(group)])
        function = self._resources.function.id
        count(self._counts, function=function)
        self._log.info(EdgeEvent.BATCH_HANDLED, function=function, **self._counts)
        return self._failed

    def _take(self, record: dict[str, Any]) -> _Taken | None:
        try:
            return _Taken(record, self._parse(record, self._resources))
        except Exception as error:  # noqa: BLE001  # the edge alone catches broadly
            self._fail(record, error)
            return None

    def _stage(self, group: Sequence[_Taken]) -> Iterator[_Pending]:
        while group:
            try:
                pending = self._answered(group)
            except Exception as error:  # noqa: BLE001
                if len(group) == 1:
                    self._fail(group[0].record, error)
                    return
                # One of them does not go, or not with the others: each then fails for itself.
                yield from (pending for one in group for pending in self._stage([one]))
                return
            yield pending
            group = group[len(pending.taken) :]

    def _answered(self, group: Sequence[_Taken]) -> _Pending:
        """One Work for the first of them and as many others as there is room for."""
        work = open_work(self._resources, group[0].parsed.opening)
        group[0].parsed.use(work)
        done = 1
        while done < len(group) and work.staged <= _ROOM:
            _join(work, group[done].parsed)
            done += 1
        return _Pending(group[:done], work.stage())

    def _commit(self, staged: list[_Pending]) -> None:
        writing = [pending for pending in staged if pending.transaction is not None]
        self._counts["Handled"] += sum(len(one.taken) for one in staged if one.transaction is None)
        if not writing:
            return
        transactions = [p.transaction for p in writing if p.transaction is not None]
        try:
            outcomes = commit_all(self._resources, transactions)
        except Exception as error:  # noqa: BLE001  # which of them applied is unknown: all come again
            for one in (one for pending in writing for one in pending.taken):
                self._fail(one.record, error)
            return
        for pending, refusal in zip(writing, outcomes, strict=True):
            self._settle(pending.taken, refusal)

    def _settle(self, taken: Sequence[_Taken], refusal: Refusal | None) -> None:
        if refusal is None:
            self._counts["Handled"] += len(taken)
        elif len(taken) > 1 or retryable(refusal):
            for one in taken:
                self._decide_anew(one)
        else:
            self._duplicate(taken[0])

    def _decide_anew(self, taken: _Taken) -> None:
        try:
            run(self._resources, taken.parsed.opening, taken.parsed.use)
            self._counts["Handled"] += 1
        except AlreadyProcessed:
            self._duplicate(taken)
        except Exception as error:  # noqa: BLE001
            self._fail(taken.record, error)

    def _duplicate(self, taken: _Taken) -> None:
        self._counts["Duplicate"] += 1
        self._log.info(
            EdgeEvent.MESSAGE_DUPLICATE,
            function=self._resources.function.id,
            message_id=taken.record["messageId"],
            tenant=taken.parsed.opening.tenant,
        )

    def _fail(self, record: dict[str, Any], error: Exception) -> None:
        function = self._resources.function
        fields = {
            "function": function.id,
            "message_id": record["messageId"],
            "code": getattr(error, "code", type(error).__name__),
            "reason": _reason(error),
        }
        hopeless = isinstance(error, Permanent) or _last_receive(record, self._resources)
        if hopeless and self._bury(record, error):
            self._counts["DeadLettered"] += 1
            self._log.error(EdgeEvent.MESSAGE_DEAD_LETTERED, error=_unexpected(error), **fields)
            return
        self._failed.add(record["messageId"])
        self._counts["Retried"] += 1
        self._log.warning(EdgeEvent.MESSAGE_RETRIED, **fields)

    def _bury(self, record: dict[str, Any], error: Exception) -> bool:
        reason = {
            "function": self._resources.function.id,
            "error": getattr(error, "code", type(error).__name__),
            "reason": _reason(error),
            "message_id": record["messageId"],
            "group": str((record.get("attributes") or {}).get("MessageGroupId", "")),
        }
        try:
            self._resources.dead_letters.send(record["body"], reason=reason)
        except Exception as failure:  # noqa: BLE001  # then the queue's own redrive keeps the message
            self._log.error(EdgeEvent.MESSAGE_RETRIED, error=failure, function=reason["function"])
            return False
        return True


def _groups(taken: Iterable[_Taken]) -> list[list[_Taken]]:
    """Messages that one Work may answer, in the order they came: of one tenant, in one conversation."""
    groups: dict[tuple[str, ...], list[_Taken]] = {}
    for one in taken:
        opening = one.parsed.opening
        alone = () if one.parsed.together else (str(one.record["messageId"]),)
        groups.setdefault((opening.tenant, opening.correlation_id, *alone), []).append(one)
    return list(groups.values())


def _join(work: Work, parsed: Parsed) -> None:
    cause = parsed.opening.cause
    if cause is None:
        raise TypeError("only messages are answered together")
    work.join(cause, causation_id=parsed.opening.causation_id)
    parsed.use(work)


def _body(record: Mapping[str, Any]) -> dict[str, Any]:
    text = record["body"]
    if len(text) > MAX_BODY_BYTES:
        raise BadInput(f"message of {len(text)} bytes: at most {MAX_BODY_BYTES}; use a claim check")
    try:
        body = read(text)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"message: not JSON ({error}); send one JSON object") from error
    if not isinstance(body, dict):
        raise BadInput(f"message: JSON {type(body).__name__}; send one JSON object")
    return body


def _cloud_event(body: Mapping[str, Any]) -> CloudEvent:
    try:
        return CloudEvent.model_validate(body.get("detail"))
    except ValidationError as error:
        raise BadInput(f"CloudEvent: {first_fault(error)}") from error


def _content(cloud: CloudEvent, resources: Resources) -> dict[str, Any]:
    if cloud.dataref:
        # An event may point at its own tenant's bodies only.
        if not cloud.dataref.startswith(f"claims/{cloud.tenantid}/"):
            raise BadInput(f"dataref {cloud.dataref[:80]!r}: not below claims/{cloud.tenantid}/")
        bodies = resources.claims.of(cloud.tenantid)
        content: dict[str, Any] = json.loads(bodies.get(cloud.dataref))
        return content
    return cloud.data


def _generation(record: Mapping[str, Any]) -> int:
    attribute = (record.get("messageAttributes") or {}).get("generation") or {}
    return int(attribute.get("stringValue", 0))


def _time(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadInput(f"event envelope: time is {text[:40]!r}; use RFC 3339") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _object(envelope: Envelope) -> ObjectCreated:
    detail = envelope.detail
    try:
        item = detail["object"]
        return ObjectCreated(
            str(detail["bucket"]["name"]),
            str(item["key"]),
            int(item.get("size", 0)),
            str(item.get("etag", "")),
            str(item.get("version-id", "")),
            str(item.get("sequencer", "")),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput(f"object event: {error!r} is missing or malformed in detail") from error


def _object_tenant(item: ObjectCreated) -> str:
    root, _, below = item.key.partition("/")
    tenant, slash, _ = below.partition("/")
    if root != "tenants" or not slash:
        raise BadInput(f"object {item.key[:120]!r}: not below tenants/<tenant>/; put it there")
    return tenant


def _park(work: Work, provider: str, envelope: Envelope, body: Mapping[str, Any]) -> None:
    home = work.scope.function.home
    if home is None:
        return
    entry = Unclaimed.of(work, provider=provider, account=envelope.account, body=body)
    work.table(home.name).of(UNCLAIMED).put(entry)


def _last_receive(record: Mapping[str, Any], resources: Resources) -> bool:
    allowed = getattr(resources.function.trigger, "max_receives", None)
    received = int((record.get("attributes") or {}).get("ApproximateReceiveCount", 1))
    return allowed is not None and received >= allowed


def _reason(error: Exception) -> str:
    return str(error)[:1000] or type(error).__name__


def _unexpected(error: Exception) -> Exception | None:
    return None if isinstance(error, StewardError) else error
