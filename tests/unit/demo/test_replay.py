from __future__ import annotations

import http.client
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from steward.cli.screen import told
from steward.demo import recording, replay
from steward.demo.estate import ACCOUNTS
from steward.demo.receiver import Receiver
from steward.demo.replay import Memory, StillBusy
from steward.errors import BadInput
from steward.standard_webhooks import new_hmac_key, sign

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)


class FakeDoor:
    """A front door that refuses what is marked bad, and a list in which all is bad."""

    def __init__(self, *, idle: Sequence[bool] = ()) -> None:
        self.accepted: list[Any] = []
        self.endpoints: list[dict[str, Any]] = []
        self.routes: list[dict[str, Any]] = []
        self._idle = iter(idle)

    def get(self, path: str, **query: Any) -> Any:
        if path.endswith("/counts"):
            types = {"Scheduled Event": 2, "policy.finding.opened.v1": 5}
            counted = {"changes": 1, "findings": 5, "messages": 3}
            return {**counted, "types": types, "idle": next(self._idle, False)}
        return {"items": self.endpoints if path.endswith("endpoints") else self.routes}

    def post(self, path: str, body: Any) -> Any:
        if path.endswith("/endpoints"):
            destination = body["destination"]
            self.endpoints.append({"id": f"e{len(self.endpoints)}", "destination": destination})
            return {"endpoint": self.endpoints[-1], "secret": new_hmac_key().signing}
        if path.endswith("/rotate"):
            return {"endpoint": self.endpoints[-1], "secret": new_hmac_key().signing}
        if path.endswith("/routes"):
            self.routes.append(body)
            return body
        return self._take(body)

    def _take(self, body: list[dict[str, Any]]) -> dict[str, Any]:
        results = [
            {"accepted": "bad" not in one, **({"error": one["bad"]} if "bad" in one else {})}
            for one in body
        ]
        if not any(one["accepted"] for one in results):
            raise BadInput(str(results[0]["error"]))
        self.accepted += [one for one in body if "bad" not in one]
        return {"events": results}


def clock() -> datetime:
    return NOW


def post(receiver: Receiver, body: bytes, headers: dict[str, str]) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", receiver.port, timeout=5)
    connection.request("POST", "/messages", body=body, headers=headers)
    status = connection.getresponse().status
    connection.close()
    return status


@pytest.mark.parametrize("good", [0, 1, 25])
def test_every_event_is_taken_or_refused_with_its_own_reason(good: int) -> None:
    door = FakeDoor()
    events: list[Any] = [{"id": n} for n in range(good)] + [{"bad": f"no {n}"} for n in range(13)]
    done = replay.send(door, events, pace=0, told=lambda _: None)
    assert done.accepted == good == len(door.accepted)
    assert done.refused == tuple(f"no {n}" for n in range(13))


def test_a_message_counts_once_and_only_with_a_signature_that_holds() -> None:
    receiver, key = Receiver(clock=clock), new_hmac_key()
    receiver.keys = (key.verifying,)
    headers = sign(b"{}", message_id="msg_1", at=NOW, keys=(key.signing,))
    statuses = [post(receiver, body, headers) for body in (b"{}", b"{}", b"forged")]
    assert statuses == [204, 204, 401]
    assert (receiver.verified, receiver.refused) == (1, 1)
    receiver.close()


def test_a_restart_hears_on_the_same_port_with_the_same_key(tmp_path: Path) -> None:
    door, memory = FakeDoor(), Memory(tmp_path)
    first = replay.receiver_of(memory, clock=clock)
    replay.subscribe(door, first, memory)
    first.close()
    again = replay.receiver_of(memory, clock=clock)
    replay.subscribe(door, again, memory)
    assert (again.port, again.keys) == (first.port, first.keys)
    assert (len(door.endpoints), len(door.routes)) == (1, 1)
    again.close()


def test_a_key_lost_between_two_steps_is_replaced(tmp_path: Path) -> None:
    door, memory = FakeDoor(), Memory(tmp_path)
    receiver = replay.receiver_of(memory, clock=clock)
    replay.subscribe(door, receiver, memory)
    memory.keep(keys=[])
    replay.subscribe(door, receiver, memory)
    assert len(receiver.keys) == len(door.endpoints) == 1
    receiver.close()


def test_quiet_means_quiet_for_several_looks() -> None:
    door = FakeDoor(idle=[True, True, False, True, True, True, True])
    looks: list[Any] = []
    found = replay.until_quiet(door, timeout=30, told=looks.append)
    assert len(looks) == 7
    assert found == (2, 1, 5, 3)


def test_queues_that_never_empty_are_an_error() -> None:
    with pytest.raises(StillBusy, match="steward queues ls"):
        replay.until_quiet(FakeDoor(), timeout=0.01, told=lambda _: None)


def test_the_accounts_to_claim_are_the_company_s_and_those_of_real_envelopes() -> None:
    real = [{"detail-type": "x", "account": "1"}, {"account": "2"}]
    assert recording.accounts(real) == [*ACCOUNTS, "1"]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (
            {
                "bus": "steward",
                "type": "inventory.resource.deleted.v1",
                "event": {
                    "detail": {"data": {"resource": {"type": "T", "name": None, "native_id": "n"}}}
                },
            },
            ("inventory.resource.deleted.v1", "T n"),
        ),
        (
            {"bus": "default", "type": "Order Placed", "event": {"source": "shop", "detail": {}}},
            ("Order Placed", "shop"),
        ),
        (
            {
                "bus": "steward",
                "type": "inventory.account.added.v1",
                "event": {"detail": {"subject": "aws/1", "data": {}}},
            },
            ("inventory.account.added.v1", "aws/1"),
        ),
    ],
)
def test_an_event_is_told_in_a_line(row: dict[str, Any], expected: tuple[str, str]) -> None:
    assert told(row) == expected
