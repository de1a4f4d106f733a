"""Carries a message to Slack, a webhook or a mailbox, and says in one vocabulary how that went."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from time import monotonic
from typing import Any

from functions.notify.model.delivery import EXCERPT, Delivery, Outcome, Verdict
from functions.notify.model.endpoint import (
    Endpoint,
    Mailbox,
    SlackBot,
    SlackWebhook,
    Webhook,
)
from functions.notify.model.mail import mail
from functions.notify.model.payload import webhook_body
from functions.notify.model.slack import bot_outcome, slack_message
from functions.notify.ports import Mailer, Vault
from steward.errors import NotFound, Permanent, Transient
from steward.outbound import Answer, Outbound
from steward.standard_webhooks import sign

POST_MESSAGE = "https://slack.com/api/chat.postMessage"
_JSON = {"Content-Type": "application/json; charset=utf-8"}
_PATIENT = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)


@dataclass(frozen=True, slots=True)
class Courier:
    """One attempt over the safe outbound HTTPS or the mailer."""

    outbound: Outbound
    vault: Vault
    mailer: Mailer
    post_message: str = POST_MESSAGE

    def carry(self, delivery: Delivery, endpoint: Endpoint, *, now: datetime) -> Outcome:
        """Send the delivery's notice to the endpoint."""
        started = monotonic()
        try:
            return self._carry(delivery, endpoint, now=now)
        except Transient as error:
            return Outcome(Verdict.FAILED, _since(started), error=str(error))
        except NotFound as error:
            return Outcome(Verdict.REFUSED, _since(started), error=f"endpoint secret: {error}")
        except Permanent as error:
            return Outcome(Verdict.REFUSED, _since(started), error=str(error))

    def _carry(self, delivery: Delivery, endpoint: Endpoint, *, now: datetime) -> Outcome:
        match endpoint.destination:
            case Webhook() as webhook:
                return self._webhook(delivery, webhook, now=now)
            case SlackWebhook(secret=secret):
                body = _as_json(slack_message(delivery.notice))
                return self._post(self.vault.get(secret), body, _JSON, now=now)
            case SlackBot() as bot:
                return self._bot(delivery, bot, now=now)
            case Mailbox() as mailbox:
                return self._mail(delivery, mailbox)

    def _webhook(self, delivery: Delivery, webhook: Webhook, *, now: datetime) -> Outcome:
        body = webhook_body(delivery.notice)
        keys = [self.vault.get(key.secret) for key in webhook.signing(now)]
        signature = sign(body, message_id=delivery.webhook_id, at=now, keys=keys)
        return self._post(webhook.url, body, {**_JSON, **signature}, now=now)

    def _bot(self, delivery: Delivery, bot: SlackBot, *, now: datetime) -> Outcome:
        body = _as_json({"channel": bot.channel, **slack_message(delivery.notice)})
        headers = {**_JSON, "Authorization": f"Bearer {self.vault.get(bot.secret)}"}
        return self._post(self.post_message, body, headers, now=now, judge=_bot_answer)

    def _mail(self, delivery: Delivery, mailbox: Mailbox) -> Outcome:
        started = monotonic()
        message = mail(
            delivery.notice,
            sender=mailbox.sender,
            to=mailbox.to,
            message_id=delivery.webhook_id,
        )
        id_ = self.mailer.send(message)
        return Outcome(Verdict.ACCEPTED, _since(started), excerpt=id_)

    def _post(
        self,
        url: str,
        body: bytes,
        headers: Mapping[str, str],
        *,
        now: datetime,
        judge: Callable[[Outcome, Answer], Outcome] | None = None,
    ) -> Outcome:
        answer = self.outbound.post(url, body=body, headers=headers)
        outcome = outcome_of(answer, now=now)
        return judge(outcome, answer) if judge is not None and answer.ok else outcome


def outcome_of(answer: Answer, *, now: datetime) -> Outcome:
    """What a status means: 2xx arrived, 410 is gone, all else failed, redirects included."""
    excerpt = answer.body[: 4 * EXCERPT].decode("utf-8", "replace")[:EXCERPT]
    known = Outcome(Verdict.ACCEPTED, answer.took, answer.status, excerpt=excerpt)
    if answer.ok:
        return known
    if answer.status == HTTPStatus.GONE:
        return known._replace(verdict=Verdict.GONE, error="410: the endpoint says it is gone")
    wait = retry_after(answer.headers.get("retry-after", ""), now=now)
    return known._replace(
        verdict=Verdict.FAILED,
        error=f"answered {answer.status}",
        retry_after=wait if answer.status in _PATIENT else None,
    )


def retry_after(text: str, *, now: datetime) -> timedelta | None:
    """The wait that a Retry-After header asks for: seconds or an HTTP date; None when it is neither."""
    text = text.strip()
    if text.isascii() and text.isdecimal():
        return timedelta(seconds=min(int(text[:9]), 10**8))
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        # The receiver chose the text; a number in it may be beyond what a date can hold.
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(moment - now, timedelta(0))


def _bot_answer(outcome: Outcome, answer: Answer) -> Outcome:
    try:
        said: Any = json.loads(answer.body)
    except ValueError:
        said = None
    return bot_outcome(outcome, said)


def _as_json(content: object) -> bytes:
    return json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode()


def _since(started: float) -> timedelta:
    return timedelta(seconds=monotonic() - started)
