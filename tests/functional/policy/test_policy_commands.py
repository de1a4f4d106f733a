from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from steward.cli.main import main

RULES = Path(__file__).parents[3] / "functions" / "policy" / "rules"
ITEM = {
    "resourceType": "AWS::S3::Bucket",
    "resourceId": "orders",
    "awsAccountId": "111122223333",
    "configuration": '{"name": "orders"}',
    "supplementaryConfiguration": {
        "BucketVersioningConfiguration": '{"status": "Off"}',
        # AWS Config encodes the access control list twice.
        "AccessControlList": json.dumps(json.dumps({"grantList": [{"grantee": "AllUsers"}]})),
    },
}


def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *words: str) -> Any:
    monkeypatch.setattr("sys.argv", ["steward", "policy", *words])
    code = 0
    try:
        main()
    except SystemExit as exit_:
        code = int(exit_.code or 0)
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def write(folder: Path, content: object) -> str:
    path = folder / "resource.json"
    path.write_text(json.dumps(content), "utf-8")
    return str(path)


def test_a_configuration_item_that_violates_rules_exits_with_3(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    code, out, err = run(capsys, monkeypatch, "check", write(tmp_path, ITEM), "-o", "json")
    verdicts = {row["rule"]: row["verdict"] for row in json.loads(out)}
    assert code == 3
    assert verdicts["s3-bucket-acl-public"] == "violation"
    assert verdicts["s3-bucket-versioning-off"] == "violation"
    assert verdicts["s3-bucket-access-logging-off"] == "unknown"
    assert "violation" in err


def test_a_resource_that_keeps_to_its_rules_exits_with_0(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    subnet = {"type": "AWS::EC2::Subnet", "configuration": {"mapPublicIpOnLaunch": False}}
    code, out, _ = run(
        capsys, monkeypatch, "check", write(tmp_path, subnet), "--all", "-o", "jsonl"
    )
    assert (code, json.loads(out)["verdict"]) == (0, "pass")


@pytest.mark.parametrize("content", [{}, [], {"type": "AWS::S3::Bucket"}, [1], {"type": 3}])
def test_a_file_without_a_resource_is_refused(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    content: object,
) -> None:
    code, out, err = run(capsys, monkeypatch, "check", write(tmp_path, content))
    assert (code, out) == (2, "")
    assert "resource" in err


def test_the_shipped_rules_pass_their_cases(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, out, err = run(capsys, monkeypatch, "test", str(RULES / "kms"), "-o", "json")
    assert code == 0
    assert {row["outcome"] for row in json.loads(out)} == {"ok"}
    assert err.startswith("4 rules, ")


def test_a_broken_rule_is_one_line_and_the_others_are_tried(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for source in (RULES / "kms").iterdir():
        (tmp_path / source.name).write_text(source.read_text("utf-8"), "utf-8")
    (tmp_path / "broken.yaml").write_text("id: broken\nseverity: hihg\n", "utf-8")
    code, out, err = run(capsys, monkeypatch, "test", str(tmp_path), "-o", "json")
    failed = [row for row in json.loads(out) if row["outcome"] == "failed"]
    assert code == 1
    assert [row["rule"] for row in failed] == ["broken"]
    assert "broken.yaml:1:1: title: missing" in failed[0]["problem"]
    assert err.startswith("5 rules, ")


def test_a_path_without_rules_is_refused(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    code, _, err = run(capsys, monkeypatch, "test", str(tmp_path / "nowhere"))
    assert code == 2
    assert "no rule file" in err


def test_rules_are_listed_by_severity_and_type(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, out, _ = run(
        capsys,
        monkeypatch,
        *("rules", "--severity", "critical", "--type", "AWS::RDS::DBSnapshot", "-o", "jsonl"),
    )
    assert json.loads(out)["id"] == "rds-snapshot-public"


def test_controls_are_listed_with_their_rules_and_what_nothing_bears_on(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, out, err = run(capsys, monkeypatch, "controls", "cis-aws-3.0", "-o", "json")
    assert code == 0
    rows = {row["control"]: row for row in json.loads(out)}
    assert rows["2.1.4"]["rules"] == ["s3-bucket-public-access-not-blocked"]
    assert (rows["1.1"]["status"], rows["1.1"]["rules"]) == ("not evaluated", [])
    assert err.startswith(f"{len(rows)} controls, ")
    _, out, _ = run(capsys, monkeypatch, "controls", "cis-aws-3.0", "--not-evaluated", "-o", "json")
    assert {row["status"] for row in json.loads(out)} == {"not evaluated"}


def test_an_unknown_framework_is_refused_with_those_there_are(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, _, err = run(capsys, monkeypatch, "controls", "hipaa")
    assert code != 0
    assert "'hipaa': no such framework" in err
    assert "cis-aws-3.0" in err
