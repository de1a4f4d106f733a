from __future__ import annotations

from pathlib import Path

import pytest

from functions.policy.adapters.lint import lint, warnings
from functions.policy.model.rule_file import read_rule
from steward.errors import BadInput
from tests.functional.policy.policy_world import made_rule

INSTANCE = ["AWS::EC2::Instance"]


def told(when: str, resources: list[str] = INSTANCE) -> list[str]:
    rule = made_rule(when=when, resources=resources, message="{resource.name}")
    return [row["warning"] for row in warnings(rule)]


@pytest.mark.parametrize(
    ("when", "warning"),
    [
        (
            "configuration.instancetype == 'x'",
            "no field configuration.instancetype; did you mean instanceType or instanceId?",
        ),
        (
            "configuration.metadataOptions.httpToken == 'x'",
            "no field configuration.metadataOptions.httpToken; did you mean httpTokens?",
        ),
        (
            "configuration.networkInterfaces.exists(n, n.groups.exists(g, g.groupid == 'x'))",
            "no field configuration.networkInterfaces[].groups[].groupid; did you mean groupId or groupName?",
        ),
        ("has(configuration.zzz)", "no field configuration.zzz; nothing is spelled alike"),
    ],
)
def test_a_field_that_no_resource_of_the_type_has_is_named_with_its_likes(
    when: str, warning: str
) -> None:
    assert told(when) == [warning]


@pytest.mark.parametrize(
    "when",
    [
        "configuration.metadataOptions.httpTokens == 'x'",
        "configuration.supplementary.Whatever.is == 'x'",
        "configuration.blockDeviceMappings[0].ebs.volumeId == 'x'",
        "tags.anything == 'x'",
        "configuration.networkInterfaces.exists(n, configuration.state.name == n.status)",
    ],
)
def test_fields_that_are_there_or_not_described_pass(when: str) -> None:
    assert told(when) == []


def test_a_type_without_a_described_shape_is_not_checked() -> None:
    assert told("configuration.zzz == 1", ["AWS::Made::Up"]) == []


def test_the_keys_of_filters_are_checked_as_well() -> None:
    rule = read_rule(
        """\
id: made-up
title: Made up
severity: low
resources: [AWS::EC2::SecurityGroup]
message: "{resource.name}"
remediation: Mend it.
filters:
- type: list-item
  key: ipPermissions
  attrs:
  - fromport: 22
- groupname: x
""",
        "<text>",
    )
    assert [row["warning"] for row in warnings(rule)] == [
        "no field configuration.groupname; did you mean groupName or groupId?",
        "no field configuration.ipPermissions[].fromport; did you mean fromPort?",
    ]


def test_the_rules_that_ship_read_fields_that_there_are() -> None:
    assert lint(None) == []


def test_a_folder_without_rules_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no rule file"):
        lint(tmp_path)
