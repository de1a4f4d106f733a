"""A notice as an e-mail of plain text."""

from __future__ import annotations

from typing import NamedTuple

from functions.notify.model.notice import Notice
from functions.notify.model.payload import shortened
from functions.notify.model.slack import headline

SUBJECT = 200


class Mail(NamedTuple):
    """Subject and text; ``message_id`` is the delivery's, the same on every attempt."""

    sender: str
    to: tuple[str, ...]
    subject: str
    text: str
    message_id: str


def mail(notice: Notice, *, sender: str, to: tuple[str, ...], message_id: str) -> Mail:
    """The message for these addresses."""
    # A line break in a subject would end the header.
    subject = shortened(" ".join(headline(notice).split()), SUBJECT)
    facts = (
        ("Resource", notice.resource_name or notice.resource_id),
        ("Type", notice.resource_type),
        ("Account", f"{notice.account} {notice.region}".strip()),
        ("Rule", notice.rule_id),
        ("Finding", f"{notice.finding_id}, version {notice.version}"),
    )
    lines = [notice.message, ""]
    lines += [f"{label}: {text}" for label, text in facts]
    if notice.remediation and notice.status != "resolved":
        lines += ["", "What to do:", notice.remediation]
    return Mail(sender, to, subject, "\n".join(lines) + "\n", message_id)
