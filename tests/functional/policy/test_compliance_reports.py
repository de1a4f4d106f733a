from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from functions.policy.adapters import compliance_report
from steward.edge.armour import style_hash
from steward.identity import Role
from tests.functional.policy.test_compliance import AWS, count, request
from tests.functional.policy.test_policy_on_the_runtime import OPEN, RULE, Estate

REPORT = f"/{AWS}/report"


@pytest.fixture
def estate(tmp_path: Path) -> Iterator[Estate]:
    made = Estate(tmp_path)
    yield made
    made.pump.close()


@pytest.fixture
def counted(estate: Estate) -> Estate:
    other = {"id": "r2", "native_id": "bills", "name": "<b>bills</b>", "account": "444455556666"}
    estate.send(estate.capture(1, OPEN), estate.capture(1, OPEN, **other))
    count(estate)
    return estate


def report(estate: Estate, query: str = "", *, key: str = "") -> dict[str, Any]:
    answer: dict[str, Any] = estate.pump.invoke(
        "policy.compliance-api", request(estate, REPORT, key=key, query=query)
    )
    return answer


def test_a_report_shows_the_controls_and_the_open_findings_as_one_page(counted: Estate) -> None:
    answer = report(counted)
    assert answer["statusCode"] == 200
    assert answer["headers"]["Content-Type"].startswith("text/html")
    body = answer["body"]
    assert "444455556666" in body
    assert "111122223333" in body
    assert "<b>bills</b>" not in body
    # A browser follows the one style sheet that came with the page.
    assert style_hash(compliance_report.STYLE) in answer["headers"]["Content-Security-Policy"]


def test_a_report_of_an_account_has_the_findings_of_no_other(counted: Estate) -> None:
    body = report(counted, "account=111122223333")["body"]
    assert "111122223333" in body
    assert "444455556666" not in body


def test_a_finding_that_was_waived_is_in_no_report(counted: Estate) -> None:
    before = unescape(report(counted)["body"])
    for finding in counted.items(rule=RULE):
        body = {"reason": "public", "until": (counted.now + timedelta(days=3)).isoformat()}
        counted.http("POST", f"/findings/{finding['id']}/waive", key=counted.admin, body=body)
    told = counted.items(rule=RULE)[0]["message"]
    assert told in before
    assert told not in unescape(report(counted)["body"])


def test_the_same_report_comes_as_a_pdf(counted: Estate) -> None:
    answer = report(counted, "format=pdf")
    assert (answer["statusCode"], answer["isBase64Encoded"]) == (200, True)
    assert answer["headers"]["Content-Type"] == "application/pdf"
    assert answer["headers"]["Content-Disposition"] == f'inline; filename="{AWS}.pdf"'
    assert base64.b64decode(answer["body"]).startswith(b"%PDF-")
    alone = base64.b64decode(report(counted, "format=pdf&account=111122223333")["body"])
    assert alone != base64.b64decode(answer["body"])


@pytest.mark.parametrize(
    ("query", "status", "told"),
    [
        ("format=doc", 422, "format"),
        ("form=pdf", 400, "'format'"),
        ("account=9", 404, "account '9'"),
    ],
)
def test_what_no_report_can_be_made_of_is_refused(
    counted: Estate, query: str, status: int, told: str
) -> None:
    answer = report(counted, query)
    assert answer["statusCode"] == status
    assert told in json.loads(answer["body"])["detail"]


def test_a_report_takes_the_permission_to_see_findings_as_well(counted: Estate) -> None:
    alone = counted.key(Role.ADMIN, "acme", "compliance:view")
    both = counted.key(Role.ADMIN, "acme", "compliance:view", "finding:view")
    refused = report(counted, key=alone)
    assert refused["statusCode"] == 403
    assert "'finding:view'" in json.loads(refused["body"])["detail"]
    assert report(counted, key=both)["statusCode"] == 200
    assert report(counted, key=counted.stranger)["statusCode"] == 404


def test_what_does_not_fit_is_counted_and_not_shown() -> None:
    total = dict.fromkeys(("passed", "failed", "unclear", "accepted", "not_evaluated"), 0)
    view: dict[str, Any] = {
        "framework": "soc2",
        "title": "SOC 2",
        "account": None,
        "resources": 1,
        "at": "2026-03-10T00:00:00+00:00",
        "total": {"score": None, **total},
        "sections": [],
        "controls": [],
    }
    row = {"bears_on": ["A"], "severity": "high", "resource_name": "n", "account": "1"}
    rows = [{**row, "message": '"' * 1000} for _ in range(1500)]
    page = compliance_report.html(view, rows, cut=True)
    assert len(page.encode()) < 6_000_000
    assert "at least " in page
    shown, left = page.count("<td>high</td>"), 1500 - page.count("<td>high</td>")
    assert 0 < shown < 1500
    assert f"{shown} open findings bear on its controls; at least {left} more" in page


def test_who_asks_for_a_page_does_not_wait_for_what_makes_pdfs() -> None:
    code = "import functions.policy.handlers.compliance_api, sys; print('fpdf' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
