from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import yaml

from functions.policy.adapters.known_fields import known
from functions.policy.adapters.reports import junit, sarif
from functions.policy.adapters.rule_files import shipped
from functions.policy.adapters.templates import SHAPES as SHAPES_AT
from functions.policy.adapters.templates import Judged, check, is_planned
from functions.policy.model.fields import read
from steward.errors import BadInput
from steward.planned.cloudformation import resolved
from steward.planned.shapes import UNKNOWN

NOW = datetime(2026, 3, 1, tzinfo=UTC)
STACK = """\
Parameters:
  Anyone: {Type: String, Default: 0.0.0.0/0}
  Public: {Type: String}
Resources:
  Web:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupName: !Sub "web-${AWS::StackName}"
      SecurityGroupIngress:
        - {IpProtocol: tcp, FromPort: 22, ToPort: "22", CidrIp: !Ref Anyone}
  Db:
    Type: AWS::RDS::DBInstance
    Properties:
      DBInstanceIdentifier: !Join [-, [orders, db]]
      StorageEncrypted: "false"
      PubliclyAccessible: !If [IsPublic, true, !Ref "AWS::NoValue"]
  Assets: {Type: "AWS::Made::Up"}
"""


def written(folder: Path, name: str, content: Any) -> Path:
    path = folder / name
    path.write_text(content if isinstance(content, str) else json.dumps(content, indent=1), "utf-8")
    return path


def verdicts(judged: Judged) -> dict[tuple[str, str], str]:
    return {(row["resource"], row["rule"]): row["verdict"] for row in judged.rows}


def plan(kind: str, after: dict[str, Any], unknown: dict[str, Any] | None = None) -> dict[str, Any]:
    change = {"actions": ["create"], "after": after, "after_unknown": unknown or {}}
    address = f"module.app.{kind}.it"
    one = {"address": address, "mode": "managed", "type": kind, "name": "it", "change": change}
    return {"format_version": "1.2", "resource_changes": [one]}


def test_a_stack_is_judged_with_its_parameters_defaults(tmp_path: Path) -> None:
    judged = check(written(tmp_path, "stack.yaml", STACK), None, NOW)
    told = verdicts(judged)
    assert told["Web", "ec2-security-group-open-ssh"] == "violation"
    assert told["Db", "rds-instance-unencrypted"] == "violation"
    assert [(one.address, one.type) for one in judged.left_out] == [("Assets", "AWS::Made::Up")]


def test_what_only_a_deployment_knows_is_unknown_and_never_a_pass(tmp_path: Path) -> None:
    told = verdicts(check(written(tmp_path, "stack.yaml", STACK), None, NOW))
    assert told["Db", "rds-instance-public"] == "unknown"
    unsaid = STACK.replace("Default: 0.0.0.0/0", "Description: who")
    told = verdicts(check(written(tmp_path, "unsaid.yaml", unsaid), None, NOW))
    assert told["Web", "ec2-security-group-open-ssh"] == "unknown"


def test_a_violation_names_the_line_of_its_logical_id(tmp_path: Path) -> None:
    judged = check(written(tmp_path, "stack.yaml", STACK), None, NOW)
    assert {row["resource"]: row["line"] for row in judged.rows} == {"Web": 5, "Db": 11}


def test_json_says_what_yaml_says(tmp_path: Path) -> None:
    stack = {
        "Resources": {
            "Web": {
                "Type": "AWS::EC2::SecurityGroup",
                "Properties": {
                    "SecurityGroupIngress": [
                        {"IpProtocol": "-1", "CidrIp": {"Fn::Sub": "0.0.0.0/0"}}
                    ]
                },
            }
        }
    }
    folder = tmp_path / "cdk.out"
    folder.mkdir()
    written(folder, "App.template.json", stack)
    written(folder, "manifest.json", {"version": "36.0.0"})
    judged = check(folder, None, NOW)
    assert verdicts(judged)["Web", "ec2-security-group-open-to-all"] == "violation"
    assert judged.rows[0]["line"] == 3


@pytest.mark.parametrize(
    ("after", "unknown", "verdict"),
    [
        ({"storage_encrypted": False}, {}, "violation"),
        ({"storage_encrypted": True}, {}, "pass"),
        ({"storage_encrypted": None}, {"storage_encrypted": True}, "unknown"),
    ],
)
def test_a_plan_is_judged_by_what_it_knows(
    after: dict[str, Any], unknown: dict[str, Any], verdict: str, tmp_path: Path
) -> None:
    judged = check(written(tmp_path, "p.json", plan("aws_db_instance", after, unknown)), None, NOW)
    told = verdicts(judged)
    assert told["module.app.aws_db_instance.it", "rds-instance-unencrypted"] == verdict
    assert judged.rows[0]["line"] == 5


def test_one_unknown_source_makes_a_plans_ports_unknown(tmp_path: Path) -> None:
    ingress = {"protocol": "tcp", "from_port": 22, "to_port": 22, "cidr_blocks": ["10.0.0.0/8"]}
    for unknown, verdict in (({}, "pass"), ({"ingress": [{"cidr_blocks": True}]}, "unknown")):
        one = plan("aws_security_group", {"name": "web", "ingress": [ingress]}, unknown)
        told = verdicts(check(written(tmp_path, "p.json", one), None, NOW))
        address = "module.app.aws_security_group.it"
        assert told[address, "ec2-security-group-open-ssh"] == verdict


def test_what_a_plan_deletes_is_not_judged(tmp_path: Path) -> None:
    gone = plan("aws_db_instance", {})
    gone["resource_changes"][0]["change"]["after"] = None
    with pytest.raises(BadInput, match="no template"):
        check(written(tmp_path, "p.json", gone), None, NOW)


def test_an_arm_template_is_judged_with_its_defaults(tmp_path: Path) -> None:
    template = {
        "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
        "parameters": {"tls": {"type": "string", "defaultValue": "TLS1_0"}},
        "resources": [
            {
                "type": "Microsoft.Storage/storageAccounts",
                "name": "orders",
                "properties": {
                    "minimumTlsVersion": "[parameters('tls')]",
                    "allowBlobPublicAccess": "[variables('open')]",
                    "supportsHttpsTrafficOnly": False,
                },
            }
        ],
    }
    told = verdicts(check(written(tmp_path, "main.json", template), None, NOW))
    assert told["orders", "azure-storage-old-tls"] == "violation"
    assert told["orders", "azure-storage-anonymous-access-allowed"] == "unknown"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Resources: [", "line"),
        ("a: &a [x, x]\nb: &b [*a, *a]\nc: {Fn: *b}\n", "no template"),
        ("", "no template"),
    ],
)
def test_what_is_no_template_is_refused_with_what_to_do(
    text: str, said: str, tmp_path: Path
) -> None:
    with pytest.raises(BadInput, match=said):
        check(written(tmp_path, "stack.yaml", text), None, NOW)


def test_aliases_that_multiply_are_refused(tmp_path: Path) -> None:
    levels = ["l0: &l0 [x, x, x, x, x, x, x, x, x, x]"]
    levels += [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]" for n in range(1, 9)]
    with pytest.raises(BadInput, match="values"):
        is_planned(written(tmp_path, "stack.yaml", "\n".join(levels)))


def test_a_broken_file_of_a_folder_is_left_out_by_name(tmp_path: Path) -> None:
    written(tmp_path, "a.yaml", STACK)
    written(tmp_path, "b.yaml", "x: [")
    judged = check(tmp_path, None, NOW)
    assert any(one.file.endswith("b.yaml") for one in judged.left_out)


def test_a_substitution_of_anything_unknown_is_unknown() -> None:
    assert resolved({"Fn::Sub": "a-${B}"}, {"B": "b"}) == "a-b"
    assert resolved({"Fn::Sub": "a-${B.Arn}"}, {"B": "b"}) is UNKNOWN
    assert resolved({"Fn::Sub": ["${X}!", {"X": {"Ref": "B"}}]}, {"B": "b"}) == "b!"


def test_reports_hold_every_violation(tmp_path: Path) -> None:
    rows = check(written(tmp_path, "stack.yaml", STACK), None, NOW).rows
    wrong = sum(row["verdict"] == "violation" for row in rows)
    run = json.loads(sarif(rows))["runs"][0]
    suite = ET.fromstring(junit(rows))  # noqa: S314  # our own text
    assert len(run["results"]) == wrong == len(suite.findall(".//failure"))
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
    assert int(suite.get("tests", "0")) == len(rows)


SHAPES = {
    (name, declared): (shape.get("type", declared), shape["fields"])
    for name in ("cloudformation", "terraform")
    for declared, shape in yaml.safe_load((SHAPES_AT / f"{name}.yaml").read_text("utf-8")).items()
}


def recorded(fields: dict[str, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The paths in the recorded configuration that a table fills."""
    for path, field in fields.items():
        here = (*above, *path.split("."))
        if "each" in field:
            yield from recorded(field["fields"], (*here, "[]"))
        else:
            yield (*here, "[]", field["as"]) if "as" in field else here


@pytest.mark.parametrize(("language", "declared"), SHAPES)
def test_a_table_fills_fields_that_resources_of_the_type_have(language: str, declared: str) -> None:
    kind, fields = SHAPES[language, declared]
    asked = {path for rule in shipped().of(kind) for path in read(rule.tree, {})}
    shape = known(kind).shape
    unknown = [path for path in recorded(fields) if path not in asked and not has(shape, path)]
    assert unknown == []


def has(shape: Any, path: tuple[str, ...]) -> bool:
    for step in path:
        if not isinstance(shape, Mapping) or "*" in shape:
            return True  # not described any deeper
        if step not in shape:
            return False
        shape = shape[step]
    return True


def test_a_plan_s_nested_blocks_are_read(tmp_path: Path) -> None:
    after = {
        "name": "orders",
        "settings": [
            {
                "availability_type": "ZONAL",
                "ip_configuration": [
                    {"ipv4_enabled": True, "authorized_networks": [{"value": "0.0.0.0/0"}]}
                ],
            }
        ],
    }
    file = written(tmp_path, "plan.json", plan("google_sql_database_instance", after))
    told = {
        rule
        for (_, rule), verdict in verdicts(check(file, None, NOW)).items()
        if verdict == "violation"
    }
    assert any("public" in rule or "network" in rule for rule in told), told


def test_inline_policies_of_a_role_are_judged(tmp_path: Path) -> None:
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    role = {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "AssumeRolePolicyDocument": {
                "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}]
            },
            "Policies": [{"PolicyName": "all", "PolicyDocument": {"Statement": [everything]}}],
        },
    }
    file = written(tmp_path, "stack.json", {"Resources": {"Open": role}})
    judged = check(file, None, NOW)
    told = {row["rule"] for row in judged.rows if row["verdict"] == "violation"}
    assert {row["line"] for row in judged.rows} == {3}
    assert len(told) >= 2, told
