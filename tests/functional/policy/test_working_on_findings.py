from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.policy.model.evidence import LONGEST, evidence
from functions.policy.model.risk import BASE, risk_of
from functions.policy.model.status import TRANSITIONS, require_transition
from functions.policy.service.findings import FindingsWanted
from steward.contracts.policy import BulkContinued, WaiverDue
from steward.errors import BadInput
from tests.edge_world import cloud_event
from tests.functional.policy.policy_world import NOON, made_rule, policy_world, resource
from tests.functional.policy.test_policy_on_the_runtime import OPEN, RULE, SHUT, START, Estate


@pytest.fixture
def estate(tmp_path: Path) -> Iterator[Estate]:
    made = Estate(tmp_path)
    yield made
    made.pump.close()


def test_a_finding_shows_the_values_that_violate_and_a_new_value_is_news(tmp_path: Path) -> None:
    world = policy_world(
        tmp_path, [made_rule(message="Bucket is open.", when="configuration.size > 5")]
    )
    world.judge(resource(1, size=6))
    assert world.finding().view.evidence == {"/configuration/size": 6}
    (event,) = world.judge(resource(2, size=7))
    assert event.type == "policy.finding.updated.v1"
    assert world.finding().view.evidence == {"/configuration/size": 7}
    assert world.judge(resource(3, size=7, other=1)) == []


def test_evidence_holds_no_secret_and_no_endless_value() -> None:
    facts = {"configuration": {"password": "hunter2hunter2", "long": "x" * 5_000}}
    found = evidence(["/configuration/password", "/configuration/long", "/nowhere"], facts)
    assert "hunter2" not in str(found)
    assert len(found["/configuration/long"]) == LONGEST + 1
    assert "/nowhere" not in found


def test_first_seen_outlives_a_relapse_and_since_when_does_not(tmp_path: Path) -> None:
    world = policy_world(tmp_path, [made_rule()])
    world.judge(resource(1, open=True))
    world.now += timedelta(days=1)
    world.judge(resource(2, open=False))
    world.judge(resource(3, open=True))
    view = world.finding().view
    assert (view.status, view.first_seen_at, view.opened_at) == ("reopened", NOON, world.now)


@given(
    severity=st.sampled_from(sorted(BASE)),
    public=st.sampled_from([True, False, None]),
    stage=st.sampled_from(["prod", "dev", "what", None]),
)
def test_a_score_lies_within_its_severity_and_grows_with_what_is_at_stake(
    severity: str, *, public: bool | None, stage: str | None
) -> None:
    tags = {} if stage is None else {"Environment": stage}
    one = resource().model_copy(update={"public": public, "tags": tags})
    risk = risk_of(severity, one)  # type: ignore[arg-type]
    low, high = FindingsWanted.model_validate({"severity": severity}).bounds
    assert low is not None
    assert high is not None
    assert low <= f"{risk.score:03d}/2026" < high
    worst = one.model_copy(update={"public": True, "tags": {"criticality": "high"}})
    assert risk.score <= risk_of(severity, worst).score == BASE[severity]  # type: ignore[arg-type,index]


def test_only_allowed_steps_are_taken_and_a_refusal_says_which_are() -> None:
    for before, allowed in TRANSITIONS.items():
        for after in TRANSITIONS:
            if after in allowed:
                require_transition("f1", before, after)
            else:
                with pytest.raises(BadInput, match=f"f1: it is {before}, not to become {after}"):
                    require_transition("f1", before, after)


def test_people_assign_comment_and_move_a_finding(estate: Estate) -> None:
    estate.send(estate.capture(1, OPEN))
    (finding,) = estate.items(rule=RULE)
    path = f"/findings/{finding['id']}"
    assert (
        estate.http("POST", f"{path}/assign", key=estate.viewer, body={"assignee": "ana"})[0] == 403
    )
    _, assigned = estate.http("POST", f"{path}/assign", key=estate.admin, body={"assignee": "ana"})
    assert assigned["assignee"] == "ana"
    _, moved = estate.http("POST", f"{path}/status", key=estate.admin, body={"status": "in_review"})
    assert (moved["status"], moved["assignee"]) == ("in_review", "ana")
    for text in ("first", "second"):
        estate.http("POST", f"{path}/comments", key=estate.admin, body={"text": text})
        estate.now += timedelta(minutes=1)
    _, said = estate.http("GET", f"{path}/comments", key=estate.viewer)
    assert [each["text"] for each in said["items"]] == ["first", "second"]
    assert all(each["by"].startswith("key:") for each in said["items"])
    estate.pump.drain()
    assert estate.published()[-2:] == ["policy.finding.updated.v1"] * 2
    assert [each["id"] for each in estate.items(assignee="ana", active="true")] == [finding["id"]]
    assert estate.items(assignee="bob") == []


def test_a_dismissed_finding_is_settled_until_it_is_mended_and_comes_back(estate: Estate) -> None:
    estate.send(estate.capture(1, OPEN))
    (finding,) = estate.items(rule=RULE)
    path = f"/findings/{finding['id']}"
    body = {"reason": "a proxy stands before it"}
    assert estate.http("POST", f"{path}/dismiss", key=estate.admin, body=body)[1]["status"] == (
        "false_positive"
    )
    assert finding["id"] not in [each["id"] for each in estate.items(active="true")]
    until = (estate.now + timedelta(days=3)).isoformat()
    waiver = {"reason": "known", "until": until}
    assert estate.http("POST", f"{path}/waive", key=estate.admin, body=waiver)[0] == 422
    estate.send(estate.capture(2, SHUT), estate.capture(3, OPEN))
    assert estate.http("GET", path, key=estate.viewer)[1]["status"] == "reopened"


def test_a_waived_finding_that_is_taken_up_again_is_waived_no_more(estate: Estate) -> None:
    estate.send(estate.capture(1, OPEN))
    (finding,) = estate.items(rule=RULE)
    path = f"/findings/{finding['id']}"
    waiver = {"reason": "known", "until": (estate.now + timedelta(days=3)).isoformat()}
    estate.http("POST", f"{path}/waive", key=estate.admin, body=waiver)
    _, moved = estate.http("POST", f"{path}/status", key=estate.admin, body={"status": "open"})
    assert (moved["status"], moved["waiver"]) == ("open", None)
    estate.now += timedelta(days=4)
    estate.send(estate.capture(2, OPEN))
    assert estate.http("GET", path, key=estate.viewer)[1]["status"] == "open"


def test_lists_are_cut_by_risk_control_and_severity_the_riskiest_first(estate: Estate) -> None:
    estate.send(estate.capture(1, OPEN, id="r1"), estate.capture(1, OPEN, id="r2"))
    found = estate.items(active="true", limit=200)
    scores = [each["risk"]["score"] for each in found]
    assert scores == sorted(scores, reverse=True)
    least = scores[len(scores) // 2]
    assert [e["id"] for e in estate.items(active="true", risk=least, limit=200)] == [
        e["id"] for e in found if e["risk"]["score"] >= least
    ]
    by_severity = [
        each["id"]
        for severity in BASE
        for each in estate.items(active="true", severity=severity, limit=200)
    ]
    assert sorted(by_severity) == sorted(each["id"] for each in found)
    bearing = estate.items(active="true", control="fsbp/S3.8")
    assert {each["rule_id"] for each in bearing} == {RULE}
    assert estate.items(control="fsbp/S3.999") == []


def test_related_findings_share_the_resource_or_the_rule(estate: Estate) -> None:
    estate.send(estate.capture(1, OPEN, id="r1"), estate.capture(1, OPEN, id="r2"))
    (one,) = estate.items(rule=RULE, resource="r1")
    _, page = estate.http("GET", f"/findings/{one['id']}/related", key=estate.viewer)
    assert page["items"]
    assert one["id"] not in [each["id"] for each in page["items"]]
    assert all(e["resource_id"] == "r1" or e["rule_id"] == RULE for e in page["items"])
    assert any(e["resource_id"] == "r2" for e in page["items"])
    assert estate.http("GET", f"/findings/{one['id']}/related", key=estate.stranger)[0] == 404


def test_a_viewer_says_nothing(estate: Estate) -> None:
    estate.send(estate.capture(1, OPEN))
    (finding,) = estate.items(rule=RULE)
    path = f"/findings/{finding['id']}/comments"
    assert estate.http("POST", path, key=estate.viewer, body={"text": "hi"})[0] == 403


def waived(estate: Estate, days: int, **more: object) -> dict[str, Any]:
    estate.send(estate.capture(1, OPEN))
    (finding,) = estate.items(rule=RULE)
    until = (START + timedelta(days=days)).isoformat()
    body = {"reason": "a public website", "until": until, **more}
    status, answer = estate.http(
        "POST", f"/findings/{finding['id']}/waive", key=estate.admin, body=body
    )
    assert status == 200, answer
    estate.pump.drain()
    found: dict[str, Any] = answer
    return found


def message(finding: dict[str, Any], *, warning: bool, id_: str = "t1") -> dict[str, Any]:
    event = WaiverDue(finding_id=finding["id"], until=finding["waiver"]["until"], warning=warning)
    detail: dict[str, Any] = cloud_event(event, id_=id_)["detail"]
    return detail


def all_published(estate: Estate, kind: str) -> int:
    rows = estate.pump.connection.execute("SELECT body FROM events WHERE bus = 'steward'")
    return sum(json.loads(body)["detail"]["type"] == kind for (body,) in rows)


def test_the_end_of_a_waiver_reopens_the_finding_without_any_evaluation(estate: Estate) -> None:
    finding = waived(estate, 30)
    estate.now = START + timedelta(days=30)
    estate.send(message(finding, warning=False), message(finding, warning=False, id_="t2"))
    _, again = estate.http("GET", f"/findings/{finding['id']}", key=estate.viewer)
    assert (again["status"], again["waiver"], again["version"]) == ("reopened", None, 3)
    assert estate.published()[-1] == "policy.finding.reopened.v1"
    estate.send(estate.capture(2, OPEN))
    _, after = estate.http("GET", f"/findings/{finding['id']}", key=estate.viewer)
    assert (after["status"], after["version"]) == ("reopened", 3)


def test_a_warning_is_published_while_the_waiver_holds_and_changes_nothing(
    estate: Estate,
) -> None:
    finding = waived(estate, 30)
    estate.send(message(finding, warning=True), message(finding, warning=True))
    assert all_published(estate, "policy.waiver.expiring.v1") == 1
    _, still = estate.http("GET", f"/findings/{finding['id']}", key=estate.viewer)
    assert (still["status"], still["version"]) == ("waived", 2)


def test_the_timer_of_a_replaced_or_revoked_waiver_changes_nothing(estate: Estate) -> None:
    first = waived(estate, 30)
    body = {"reason": "longer", "until": (START + timedelta(days=60)).isoformat()}
    estate.http("POST", f"/findings/{first['id']}/waive", key=estate.admin, body=body)
    estate.send(message(first, warning=False), message(first, warning=True, id_="t2"))
    _, still = estate.http("GET", f"/findings/{first['id']}", key=estate.viewer)
    assert still["status"] == "waived"
    estate.http(
        "POST", f"/findings/{first['id']}/status", key=estate.admin, body={"status": "open"}
    )
    estate.send(message(still, warning=False, id_="t3"))
    _, taken = estate.http("GET", f"/findings/{first['id']}", key=estate.viewer)
    assert taken["status"] == "open"
    assert all_published(estate, "policy.waiver.expiring.v1") == 0


def test_a_waiver_sets_a_timer_for_its_end_and_one_for_the_warning(tmp_path: Path) -> None:
    world = policy_world(tmp_path, [made_rule()])
    world.judge(resource(1, open=True))
    timers = world.waive("open-bucket", timedelta(days=30))
    assert [(at, event.warning) for at, event in timers] == [
        (NOON + timedelta(days=30), False),
        (NOON + timedelta(days=23), True),
    ]
    assert [event.warning for _, event in world.waive("open-bucket", timedelta(days=3))] == [False]


def begin(estate: Estate, action: dict[str, Any], **wanted: object) -> dict[str, Any]:
    body = {"wanted": wanted, "action": action}
    status, job = estate.http("POST", "/bulk", key=estate.admin, body=body)
    assert status == 200, job
    estate.pump.drain()
    found: dict[str, Any] = job
    return found


def test_a_job_does_one_thing_to_every_finding_of_a_filter_and_tells_of_each(
    estate: Estate,
) -> None:
    estate.send(*(estate.capture(1, OPEN, id=f"r{n}") for n in range(60)))
    found = estate.items(rule=RULE, limit=200)
    settled = f"/findings/{found[0]['id']}"
    estate.http("POST", f"{settled}/dismiss", key=estate.admin, body={"reason": "no bucket"})
    job = begin(estate, {"do": "status", "status": "remediating"}, rule=RULE)
    assert (job["findings"], job["waiting"], job["cursor"]) == (60, 60, None)
    _, after = estate.http("GET", f"/bulk/{job['id']}", key=estate.admin)
    assert (after["done"], after["refused"], after["waiting"]) == (59, 1, 0)
    (refused,) = [each for each in after["outcomes"] if each["outcome"] != "done"]
    assert refused["finding"] == found[0]["id"]
    assert "it is false_positive, not to become remediating" in refused["outcome"]
    assert len(estate.items(status="remediating", limit=200)) == 59


def test_a_repeated_or_late_part_of_a_job_does_nothing(estate: Estate) -> None:
    estate.send(*(estate.capture(1, OPEN, id=f"r{n}") for n in range(30)))
    job = begin(estate, {"do": "comment", "text": "look"}, rule=RULE)
    for n, after in enumerate((25, 0, 25, 0)):
        event = BulkContinued(bulk_id=job["id"], after=after)
        estate.send(cloud_event(event, id_=f"again-{n}")["detail"])
    for finding in estate.items(rule=RULE, limit=200):
        _, said = estate.http("GET", f"/findings/{finding['id']}/comments", key=estate.viewer)
        assert [each["text"] for each in said["items"]] == ["look"]


def test_a_job_of_others_reaches_and_shows_nothing(estate: Estate) -> None:
    estate.send(estate.capture(1, OPEN))
    job = begin(estate, {"do": "assign", "assignee": "ana"}, rule=RULE)
    assert estate.http("GET", f"/bulk/{job['id']}", key=estate.stranger)[0] == 404
    body = {"wanted": {"rule": RULE}, "action": {"do": "assign", "assignee": "eve"}}
    assert estate.http("POST", "/bulk", key=estate.viewer, body=body)[0] == 403
    _, theirs = estate.http("POST", "/bulk", key=estate.stranger, body=body)
    assert theirs["findings"] == 0


@pytest.mark.parametrize(
    "action", [{}, {"do": "resolve"}, {"do": "status", "status": "resolved"}, {"do": "assign"}]
)
def test_a_job_without_a_known_action_is_refused(estate: Estate, action: dict[str, Any]) -> None:
    body = {"wanted": {}, "action": action}
    assert estate.http("POST", "/bulk", key=estate.admin, body=body)[0] == 422
