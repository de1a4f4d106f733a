from __future__ import annotations

import copy
import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from functions.inventory.model import patch
from functions.policy.adapters.trials import backtest, past_of, read_history
from functions.policy.model.backtest.outcome import difference, outcome
from functions.policy.model.backtest.replay import Window
from functions.policy.model.difference import differences
from functions.policy.model.facts import facts_of
from functions.policy.model.rule import Rule, Violation
from functions.policy.model.rule_file import read_rule
from steward.errors import BadInput

UNTIL = datetime(2026, 3, 1, tzinfo=UTC)
WINDOW = Window(UNTIL - timedelta(days=30), UNTIL)
BASE: dict[str, Any] = {
    "id": "res_1",
    "type": "AWS::S3::Bucket",
    "native_id": "orders",
    "name": "orders",
    "account": "111122223333",
    "tags": {},
    "state": "active",
    "partial": None,
    "configuration": {"open": False, "note": 0, "rules": []},
}


def made(**fields: Any) -> Rule:
    rule = {
        "id": "open-bucket",
        "title": "Bucket is open",
        "severity": "high",
        "resources": ["AWS::S3::Bucket"],
        "when": "configuration.open == true",
        "message": "Bucket {resource.name} is open.",
        "remediation": "Close it.",
    }
    return read_rule(yaml.safe_dump(rule | fields, width=10_000), "<text>")


def state(**configuration: Any) -> dict[str, Any]:
    return copy.deepcopy(BASE) | {"configuration": {**BASE["configuration"], **configuration}}


def history(*states: tuple[int, dict[str, Any]]) -> dict[str, Any]:
    """A resource's history from its states and the days before the end at which each began."""
    documents: list[tuple[dict[str, Any], int | None]] = [({}, None)]
    documents += [(document, day) for day, document in states]
    changes = []
    for (before, _), (after, day) in pairwise(documents):
        assert day is not None
        steps = [step.model_dump(mode="json") for step in patch.diff(before, after)]
        changes.append({"at": (UNTIL - timedelta(days=day)).isoformat(), "patch": steps})
    return {"resource": states[-1][1], "changes": changes[::-1]}


def days_ago(count: int) -> datetime:
    return UNTIL - timedelta(days=count)


def test_a_finding_opens_with_the_change_that_violates_and_ends_with_the_one_that_mends() -> None:
    told = history((60, state()), (20, state(open=True)), (5, state()))
    found = outcome(made(), [past_of(told)], WINDOW)
    assert [(s.opened_at, s.resolved_at) for s in found.spells] == [(days_ago(20), days_ago(5))]
    assert (found.opened, found.resolved, len(found.open)) == (1, 1, 0)


def test_what_was_open_before_the_window_is_carried_into_it() -> None:
    found = outcome(made(), [past_of(history((60, state(open=True))))], WINDOW)
    assert found.spells[0].carried
    assert found.opened == 0
    assert [day.open for day in found.days()] == [1] * 31


def test_a_resource_made_in_the_window_had_no_finding_before() -> None:
    found = outcome(made(), [past_of(history((3, state(open=True))))], WINDOW)
    assert [spell.opened_at for spell in found.spells] == [days_ago(3)]
    assert next(found.days()).open == 0


def test_a_deleted_resource_resolves_its_finding() -> None:
    gone = state(open=True) | {"state": "deleted"}
    found = outcome(made(), [past_of(history((60, state(open=True)), (2, gone)))], WINDOW)
    assert found.spells[0].resolved_at == days_ago(2)


def test_a_doubt_neither_opens_nor_resolves() -> None:
    silent = state()
    del silent["configuration"]["open"]
    told = history((60, state(open=True)), (9, silent), (4, state(open=True)))
    found = outcome(made(), [past_of(told)], WINDOW)
    assert [spell.resolved_at for spell in found.spells] == [None]


def test_changes_that_the_rule_does_not_read_are_not_judged() -> None:
    told = history((60, state()), *((day, state(note=day)) for day in range(20, 1, -1)))
    found = outcome(made(), [past_of(told)], WINDOW)
    assert (found.replayed.judged, found.replayed.skipped) == (1, 19)


def test_a_rule_about_age_opens_on_the_day_that_it_comes_true() -> None:
    rule = made(when="now - timestamp(configuration.made) > duration('40d')")
    told = history((60, state(made=days_ago(50).isoformat())))
    found = outcome(rule, [past_of(told)], WINDOW)
    assert [spell.opened_at for spell in found.spells] == [days_ago(9)]


def test_the_difference_names_what_appears_and_what_vanishes() -> None:
    old, new = made(), made(when="configuration.note == 1", message="Noted.")
    opened, noted = history((60, state(open=True))), history((60, state(note=1)))
    noted["resource"] = noted["resource"] | {"id": "res_2"}
    compared = difference(old, new, [past_of(opened), past_of(noted)], WINDOW)
    assert [spell.resource["id"] for spell in compared.appear] == ["res_2"]
    assert [spell.resource["id"] for spell in compared.vanish] == ["res_1"]


def test_brackets_and_spaces_are_no_difference() -> None:
    before = made(when="configuration.open == true && configuration.note == 1")
    after = made(when="(configuration.open==true)\n  && (configuration.note == 1)")
    assert list(differences(before, after)) == []


def test_a_clause_more_and_another_severity_are_told() -> None:
    before, after = (
        made(),
        made(when="configuration.open == true || has(tags.open)", severity="low"),
    )
    told = {(one.what, one.before, one.after) for one in differences(before, after)}
    assert ("severity", "high", "low") in told
    assert ("clause", None, "has(tags.open)") in told
    assert ("reads", None, "/tags/open") in told


def test_a_history_that_lacks_changes_is_a_gap_and_no_error() -> None:
    told = history((60, state()), (9, state(rules=[1, 2])))
    told["changes"][0]["patch"] = [{"op": "add", "path": "/configuration/open/x/y", "value": 1}]
    found = outcome(made(), [past_of(told)], WINDOW)
    assert found.replayed.broken == 1


@pytest.mark.parametrize("line", ["[]", "{", '{"resource": {}}', '{"resource": 1, "changes": [1]}'])
def test_a_broken_line_is_named(line: str, tmp_path: Path) -> None:
    file, rule = tmp_path / "past.jsonl", tmp_path / "open-bucket.yaml"
    file.write_text(line)
    rule.write_text(yaml.safe_dump({
        "id": "open-bucket", "title": "t", "severity": "low", "resources": ["AWS::S3::Bucket"],
        "when": "tags.a == 'b'", "message": "m", "remediation": "r",
    }))  # fmt: skip
    with pytest.raises(BadInput, match="give"):
        backtest(rule, None, read_history(file), until=UNTIL, days=30)


configurations = st.fixed_dictionaries(
    {
        "open": st.sampled_from([True, False, None]),
        "note": st.integers(0, 2),
        "rules": st.lists(st.fixed_dictionaries({"port": st.integers(20, 24)}), max_size=3),
    }
)
RULES = (
    made(),
    made(when="configuration.rules.exists(rule, rule.port == 22)", message="{configuration.note}"),
    made(when="configuration.rules[0].port == 22 || has(configuration.rules[1].port)"),
)


@given(st.lists(configurations, min_size=1, max_size=8), st.sampled_from(RULES))
def test_replaying_backwards_says_what_judging_every_state_says(
    states: list[dict[str, Any]], rule: Rule
) -> None:
    told = history(*((20 - place, state(**one)) for place, one in enumerate(states)))
    spells = outcome(rule, [past_of(json.loads(json.dumps(told)))], WINDOW).spells
    standing = False
    for place, one in enumerate(states):
        at = days_ago(20 - place)
        verdict = rule.judge(facts_of(state(**one), resource_type="AWS::S3::Bucket"), at)
        standing = True if isinstance(verdict, Violation) else standing and verdict is not None
        open_then = [s for s in spells if s.opened_at <= at < (s.resolved_at or UNTIL)]
        assert bool(open_then) is standing
