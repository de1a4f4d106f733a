from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.policy.model.compliance.assessment import ControlOutcome, Result, bearing, score_of
from functions.policy.model.compliance.standing import Checks, Place, counted, read, written
from functions.policy.model.controls import Control, read_framework
from steward.contracts.policy import ComplianceDue
from steward.local.shapes import Request, http_event
from tests.edge_world import cloud_event
from tests.functional.policy.policy_world import made_rule
from tests.functional.policy.test_policy_on_the_runtime import OPEN, RULE, SHUT, Estate

CONTROL = Control(id="2.1", check="automated", asks="Nothing is open.")
CHECKS = st.builds(Checks, *(st.integers(0, 5) for _ in Checks._fields))
AWS = "cis-aws-3.0"


def result(checks: Checks) -> Result:
    return Result("Storage", CONTROL, ("open-bucket",), checks)


def evaluation(**fields: Any) -> dict[str, Any]:
    empty = {"account": "1", "provider": "aws", "open": {}, "passed": [], "unknown": {}}
    return {**empty, "waived": {}, "deleted_at": None, **fields}


@given(CHECKS)
def test_without_a_judged_resource_a_control_is_not_evaluated_and_a_doubt_is_no_pass(
    checks: Checks,
) -> None:
    outcome = result(checks).outcome
    assert (outcome is ControlOutcome.NOT_EVALUATED) == (not checks.judged)
    if outcome is ControlOutcome.PASSED:
        assert checks.passed
        assert checks[1:] == (0, 0, 0)
    if checks.failed:
        assert outcome is ControlOutcome.FAILED


@given(st.lists(CHECKS, max_size=12))
def test_a_score_is_a_hundred_only_where_all_that_was_evaluated_passed(
    found: list[Checks],
) -> None:
    score = score_of(map(result, found))
    outcomes = [result(checks).outcome for checks in found]
    weighed = [each for each in outcomes if each in ("passed", "failed", "unclear")]
    assert (score.score is None) == (not weighed)
    assert (score.score == 100) == (bool(weighed) and set(weighed) == {ControlOutcome.PASSED})
    assert score.not_evaluated == outcomes.count(ControlOutcome.NOT_EVALUATED)


def test_a_control_of_no_rule_is_not_evaluated_whatever_was_judged() -> None:
    text = (
        "id: soc2\ntitle: T\nsource: https://example.com\nsections:\n- section: S\n"
        "  controls:\n  - {id: A, check: manual, asks: B}\n"
    )
    framework = read_framework(text, "soc2.yaml")
    (coverage,) = bearing([made_rule()], [framework])["soc2"]
    assert coverage.rules == ()


def test_each_resource_counts_once_for_each_rule_and_a_deleted_one_nowhere() -> None:
    standing = counted(
        [
            evaluation(passed=["a"], open={"b": "1", "c": "1"}, waived={"c": "2027"}),
            evaluation(account="2", passed=["b"], unknown={"a": "/x"}),
            evaluation(open={"a": "1"}, unknown={"a": "/x"}),
            evaluation(open={"a": "1"}, deleted_at="2026-01-01T00:00:00Z"),
        ],
        [{"view": {"provider": "aws", "account": "1", "rule_id": "b"}}] * 2,
    )
    assert standing.whole() == {
        "a": Checks(passed=1, failed=1, unknown=1),
        "b": Checks(passed=1, accepted=1),
        "c": Checks(accepted=1),
    }
    assert standing.resources == {Place("aws", "1"): 2, Place("aws", "2"): 1}
    assert read(written(standing)) == standing


@pytest.fixture
def estate(tmp_path: Path) -> Iterator[Estate]:
    made = Estate(tmp_path)
    yield made
    made.pump.close()


def count(estate: Estate) -> None:
    estate.sent += 1
    estate.send(cloud_event(ComplianceDue(), id_=f"count-{estate.sent}")["detail"])


def request(
    estate: Estate, path: str = "", *, key: str = "", method: str = "GET", query: str = ""
) -> dict[str, Any]:
    where = f"/api/v1/policy/compliance{path}"
    asked = Request(
        method=method,
        path=where,
        query=query,
        headers=(("authorization", f"Bearer {key or estate.viewer}"),),
        body=b"",
        source_ip="127.0.0.1",
        request_id="request-1",
        at=estate.now.timestamp(),
        resource=where,
        proxy=None,
    )
    return http_event(asked)


def ask(
    estate: Estate, path: str = "", *, key: str = "", method: str = "GET", query: str = ""
) -> tuple[int, Any]:
    event = request(estate, path, key=key, method=method, query=query)
    answer = estate.pump.invoke("policy.compliance-api", event)
    return answer["statusCode"], json.loads(answer["body"])


def control_of(answer: dict[str, Any]) -> dict[str, Any]:
    return next(each for each in answer["controls"] if RULE in each["rules"])


def test_a_violation_fails_its_controls_until_it_is_mended_and_each_day_is_kept(
    estate: Estate,
) -> None:
    assert ask(estate)[0] == 404
    estate.send(estate.capture(1, OPEN))
    count(estate)
    before = ask(estate, f"/{AWS}")[1]
    assert (control_of(before)["outcome"], control_of(before)["failed"]) == ("failed", 1)
    estate.now += timedelta(days=1)
    estate.send(estate.capture(2, SHUT))
    count(estate)
    after = ask(estate, f"/{AWS}")[1]
    # Another rule of the control reads what this bucket's capture does not have.
    assert control_of(after)["failed"] == 0
    assert after["at"] > before["at"]
    days = ask(estate, f"/{AWS}/over-time")[1]["items"]
    assert [day["total"]["failed"] for day in days] == [
        before["total"]["failed"],
        after["total"]["failed"],
    ]
    assert [day["day"] for day in days] == ["2026-03-10", "2026-03-11"]
    listed = {each["framework"]: each["total"] for each in ask(estate)[1]["items"]}
    assert listed[AWS] == after["total"]


def test_a_count_of_the_same_day_takes_the_place_of_the_earlier_one(estate: Estate) -> None:
    estate.send(estate.capture(1, OPEN))
    for _ in range(4):
        count(estate)
        estate.now += timedelta(minutes=1)
    assert len(ask(estate, f"/{AWS}/over-time")[1]["items"]) == 1
    assert ask(estate, f"/{AWS}")[0] == 200


def test_an_accepted_violation_is_no_failure_and_no_pass(estate: Estate) -> None:
    estate.send(estate.capture(1, OPEN))
    (finding,) = estate.items(rule=RULE)
    body = {"reason": "a public site", "until": (estate.now + timedelta(days=3)).isoformat()}
    estate.http("POST", f"/findings/{finding['id']}/waive", key=estate.admin, body=body)
    count(estate)
    control = control_of(ask(estate, f"/{AWS}")[1])
    assert (control["accepted"], control["failed"], control["passed"]) == (1, 0, 0)
    assert control["outcome"] in ("accepted", "unclear")


def test_an_account_has_a_score_of_its_own_and_an_unknown_one_is_not_found(
    estate: Estate,
) -> None:
    other = {"id": "r2", "native_id": "bills", "account": "444455556666"}
    estate.send(estate.capture(1, OPEN), estate.capture(1, SHUT, **other))
    count(estate)
    accounts = ask(estate, f"/{AWS}/accounts")[1]["items"]
    assert [(each["account"], each["resources"]) for each in accounts] == [
        ("111122223333", 1),
        ("444455556666", 1),
    ]
    good = ask(estate, f"/{AWS}", query="account=444455556666")[1]
    assert (control_of(good)["failed"], good["resources"]) == (0, 1)
    over = ask(estate, f"/{AWS}/over-time", query="account=444455556666")[1]["items"]
    assert over[0]["total"] == good["total"]
    status, problem = ask(estate, f"/{AWS}", query="account=9")
    assert (status, "account '9'" in problem["detail"]) == (404, True)
    status, problem = ask(estate, "/cis-awz")
    assert (status, "cis-aws-3.0" in problem["detail"]) == (404, True)


def test_only_who_may_has_it_counted_and_another_tenant_sees_nothing(estate: Estate) -> None:
    estate.send(estate.capture(1, OPEN))
    assert ask(estate, method="POST")[0] == 403
    status, answer = ask(estate, method="POST", key=estate.admin)
    assert (status, answer["newest"]) == (200, None)
    estate.pump.drain()
    assert ask(estate, f"/{AWS}")[0] == 200
    assert ask(estate, f"/{AWS}", key=estate.stranger)[0] == 404
