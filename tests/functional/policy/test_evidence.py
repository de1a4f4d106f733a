from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from functions.policy.adapters import compliance_report
from functions.policy.adapters.evidence import MANIFEST, bundle, report, verify
from steward.errors import BadInput
from tests.functional.policy.test_compliance import AWS, ask, count
from tests.functional.policy.test_policy_on_the_runtime import OPEN, RULE, SHUT, Estate


@pytest.fixture
def estate(tmp_path: Path) -> Iterator[Estate]:
    made = Estate(tmp_path)
    yield made
    made.pump.close()


@pytest.fixture
def counted(estate: Estate) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A framework's view, and the findings, of an open bucket and one that is shut."""
    shut = {"id": "r2", "native_id": "bills", "name": "<b>bills</b>", "account": "444455556666"}
    estate.send(estate.capture(1, OPEN), estate.capture(1, SHUT, **shut))
    count(estate)
    return ask(estate, f"/{AWS}")[1], estate.items(limit=200)


def test_a_bundle_has_findings_rules_and_controls_and_the_same_again_is_the_same(
    counted: tuple[dict[str, Any], list[dict[str, Any]]], tmp_path: Path
) -> None:
    one, two = tmp_path / "one.zip", tmp_path / "two.zip"
    assert bundle(*counted, one) == bundle(*counted, two)
    assert one.read_bytes() == two.read_bytes()
    with zipfile.ZipFile(one) as archive:
        found = [json.loads(line) for line in archive.read("findings.jsonl").splitlines()]
        mapping = json.loads(archive.read("controls.json"))
        names = archive.namelist()
    (finding,) = [each for each in found if each["rule_id"] == RULE]
    assert finding["evidence"]
    assert all(RULE in mapping[control] for control in finding["bears_on"])
    assert {f"rules/{RULE}.yaml", f"rules/{RULE}.cases.yaml", MANIFEST} <= set(names)
    assert list(verify(one)) == []


@pytest.mark.parametrize("name", ["findings.jsonl", f"rules/{RULE}.yaml", "compliance.json"])
def test_a_change_to_any_file_of_a_bundle_is_seen(
    counted: tuple[dict[str, Any], list[dict[str, Any]]], tmp_path: Path, name: str
) -> None:
    good, bad = tmp_path / "good.zip", tmp_path / "bad.zip"
    bundle(*counted, good)
    with zipfile.ZipFile(good) as archive, zipfile.ZipFile(bad, "w") as other:
        for entry in archive.namelist():
            body = archive.read(entry)
            other.writestr(entry, body + b" " if entry == name else body)
        other.writestr("extra", b"")
    assert list(verify(bad)) == [f"extra: not in {MANIFEST}", f"{name}: differs from its checksum"]


def test_what_is_no_bundle_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "x.zip"
    file.write_bytes(b"PK")
    with pytest.raises(BadInput, match="no evidence bundle"):
        list(verify(file))


def test_a_report_holds_the_score_and_each_control_and_runs_nobodys_markup(
    counted: tuple[dict[str, Any], list[dict[str, Any]]],
) -> None:
    view, findings = counted
    rows = [{**each, "bears_on": ["1"]} for each in findings]
    page = compliance_report.html(view, rows)
    assert f"score {view['total']['score']} %" in page
    assert all(
        f"<td>{each['asks']}</td>" in page for each in view["controls"] if "'" not in each["asks"]
    )
    assert "&lt;b&gt;bills" in page
    assert "<b>bills" not in page


def test_a_report_on_paper_is_the_same_for_the_same_standing(
    counted: tuple[dict[str, Any], list[dict[str, Any]]], tmp_path: Path
) -> None:
    view, findings = counted
    one, two = tmp_path / "one.pdf", tmp_path / "two.pdf"
    report(view, findings, one)
    report(view, findings, two)
    assert one.read_bytes() == two.read_bytes()
    assert one.read_bytes().startswith(b"%PDF-")
    total = {**view["total"], "score": 12.3}
    report({**view, "total": total}, findings, two)
    assert one.read_bytes() != two.read_bytes()


def test_an_accounts_evidence_holds_no_other_accounts_findings(
    counted: tuple[dict[str, Any], list[dict[str, Any]]], tmp_path: Path
) -> None:
    view, findings = counted
    file = tmp_path / "one.zip"
    bundle({**view, "account": "444455556666"}, findings, file)
    with zipfile.ZipFile(file) as archive:
        found = [json.loads(line) for line in archive.read("findings.jsonl").splitlines()]
    assert {each["account"] for each in found} <= {"444455556666"}


def test_another_kind_of_file_is_refused(
    counted: tuple[dict[str, Any], list[dict[str, Any]]], tmp_path: Path
) -> None:
    with pytest.raises(BadInput, match=r"\.html or \.pdf"):
        report(*counted, tmp_path / "x.doc")
