"""E-mail and the Slack bot: what goes out, and what the far side's refusals mean."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from functions.notify.adapters.carrier import Courier
from functions.notify.adapters.mailer import SesMailer
from functions.notify.model.delivery import Outcome, Verdict
from functions.notify.model.endpoint import Destination, Endpoint, Mailbox, SlackBot
from steward.outbound import Outbound, allow_list
from steward.secrets import FileSecrets
from tests.edge_world import NOON
from tests.receiver import answer, receiver
from tests.unit.notify.test_notify_model import delivery

BOX = Mailbox(sender="steward@example.com", to=("ops@example.com",))


class Ses:
    """boto3's ``sesv2``, as far as it is used."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.sent: list[dict[str, Any]] = []

    def send_email(self, **arguments: Any) -> dict[str, str]:
        if self.error is not None:
            raise self.error
        self.sent.append(arguments)
        return {"MessageId": "ses-1"}


def carry(destination: Destination, courier: Courier) -> Outcome:
    endpoint = Endpoint(id="e", name="e", destination=destination, created_at=NOON, updated_at=NOON)
    return courier.carry(delivery(), endpoint, now=NOON)


def by_mail(ses: Ses, folder: Path) -> Outcome:
    return carry(BOX, Courier(Outbound(), FileSecrets(folder), SesMailer(lambda: ses)))


def refusal(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "SendEmail")


def test_a_mail_carries_the_deliverys_id(tmp_path: Path) -> None:
    ses = Ses()
    outcome = by_mail(ses, tmp_path)
    assert (outcome.verdict, outcome.excerpt) == (Verdict.ACCEPTED, "ses-1")
    (sent,) = ses.sent
    assert sent["FromEmailAddress"] == BOX.sender
    assert sent["Destination"] == {"ToAddresses": list(BOX.to)}
    headers = sent["Content"]["Simple"]["Headers"]
    assert headers == [{"Name": "X-Steward-Delivery", "Value": "msg_d1"}]


@pytest.mark.parametrize(
    ("error", "verdict"),
    [
        (refusal("MessageRejected"), Verdict.REFUSED),
        (refusal("TooManyRequestsException"), Verdict.FAILED),
        (refusal("InternalFailure"), Verdict.FAILED),
        (EndpointConnectionError(endpoint_url="https://ses"), Verdict.FAILED),
    ],
    ids=["rejected", "throttled", "internal", "unreachable"],
)
def test_what_ses_refuses_is_given_up_or_tried_again(
    tmp_path: Path, error: Exception, verdict: Verdict
) -> None:
    assert by_mail(Ses(error), tmp_path).verdict is verdict


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        (answer(200, b'{"ok":true}'), Verdict.ACCEPTED),
        (answer(200, b'{"ok":false,"error":"not_in_channel"}'), Verdict.REFUSED),
        (answer(200, b"<html>"), Verdict.FAILED),
        (answer(429, b"", Retry_After="30"), Verdict.FAILED),
    ],
    ids=["ok", "not-in-channel", "html", "slow-down"],
)
def test_a_bot_posts_with_its_token_and_reads_the_answer(
    tmp_path: Path, said: Any, verdict: Verdict
) -> None:
    vault = FileSecrets(tmp_path)
    vault.put("bot", "xoxb-1")
    with receiver(said) as server:
        outbound = Outbound(allow=allow_list(server.authority))
        courier = Courier(outbound, vault, SesMailer(Ses), post_message=server.url)
        outcome = carry(SlackBot(secret="bot", channel="C1"), courier)
        request = server.requests[0]
    assert outcome.verdict is verdict
    assert outcome.retry_after == (timedelta(seconds=30) if outcome.status == 429 else None)
    assert request.headers["authorization"] == "Bearer xoxb-1"
    assert json.loads(request.body)["channel"] == "C1"


def test_a_lost_secret_is_a_reason_and_no_crash(tmp_path: Path) -> None:
    courier = Courier(Outbound(), FileSecrets(tmp_path), SesMailer(Ses))
    outcome = carry(SlackBot(secret="gone", channel="C1"), courier)
    assert outcome.verdict is Verdict.REFUSED
    assert "endpoint secret" in outcome.error
