from __future__ import annotations

import random
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from functions.policy.model.rule import Facts, Pack
from functions.policy.service.evaluation import BATCH, Notice
from steward.contracts.policy import FindingOpened, FindingReopened, FindingResolved
from steward.errors import BadInput
from tests.functional.policy.policy_world import (
    NOON,
    PolicyWorld,
    kinds,
    made_rule,
    policy_world,
    resource,
)

DAY = timedelta(days=1)


@pytest.fixture
def world(tmp_path: Path) -> PolicyWorld:
    return policy_world(tmp_path, [made_rule()])


def test_a_violation_opens_a_finding_with_the_offending_value(world: PolicyWorld) -> None:
    events = world.judge(resource(open=True, to="the world"))
    finding = world.finding()
    assert events == [FindingOpened(finding=finding.view)]
    assert finding.view.message == "Bucket orders is open to the world."
    assert (finding.view.status, finding.view.opened_at) == ("open", NOON)


def test_a_resource_that_keeps_to_its_rules_has_no_finding(world: PolicyWorld) -> None:
    assert world.judge(resource(open=False)) == []
    evaluation = world.evaluation()
    assert evaluation is not None
    assert (evaluation.passed, evaluation.open) == (("open-bucket",), {})


def test_a_missing_field_is_unknown_and_never_a_pass(world: PolicyWorld) -> None:
    assert world.judge(resource()) == []
    evaluation = world.evaluation()
    assert evaluation is not None
    assert evaluation.unknown == {"open-bucket": "configuration.open"}
    assert evaluation.passed == ()


def test_what_can_no_longer_be_told_does_not_resolve_a_finding(world: PolicyWorld) -> None:
    world.judge(resource(1, open=True))
    assert world.judge(resource(2)) == []
    assert world.finding().view.status == "open"


def test_a_mended_resource_resolves_and_a_relapse_reopens_the_same_finding(
    world: PolicyWorld,
) -> None:
    world.judge(resource(1, open=True))
    world.now += DAY
    assert kinds(world.judge(resource(2, open=False))) == ["resolved"]
    assert world.finding().resolved_reason == "the resource keeps to the rule"
    world.now += DAY
    events = world.judge(resource(3, open=True, to="Bob"))
    assert kinds(events) == ["reopened"]
    assert isinstance(events[0], FindingReopened)
    assert events[0].finding.opened_at == NOON + 2 * DAY
    assert events[0].finding.message == "Bucket orders is open to Bob."
    assert [event.finding.version for event in world.published if hasattr(event, "finding")] == [
        1,
        2,
        3,
    ]


def test_a_message_that_differs_updates_and_one_that_does_not_says_nothing(
    world: PolicyWorld,
) -> None:
    world.judge(resource(1, open=True, to="Ann"))
    assert world.judge(resource(2, open=True, to="Ann", size=3)) == []
    assert kinds(world.judge(resource(3, open=True, to="Bob"))) == ["updated"]
    assert world.finding().view.message == "Bucket orders is open to Bob."
    assert world.finding().view.opened_at == NOON


def test_a_deleted_resource_resolves_everything_and_stays_deleted(world: PolicyWorld) -> None:
    world.judge(resource(1, open=True))
    events = world.judge(resource(3, open=True), deleted=True)
    assert [event.reason for event in events if isinstance(event, FindingResolved)] == [
        "the resource was deleted"
    ]
    assert world.judge(resource(2, open=True)) == []
    assert world.finding().view.status == "resolved"
    assert kinds(world.judge(resource(4, open=True))) == ["reopened"]


def test_a_removed_rule_resolves_its_findings_at_the_next_evaluation(world: PolicyWorld) -> None:
    world.judge(resource(1, open=True))
    world.pack = Pack([made_rule("another", when="configuration.size > 5")])
    events = world.judge(resource(2, open=True, size=1), changed_paths=("/configuration/size",))
    assert [event.reason for event in events if isinstance(event, FindingResolved)] == [
        "the rule no longer applies"
    ]


def test_an_edited_rule_is_judged_anew_though_nothing_it_reads_changed(world: PolicyWorld) -> None:
    world.judge(resource(1, open=True))
    world.pack = Pack([made_rule(when="configuration.open == false")])
    events = world.judge(resource(2, open=True, size=1), changed_paths=("/configuration/size",))
    assert kinds(events) == ["resolved"]


def test_a_recalled_resource_is_judged_by_the_rules_of_now(world: PolicyWorld) -> None:
    world.judge(resource(3, open=True))
    world.pack = Pack([made_rule("another", when="configuration.size == 1")])
    events = world.evaluate(Notice(resource=resource(3, open=True, size=1), again=True))
    assert kinds(events) == ["opened", "resolved"]
    assert world.finding().resolved_reason == "the rule no longer applies"
    assert world.evaluate(Notice(resource=resource(3, open=True, size=1), again=True)) == []


def test_a_recalled_older_version_changes_nothing(world: PolicyWorld) -> None:
    world.judge(resource(3, open=True))
    assert world.evaluate(Notice(resource=resource(2, open=False), again=True)) == []
    assert world.finding().view.status == "open"


def test_stale_and_repeated_notices_change_nothing(world: PolicyWorld) -> None:
    world.judge(resource(2, open=True))
    before = (world.evaluation(), world.finding())
    assert world.judge(resource(2, open=False)) == []
    assert world.judge(resource(1, open=False)) == []
    assert world.judge(resource(1), deleted=True) == []
    assert (world.evaluation(), world.finding()) == before


def test_any_order_with_repeats_ends_as_the_last_version_says(tmp_path: Path) -> None:
    rules = [
        made_rule(f"rule-{n}", when=f"configuration.f{n} == true", message="{configuration.to}")
        for n in range(4)
    ]
    shuffle = random.Random(7)
    for trial in range(30):
        folder = tmp_path / str(trial)
        folder.mkdir()
        world = policy_world(folder, rules)
        states = [
            resource(v, to=v % 2, **{f"f{n}": shuffle.random() < 0.5 for n in range(4)})
            for v in range(1, 6)
        ]
        paths = ("/configuration/to", *(f"/configuration/f{n}" for n in range(4)))
        notices = [state for state in states for _ in range(2)]
        shuffle.shuffle(notices)
        for notice in notices:
            world.judge(notice, changed_paths=paths)
        last = states[-1].configuration
        open_now = {f"rule-{n}" for n in range(4) if last[f"f{n}"]}
        evaluation = world.evaluation()
        assert evaluation is not None
        assert set(evaluation.open) == open_now
        assert world.findings("open") + world.findings("reopened") == len(open_now)


def test_a_change_elsewhere_leaves_a_rule_unjudged(world: PolicyWorld) -> None:
    judged: list[str] = []
    rule = made_rule()
    real = rule.violated

    def counting(facts: Facts, now: datetime) -> bool | None:
        judged.append(facts["id"])
        return real(facts, now)

    rule.__dict__["violated"] = counting
    world.pack = Pack([rule])
    world.judge(resource(1, open=True))
    assert world.judge(resource(2, open=True, size=1), changed_paths=("/configuration/size",)) == []
    assert judged == ["r1"]
    evaluation = world.evaluation()
    assert evaluation is not None
    assert (evaluation.version, list(evaluation.open)) == (2, ["open-bucket"])


def test_a_version_in_between_that_was_never_seen_has_every_rule_judged(world: PolicyWorld) -> None:
    world.judge(resource(1, open=True))
    events = world.judge(resource(3, open=False, size=1), changed_paths=("/configuration/size",))
    assert kinds(events) == ["resolved"]


def test_a_waived_finding_stays_waived_until_its_date_and_then_counts_as_open(
    world: PolicyWorld,
) -> None:
    world.judge(resource(1, open=True))
    world.waive("open-bucket", DAY)
    assert world.judge(resource(2, open=True, size=1)) == []
    waived = world.finding()
    assert (waived.view.status, waived.waiver and waived.waiver.by) == ("waived", "ana")
    world.now += 2 * DAY
    events = world.judge(resource(3, open=True, size=1), changed_paths=("/configuration/size",))
    assert kinds(events) == ["reopened"]
    assert world.finding().view.status == "reopened"
    assert world.finding().waiver is None


def test_a_waived_finding_tells_of_its_changes_and_resolves_when_mended(world: PolicyWorld) -> None:
    world.judge(resource(1, open=True))
    world.waive("open-bucket", DAY)
    assert kinds(world.judge(resource(2, open=True, to="Bob"))) == ["updated"]
    assert world.finding().view.status == "waived"
    assert kinds(world.judge(resource(3, open=False))) == ["resolved"]
    evaluation = world.evaluation()
    assert evaluation is not None
    assert evaluation.waived == {}


@pytest.mark.parametrize("until", [-DAY, timedelta(0), 400 * DAY])
def test_a_waiver_ends_in_the_coming_year(world: PolicyWorld, until: timedelta) -> None:
    world.judge(resource(1, open=True))
    with pytest.raises(BadInput, match="within 366 days"):
        world.waive("open-bucket", until)


def test_a_resolved_finding_cannot_be_waived(world: PolicyWorld) -> None:
    world.judge(resource(1, open=True))
    world.judge(resource(2, open=False))
    with pytest.raises(BadInput, match="it is resolved"):
        world.waive("open-bucket", DAY)


def test_absence_on_a_resource_known_in_part_is_no_violation(world: PolicyWorld) -> None:
    world.pack = Pack([made_rule(when="!has(configuration.policy)")])
    partly = resource(1).model_copy(update={"partial": "known from API calls only"})
    assert world.judge(partly) == []
    assert kinds(world.judge(resource(2))) == ["opened"]


def test_a_thousand_findings_on_one_resource_need_one_compact_document(tmp_path: Path) -> None:
    rules = [
        made_rule(f"synthetic-rule-of-a-long-name-{n:04d}", when="configuration.open == true")
        for n in range(1_000)
    ]
    world = policy_world(tmp_path, rules)
    events = world.judge(resource(1, open=True))
    assert kinds(events) == ["opened"] * 1_000
    assert len(world.staged) == 1_000 // BATCH
    assert max(world.staged) <= BATCH + 1
    evaluation = world.evaluation()
    assert evaluation is not None
    assert (len(evaluation.open), evaluation.settled) == (1_000, True)
    assert len(evaluation.model_dump_json()) < 100_000
    assert world.judge(resource(2, open=True, size=1)) == []
    assert kinds(world.judge(resource(3, open=True), deleted=True)) == ["resolved"] * 1_000


def test_a_newer_version_takes_over_an_unfinished_evaluation(tmp_path: Path) -> None:
    rules = [made_rule(f"rule-{n:03d}") for n in range(100)]
    world = policy_world(tmp_path, rules)
    world.evaluate(Notice(resource=resource(1, open=True)))
    assert world.findings("open") == BATCH
    events = world.judge(resource(2, open=True, size=1), changed_paths=("/configuration/size",))
    assert len(events) == 100 - BATCH
    late = Notice(resource=resource(1, open=True), settled=BATCH)
    assert world.evaluate(late) == []
    assert world.findings("open") == 100
