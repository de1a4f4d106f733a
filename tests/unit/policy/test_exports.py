from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, get_args

import botocore.session
import pytest
from botocore.validate import ParamValidator
from hypothesis import given
from hypothesis import strategies as st

from functions.policy.adapters.exports import exported
from functions.policy.model.risk import risk_of
from steward.contracts.policy import FindingStatus, FindingView, SeverityName
from steward.errors import BadInput
from tests.functional.policy.policy_world import resource

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def finding(**changes: Any) -> dict[str, Any]:
    view = FindingView(
        id="f1",
        rule_id="open-bucket",
        rule_title="Bucket is open",
        severity="high",
        status="open",
        resource_id="r1",
        resource_type="AWS::S3::Bucket",
        account="111122223333",
        region="eu-west-1",
        resource_name="orders",
        resource_arn="arn:aws:s3:::orders",
        tags={"team": "orders"},
        message="Bucket orders is open.",
        remediation="Close it.",
        risk=risk_of("high", resource()),
        controls={"fsbp": ("S3.8",)},
        opened_at=NOON,
        updated_at=NOON,
        version=1,
    )
    row: dict[str, Any] = view.model_copy(update=changes).model_dump(mode="json")
    return row | {"waiver": None, "resolved_reason": None}


def every_kind() -> Iterator[dict[str, Any]]:
    for status in get_args(FindingStatus):
        for severity in get_args(SeverityName):
            yield finding(id=f"{status}-{severity}", status=status, severity=severity)
    yield finding(risk=None, controls={}, tags={}, resource_arn=None, region="global")


def test_asff_is_what_batch_import_findings_takes() -> None:
    model = botocore.session.get_session().get_service_model("securityhub")
    lines = [json.loads(line) for line in exported(every_kind(), to="asff")]
    request = model.operation_model("BatchImportFindings").input_shape
    report = ParamValidator().validate({"Findings": lines}, request)
    assert report.generate_report() == ""
    labels = model.shape_for("SeverityLabel").enum
    states = model.shape_for("WorkflowStatus").enum
    assert all(line["Severity"]["Label"] in labels for line in lines)
    assert all(line["Workflow"]["Status"] in states for line in lines)


def test_asff_keeps_to_its_lengths_and_refuses_other_clouds() -> None:
    (line,) = exported([finding(message="x" * 5_000, rule_title="y" * 400)], to="asff")
    shown = json.loads(line)
    assert (len(shown["Description"]), len(shown["Title"])) == (1024, 256)
    with pytest.raises(BadInput, match="its resource is of gcp"):
        list(exported([finding(provider="gcp")], to="asff"))


def test_ocsf_has_every_required_field_of_a_compliance_finding() -> None:
    required = {
        *("activity_id", "category_uid", "class_uid", "type_uid", "time", "severity_id"),
        *("metadata", "finding_info", "compliance"),
    }
    for line in exported(every_kind(), to="ocsf"):
        event = json.loads(line)
        assert required <= set(event)
        assert (event["class_uid"], event["category_uid"]) == (2003, 2)
        assert event["type_uid"] == 200300 + event["activity_id"]
        assert {"version", "product"} <= set(event["metadata"])
        assert {"uid", "title"} <= set(event["finding_info"])
        assert event["compliance"]["standards"]
        assert event["cloud"]["provider"] == "AWS"


def test_what_is_resolved_is_never_said_to_pass() -> None:
    (line,) = exported([finding(status="resolved")], to="ocsf")
    assert json.loads(line)["compliance"]["status"] == "Unknown"
    (line,) = exported([finding(status="resolved")], to="asff")
    assert json.loads(line)["Compliance"]["Status"] == "NOT_AVAILABLE"


def test_sarif_has_each_rule_once_and_marks_what_is_accepted() -> None:
    (text,) = exported(every_kind(), to="sarif")
    log = json.loads(text)
    (run,) = log["runs"]
    assert log["version"] == "2.1.0"
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["open-bucket"]
    statuses = [one["properties"]["status"] for one in run["results"]]
    assert "resolved" not in statuses
    for one in run["results"]:
        accepted = one["properties"]["status"] in ("waived", "false_positive")
        assert bool(one["suppressions"]) == accepted
        assert one["level"] in ("error", "warning", "note")


@given(st.text(max_size=30))
def test_no_cell_of_a_csv_is_a_formula(name: str) -> None:
    text = "".join(exported([finding(resource_name=name, message=f"={name}")], to="csv"))
    (row,) = csv.DictReader(io.StringIO(text, newline=""))
    assert all(not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) for cell in row.values())
    assert row["message"] == f"'={name}"
    assert row["resource_name"] in (name, f"'{name}")


def test_an_unknown_format_is_refused_with_those_there_are() -> None:
    with pytest.raises(BadInput, match="use asff, csv, ocsf, sarif"):
        list(exported([], to="pdf"))
