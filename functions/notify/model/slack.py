"""A notice as a Slack message in Block Kit.

Limits: https://docs.slack.dev/reference/block-kit/blocks/ (header 150, section text 3000, field 2000).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from functions.notify.model.delivery import Outcome, Verdict
from functions.notify.model.notice import Notice, Severity
from functions.notify.model.payload import shortened

HEADER, SECTION, FIELD = 150, 3000, 2000
_MARKS = {
    Severity.CRITICAL: ":red_circle:",
    Severity.HIGH: ":large_orange_circle:",
    Severity.MEDIUM: ":large_yellow_circle:",
    Severity.LOW: ":large_blue_circle:",
    Severity.INFO: ":white_circle:",
}
_VERBS = {
    "opened": "opened",
    "reopened": "opened again",
    "resolved": "resolved",
    "updated": "changed its severity",
    "test": "test message",
}
# Errors of chat.postMessage that trying again does not mend; all others are tried again.
# https://docs.slack.dev/reference/methods/chat.postMessage#errors
_LASTING = frozenset(
    {
        "account_inactive",
        "channel_not_found",
        "invalid_arguments",
        "invalid_auth",
        "invalid_blocks",
        "is_archived",
        "missing_scope",
        "msg_too_long",
        "no_permission",
        "not_authed",
        "not_in_channel",
        "restricted_action",
        "token_expired",
        "token_revoked",
    }
)


def headline(notice: Notice) -> str:
    """One line of plain text: also what a phone shows of the message, and an e-mail's subject."""
    verb = _VERBS.get(notice.kind, notice.kind)
    late = " (late)" if notice.late else ""
    return f"[{notice.severity.upper()}] {notice.title}: {verb}{late}"


def slack_message(notice: Notice) -> dict[str, Any]:
    """Text and blocks, as both an incoming webhook and chat.postMessage take them."""
    blocks = [
        _header(shortened(f"{_MARKS[notice.severity]} {headline(notice)}", HEADER)),
        _section(notice.message or notice.title),
        {"type": "section", "fields": [_field(*pair) for pair in _facts(notice)]},
    ]
    if notice.remediation and notice.status != "resolved":
        blocks.append(_section(f"*What to do*\n{notice.remediation}"))
    blocks.append(_context(f"{notice.finding_id} · version {notice.version}"))
    return {"text": escape(shortened(headline(notice), SECTION // 2)), "blocks": blocks}


def escape(text: str) -> str:
    """The text without Slack's control characters: a tag named ``<!channel>`` rings nobody."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def bot_outcome(outcome: Outcome, answer: Any) -> Outcome:
    """What chat.postMessage meant by a 200: failure is a field of its answer."""
    if not isinstance(answer, dict):
        return outcome._replace(verdict=Verdict.FAILED, error="Slack answered no JSON object")
    if answer.get("ok") is True:
        return outcome
    error = str(answer.get("error", "unknown"))
    verdict = Verdict.REFUSED if error in _LASTING else Verdict.FAILED
    wait = timedelta(seconds=30) if error in {"ratelimited", "rate_limited"} else None
    return outcome._replace(verdict=verdict, error=f"Slack: {error}", retry_after=wait)


def _facts(notice: Notice) -> list[tuple[str, str]]:
    return [
        ("Resource", notice.resource_name or notice.resource_id),
        ("Type", notice.resource_type),
        ("Account", f"{notice.account} {notice.region}".strip()),
        ("Rule", notice.rule_id),
    ]


def _header(text: str) -> dict[str, Any]:
    return {"type": "header", "text": {"type": "plain_text", "text": text, "emoji": True}}


def _section(text: str) -> dict[str, Any]:
    # Escaping lengthens: cut first to what fits even if every character becomes an entity.
    shown = escape(text)
    if len(shown) > SECTION:
        shown = escape(shortened(text, SECTION // 5))
    return {"type": "section", "text": {"type": "mrkdwn", "text": shown}}


def _field(label: str, text: str) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": f"*{label}*\n{escape(shortened(text or '-', FIELD // 6))}"}


def _context(text: str) -> dict[str, Any]:
    element = {"type": "mrkdwn", "text": escape(shortened(text, FIELD // 6))}
    return {"type": "context", "elements": [element]}
