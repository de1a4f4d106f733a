"""The cloud's own messages, as far as the inventory reads them: typed, tolerant of what else they hold."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)
from typing_extensions import override

from functions.inventory.model.patch import Json

_Word = Annotated[
    str, StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.\-]+$")
]
_TypeName = Annotated[
    str, StringConstraints(max_length=128, pattern=r"^[A-Za-z0-9]+(::[A-Za-z0-9_\-]+){2,3}$")
]
_Name = Annotated[str, StringConstraints(min_length=1, max_length=2048)]


def _as_text(value: object) -> object:
    return str(value) if isinstance(value, int | float) else value


def _no_nulls(value: object) -> object:
    if not isinstance(value, dict):
        return {} if value is None else value
    return {str(key): "" if one is None else str(one) for key, one in value.items()}


def _none_is_empty(value: object) -> object:
    return [] if value is None else value


_Text = Annotated[str, BeforeValidator(_as_text)]
_Tags = Annotated[dict[str, str], BeforeValidator(_no_nulls)]


class Notice(BaseModel):
    """The base: unknown members are left alone, since the clouds add some without notice."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    @property
    def event_key(self) -> str:
        """The provider's own id of the event; empty where the envelope's id is all there is."""
        return ""


# The Config API spells some members otherwise than the notifications do.
_SPELLINGS = {"accountId": "awsAccountId", "arn": "ARN"}


def _spelt(value: object, spellings: dict[str, str]) -> object:
    if not isinstance(value, dict):
        return value
    return {**{spellings.get(k, k): v for k, v in value.items() if k in spellings}, **value}


class ConfigRelation(Notice):
    """A relationship of a configuration item; some name the other side only by its name."""

    kind: str = Field("", validation_alias="relationshipName")
    type: str = Field(validation_alias="resourceType")
    id: str | None = Field(None, validation_alias="resourceId")
    name: str | None = Field(None, validation_alias="resourceName")

    @model_validator(mode="before")
    @classmethod
    def _spell(cls, value: object) -> object:
        return _spelt(value, {"name": "relationshipName"})


class ConfigItem(Notice):
    """A configuration item, in the notification's spelling or in that of the Config API.

    Source: AWS Config developer guide, "Components of a configuration item".
    """

    account: _Word = Field(validation_alias="awsAccountId")
    region: _Word = Field(validation_alias="awsRegion")
    type: _TypeName = Field(validation_alias="resourceType")
    id: _Name = Field(validation_alias="resourceId")
    name: str | None = Field(None, validation_alias="resourceName")
    arn: str | None = Field(None, validation_alias="ARN")
    status: str = Field(validation_alias="configurationItemStatus")
    captured_at: AwareDatetime = Field(validation_alias="configurationItemCaptureTime")
    state_id: _Text | None = Field(None, validation_alias="configurationStateId")
    tags: _Tags = Field(default_factory=dict)
    configuration: Json = None
    supplementary: Json = Field(None, validation_alias="supplementaryConfiguration")
    relationships: Annotated[tuple[ConfigRelation, ...], BeforeValidator(_none_is_empty)] = ()

    @model_validator(mode="before")
    @classmethod
    def _spell(cls, value: object) -> object:
        return _spelt(value, _SPELLINGS)


class ConfigSummary(ConfigItem):
    """What an oversized notification gives of its item."""

    change_type: str = Field("UPDATE", validation_alias="changeType")


class S3Delivery(Notice):
    """Where AWS Config left an item that is too large for a notification."""

    location: str | None = Field(None, validation_alias="s3BucketLocation")


class ConfigChange(Notice):
    """``Config Configuration Item Change``: the whole item, or a summary of an oversized one."""

    kind: Literal["config"] = "config"
    account: _Word
    message_type: str
    item: ConfigItem | None = None
    summary: ConfigSummary | None = None
    delivery: S3Delivery = S3Delivery()


class Identity(Notice):
    """The userIdentity element of a trail record."""

    type: str = "Unknown"
    arn: str | None = None
    user_name: str | None = Field(None, validation_alias="userName")
    principal: str | None = Field(None, validation_alias="principalId")
    invoked_by: str | None = Field(None, validation_alias="invokedBy")


class TrailRecord(Notice):
    """A CloudTrail record of a management call.

    Source: AWS CloudTrail user guide, "CloudTrail record contents".
    """

    event_id: _Name = Field(validation_alias="eventID")
    event_name: _Name = Field(validation_alias="eventName")
    event_source: _Name = Field(validation_alias="eventSource")
    at: AwareDatetime = Field(validation_alias="eventTime")
    region: _Word = Field(validation_alias="awsRegion")
    identity: Identity = Field(Identity(), validation_alias="userIdentity")
    from_ip: str | None = Field(None, validation_alias="sourceIPAddress")
    tool: str | None = Field(None, validation_alias="userAgent")
    error_code: str | None = Field(None, validation_alias="errorCode")
    read_only: bool | None = Field(None, validation_alias="readOnly")
    request: dict[str, Any] | None = Field(None, validation_alias="requestParameters")
    response: dict[str, Any] | None = Field(None, validation_alias="responseElements")
    resources: list[dict[str, Any]] | None = None


class TrailCall(Notice):
    """``AWS API Call via CloudTrail`` in its envelope."""

    kind: Literal["trail"] = "trail"
    account: _Word
    record: TrailRecord

    @property
    @override
    def event_key(self) -> str:
        """The trail's event id and name: the same call may come in several envelopes."""
        return f"{self.record.event_id}:{self.record.event_name}"


class StateChange(Notice):
    """``EC2 Instance State-change Notification`` in its envelope."""

    kind: Literal["state"] = "state"
    account: _Word
    region: _Word
    at: AwareDatetime
    envelope_id: str
    instance: Annotated[str, StringConstraints(pattern=r"^i-[0-9a-f]{8,32}$")]
    state: _Word


RawNotice: TypeAlias = ConfigChange | TrailCall | StateChange
