from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from functions.policy.model.rulebook.book import Entry, Rulebook, Standing
from steward.contracts.inventory import ResourceRecalled
from steward.errors import BadInput
from tests.edge_world import cloud_event
from tests.functional.policy.policy_world import resource
from tests.functional.policy.test_policy_on_the_runtime import OPEN, RULE, SHUT, START, Estate

OWN = "team-bucket-named"
ACCOUNT = "111122223333"
ELSEWHERE = "444455556666"


def text(name: str, rule_id: str = OWN, **fields: Any) -> dict[str, str]:
    """A rule that buckets of the name violate, and its cases."""
    rule = {
        "id": rule_id,
        "title": "Bucket has that name",
        "severity": "low",
        "resources": ["AWS::S3::Bucket"],
        "when": f'resource.name == "{name}"',
        "message": "Bucket {resource.name} is called so.",
        "remediation": "Give it another name.",
    }
    cases = {
        "resource": {"name": "fine"},
        "cases": [
            {"name": "another", "expect": "pass"},
            {"name": "that", "expect": "violation", "set": {"/name": name}},
        ],
    }
    return {"text": yaml.safe_dump(rule | fields), "cases": yaml.safe_dump(cases)}


@pytest.fixture
def estate(tmp_path: Path) -> Iterator[Estate]:
    made = Estate(tmp_path)
    yield made
    made.pump.close()


def stored(estate: Estate, name: str, rule_id: str = OWN) -> dict[str, Any]:
    body = text(name, rule_id)
    status, answer = estate.http(
        "POST", f"/rulebook/{rule_id}/versions", key=estate.admin, body=body
    )
    assert status == 200, answer
    kept: dict[str, Any] = answer
    return kept


def placed(
    estate: Estate, version: int, stage: str = "live", *accounts: str, rule: str = OWN
) -> Any:
    body = {"stage": stage, "version": version, "accounts": accounts, "reason": "to try it"}
    status, answer = estate.http("POST", f"/rulebook/{rule}/place", key=estate.admin, body=body)
    assert status == 200, answer
    return answer


def found(estate: Estate, rule: str = OWN) -> list[tuple[str, str]]:
    return [(one["account"], one["status"]) for one in estate.items(rule=rule)]


def test_a_stored_version_is_in_force_nowhere_until_it_is_placed(estate: Estate) -> None:
    assert stored(estate, "orders")["version"] == 1
    estate.send(estate.capture(1, SHUT))
    assert found(estate) == []
    assert placed(estate, 1)["live"] == 1
    estate.send(estate.capture(2, SHUT))
    assert found(estate) == [(ACCOUNT, "open")]


def test_a_version_says_who_stored_it_and_is_signed_by_the_trail_s_key(estate: Estate) -> None:
    kept = stored(estate, "orders")
    _, shown = estate.http("GET", f"/rulebook/{OWN}/versions/1", key=estate.viewer)
    assert shown["verified"] is True
    assert shown["signature"]["key_id"] == kept["key"]
    assert shown["by"].startswith("key:")
    assert shown["digest"] == kept["digest"]
    assert yaml.safe_load(shown["text"])["id"] == OWN


def test_a_version_that_was_tampered_with_is_not_verified_and_judges_nothing(
    estate: Estate,
) -> None:
    # A text that no other test has had read: what was read once is kept.
    stored(estate, "altered")
    placed(estate, 1)
    estate.pump.connection.execute(
        "UPDATE items SET body = replace(body, 'is called so', 'is fine indeed') "
        "WHERE collection = 'rule-versions'"
    )
    estate.pump.connection.commit()
    _, shown = estate.http("GET", f"/rulebook/{OWN}/versions/1", key=estate.viewer)
    assert shown["verified"] is False
    estate.send(estate.capture(1, SHUT, name="altered"))
    assert found(estate) == []


def test_the_same_text_once_more_is_no_other_version(estate: Estate) -> None:
    assert [stored(estate, name)["version"] for name in ("a", "a", "b", "b", "a")] == [
        1,
        1,
        2,
        2,
        3,
    ]
    _, listed = estate.http("GET", f"/rulebook/{OWN}/versions", key=estate.viewer)
    assert [one["version"] for one in listed["items"]] == [3, 2, 1]


def test_a_version_ahead_holds_in_its_accounts_alone_and_going_live_ends_that(
    estate: Estate,
) -> None:
    stored(estate, "nothing")
    stored(estate, "orders")
    placed(estate, 1)
    assert placed(estate, 2, "ahead", ELSEWHERE)["accounts"] == [ELSEWHERE]
    estate.send(estate.capture(1, SHUT), estate.capture(1, SHUT, id="r2", account=ELSEWHERE))
    assert found(estate) == [(ELSEWHERE, "open")]
    assert (placed(estate, 2)["ahead"], placed(estate, 2)["accounts"]) == (0, [])
    estate.send(estate.capture(2, SHUT))
    assert sorted(found(estate)) == [(ACCOUNT, "open"), (ELSEWHERE, "open")]


def test_an_own_version_takes_the_place_of_the_rule_that_ships_until_it_goes(
    estate: Estate,
) -> None:
    stored(estate, "nothing", RULE)
    assert placed(estate, 1, rule=RULE)["ships"] is True
    estate.send(estate.capture(1, OPEN))
    assert found(estate, RULE) == []
    placed(estate, 0, rule=RULE)
    estate.send(estate.capture(2, OPEN))
    assert found(estate, RULE) == [(ACCOUNT, "open")]


def test_a_rollback_goes_back_step_by_step(estate: Estate) -> None:
    for name in ("a", "b", "orders"):
        stored(estate, name)
    for version in (1, 2):
        placed(estate, version)
    placed(estate, 3, "ahead", ACCOUNT)
    estate.send(estate.capture(1, SHUT))
    assert found(estate) == [(ACCOUNT, "open")]
    body, seen = {"reason": "too many findings"}, []
    for _ in range(4):
        status, entry = estate.http(
            "POST", f"/rulebook/{OWN}/rollback", key=estate.admin, body=body
        )
        seen.append((entry["live"], entry["ahead"]) if status == 200 else status)
    assert seen == [(2, 0), (1, 0), (0, 0), 422]
    estate.send(estate.capture(2, SHUT))
    assert found(estate) == [(ACCOUNT, "resolved")]


def test_a_version_in_shadow_finds_nothing_and_says_what_it_would(estate: Estate) -> None:
    stored(estate, "billing")
    stored(estate, "orders")
    placed(estate, 1)
    placed(estate, 2, "shadow")
    estate.send(
        estate.capture(1, SHUT),
        estate.capture(1, SHUT, id="r2", name="billing"),
        estate.capture(1, SHUT, id="r3", name="neither"),
    )
    assert found(estate) == [(ACCOUNT, "open")]
    _, report = estate.http("GET", f"/rulebook/{OWN}/shadow", key=estate.viewer)
    told = {
        one["name"]: (one["difference"], one["shadow"], one["force"]) for one in report["items"]
    }
    assert told == {
        "orders": ("appears", "violation", "pass"),
        "billing": ("vanishes", "pass", "violation"),
    }
    placed(estate, 0, "shadow")
    assert estate.http("GET", f"/rulebook/{OWN}/shadow", key=estate.viewer)[0] == 404


def test_what_is_found_in_shadow_goes_with_its_cause_and_with_the_resource(estate: Estate) -> None:
    stored(estate, "orders")
    placed(estate, 1, "shadow")
    estate.send(estate.capture(1, SHUT))

    def names() -> list[str]:
        _, report = estate.http("GET", f"/rulebook/{OWN}/shadow", key=estate.viewer)
        return [one["name"] for one in report["items"]]

    assert names() == ["orders"]
    estate.send(estate.capture(2, SHUT, name="renamed"))
    assert names() == []


def test_every_step_is_an_event(estate: Estate) -> None:
    stored(estate, "orders")
    placed(estate, 1, "ahead", ACCOUNT)
    estate.pump.drain()
    rows = estate.pump.connection.execute("SELECT body FROM events ORDER BY seq").fetchall()
    details = [json.loads(body)["detail"] for (body,) in rows]
    told = [one for one in details if one["type"].startswith("policy.rule.")]
    assert [one["type"] for one in told] == ["policy.rule.stored.v1", "policy.rule.placed.v1"]
    assert told[1]["data"] | {"reason": ""} == {
        "rule_id": OWN,
        "stage": "ahead",
        "version": 1,
        "previous": 0,
        "accounts": [ACCOUNT],
        "resources": ["AWS::S3::Bucket"],
        "reason": "",
    }


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (text("x", "other-id"), "use the file's name"),
        (text("x", when="resource.nmae == 1"), "unknown field resource.nmae"),
        (text("x", controls={"cis-aws-3.0": ["99.9"]}), "99.9"),
        (text("x") | {"cases": text("y")["cases"]}, "expected violation, got a pass"),
        (text("x") | {"cases": "resource: {}\ncases: []\n"}, "at least 1 item"),
    ],
)
def test_what_is_no_good_rule_is_not_stored(
    estate: Estate, body: dict[str, str], told: str
) -> None:
    status, answer = estate.http("POST", f"/rulebook/{OWN}/versions", key=estate.admin, body=body)
    assert (status, told in answer["detail"]) == (422, True), answer
    assert estate.http("GET", "/rulebook", key=estate.viewer)[1]["items"] == []


def test_accounts_go_with_ahead_and_nothing_else(estate: Estate) -> None:
    stored(estate, "orders")
    for stage, accounts in (("ahead", []), ("live", [ACCOUNT]), ("shadow", [ACCOUNT])):
        body = {"stage": stage, "version": 1, "accounts": accounts, "reason": "why not"}
        assert estate.http("POST", f"/rulebook/{OWN}/place", key=estate.admin, body=body)[0] == 422


def test_a_version_that_is_not_there_is_not_placed(estate: Estate) -> None:
    stored(estate, "orders")
    body = {"stage": "live", "version": 7, "reason": "why not"}
    assert estate.http("POST", f"/rulebook/{OWN}/place", key=estate.admin, body=body)[0] == 404
    assert estate.http("POST", "/rulebook/none/place", key=estate.admin, body=body)[0] == 404


def test_a_viewer_changes_nothing_and_a_stranger_sees_nothing(estate: Estate) -> None:
    stored(estate, "orders")
    body = {"stage": "live", "version": 1, "reason": "why not"}
    for path, sent in (("versions", text("b")), ("place", body), ("rollback", {"reason": "why"})):
        assert (
            estate.http("POST", f"/rulebook/{OWN}/{path}", key=estate.viewer, body=sent)[0] == 403
        )
    assert estate.http("GET", "/rulebook", key=estate.stranger)[1]["items"] == []
    assert estate.http("GET", f"/rulebook/{OWN}", key=estate.stranger)[0] == 404


def test_no_more_rules_stand_in_shadow_than_a_change_can_be_judged_by(estate: Estate) -> None:
    for n in range(11):
        stored(estate, "orders", f"own-{n}")
        body = {"stage": "shadow", "version": 1, "reason": "to try it"}
        path = f"/rulebook/own-{n}/place"
        assert estate.http("POST", path, key=estate.admin, body=body)[0] == (200 if n < 10 else 422)


def test_what_was_live_long_ago_is_forgotten_and_the_latest_is_not() -> None:
    entry = Entry(rule_id="r", title="t", severity="low", newest=30, changed_at=START)
    for number in range(1, 30):
        standing = Standing(number=number, digest="d", resources=())
        entry = entry.placed("live", standing)
    assert entry.earlier == tuple(range(19, 29))
    back = entry.went_back(Standing(number=28, digest="d", resources=()))
    assert (back.number("live"), back.earlier[-1]) == (28, 27)


def recalled(estate: Estate, number: int) -> None:
    """The bucket told once more, as it was."""
    view = resource(1, supplementary={"PublicAccessBlockConfiguration": SHUT})
    event = ResourceRecalled(resource=view, reason="a rule was placed")
    detail: dict[str, Any] = cloud_event(event, id_=f"recall{number}")["detail"]
    estate.send(detail)


def test_a_placed_version_holds_for_what_was_judged_before_it(estate: Estate) -> None:
    estate.send(estate.capture(1, SHUT))
    stored(estate, "orders")
    placed(estate, 1)
    assert found(estate) == []
    recalled(estate, 1)
    assert found(estate) == [(ACCOUNT, "open")]
    placed(estate, 0)
    recalled(estate, 2)
    (finding,) = estate.items(rule=OWN)
    assert (finding["status"], finding["resolved_reason"]) == (
        "resolved",
        "the rule no longer applies",
    )


def test_placing_names_the_types_of_the_rule_that_ships_too(estate: Estate) -> None:
    body = text("orders", RULE, resources=["AWS::SQS::Queue"])
    status, answer = estate.http("POST", f"/rulebook/{RULE}/versions", key=estate.admin, body=body)
    assert status == 200, answer
    placed(estate, 1, rule=RULE)
    rows = estate.pump.connection.execute("SELECT body FROM events WHERE bus = 'steward'")
    told = [json.loads(body)["detail"] for (body,) in rows.fetchall()]
    (event,) = [one for one in told if one["type"] == "policy.rule.placed.v1"]
    assert event["data"]["resources"] == ["AWS::S3::Bucket", "AWS::SQS::Queue"]


def test_an_entry_says_when_it_changed(estate: Estate) -> None:
    stored(estate, "orders")
    estate.now += timedelta(days=1)
    assert placed(estate, 1)["changed_at"].startswith("2026-03-11")


def test_a_book_has_room_for_500_rules() -> None:
    with pytest.raises(BadInput, match="500 rules"):
        _filled(501)
    assert len(_filled(500).model_dump_json()) < 400_000


def _filled(rules: int) -> Rulebook:
    standing = Standing(number=9, digest="0" * 64, resources=("AWS::S3::Bucket",))
    book = Rulebook()
    for number in range(rules):
        told = {"title": "t" * 120, "severity": "low", "newest": 9, "changed_at": START}
        entry = Entry.model_validate({"rule_id": f"a-rule-with-a-long-name-{number}", **told})
        book = book.with_entry(entry.placed("live", standing))
    return book
