"""E-mail through Amazon SES v2."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from functions.notify.model.mail import Mail
from steward.errors import Permanent, Throttled, Transient

# https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html#API_SendEmail_Errors
_LATER = frozenset({"TooManyRequestsException", "LimitExceededException", "SendingPausedException"})
_NEVER = frozenset(
    {
        "AccountSuspendedException",
        "BadRequestException",
        "MailFromDomainNotVerifiedException",
        "MessageRejected",
        "NotFoundException",
    }
)


class SesMailer:
    """``client`` makes boto3's ``sesv2``, at the first message."""

    def __init__(self, client: Callable[[], Any]) -> None:
        self._client = client

    def send(self, mail: Mail) -> str:
        """Hand the message to SES; answers its message id.

        Raises:
            Throttled: SES asks for a slower pace.
            Transient: SES could not be reached.
            Permanent: SES refuses the message or the sender.
        """
        if not mail.sender:
            raise Permanent(
                "e-mail: no sender address; set MAIL_SENDER to one that SES has verified"
            )
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            answer = self._client().send_email(
                FromEmailAddress=mail.sender,
                Destination={"ToAddresses": list(mail.to)},
                Content={"Simple": _simple(mail)},
            )
        except ClientError as error:
            raise _verdict(error.response["Error"]) from error
        except BotoCoreError as error:
            raise Transient(f"SES: {error}") from error
        return str(answer["MessageId"])


@cache
def ses() -> Any:
    """One client per process."""
    import boto3

    return boto3.client("sesv2")


def _simple(mail: Mail) -> dict[str, Any]:
    return {
        "Subject": {"Data": mail.subject, "Charset": "UTF-8"},
        "Body": {"Text": {"Data": mail.text, "Charset": "UTF-8"}},
        "Headers": [{"Name": "X-Steward-Delivery", "Value": mail.message_id}],
    }


def _verdict(error: dict[str, Any]) -> Permanent | Transient:
    code = str(error.get("Code", ""))
    text = f"SES: {code}: {error.get('Message', '')}"
    if code in _LATER or "Throttl" in code:
        return Throttled(text)
    return Permanent(text) if code in _NEVER else Transient(text)
