"""What Steward's own functions in other clouds have handed in."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import AwareDatetime, Field

from steward.contracts.event import Event


class NoticeReceived(Event):
    """A message of another cloud, whole in ``detail``, from a subscription or project of the tenant.

    ``source`` and ``kind`` say what it is, as an EventBridge envelope's source and detail-type do:
    ``azure.eventgrid`` and ``Microsoft.Resources.ResourceWriteSuccess``. ``sender`` is who handed it in.
    """

    type: ClassVar[str] = "intake.notice.received.v1"

    provider: Literal["azure", "gcp"]
    account: str
    notice_id: str
    source: str
    kind: str
    at: AwareDatetime
    region: str = ""
    detail: dict[str, Any]
    sender: str

    @property
    def subject(self) -> str:
        """Provider and account in one."""
        return f"{self.provider}/{self.account}"


class ExportReceived(Event):
    """A file of another cloud, such as a cost export, has arrived whole and its checksum holds.

    It lies in bucket ``intake`` as ``parts`` objects ``<prefix>/00000`` and on, to be read one after the
    other; ``size`` is in bytes, ``sha256`` of the whole in hex, ``name`` its path in the other cloud.
    """

    type: ClassVar[str] = "intake.export.received.v1"

    provider: Literal["azure", "gcp"]
    account: str
    name: str
    prefix: str
    parts: int = Field(ge=1)
    size: int = Field(ge=0)
    sha256: str
    content_type: str
    sender: str

    @property
    def subject(self) -> str:
        """Provider and account in one."""
        return f"{self.provider}/{self.account}"
