"""Properties of quiet times, retries, filters and renderings."""

from __future__ import annotations

import json
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from functions.notify.adapters.carrier import outcome_of, retry_after
from functions.notify.model.delivery import (
    LONGEST_WAIT,
    MAX_ATTEMPTS,
    RETRIES,
    Delivery,
    DeliveryStatus,
    Outcome,
    Verdict,
    retry_wait,
)
from functions.notify.model.endpoint import OVERLAP, SigningKey, Webhook
from functions.notify.model.mail import mail
from functions.notify.model.notice import Known, Notice, Severity, is_news, learn
from functions.notify.model.payload import webhook_body
from functions.notify.model.quiet import News, Pulse, pace
from functions.notify.model.route import Filter
from functions.notify.model.slack import FIELD, HEADER, SECTION, bot_outcome, slack_message
from steward.outbound import Answer
from tests.edge_world import NOON

SECOND = timedelta(seconds=1)
SEVERITIES = st.sampled_from(list(Severity))


def notice(**changes: Any) -> Notice:
    fields: dict[str, Any] = {
        "event_id": "e1",
        "event_type": "policy.finding.opened.v1",
        "finding_id": "f1",
        "version": 1,
        "severity": "high",
        "status": "open",
        "title": "Bucket is public",
        "message": "Anyone may read it.",
        "remediation": "Block public access.",
        "rule_id": "s3-public",
        "resource_id": "r1",
        "resource_type": "AWS::S3::Bucket",
        "resource_name": "invoices",
        "account": "123456789012",
        "region": "eu-central-1",
        "tags": {"team": "billing"},
        "reason": "",
        "opened_at": NOON,
        "updated_at": NOON,
    }
    return Notice(**{**fields, **changes})


def delivery(**changes: Any) -> Delivery:
    fields: dict[str, Any] = {
        "id": "d1",
        "endpoint_id": "e",
        "route_id": "r",
        "notice": notice(),
        "created_at": NOON,
        "updated_at": NOON,
    }
    return Delivery(**{**fields, **changes})


def failed(**changes: Any) -> Outcome:
    return Outcome(Verdict.FAILED, SECOND, 500, "answered 500")._replace(**changes)


# Quiet times: play a history of states at moments, and look at what an endpoint is told.


def told(changes: list[tuple[int, bool]], *, window: timedelta) -> list[tuple[float, str]]:
    """What arrives when: each change is (minutes since the last, whether it is open)."""
    pulse: Pulse | None = None
    sent: dict[str, tuple[float, str]] = {}
    minutes = 0
    for version, (gap, open_) in enumerate(changes, start=1):
        minutes += gap
        now = NOON + timedelta(minutes=minutes)
        state = "open" if open_ else "resolved"
        news = News(f"d{version}", "e", "f", state, version)
        pacing = pace(news, pulse, window=window, now=now)
        pulse = pacing.pulse
        sent.pop(pacing.superseded, None)
        if pacing.send_at is not None:
            sent[news.delivery_id] = ((pacing.send_at - NOON).total_seconds() / 60, state)
    return sorted(sent.values())


HISTORIES = st.lists(st.tuples(st.integers(0, 30), st.booleans()), min_size=1, max_size=30)


@given(HISTORIES, st.integers(1, 20))
def test_the_last_thing_told_is_the_last_state(changes: list[tuple[int, bool]], width: int) -> None:
    messages = told(changes, window=timedelta(minutes=width))
    assert messages[-1][1] == ("open" if changes[-1][1] else "resolved")


@given(HISTORIES, st.integers(1, 20))
def test_two_messages_are_a_window_apart(changes: list[tuple[int, bool]], width: int) -> None:
    moments = [at for at, _ in told(changes, window=timedelta(minutes=width))]
    assert all(later - earlier >= width for earlier, later in pairwise(moments))


@given(HISTORIES)
def test_a_steady_finding_is_told_of_at_once(changes: list[tuple[int, bool]]) -> None:
    assert told(changes, window=timedelta(minutes=10))[0][0] == changes[0][0]


def test_a_late_notice_waits_for_nothing_and_is_not_sent() -> None:
    first = pace(News("d2", "e", "f", "open", 2), None, window=SECOND, now=NOON)
    late = pace(News("d1", "e", "f", "resolved", 1), first.pulse, window=SECOND, now=NOON)
    assert late == (None, first.pulse, "")


# Retries.


@given(st.text(min_size=1), st.integers(1, MAX_ATTEMPTS - 1))
def test_a_retry_keeps_to_the_plan_within_a_tenth(id_: str, series: int) -> None:
    wait = retry_wait(id_, series, retry_after=None)
    assert RETRIES[series - 1] <= wait <= RETRIES[series - 1] * 1.1
    assert wait == retry_wait(id_, series, retry_after=None)


@given(st.integers(1, MAX_ATTEMPTS - 1), st.timedeltas(timedelta(0), timedelta(days=900)))
def test_a_wait_asked_for_is_kept_up_to_a_day(series: int, asked: timedelta) -> None:
    wait = retry_wait("d", series, retry_after=asked)
    assert wait >= min(asked, LONGEST_WAIT)
    assert wait <= max(RETRIES[series - 1] * 1.1, LONGEST_WAIT)


def test_the_last_attempt_ends_in_the_dead_letters() -> None:
    state = delivery()
    for number in range(1, MAX_ATTEMPTS + 1):
        assert state.awaits(number)
        assert not state.awaits(number + 1)
        state = state.after(failed(), now=NOON)
    assert (state.status, state.tried) == (DeliveryStatus.DEAD_LETTERED, MAX_ATTEMPTS)
    assert not state.awaits(MAX_ATTEMPTS + 1)


@pytest.mark.parametrize("verdict", [Verdict.REFUSED, Verdict.GONE])
def test_what_will_not_mend_is_given_up_at_once(verdict: Verdict) -> None:
    after = delivery().after(failed(verdict=verdict, error="no"), now=NOON)
    assert (after.status, after.reason) == (DeliveryStatus.DEAD_LETTERED, "no")


def test_a_replay_starts_the_retries_anew_and_keeps_the_log() -> None:
    state = delivery().after(failed(verdict=Verdict.GONE), now=NOON).replayed(now=NOON)
    assert state.awaits(2)
    again = state.after(failed(), now=NOON)
    assert again.next_at is not None
    assert again.next_at - NOON < timedelta(seconds=6)
    assert [attempt.number for attempt in again.attempts] == [1, 2]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("120", timedelta(seconds=120)),
        ("0", timedelta(0)),
        ("Sun, 01 Mar 2026 12:01:00 GMT", timedelta(minutes=1)),
        ("Sun, 01 Mar 2026 11:00:00 GMT", timedelta(0)),
        ("soon", None),
        ("", None),
        ("-5", None),
        ("9" * 400, timedelta(seconds=10**8)),
    ],
)
def test_retry_after_is_seconds_or_a_date(text: str, expected: timedelta | None) -> None:
    assert retry_after(text, now=NOON) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Wed, 21 Oct 2015 99999999999999999999:28:00 GMT",
        "Wed, 21 Oct 99999999999 07:28:00 GMT",
        "21 Oct 2015 99999999999:28:00",
    ],
)
def test_a_retry_after_beyond_what_a_date_holds_is_as_good_as_none(text: str) -> None:
    assert retry_after(text, now=NOON) is None


@given(st.text(max_size=40))
def test_no_retry_after_header_breaks_the_sender(text: str) -> None:
    wait = retry_after(text, now=NOON)
    assert wait is None or wait >= timedelta(0)


@given(st.integers(100, 599))
def test_only_2xx_arrives_and_only_410_is_gone(status: int) -> None:
    verdict = outcome_of(Answer(status, {}, b"", SECOND), now=NOON).verdict
    if 200 <= status < 300:
        assert verdict is Verdict.ACCEPTED
    else:
        assert verdict is (Verdict.GONE if status == 410 else Verdict.FAILED)


def test_an_answers_excerpt_is_short() -> None:
    shown = outcome_of(Answer(500, {}, b"\xff" * 60_000, SECOND), now=NOON)
    assert len(shown.excerpt) == 500


# What is told.


@given(SEVERITIES, SEVERITIES)
def test_severity_is_a_total_order(one: Severity, other: Severity) -> None:
    assert one.at_least(other) or other.at_least(one)
    assert (one.at_least(other) and other.at_least(one)) == (one is other)


@given(st.integers(1, 9), SEVERITIES, st.integers(1, 9), SEVERITIES)
def test_an_update_is_news_only_with_another_severity_and_in_order(
    version: int, severity: Severity, known_version: int, known_severity: Severity
) -> None:
    update = notice(event_type="policy.finding.updated.v1", version=version, severity=severity)
    known = Known(finding_id="f1", severity=known_severity, version=known_version)
    assert is_news(update, known) is (version > known_version and severity != known_severity)
    assert learn(update, known).version == max(version, known_version)


@pytest.mark.parametrize("pattern", ["policy.finding.waived.v1", "inventory.*", "", "opened"])
def test_a_pattern_that_matches_no_event_is_refused(pattern: str) -> None:
    with pytest.raises(ValidationError, match="matches none of"):
        Filter(events=(pattern,))


@given(st.lists(st.timedeltas(timedelta(0), timedelta(days=3)), max_size=6))
def test_at_any_time_the_newest_key_signs_and_old_ones_only_in_their_overlap(
    gaps: list[timedelta],
) -> None:
    now = NOON
    first = SigningKey(secret="k0", created_at=now)
    webhook = Webhook(url="https://example.com/", algorithm="hmac", keys=(first,))
    for number, gap in enumerate(gaps, start=1):
        now += gap
        webhook = webhook.rotated(SigningKey(secret=f"k{number}", created_at=now), overlap=OVERLAP)
        assert webhook.signing(now)[0].secret == f"k{number}"
        for key in webhook.signing(now)[1:]:
            assert key.retires_at is not None
            assert now < key.retires_at <= now + OVERLAP
    assert [key.secret for key in webhook.signing(now + OVERLAP)] == [f"k{len(gaps)}"]


# Renderings.

TEXTS = st.text(alphabet=st.characters(codec="utf-8"), max_size=6000)


@given(TEXTS, TEXTS, st.dictionaries(st.text(max_size=128), st.text(max_size=256), max_size=60))
def test_a_webhook_body_stays_below_the_size_and_is_the_same_every_time(
    title: str, message: str, tags: dict[str, str]
) -> None:
    shown = notice(title=title, message=message, remediation=message, reason=title, tags=tags)
    body = webhook_body(shown)
    assert body == webhook_body(shown)
    assert len(body) < 20_000
    sent = json.loads(body)
    assert set(sent) == {"type", "timestamp", "data"}
    assert sent["data"]["tags"].items() <= tags.items()


@given(TEXTS, TEXTS)
def test_a_slack_message_keeps_to_slacks_limits(title: str, message: str) -> None:
    sent = slack_message(notice(title=title, message=message, remediation=message))
    for block in sent["blocks"]:
        if block["type"] == "header":
            assert len(block["text"]["text"]) <= HEADER
        if "text" in block:
            assert len(block["text"]["text"]) <= SECTION
        for part in block.get("fields", []) + block.get("elements", []):
            assert len(part["text"]) <= FIELD


@given(TEXTS)
def test_no_text_rings_a_channel(text: str) -> None:
    sent = slack_message(notice(message=f"<!channel>{text}", title=f"<@U1>{text}"))
    marked = [
        block["text"]["text"]
        for block in sent["blocks"]
        if "text" in block and block["text"]["type"] == "mrkdwn"
    ]
    assert not any("<" in text for text in [*marked, sent["text"]])


def test_a_resolved_finding_needs_no_remedy() -> None:
    assert "What to do" not in json.dumps(slack_message(notice(status="resolved")))
    assert "What to do" in json.dumps(slack_message(notice()))


@given(TEXTS)
def test_a_subject_is_one_line(title: str) -> None:
    subject = mail(notice(title=title), sender="a@b.de", to=("c@d.de",), message_id="m").subject
    assert len(subject.splitlines()) == 1
    assert len(subject) <= 200


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        ({"ok": True}, Verdict.ACCEPTED),
        ({"ok": False, "error": "ratelimited"}, Verdict.FAILED),
        ({"ok": False, "error": "internal_error"}, Verdict.FAILED),
        ({"ok": False, "error": "channel_not_found"}, Verdict.REFUSED),
        ({"ok": False}, Verdict.FAILED),
        ({}, Verdict.FAILED),
        (None, Verdict.FAILED),
    ],
    ids=["ok", "ratelimited", "internal", "no-channel", "no-error", "empty", "no-json"],
)
def test_a_bots_200_means_what_its_body_says(answer: Any, verdict: Verdict) -> None:
    assert bot_outcome(Outcome(Verdict.ACCEPTED, SECOND, 200), answer).verdict is verdict
