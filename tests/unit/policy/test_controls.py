from __future__ import annotations

import re

import pytest

from functions.policy.adapters.frameworks import frameworks
from functions.policy.adapters.pages import rules_page
from functions.policy.adapters.rule_files import shipped
from functions.policy.model.controls import (
    NOT_EVALUATED,
    coverage,
    read_framework,
    unknown_controls,
)
from functions.policy.model.language.errors import RuleError
from functions.policy.model.rule import Rule
from functions.policy.model.rule_file import FRAMEWORKS, read_rule

FRAMEWORK = """id: cis-aws-3.0
title: A benchmark
source: https://example.com/
sections:
  - section: Storage
    controls:
      - {id: "2.1", check: automated, asks: Buckets are shut.}
      - {id: "2.10", check: manual, asks: Somebody looks.}
"""


def rule(controls: str) -> Rule:
    text = (
        "id: open-bucket\ntitle: Open\nseverity: low\nresources: [AWS::S3::Bucket]\n"
        "when: configuration.open == true\nmessage: open\nremediation: close it\n"
        f"controls:\n  cis-aws-3.0: {controls}\n"
    )
    return read_rule(text, "<text>")


def test_each_framework_that_rules_may_name_has_a_catalogue() -> None:
    assert tuple(frameworks()) == FRAMEWORKS


def test_no_shipped_rule_names_a_control_that_its_framework_lacks() -> None:
    found = [each for one in shipped().all() for each in unknown_controls(one, frameworks())]
    assert found == []


def test_an_unknown_control_is_refused_with_the_nearest_ones() -> None:
    known = {"cis-aws-3.0": read_framework(FRAMEWORK, "made-up.yaml")}
    assert list(unknown_controls(rule('["2.1"]'), known)) == []
    (problem,) = unknown_controls(rule('["2.2"]'), known)
    assert "no control '2.2'; did you mean 2.1" in problem
    (far,) = unknown_controls(rule('["zzz"]'), known)
    assert "see its file" in far


def test_an_id_that_looks_like_a_number_keeps_its_last_zero() -> None:
    assert rule("[2.10, 2.1]").controls == {"cis-aws-3.0": ("2.10", "2.1")}


def test_a_control_without_a_rule_is_not_evaluated() -> None:
    framework = read_framework(FRAMEWORK, "made-up.yaml")
    found = {one.control.id: one for one in coverage([rule('["2.1"]')], [framework])}
    assert (found["2.1"].status, found["2.1"].rules) == ("rules", ("open-bucket",))
    assert (found["2.10"].status, found["2.10"].rules) == (NOT_EVALUATED, ())
    assert found["2.10"].section == "Storage"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("check: manual", "check: perhaps", "'automated' or 'manual'"),
        ('"2.10"', '"2.1"', "'2.1' twice"),
        ("title: A benchmark\n", "", "title"),
        ("asks: Somebody looks.", 'asks: ""', "asks"),
        ("https://", "http://", "source"),
        ("sections:", "sections: {", "no YAML"),
    ],
)
def test_a_broken_catalogue_is_one_error_that_says_what(old: str, new: str, said: str) -> None:
    assert old in FRAMEWORK
    with pytest.raises(RuleError, match=re.escape(said)):
        read_framework(FRAMEWORK.replace(old, new, 1), "made-up.yaml")


def test_the_page_names_every_rule_once_and_counts_what_is_covered() -> None:
    page = rules_page()
    for one in shipped().all():
        assert page.count(f"| `{one.id}` |") == 1
    assert re.search(r"\| `AWS::IAM::User` \| .*`AccessKeys`.*`MFADevices`", page)
    gdpr = sum(1 for _ in frameworks()["gdpr"].controls())
    assert re.search(rf"\| `gdpr` .* \| {gdpr} \| \d+ \|", page)
