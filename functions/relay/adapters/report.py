"""What the relay says of a batch: logs, metrics, and dead letters with the reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from steward.edge.observe import count
from steward.edge.resources import Resources
from steward.errors import Permanent, StewardError
from steward.log import log_of


class RelayEvent(StrEnum):
    """The relay's log events."""

    BATCH_RELAYED = "outbox.relayed"
    ITEM_FAILED = "outbox.failed"
    ITEM_DEAD_LETTERED = "outbox.dead-lettered"
    BACKLOG_SWEPT = "outbox.swept"


def batch(
    resources: Resources, *, events: int, items: int, failed: Mapping[str, StewardError]
) -> None:
    """Say what became of a batch."""
    function = resources.function.id
    log = log_of("relay")
    for ref, error in failed.items():
        log.warning(
            RelayEvent.ITEM_FAILED, function=function, item=ref, code=error.code, reason=str(error)
        )
    log.info(
        RelayEvent.BATCH_RELAYED, function=function, items=items, events=events, failed=len(failed)
    )
    count({"Relayed": events, "RelayFailed": len(failed)}, function=function)


def swept(items: int) -> None:
    """Say how many items a sweep found waiting."""
    log_of("relay").info(RelayEvent.BACKLOG_SWEPT, items=items)


def bury(
    resources: Resources, records: Iterable[Mapping[str, Any]], failed: Mapping[str, StewardError]
) -> list[str]:
    """Keep with the dead letters what no retry will mend; the ids of the messages to come again.

    Raises:
        Transient: the dead-letter queue is out of reach, so the whole batch comes again.
    """
    again = []
    for record in records:
        error = failed.get(record["messageId"])
        if isinstance(error, Permanent):
            reason = {
                "function": resources.function.id,
                "error": error.code,
                "reason": str(error)[:1000],
                "message_id": record["messageId"],
            }
            resources.dead_letters.send(record["body"], reason=reason)
            log_of("relay").error(RelayEvent.ITEM_DEAD_LETTERED, **reason)
        elif error is not None:
            again.append(record["messageId"])
    return again
