"""What the inventory says to others: a resource appeared, changed or went away."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from steward.contracts.event import Event
from steward.identity.items import Facts


class Relation(BaseModel):
    """A directed tie to another resource: ``kind`` as the provider words it, or as Steward does.

    ``target_id`` is the native id; where the configuration names the target by an ARN, an ARM id or a
    Google resource name, it is that.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: str
    target_type: str
    target_id: str


class Actor(BaseModel):
    """Who caused a change, from which address, with which tool (the user agent), as the trail has it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    who: str
    from_ip: str | None = None
    tool: str | None = None


class ResourceView(BaseModel):
    """One resource as the inventory knows it after a change.

    ``type`` is the CloudFormation type name (``AWS::S3::Bucket``); ``configuration`` is the provider's
    own shape, for AWS the camelCase of AWS Config with the supplementary parts under ``supplementary``;
    ``state`` is the provider's word (``running``, ``available``), ``active`` where there is none, and
    ``deleted`` for a resource that is gone. ``partial`` says why parts may be missing, such as a resource
    known from API calls only; what is absent then is unknown, not unset. ``version`` grows by one with
    each accepted capture.

    The common view is the same for every provider: ``owner`` (from tags, else from whoever made it),
    ``public`` (it answers to, or is readable by, anyone), ``encrypted`` (at rest), ``size`` in the
    provider's words (``t3.micro``, ``100 GiB``); None is unknown or without meaning for the type.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    provider: str
    account: str
    region: str
    type: str
    native_id: str
    arn: str | None = None
    name: str | None = None
    tags: dict[str, str] = Field(default_factory=dict)
    configuration: dict[str, Any] = Field(default_factory=dict)
    relations: tuple[Relation, ...] = ()
    state: str
    partial: str | None = None
    created_at: AwareDatetime | None = None
    owner: str | None = None
    public: bool | None = None
    encrypted: bool | None = None
    size: str | None = None
    captured_at: AwareDatetime
    version: int = Field(ge=1)

    def facts(self) -> Facts:
        """What access is decided by."""
        return Facts(self.id, self.provider, self.account, self.tags)


class _ResourceEvent(Event):
    """What the three events share: the whole resource after the change, and who made it."""

    resource: ResourceView
    actor: Actor | None = None
    change_id: str

    @property
    def subject(self) -> str:
        """The resource's id."""
        return self.resource.id


class ResourceDiscovered(_ResourceEvent):
    """A resource is known for the first time, or again after it was deleted."""

    type: ClassVar[str] = "inventory.resource.discovered.v1"


class ResourceChanged(_ResourceEvent):
    """A known resource differs; ``changed_paths`` are JSON Pointers (RFC 6901) into ``resource``."""

    type: ClassVar[str] = "inventory.resource.changed.v1"

    changed_paths: tuple[str, ...]


class ResourceDeleted(_ResourceEvent):
    """A resource is gone; ``resource`` is its last known configuration with state ``deleted``."""

    type: ClassVar[str] = "inventory.resource.deleted.v1"


class CaptureContinued(Event):
    """What a message reported about more resources than one commit takes: the rest, for the next one."""

    type: ClassVar[str] = "inventory.capture.continued.v1"

    captures: tuple[dict[str, Any], ...]


class TiesContinued(Event):
    """A resource has more ties than one commit takes: the edges of it that are left to be kept or removed.

    ``gone`` are the edges that no tie stands for any more.
    """

    type: ClassVar[str] = "inventory.ties.continued.v1"

    resource_id: str
    gone: tuple[str, ...] = ()

    @property
    def subject(self) -> str:
        """The resource's id."""
        return self.resource_id


class AccountAdded(Event):
    """A tenant (``owner``) has claimed a cloud account; its parked events can be released.

    ``sweep`` counts the passes over the parked events, since one pass releases a bounded number.
    """

    type: ClassVar[str] = "inventory.account.added.v1"

    provider: str
    account: str
    owner: str
    sweep: int = 0

    @property
    def subject(self) -> str:
        """Provider and account in one."""
        return f"{self.provider}/{self.account}"
