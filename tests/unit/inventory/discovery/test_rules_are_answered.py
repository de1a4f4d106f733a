"""What the shipped rules read of a resource's supplements is what the catalogue asks for."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from functions.inventory.adapters.discovery import catalogue

RULES = Path(__file__).parents[4] / "functions" / "policy" / "rules"
NAMED = re.compile(r"supplementary\.(\w+)")
BY_EVENTS_ALONE = {"CannedAccessControlList"}
"""What only the trail tells: the grants that it stands for are listed."""
EXTRA = {
    row.type: set(row.extra)
    for name in catalogue.services()
    for row in catalogue.service(name).types
}


def read_by(rule: Path) -> set[tuple[str, str]]:
    text = rule.read_text("utf-8")
    types = yaml.safe_load(text)["resources"]
    return {(one, name) for one in types for name in NAMED.findall(text)}


READ = {
    pair
    for rule in RULES.rglob("*.yaml")
    if not rule.name.endswith(".cases.yaml")
    for pair in read_by(rule)
}


@pytest.mark.parametrize(("type_name", "name"), sorted(one for one in READ if one[0] in EXTRA))
def test_a_supplement_that_a_rule_reads_is_asked_for(type_name: str, name: str) -> None:
    assert name in EXTRA[type_name] | BY_EVENTS_ALONE


def test_rules_read_supplements_of_listed_types() -> None:
    assert {one for one, _ in READ if one.startswith("AWS::")} <= EXTRA.keys()
