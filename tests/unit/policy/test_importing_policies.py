from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from functions.policy.adapters.imports import import_file
from functions.policy.model.custodian.types import PROVIDERS, provider_and_type
from functions.policy.model.rule_file import read_rule
from steward.errors import BadInput

POLICIES = """\
policies:
- name: Old & idle
  resource: aws.ec2
  description: Stop what is old
  query:
  - instance-state-name: running
  filters:
  - tag:Owner: absent
  - type: instance-age
    days: 30
  - or:
    - MetadataOptions.HttpTokens: optional
    - type: list-item
      key: NetworkInterfaces
      attrs:
      - Association.PublicIp: present
    - type: value
      key: Tags[?Key=='Env'].Value | [0]
      op: in
      value_from: {url: file:environments.txt, format: txt}
  actions:
  - stop
"""


def imported(folder: Path, text: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    file = folder / "policies.yml"
    file.write_text(text, "utf-8")
    rows, texts = import_file(file, None)
    return rows, [yaml.safe_load(text) for text in texts]


def test_a_policy_becomes_a_rule_in_the_inventory_s_spelling(tmp_path: Path) -> None:
    (tmp_path / "environments.txt").write_text("dev\ntest\n", "utf-8")
    rows, (rule,) = imported(tmp_path, POLICIES)
    assert [row["outcome"] for row in rows] == ["imported"]
    assert rule["id"] == "old-idle"
    assert rule["resources"] == ["AWS::EC2::Instance"]
    assert rule["action"] == {"type": "stop"}
    running, owner, old, either = rule["filters"]
    assert running == {"type": "value", "key": "state.name", "op": "in", "value": ["running"]}
    assert owner == {"tag:Owner": "absent"}
    assert old["key"] == "earliest(blockDeviceMappings[].ebs.attachTime) || launchTime"
    assert either["or"][0] == {"metadataOptions.httpTokens": "optional"}
    assert either["or"][1]["attrs"] == [{"association.publicIp": "present"}]
    assert either["or"][2]["key"] == "tags[?key=='Env'].value | [0]"
    assert either["or"][2]["value"] == ["dev", "test"]


def test_what_has_no_equivalent_is_said_with_its_line(tmp_path: Path) -> None:
    rows, texts = imported(
        tmp_path,
        """\
policies:
- name: one
  resource: s3
  mode: {type: periodic}
  filters:
  - type: cross-account
  - c7n:thing: present
  actions: [no-op, {type: mark-for-op, op: delete, days: 3}, notify]
- name: two
  resource: aws.weather
  filters: [{A: 1}]
- name: three
  resource: gcp.bucket
  filters: [{type: value, key: iamConfiguration.x, value: true}]
  tags: [a]
""",
    )
    said = {(row["policy"], row["line"], row["what"]) for row in rows if row["line"]}
    assert said == {
        ("one", 4, "mode periodic"),
        ("one", 6, "filter cross-account"),
        ("one", 7, "filter c7n:thing"),
        ("one", 8, "action no-op"),
        ("one", 8, "action notify"),
        ("two", 10, "resource 'aws.weather'"),
        ("three", 15, "tags"),
    }
    assert [rule["id"] for rule in texts] == ["three"]
    assert texts[0]["filters"] == [{"type": "value", "key": "iamConfiguration.x", "value": True}]


def test_every_imported_rule_file_loads(tmp_path: Path) -> None:
    (tmp_path / "environments.txt").write_text("dev", "utf-8")
    file = tmp_path / "policies.yml"
    file.write_text(POLICIES, "utf-8")
    import_file(file, tmp_path / "rules")
    written = tmp_path / "rules" / "old-idle.yaml"
    assert read_rule(written.read_text("utf-8"), str(written)).id == "old-idle"
    with pytest.raises(BadInput, match="there already"):
        import_file(file, tmp_path / "rules")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: [", "no YAML"),
        ("[]", "no policies"),
        ("policies: [3]", "no policy"),
        (
            """policies: [{name: a, resource: s3, filters: [{type: value, key: A, op: in,
            value_from: {url: 's3://x/y.json'}}]}]""",
            "only files beside",
        ),
    ],
)
def test_a_file_that_is_no_policy_file_is_refused(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(BadInput, match=problem):
        imported(tmp_path, text)


def test_resource_types_are_known_in_all_three_clouds() -> None:
    assert {cloud: len(types) > 40 for cloud, types in PROVIDERS.items()} == {
        "aws": True,
        "azure": True,
        "gcp": True,
    }
    assert provider_and_type("azure.vm") == ("azure", "Microsoft.Compute/virtualMachines")
    assert provider_and_type("ec2") == ("aws", "AWS::EC2::Instance")
    assert provider_and_type("k8s.pod") == ("k8s", None)
