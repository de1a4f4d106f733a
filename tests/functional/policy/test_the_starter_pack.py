from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from functions.policy.adapters.case_files import cases_of, duplicates
from functions.policy.adapters.rule_files import CASES, SHIPPED, load, rule_files, shipped
from functions.policy.model.case import try_cases
from functions.policy.model.mutants import survivors

FILES = rule_files(SHIPPED)
SERVICES = {
    "AWS::S3",
    "AWS::EC2",
    "AWS::RDS",
    "AWS::IAM",
    "AWS::KMS",
    "AWS::CloudTrail",
    "AWS::Lambda",
}


def named(path: Path) -> str:
    return path.stem


@pytest.mark.parametrize("path", FILES, ids=named)
def test_every_case_of_a_rule_gets_its_verdict(path: Path) -> None:
    problems = [
        f"{outcome.case}: {outcome.problem}"
        for outcome in try_cases(load(path), cases_of(path))
        if outcome.problem is not None
    ]
    assert problems == []


def test_the_pack_has_rules_over_three_clouds_and_all_its_services() -> None:
    types = [kind for rule in shipped().all() for kind in rule.resources]
    assert {kind.rsplit("::", 1)[0] for kind in types} >= SERVICES
    per_cloud = Counter(cloud_of(rule.resources[0]) for rule in shipped().all())
    assert per_cloud["aws"] >= 120
    assert per_cloud["azure"] >= 50
    assert per_cloud["gcp"] >= 45


def cloud_of(resource_type: str) -> str:
    if "::" in resource_type:
        return "aws"
    return "gcp" if ".googleapis.com/" in resource_type else "azure"


def test_the_types_of_a_rule_are_all_of_one_cloud() -> None:
    for rule in shipped().all():
        assert len({cloud_of(kind) for kind in rule.resources}) == 1, rule.id


def test_the_resource_of_a_case_is_of_the_cloud_that_its_rule_judges() -> None:
    for path in FILES:
        resource = cases_of(path).resource
        expected = cloud_of(load(path).resources[0])
        assert resource.get("provider", "aws") == expected, path.stem


def test_the_message_of_a_violation_leaves_nothing_out() -> None:
    for path in FILES:
        for case in cases_of(path).cases:
            assert "unknown" not in (case.message or ""), path.stem


def test_every_rule_has_a_case_that_cannot_be_told() -> None:
    silent = [
        path.stem
        for path in FILES
        if all(case.expect != "unknown" for case in cases_of(path).cases)
    ]
    assert silent == []


def test_no_two_files_share_an_id_and_no_cases_stand_alone() -> None:
    assert list(duplicates(FILES)) == []
    rules = {path.stem for path in FILES}
    assert {path.name.removesuffix(CASES) for path in SHIPPED.rglob(f"*{CASES}")} == rules


@pytest.mark.parametrize("path", FILES, ids=named)
def test_the_cases_of_a_rule_notice_every_mutant_of_it(path: Path) -> None:
    assert list(survivors(load(path), cases_of(path))) == []
