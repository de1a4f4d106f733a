"""The bus on EventBridge.

https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from functions.relay.model import REQUEST_BYTES, Entry
from functions.relay.ports import Refused
from steward.errors import Throttled, TooLarge, Transient

# Of an entry, these say that EventBridge was not up to it; any other, that the entry is wrong.
_AGAIN: Final = frozenset({"InternalException", "InternalFailure", "ThrottlingException"})
_THROTTLED: Final = frozenset({"ThrottlingException", "TooManyRequestsException"})


class EventBridge:
    """`functions.relay.ports.Bus` over one bus."""

    def __init__(self, client: Any, *, name: str) -> None:
        self._client = client
        self._name = name

    def put(self, entries: Sequence[Entry]) -> list[Refused | None]:
        """Offer at most ten entries.

        Raises:
            Transient: throttled or out of reach.
            TooLarge: beyond what a request may hold.
        """
        size = sum(entry.bytes for entry in entries)
        if size > REQUEST_BYTES:
            raise TooLarge(
                f"event {entries[0].detail_type} of item {entries[0].ref}: {size} bytes; the bus takes "
                f"{REQUEST_BYTES}, so keep the large part in the object store"
            )
        try:
            answer = self._client.put_events(Entries=[self._entry(entry) for entry in entries])
        except ClientError as error:
            raise _translated(error) from error
        except BotoCoreError as error:
            raise Transient(f"bus: {error}; try again") from error
        return [_refused(result) for result in answer["Entries"]]

    def _entry(self, entry: Entry) -> dict[str, Any]:
        return {
            "EventBusName": self._name,
            "Source": entry.source,
            "DetailType": entry.detail_type,
            "Detail": entry.detail,
            "Time": entry.time,
        }


def _refused(result: Mapping[str, str]) -> Refused | None:
    code = result.get("ErrorCode")
    if not code:
        return None
    return Refused(f"{code}: {result.get('ErrorMessage', '')}", again=code in _AGAIN)


def _translated(error: ClientError) -> Transient:
    code = error.response.get("Error", {}).get("Code", "")
    kind = Throttled if code in _THROTTLED else Transient
    return kind(f"bus: {error}; try again")
