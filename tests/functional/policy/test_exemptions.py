from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from functions.policy.model.exemption import GRANTS, Exemption, ExemptionSelector, Granted
from functions.policy.model.finding import new_finding
from functions.policy.model.rule import Violation
from functions.policy.wiring.walking import ground
from steward.cli import exits
from steward.contracts.policy import ExemptionDue
from steward.identity import Role
from steward.privacy import Subject, forgotten, identifier
from tests.edge_world import cloud_event
from tests.functional.policy.commands import commands
from tests.functional.policy.policy_world import NOON, made_rule, resource
from tests.functional.policy.test_policy_on_the_runtime import OPEN, RULE, SHUT, Estate

DEMO = {"purpose": "demo"}


@pytest.fixture
def estate(tmp_path: Path) -> Iterator[Estate]:
    made = Estate(tmp_path)
    yield made
    made.pump.close()


def ask(estate: Estate, key: str = "", **selector: str) -> tuple[int, Any]:
    until = (estate.now + timedelta(days=30)).isoformat()
    body = {"selector": selector, "reason": "a demonstration", "until": until}
    return estate.http("POST", "/exemptions", key=key or estate.admin, body=body)


def granted(estate: Estate, **selector: str) -> str:
    """An exemption that one asked for and another granted, applied."""
    _, asked = ask(estate, **selector)
    approver = estate.key(Role.APPROVER, "acme")
    status, answer = estate.http("POST", f"/exemptions/{asked['id']}/grant", key=approver)
    assert (status, answer["status"]) == (200, "granted"), answer
    estate.pump.drain()
    return str(asked["id"])


def status_of(estate: Estate, **query: str) -> str:
    (finding,) = estate.items(rule=RULE, **query)
    return str(finding["status"])


@pytest.mark.parametrize(
    "selector", [{"rule": RULE}, {"account": "111122223333"}, {"resource": "r1"}]
)
def test_what_an_exemption_takes_is_waived_and_reopened_when_it_runs_out(
    estate: Estate, selector: dict[str, str]
) -> None:
    estate.send(estate.capture(1, OPEN))
    exemption = granted(estate, **selector)
    (finding,) = estate.items(rule=RULE)
    assert (finding["status"], finding["waiver"]["exemption"]) == ("waived", exemption)
    estate.now += timedelta(days=31)
    due = ExemptionDue(exemption_id=exemption, warning=False)
    estate.send(cloud_event(due, id_="due-1")["detail"])
    assert status_of(estate) == "reopened"
    assert estate.http("GET", f"/exemptions/{exemption}", key=estate.viewer)[1]["status"] == "ended"
    estate.send(cloud_event(due, id_="due-2")["detail"])
    assert status_of(estate) == "reopened"


def test_a_violation_that_comes_later_is_waived_at_once_and_others_are_not(
    estate: Estate,
) -> None:
    granted(estate, rule=RULE, account="111122223333")
    other = {"id": "r2", "native_id": "bills", "account": "444455556666"}
    estate.send(estate.capture(1, OPEN), estate.capture(1, OPEN, **other))
    assert status_of(estate, resource="r1") == "waived"
    assert status_of(estate, resource="r2") == "open"
    estate.send(estate.capture(2, SHUT))
    assert status_of(estate, resource="r1") == "resolved"
    estate.send(estate.capture(3, OPEN))
    assert status_of(estate, resource="r1") == "waived"


def test_a_resource_that_loses_the_tag_has_its_finding_back(estate: Estate) -> None:
    estate.send(estate.capture(1, OPEN, tags=DEMO))
    granted(estate, tag="purpose=demo")
    assert status_of(estate) == "waived"
    estate.send(estate.capture(2, OPEN, tags={**DEMO, "team": "web"}))
    assert status_of(estate) == "waived"
    estate.send(estate.capture(3, OPEN, tags={"purpose": "live"}))
    assert status_of(estate) == "reopened"


def test_nobody_grants_or_refuses_what_they_asked_for(estate: Estate) -> None:
    estate.send(estate.capture(1, OPEN))
    _, asked = ask(estate, rule=RULE)
    path = f"/exemptions/{asked['id']}"
    status, problem = estate.http("POST", f"{path}/grant", key=estate.admin)
    assert (status, "somebody else decides" in problem["detail"]) == (403, True)
    remark = {"remark": "not needed"}
    assert estate.http("POST", f"{path}/refuse", key=estate.admin, body=remark)[0] == 403
    assert estate.http("POST", f"{path}/grant", key=estate.viewer)[0] == 403
    assert status_of(estate) == "open"


def test_a_refused_exemption_changes_nothing_and_is_decided_once(estate: Estate) -> None:
    estate.send(estate.capture(1, OPEN))
    _, asked = ask(estate, rule=RULE)
    approver = estate.key(Role.APPROVER, "acme")
    path, remark = f"/exemptions/{asked['id']}", {"remark": "it holds customers' data"}
    assert (
        estate.http("POST", f"{path}/refuse", key=approver, body=remark)[1]["remark"]
        == (remark["remark"])
    )
    status, problem = estate.http("POST", f"{path}/grant", key=approver)
    assert (status, "it is refused" in problem["detail"]) == (422, True)
    assert status_of(estate) == "open"


def test_an_exemption_that_is_ended_early_gives_its_findings_back(estate: Estate) -> None:
    estate.send(estate.capture(1, OPEN))
    exemption = granted(estate, rule=RULE)
    body = {"remark": "the demonstration is over"}
    assert estate.http("POST", f"/exemptions/{exemption}/end", key=estate.admin, body=body)[0] == (
        200
    )
    estate.pump.drain()
    assert status_of(estate) == "reopened"
    assert estate.http("POST", f"/exemptions/{exemption}/end", key=estate.admin, body=body)[0] == (
        422
    )


def test_a_finding_waived_by_hand_is_left_alone_when_an_exemption_ends(estate: Estate) -> None:
    estate.send(estate.capture(1, OPEN))
    (finding,) = estate.items(rule=RULE)
    body = {"reason": "known", "until": (estate.now + timedelta(days=90)).isoformat()}
    estate.http("POST", f"/findings/{finding['id']}/waive", key=estate.admin, body=body)
    exemption = granted(estate, rule=RULE)
    ended = {"remark": "no more needed"}
    estate.http("POST", f"/exemptions/{exemption}/end", key=estate.admin, body=ended)
    estate.pump.drain()
    assert status_of(estate) == "waived"


def test_many_findings_are_waived_part_by_part(estate: Estate) -> None:
    estate.send(*(estate.capture(1, OPEN, id=f"r{n}", native_id=f"bucket-{n}") for n in range(60)))
    granted(estate, rule=RULE)
    found = estate.items(rule=RULE, limit=200)
    assert [each["status"] for each in found] == ["waived"] * 60


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "rule": st.sampled_from(["open-bucket", "other"]),
            "account": st.sampled_from(["111122223333", "9"]),
            "tag": st.sampled_from(["purpose", "purpose=demo", "purpose=live", "owner"]),
        },
    )
)
def test_a_selector_takes_what_all_its_fields_fit_and_is_never_empty(
    fields: dict[str, str],
) -> None:
    if not fields:
        with pytest.raises(ValidationError, match="at least one of"):
            ExemptionSelector.model_validate(fields)
        return
    one = resource().model_copy(update={"tags": DEMO})
    view = new_finding(made_rule(), one, Violation("open"), NOON).view
    right = {"open-bucket", "111122223333", "purpose", "purpose=demo"}
    assert ExemptionSelector.model_validate(fields).fits(view) == (set(fields.values()) <= right)


def test_a_date_that_is_past_or_far_is_refused(estate: Estate) -> None:
    for days in (-1, 400):
        until = (estate.now + timedelta(days=days)).isoformat()
        body = {"selector": {"rule": RULE}, "reason": "why not", "until": until}
        status, problem = estate.http("POST", "/exemptions", key=estate.admin, body=body)
        assert (status, "within 366 days" in problem["detail"]) == (422, True)


def test_a_warning_goes_out_before_the_end_and_only_while_it_holds(estate: Estate) -> None:
    exemption = granted(estate, rule=RULE)
    warning = ExemptionDue(exemption_id=exemption, warning=True)
    estate.send(cloud_event(warning, id_="warning-1")["detail"])
    kinds = "SELECT body FROM events WHERE body LIKE '%policy.exemption.expiring.v1%'"
    assert len(estate.pump.connection.execute(kinds).fetchall()) == 1
    body = {"remark": "the demonstration is over"}
    estate.http("POST", f"/exemptions/{exemption}/end", key=estate.admin, body=body)
    estate.send(cloud_event(warning, id_="warning-2")["detail"])
    assert len(estate.pump.connection.execute(kinds).fetchall()) == 1


def test_two_people_at_their_command_lines_accept_a_violation(
    estate: Estate, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    estate.send(estate.capture(1, OPEN))
    approver = estate.key(Role.APPROVER, "acme")
    until = (estate.now + timedelta(days=30)).isoformat()
    noun = ("policy", "exemption")
    asks = (*noun, "ask", "--rule", RULE, "--reason", "a demonstration", "--until", until)
    with commands(estate, capsys, monkeypatch) as run:
        assert run(*asks, key=estate.admin)[0] == 0
        _, shown, _ = run(*noun, "ls", "--status", "asked", "-o", "json", key=approver)
        (asked,) = json.loads(shown)
        assert asked["takes"] == f"rule={RULE}"
        assert run(*noun, "grant", asked["id"], key=estate.admin)[0] == exits.AUTH
        assert "is granted" in run(*noun, "grant", asked["id"], key=approver)[2]
        estate.pump.drain()
        assert status_of(estate) == "waived"
        ends = (*noun, "end", asked["id"], "--remark", "it is over")
        assert "is ended" in run(*ends, key=approver)[2]
        assert run(*ends, key=approver)[0] == exits.USAGE
        again = json.loads(run(*asks, key=estate.admin)[1] or "{}")
        assert again == {}
        _, shown, _ = run(*noun, "ls", "--status", "asked", "-o", "json", key=approver)
        refuses = (*noun, "refuse", json.loads(shown)[0]["id"], "--remark", "not again")
        assert "is refused" in run(*refuses, key=approver)[2]


def test_a_person_who_is_forgotten_stands_in_no_grant() -> None:
    person = Subject("u1", frozenset({identifier("ana@example.com")}))
    asked = {"asked_by": "ana@example.com", "asked_at": NOON, "status": "granted"}
    exemption = Exemption.model_validate(
        {"id": "e1", "selector": {"rule": RULE}, "reason": "why not", "until": NOON}
        | {"warn_days": 0, "decided_by": "bo", **asked}
    )
    holding = next(each for each in ground().holdings if each.collection is GRANTS)
    after = forgotten(Granted(exemptions=(exemption,)), holding, person)
    assert "ana@example.com" not in str(after)
    assert "bo" in str(after)
