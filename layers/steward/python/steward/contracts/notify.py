"""What the notifications say to others: a message arrived, failed or was given up."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from steward.contracts.event import Event

EndpointKind = Literal["slack-webhook", "slack-bot", "webhook", "email"]


class MessageView(BaseModel):
    """One message to one endpoint: which event it tells of, and how often it was tried."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    delivery_id: str
    endpoint_id: str
    endpoint_kind: EndpointKind | None
    """None when the endpoint is deleted."""
    event_id: str
    event_type: str
    about: str
    attempts: int = Field(ge=0)


class _MessageEvent(Event):
    """What the three events share: the message."""

    message: MessageView

    @property
    def subject(self) -> str:
        """The delivery's id."""
        return self.message.delivery_id


class MessageDelivered(_MessageEvent):
    """The far side took the message."""

    type: ClassVar[str] = "notify.message.delivered.v1"


class MessageFailed(_MessageEvent):
    """An attempt failed; another follows at ``next_at``."""

    type: ClassVar[str] = "notify.message.failed.v1"

    error: str
    next_at: AwareDatetime


class MessageDeadLettered(_MessageEvent):
    """The message was given up; it waits for a replay by hand."""

    type: ClassVar[str] = "notify.message.dead-lettered.v1"

    reason: str


class DeliveryDue(Event):
    """The time of an attempt has come; ``attempt`` counts from 1 and tells a stale timer apart."""

    type: ClassVar[str] = "notify.delivery.due.v1"

    delivery_id: str
    attempt: int = Field(ge=1)

    @property
    def subject(self) -> str:
        """The delivery's id."""
        return self.delivery_id


class EndpointDisabled(Event):
    """An endpoint gets no more messages: it said that it is gone."""

    type: ClassVar[str] = "notify.endpoint.disabled.v1"

    endpoint_id: str
    name: str
    reason: str

    @property
    def subject(self) -> str:
        """The endpoint's id."""
        return self.endpoint_id
