"""The audit trail's queue on SQS.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from functions.relay.ports import Refused
from steward.errors import Transient
from steward.store.trail import Part


class TrailQueue:
    """`functions.relay.ports.Trail` over a FIFO queue."""

    def __init__(self, client: Any, *, url: str) -> None:
        self._client = client
        self._url = url

    def send(self, parts: Sequence[Part]) -> list[Refused | None]:
        """Offer at most ten parts; SQS keeps the order within a tenant, and drops a quick repeat."""
        entries = [
            {
                "Id": str(number),
                "MessageBody": part.body,
                "MessageGroupId": part.tenant,
                # A commit may have a part for two tenants, and a queue knows one of an id.
                "MessageDeduplicationId": f"{part.commit}/{part.tenant}",
            }
            for number, part in enumerate(parts)
        ]
        try:
            answer = self._client.send_message_batch(QueueUrl=self._url, Entries=entries)
        except (ClientError, BotoCoreError) as error:
            raise Transient(f"audit trail: {error}; try again") from error
        failed = {int(failure["Id"]): failure for failure in answer.get("Failed", ())}
        return [_refused(failed[n]) if n in failed else None for n in range(len(parts))]


def _refused(failure: dict[str, Any]) -> Refused:
    reason = f"{failure.get('Code')}: {failure.get('Message', '')}"
    return Refused(reason, again=not failure.get("SenderFault"))
