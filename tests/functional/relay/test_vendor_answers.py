"""What EventBridge, Scheduler and SQS may answer, and what the relay makes of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from functions.relay.adapters.event_bus import EventBridge
from functions.relay.adapters.outboxes import PokeQueue
from functions.relay.adapters.patience import UntilDeadline
from functions.relay.adapters.schedules import Scheduler
from functions.relay.model import Entry, Timer, entry_of, timers_of
from functions.relay.ports import Poke
from steward.errors import Throttled, TooLarge, Transient
from tests.functional.relay.carrying import NOON, event, outbox, timer


def client_error(code: str, status: int = 400) -> ClientError:
    response: Any = {
        "Error": {"Code": code, "Message": "m"},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(response, "Operation")


class Scripted:
    """A client that gives its answers in turn; an exception among them is raised."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(**request: Any) -> Any:
            self.calls.append((name, request))
            answer = self.answers.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer

        return call

    @property
    def verbs(self) -> list[str]:
        return [name for name, _ in self.calls]


def entries(count: int = 2, note: str = "") -> list[Entry]:
    return [entry_of("s1", event("c1", n, note=note)) for n in range(count)]


@pytest.mark.parametrize(
    ("code", "again"),
    [
        ("ThrottlingException", True),
        ("InternalFailure", True),
        ("InternalException", True),
        ("MalformedDetail", False),
        ("InvalidArgument", False),
        ("NotAuthorizedForSourceException", False),
    ],
)
def test_an_entry_may_be_refused_among_others_that_are_taken(code: str, *, again: bool) -> None:
    answer = {"Entries": [{"EventId": "1"}, {"ErrorCode": code, "ErrorMessage": "why"}]}
    taken, refused = EventBridge(Scripted(answer), name="bus").put(entries())
    assert taken is None
    assert refused == (f"{code}: why", again)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (client_error("ThrottlingException"), Throttled),
        (client_error("TooManyRequestsException", 429), Throttled),
        (client_error("InternalException", 500), Transient),
        (client_error("ServiceUnavailable", 503), Transient),
        (EndpointConnectionError(endpoint_url="https://bus"), Transient),
        (ReadTimeoutError(endpoint_url="https://bus"), Transient),
    ],
    ids=str,
)
def test_no_vendor_error_of_the_bus_gets_past_the_adapter(
    error: Exception, kind: type[Exception]
) -> None:
    with pytest.raises(kind, match="bus"):
        EventBridge(Scripted(error), name="bus").put(entries())


def test_an_entry_beyond_the_limit_is_refused_before_the_call() -> None:
    client = Scripted()
    with pytest.raises(TooLarge, match=r"parts.part.made.v1 of item s1.*262144"):
        EventBridge(client, name="bus").put(entries(1, note="x" * 262_144))
    assert client.calls == []


def test_an_entry_names_bus_source_type_and_time() -> None:
    client = Scripted({"Entries": [{"EventId": "1"}]})
    EventBridge(client, name="steward-dev").put(entries(1))
    ((_, request),) = client.calls
    (sent,) = request["Entries"]
    assert sent["EventBusName"] == "steward-dev"
    assert (sent["Source"], sent["DetailType"]) == ("steward.parts", "parts.part.made.v1")
    assert sent["Time"] == NOON


def some_timer() -> Timer:
    (one,) = timers_of(outbox(timers=[timer("k", due=NOON + timedelta(hours=1))]))
    return one


def scheduler(client: Scripted) -> Scheduler:
    return Scheduler(lambda: client, group="g", bus_arn="arn:bus", role_arn="arn:role")


def test_a_schedule_of_that_name_is_removed_and_made_anew() -> None:
    client = Scripted(client_error("ConflictException", 409), {}, {})
    scheduler(client).set(some_timer())
    assert client.verbs == ["create_schedule", "delete_schedule", "create_schedule"]
    assert client.calls[0][1] == client.calls[2][1]


def test_a_schedule_that_fired_in_between_is_made_anew_too() -> None:
    gone = client_error("ResourceNotFoundException", 404)
    client = Scripted(client_error("ConflictException", 409), gone, {})
    scheduler(client).set(some_timer())
    assert client.verbs[-1] == "create_schedule"


def test_cancelling_what_is_not_there_is_no_error() -> None:
    scheduler(Scripted(client_error("ResourceNotFoundException", 404))).cancel("n")


@pytest.mark.parametrize(
    "error",
    [
        client_error("ThrottlingException", 429),
        client_error("InternalServerException", 500),
        client_error("ConflictException", 409),
        EndpointConnectionError(endpoint_url="https://scheduler"),
    ],
    ids=str,
)
def test_no_vendor_error_of_the_scheduler_gets_past_the_adapter(error: Exception) -> None:
    with pytest.raises(Transient, match="scheduler"):
        scheduler(Scripted(error)).cancel("n")
    with pytest.raises(Transient, match="scheduler"):
        scheduler(Scripted(client_error("ConflictException"), {}, error)).set(some_timer())


POKES = [Poke("parts", "acme", f"c{n}") for n in range(12)]


def test_pokes_are_sent_in_tens_under_their_tenant() -> None:
    client = Scripted({}, {})
    PokeQueue(client, url="q").send(POKES)
    assert [len(request["Entries"]) for _, request in client.calls] == [10, 2]
    assert client.calls[0][1]["Entries"][0]["MessageGroupId"] == "acme"


@pytest.mark.parametrize(
    "answer",
    [{"Failed": [{"Id": "0", "Code": "InternalError"}]}, client_error("OverLimit")],
    ids=["one of them", "all of them"],
)
def test_a_poke_that_the_queue_did_not_take_is_told(answer: Any) -> None:
    with pytest.raises(Transient, match="next sweep"):
        PokeQueue(Scripted(answer), url="q").send(POKES[:1])


def test_patience_doubles_its_pauses_up_to_five_seconds_while_time_is_left() -> None:
    slept: list[float] = []
    patience = UntilDeadline(lambda: 60_000, sleep=slept.append, rng=lambda: 1.0)
    assert all(patience.wait(attempt) for attempt in range(1, 9))
    assert slept == [0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0, 5.0]


def test_patience_ends_while_there_is_still_time_to_answer() -> None:
    slept: list[float] = []
    assert UntilDeadline(lambda: 5_100, sleep=slept.append).wait(1) is False
    assert UntilDeadline(lambda: 5_300, sleep=slept.append, rng=lambda: 0.5).wait(1) is True
    assert slept == [0.1]
