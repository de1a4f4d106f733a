"""Requests to DynamoDB that never arrive, and replies that never come back."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from botocore.exceptions import ClientError

from steward.errors import NotGranted, Permanent, StewardError, Throttled, TooLarge, Transient
from steward.store.dynamodb import DynamoStore, shared
from steward.store.records import (
    INBOX,
    AlreadyProcessed,
    Key,
    Put,
    Query,
    StaleVersion,
    Transaction,
)
from tests.contracts import backends
from tests.contracts.backends import DynamoBackend
from tests.contracts.parts import NOW, QUIET, Part, keeper, open_work
from tests.faults import Faults, Kind

TABLES = ("bolts", "nuts", "pins", "rods")
WRITES = frozenset({"TransactWriteItems"})
MESSAGES = 400


@pytest.fixture
def dynamo() -> Iterator[DynamoBackend]:
    with backends.dynamodb(TABLES) as backend:
        yield backend


class Tally(NamedTuple):
    """What counting under faults came to."""

    counted: int
    deliveries: int
    already: int
    marks: int


def count_messages(backend: DynamoBackend, messages: int, *, inbox: bool) -> Tally:
    """Deliver each message until it is acknowledged; each adds one to a counter."""
    deliveries = already = 0
    for message in range(messages):
        done = False
        while not done:
            deliveries += 1
            assert deliveries < messages * 10
            try:
                _add_one(backend, message, inbox=inbox, delivery=deliveries)
                done = True
            except AlreadyProcessed:
                already += 1
                done = True
            except Transient:
                continue
    counted = sum(_counter(backend, table) for table in TABLES)
    marks = sum(item.collection == INBOX for item in backend.items())
    return Tally(counted, deliveries, already, marks)


def _add_one(backend: DynamoBackend, message: int, *, inbox: bool, delivery: int) -> None:
    table = TABLES[message % len(TABLES)]
    cause = f"m{message}" if inbox else None
    work = open_work(backend.store, cause=cause, commit=f"d{delivery}", function=keeper(table))
    counters = work.table(table).of(QUIET)
    counter = counters.get("counter") or Part(id="counter")
    counters.put(counter.model_copy(update={"rank": counter.rank + 1}))
    work.commit()


def _counter(backend: DynamoBackend, table: str) -> int:
    work = open_work(backend.store, function=keeper(table))
    return work.table(table).of(QUIET).require("counter").rank


def _faults(rate: float = 0.25, *kinds: Kind) -> Faults:
    return Faults(rate, WRITES, random.Random(7), kinds or tuple(Kind))


@pytest.mark.slow
def test_a_quarter_of_all_commits_meet_a_fault_and_nothing_is_lost_or_done_twice(
    dynamo: DynamoBackend,
) -> None:
    faults = _faults()
    faults.attach(dynamo.client_of("acme"))
    tally = count_messages(dynamo, MESSAGES, inbox=True)
    assert (tally.counted, tally.marks) == (MESSAGES, MESSAGES)
    assert min(faults.landed[kind] for kind in Kind) > 40
    # A lost reply comes back as a message that was processed; that answer may be lost in its turn.
    assert 40 < tally.already <= faults.landed[Kind.REPLY_LOST]
    assert tally.deliveries == MESSAGES + faults.landed.total()


def test_without_an_inbox_the_same_faults_are_done_twice(dynamo: DynamoBackend) -> None:
    faults = _faults()
    faults.attach(dynamo.client_of("acme"))
    tally = count_messages(dynamo, 100, inbox=False)
    assert tally.counted == 100 + faults.landed[Kind.REPLY_LOST]
    assert faults.landed[Kind.REPLY_LOST] > 10


@pytest.mark.parametrize(("kind", "left"), [(Kind.NOT_APPLIED, 0), (Kind.REPLY_LOST, 1)])
def test_each_kind_of_fault_leaves_what_its_name_says(
    dynamo: DynamoBackend, kind: Kind, left: int
) -> None:
    faults = _faults(1.0, kind)
    faults.attach(dynamo.client_of("acme"))
    for _ in range(12):
        with pytest.raises(Transient, match="dynamodb"):
            _add_one(dynamo, 0, inbox=True, delivery=0)
        items = dynamo.items()
        assert [item.collection for item in items] == ["inbox", "quiet"] * left
        dynamo.remove(items)
    assert faults.landed == {kind: 12}


def test_reads_that_meet_a_fault_are_transient(dynamo: DynamoBackend) -> None:
    faults = Faults(1.0, frozenset({"GetItem", "Query"}), random.Random(1))
    faults.attach(dynamo.client_of("acme"))
    for _ in range(10):
        with pytest.raises(Transient, match="dynamodb"):
            dynamo.store.of("acme").get(Key("bolts", "acme", "parts", "p1"), now=0)
        with pytest.raises(Transient, match="dynamodb"):
            dynamo.store.of("acme").query(Query("bolts", "acme", "parts", 0))


class Answering:
    """A client whose every call ends in the same error."""

    def __init__(self, error: Exception) -> None:
        self.error = error
        self.requests: list[dict[str, Any]] = []

    def get_item(self, **request: Any) -> dict[str, Any]:
        raise self.error

    def query(self, **request: Any) -> dict[str, Any]:
        raise self.error

    def transact_write_items(self, **request: Any) -> dict[str, Any]:
        self.requests.append(request)
        raise self.error


def _store(error: Exception) -> tuple[DynamoStore, Answering]:
    client = Answering(error)
    return DynamoStore(shared(client), tables={"parts": "steward-parts"}), client


def _error(code: str, *reasons: str) -> ClientError:
    response: Any = {"Error": {"Code": code, "Message": "why"}}
    if reasons:
        response["CancellationReasons"] = [{"Code": code, "Message": "why"} for code in reasons]
    return ClientError(response, "TransactWriteItems")


def _put(id_: str, *, body: str = "{}", collection: str = "parts") -> Put:
    return Put(Key("parts", "acme", collection, id_), None, 1, body)


MARK = _put("m1", collection=INBOX)
BOTH = Transaction("t1", "acme", 0, (_put("p1"), MARK), MARK.key)


@pytest.mark.parametrize(
    ("reasons", "kind"),
    [
        (("ThrottlingError", "None"), Throttled),
        (("None", "ProvisionedThroughputExceeded"), Throttled),
        (("TransactionConflict", "None"), Transient),
        (("None", "ItemCollectionSizeLimitExceeded"), TooLarge),
        (("ValidationError", "None"), Permanent),
        (("None", "None"), Transient),
        (("NewFangledReason", "None"), Transient),
    ],
)
def test_a_cancelled_transaction_tells_why(
    reasons: tuple[str, ...], kind: type[StewardError]
) -> None:
    store, _ = _store(_error("TransactionCanceledException", *reasons))
    with pytest.raises(kind) as raised:
        store.commit([BOTH])
    assert type(raised.value) is kind


@pytest.mark.parametrize(
    ("reasons", "refusal"),
    [
        # The inbox mark goes first, wherever it was staged.
        (("ConditionalCheckFailed", "None"), AlreadyProcessed),
        (("ConditionalCheckFailed", "ConditionalCheckFailed"), AlreadyProcessed),
        (("None", "ConditionalCheckFailed"), StaleVersion),
        (("TransactionConflict", "ConditionalCheckFailed"), StaleVersion),
    ],
)
def test_an_unmet_condition_is_an_answer_and_no_error(
    reasons: tuple[str, ...], refusal: type[StewardError]
) -> None:
    store, _ = _store(_error("TransactionCanceledException", *reasons))
    assert isinstance(store.commit([BOTH])[0], refusal)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("ThrottlingException", Throttled),
        ("RequestLimitExceeded", Throttled),
        ("TransactionInProgressException", Transient),
        ("InternalServerError", Transient),
        ("ExpiredTokenException", Transient),
        ("ValidationException", Permanent),
        ("AccessDeniedException", NotGranted),
        ("ResourceNotFoundException", NotGranted),
    ],
)
def test_no_vendor_error_gets_past_the_store(code: str, kind: type[StewardError]) -> None:
    store, _ = _store(_error(code))
    for call in (
        lambda: store.commit([BOTH]),
        lambda: store.of("acme").get(MARK.key, now=0),
        lambda: store.of("acme").query(Query("parts", "acme", "parts", 0)),
    ):
        with pytest.raises(kind, match=code) as raised:
            call()
        assert type(raised.value) is kind


def test_a_commit_tried_again_carries_the_same_token_and_one_decided_anew_another() -> None:
    store, client = _store(_error("InternalServerError"))
    again = Transaction(*BOTH)
    anew = BOTH._replace(writes=(_put("p1", body='{"rank": 1}'), MARK))
    other = BOTH._replace(id="t2")
    for transaction in (BOTH, again, anew, other):
        with pytest.raises(Transient):
            store.commit([transaction])
    first, second, third, fourth = (request["ClientRequestToken"] for request in client.requests)
    assert first == second
    assert len({first, third, fourth}) == 3
    assert len(first) <= 36


def test_a_table_that_the_function_does_not_use_is_not_granted() -> None:
    store, client = _store(_error("unreached"))
    with pytest.raises(NotGranted, match=r"'stock'.*parts"):
        store.of("acme").get(Key("stock", "acme", "parts", "p"), now=int(NOW.timestamp()))
    assert client.requests == []
