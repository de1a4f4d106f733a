"""What a running Steward promises on its port, to its functions and to its operator."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

Raw = Callable[..., dict[str, Any]]
Wait = Callable[..., None]


def letters(server: Any, id_: str) -> list[Any]:
    """The dead letters of one event."""
    found = server.operate("GET", "/queues/sample.misbehave/dead-letters")["items"]
    return [letter for letter in found if json.loads(letter["body"])["id"] == id_]


def test_a_raw_event_at_the_front_door_ends_in_a_row(shared: Any, raw: Raw) -> None:
    answer = shared.put_raw(*(raw("sample.raw", {"thing": f"t{n}"}) for n in range(25)))
    assert {tuple(e["queues"]) for e in answer["events"]} == {("sample.take",)}
    shared.wait_until_quiet()
    things = shared.things()
    assert {f"t{n}": 1 for n in range(25)}.items() <= things.items()


def test_the_same_event_put_twice_is_applied_once(shared: Any, raw: Raw) -> None:
    for _ in range(3):
        shared.put_raw(raw("sample.count", {"thing": "one"}, id_="e-1"))
    shared.wait_until_quiet()
    assert shared.things()["one"] == 1


def test_an_event_that_no_rule_takes_is_refused_with_the_reason(shared: Any, raw: Raw) -> None:
    answer = shared.put_raw(
        raw("sample.count", {"thing": "a"}),
        raw("nobody", {}),
        {"source": "sample.count", "detail": {}},
    )
    assert [event["accepted"] for event in answer["events"]] == [True, False, False]
    assert "no function's rule takes it" in answer["events"][1]["error"]
    assert "'detail-type': missing" in answer["events"][2]["error"]
    token = (shared.data / "operator.token").read_text()
    refused = shared.post("/_steward/events", key=token, value=raw("nobody", {}))
    assert refused.status == 422
    assert refused.headers["content-type"] == "application/problem+json"


def test_the_operators_endpoints_take_the_token_or_an_admin_key_of_the_first_tenant_only(
    shared: Any,
) -> None:
    assert shared.get("/_steward/queues").status == 401
    assert shared.get("/_steward/queues", key="stw_wrong").status == 401
    assert shared.get("/_steward/queues", key=shared.keys["default"]).status == 200


@pytest.mark.parametrize(
    "path", ["/queues", "/events/tail?since=0&limit=1", "/queues/sample.misbehave/dead-letters"]
)
def test_another_tenants_admin_sees_nothing_of_what_the_operator_sees(
    shared: Any, path: str
) -> None:
    refused = shared.get(f"/_steward{path}", key=shared.keys["acme"])
    assert refused.status == 403
    assert "operator" in refused.json()["detail"]


def test_the_token_file_is_the_owners_alone(shared: Any) -> None:
    assert (shared.data / "operator.token").stat().st_mode & 0o777 == 0o600


def test_health_counts_queues_lag_and_dead_letters(server: Any, raw: Raw) -> None:
    server.put_raw(raw("sample.trouble", {"do": "raise"}))
    server.wait_until_quiet()
    health = server.get("/health").json()
    assert health["status"] == "ok"
    assert health["workers"]["ready"] == 2
    rows = {row["queue"]: row for row in health["queues"]}
    assert rows["sample.misbehave"]["delayed"] + rows["sample.misbehave"]["dead_letters"] == 1
    assert rows["sample.record"]["dead_letters"] == 0


def test_a_dead_letter_has_the_reason_and_can_be_redriven(
    shared: Any, raw: Raw, wait_for: Wait
) -> None:
    shared.put_raw(raw("sample.trouble", {"do": "raise"}, id_="bad"))
    wait_for(lambda: letters(shared, "bad"))
    (letter,) = letters(shared, "bad")
    assert (letter["reason"], letter["error"]) == ("handler-error", "RuntimeError: out of luck")
    answer = shared.operate("POST", "/queues/sample.misbehave/redrive", {"ids": [letter["id"]]})
    assert answer == {"redriven": 1}
    assert letters(shared, "bad") == []
    wait_for(lambda: letters(shared, "bad"))


def test_a_message_the_edge_gives_up_keeps_its_bytes_and_its_neighbours_go_on(
    shared: Any, raw: Raw
) -> None:
    shared.put_raw(
        raw("sample.count", {"thing": "before"}),
        raw("sample.count", {"no": "thing"}, id_="malformed"),
        raw("sample.count", {"thing": "after"}),
    )
    shared.wait_until_quiet()
    assert {"before": 1, "after": 1}.items() <= shared.things().items()


def test_a_replay_changes_nothing_unless_reapplied(shared: Any, raw: Raw) -> None:
    shared.put_raw(raw("sample.count", {"thing": "again"}, id_="e-1"))
    shared.wait_until_quiet()
    span = {"from": "2020-01-01T00:00:00Z", "to": "2100-01-01T00:00:00Z", "rules": ["sample.count"]}
    assert shared.operate("POST", "/events/replay", span)["messages"] >= 1
    shared.wait_until_quiet()
    assert shared.things()["again"] == 1
    answer = shared.operate("POST", "/events/replay", {**span, "reapply": True})
    assert answer["generation"] == 1
    shared.wait_until_quiet()
    assert shared.things()["again"] == 2


def test_a_request_reaches_the_function_of_the_longest_route(shared: Any) -> None:
    key = shared.keys["default"]
    counted = shared.post("/api/v1/sample/things/apple", key=key)
    assert (counted.status, counted.json()) == (200, {"id": "apple", "times": 1})
    assert shared.get("/api/v1/sample/things/apple", key=key).json()["times"] == 1
    assert shared.get("/api/v1/sample/things/pear", key=key).status == 404
    assert shared.get("/api/v1/sample/things/apple").status == 401
    assert shared.get("/api/v1/nothing").status == 404


def test_a_rest_route_gets_a_proxy_event(shared: Any) -> None:
    reply = shared.request(
        "POST",
        "/hooks/sample/a%20b?x=1&x=2",
        body=b"\xff\x00",
        headers={"Content-Type": "image/png"},
    )
    assert reply.status == 201
    event = reply.json()
    assert event["resource"] == "/hooks/sample/{proxy+}"
    assert event["pathParameters"] == {"proxy": "a b"}
    assert event["multiValueQueryStringParameters"] == {"x": ["1", "2"]}
    assert (event["body"], event["isBase64Encoded"]) == ("/wA=", True)
    assert 0 < event["remaining"] <= 30_000


def test_a_body_above_a_megabyte_is_refused(shared: Any) -> None:
    reply = shared.request("POST", "/hooks/sample", body=b"x" * (1024 * 1024 + 1))
    assert reply.status == 413
    assert reply.json()["type"] == "urn:steward:problem:body-too-large"
    assert shared.request("POST", "/hooks/sample", body=b"x" * 1024 * 1024).status == 201


def test_another_host_name_is_refused_on_loopback(shared: Any) -> None:
    assert shared.request("GET", "/health", headers={"Host": "evil.example:80"}).status == 421
    assert shared.request("GET", "/health", headers={"Host": "localhost"}).status == 200


def test_the_status_page_tells_the_story_without_scripts(shared: Any, raw: Raw) -> None:
    shared.put_raw(
        raw("sample.count", {"thing": "<b>bold</b>"}) | {"detail-type": "<script>x</script>"}
    )
    shared.wait_until_quiet()
    page = shared.get("/")
    text = page.body.decode()
    assert page.status == 200
    assert "script-src" not in page.headers["content-security-policy"]
    assert "<script" not in text
    assert "&lt;script&gt;x&lt;/script&gt;" in text
    assert "sample.count" in text


def test_a_hanging_handler_is_killed_alone_and_its_message_dies_with_the_reason(
    shared: Any, raw: Raw, wait_for: Wait
) -> None:
    key = shared.keys["default"]
    shared.post("/api/v1/sample/things/warm", key=key)
    restarts = shared.get("/health").json()["workers"]["restarts"]
    shared.put_raw(raw("sample.trouble", {"do": "hang"}, id_="hangs"))
    slowest = 0.0
    while not letters(shared, "hangs"):
        began = time.monotonic()
        assert shared.get("/api/v1/sample/things/warm", key=key).status == 200
        slowest = max(slowest, time.monotonic() - began)
        time.sleep(0.05)
    (letter,) = letters(shared, "hangs")
    assert (letter["reason"], letter["error"]) == ("timeout", "timeout after 1 s")
    assert slowest < 3
    wait_for(lambda: shared.get("/health").json()["workers"]["ready"] == 2)
    assert shared.get("/health").json()["workers"]["restarts"] == restarts + 2


def test_a_handler_that_eats_memory_is_killed_alone(shared: Any, raw: Raw, wait_for: Wait) -> None:
    shared.put_raw(
        raw("sample.trouble", {"do": "eat"}, id_="eats"),
        raw("sample.count", {"thing": "neighbour"}),
    )
    wait_for(lambda: letters(shared, "eats"))
    (letter,) = letters(shared, "eats")
    assert (letter["reason"], letter["error"]) == ("memory", "memory above the limit of 128 MB")
    assert shared.things()["neighbour"] == 1


def test_one_bad_message_of_a_batch_does_not_take_the_others_along(
    shared: Any, raw: Raw, wait_for: Wait
) -> None:
    shared.put_raw(
        *(raw("sample.trouble", {"do": what}, id_=f"do{what}") for what in ["a", "die", "b", "c"])
    )
    wait_for(lambda: letters(shared, "dodie"))
    wait_for(lambda: not shared.operate("GET", "/queues/sample.misbehave/messages")["items"])
    (letter,) = letters(shared, "dodie")
    assert letter["error"] == "worker died (exit code 3)"
    assert not any(letters(shared, f"do{name}") for name in "abc")


def test_two_tenants_interleaved_never_see_each_other(shared: Any) -> None:
    answers: list[tuple[str, str, Any]] = []

    def ask(tenant: str, part: int) -> None:
        for number in range(125):
            name = f"{tenant}-{part}-{number}"
            reply = shared.post(f"/api/v1/sample/things/{name}", key=shared.keys[tenant])
            answers.append((tenant, name, reply.json()))

    threads = [
        threading.Thread(target=ask, args=(tenant, part))
        for tenant in ("default", "acme")
        for part in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 1000
    assert all(answer == {"id": name, "times": 1} for _, name, answer in answers)
    shared.wait_until_quiet()
    for tenant in ("default", "acme"):
        ours = [name for name in shared.things(tenant) if name.startswith(f"{tenant}-")]
        assert len(ours) == 1000
        others = {"default": "acme", "acme": "default"}[tenant]
        assert not any(name.startswith(f"{others}-") for name in shared.things(tenant))
    requests = [
        json.loads(line) for line in shared.logged.splitlines() if '"request.handled"' in line
    ]
    callers: dict[str, set[str]] = {}
    for request in requests:
        if request.get("caller"):
            callers.setdefault(request["tenant"], set()).add(request["caller"])
    assert {tenant: len(found) for tenant, found in callers.items()} == {"default": 1, "acme": 1}
    assert len({request["request_id"] for request in requests}) == len(requests) >= 1000


def test_every_slot_of_a_schedule_is_handled_once_over_a_restart(
    server: Any, wait_for: Wait
) -> None:
    def slots() -> list[int]:
        return sorted(
            int(n.partition("-")[2]) for n in server.things("system") if n.startswith("tick-")
        )

    wait_for(lambda: len(slots()) >= 2)
    server.kill()
    time.sleep(1.5)
    server.start()
    before = len(slots())
    wait_for(lambda: len(slots()) >= before + 2)
    found = slots()
    assert found == list(range(found[0], found[0] + len(found)))
    assert set(server.things("system").values()) == {1}


def test_a_termination_signal_ends_it_with_nothing_lost(server: Any, raw: Raw) -> None:
    server.put_raw(*(raw("sample.count", {"thing": f"t{n}"}) for n in range(300)))
    assert server.stop() == 0
    assert not (server.data / "running.json").exists()
    server.start()
    server.wait_until_quiet()
    assert {name: n for name, n in server.things().items() if name.startswith("t")} == {
        f"t{n}": 1 for n in range(300)
    }


def test_a_second_server_over_the_same_folder_is_refused(server: Any, twin: Any) -> None:
    with pytest.raises(AssertionError, match="another Steward runs over it"):
        twin(server).start()
    assert server.get("/health").status == 200
