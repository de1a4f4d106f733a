"""What the inventory says to others: a resource appeared, changed or went away."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from steward.contracts.event import Event
from steward.contracts.lake import PartitionSwapped
from steward.contracts.metrics import MetricSample
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


class ResourceRecalled(Event):
    """A resource as it is known, told once more for those who judge it anew; nothing of it differs."""

    type: ClassVar[str] = "inventory.resource.recalled.v1"

    resource: ResourceView
    reason: str

    @property
    def subject(self) -> str:
        """The resource's id."""
        return self.resource.id


class RecallContinued(Event):
    """More resources are to be recalled than one commit takes: those of ``types``, from ``cursor`` on.

    ``accounts`` narrows them down; none given is all.
    """

    type: ClassVar[str] = "inventory.recall.continued.v1"

    types: tuple[str, ...]
    accounts: tuple[str, ...] = ()
    cursor: str | None = None
    reason: str


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


class AccountCheckAsked(Event):
    """Somebody wants to know whether a claimed account can be entered and read."""

    type: ClassVar[str] = "inventory.account.check-asked.v1"

    provider: str
    account: str

    @property
    def subject(self) -> str:
        """Provider and account in one."""
        return f"{self.provider}/{self.account}"


class AccountProven(Event):
    """A tenant has shown that a cloud account is its own; or whoever runs the installation ``vouched``."""

    type: ClassVar[str] = "inventory.account.proven.v1"

    provider: str
    account: str
    at: AwareDatetime
    by: str
    vouched: bool = False

    @property
    def subject(self) -> str:
        """Provider and account in one."""
        return f"{self.provider}/{self.account}"


class AccountGivenUp(Event):
    """A tenant claims a cloud account no more."""

    type: ClassVar[str] = "inventory.account.given-up.v1"

    provider: str
    account: str

    @property
    def subject(self) -> str:
        """Provider and account in one."""
        return f"{self.provider}/{self.account}"


class MetricsRead(Event):
    """What an account's cloud said of the use of a few of its resources, or why it said nothing."""

    type: ClassVar[str] = "inventory.metrics.read.v1"

    provider: str
    account: str
    samples: tuple[MetricSample, ...] = Field(min_length=1)

    @property
    def subject(self) -> str:
        """Provider and account in one."""
        return f"{self.provider}/{self.account}"


class OrganizationAsked(Event):
    """The accounts of an organisation are to be claimed; ``account`` is the one that can list them."""

    type: ClassVar[str] = "inventory.organization.asked.v1"

    provider: str
    account: str
    after: str = ""

    @property
    def subject(self) -> str:
        """Provider and account in one."""
        return f"{self.provider}/{self.account}"


class SweepDue(Event):
    """It is time to look at everything; in the system tenant, the tenants from ``cursor`` on are told."""

    type: ClassVar[str] = "inventory.sweep.due.v1"

    due: AwareDatetime
    cursor: str = ""

    @property
    def subject(self) -> str:
        """The instant it was due."""
        return self.due.isoformat()


class _OfSweep(Event):
    """What belongs to one sweep."""

    sweep: str

    @property
    def subject(self) -> str:
        """The sweep's id."""
        return self.sweep


class SweepBegun(_OfSweep):
    """A sweep began, or goes on with the accounts after ``cursor``."""

    type: ClassVar[str] = "inventory.sweep.begun.v1"

    cursor: str = ""


class SweepReached(_OfSweep):
    """A sweep came to an account; its parts from number ``after`` on are to be listed."""

    type: ClassVar[str] = "inventory.sweep.reached.v1"

    provider: str
    account: str
    after: int = 0


class SweepPlanned(_OfSweep):
    """So many parts of an account belong to a sweep; ``reason`` says why it cannot be looked at."""

    type: ClassVar[str] = "inventory.sweep.planned.v1"

    provider: str
    account: str
    parts: int
    last: bool = True
    reason: str = ""


class _OfPart(_OfSweep):
    """What belongs to one part in one sweep."""

    provider: str
    account: str
    region: str
    group: str


class PartAsked(_OfPart):
    """A part is to be listed, from ``cursor`` on; ``generation`` orders the sweeps."""

    type: ClassVar[str] = "inventory.part.asked.v1"

    generation: int
    cursor: str = ""


class PartShrunk(_OfPart):
    """These resources were in the part before, and a complete listing of ``at`` did not have them."""

    type: ClassVar[str] = "inventory.part.shrunk.v1"

    at: AwareDatetime
    resources: tuple[str, ...]


class PartSwept(_OfPart):
    """A sweep is done with a part: ``fresh``, ``stale``, ``superseded`` by another one or ``cancelled``."""

    type: ClassVar[str] = "inventory.part.swept.v1"

    outcome: str
    reason: str = ""
    seen: int = 0
    changed: int = 0
    gone: int = 0
    calls: int = 0


class SweepEnded(_OfSweep):
    """A sweep is over: ``done``, ``partial`` or ``cancelled``."""

    type: ClassVar[str] = "inventory.sweep.ended.v1"

    state: str
    accounts: int
    parts: int
    stale: int
    seen: int
    changed: int
    gone: int


class SnapshotDue(Event):
    """It is time to bring the columnar snapshots to what the store keeps.

    ``anew`` makes them from the beginning, such as when something was erased; ``tidy`` removes files that
    nothing needs any more.
    """

    type: ClassVar[str] = "inventory.snapshot.due.v1"

    anew: bool = False
    tidy: bool = False


class InventoryPartitionSwapped(PartitionSwapped):
    """A snapshot of the resources or of their changes consists of other files now."""

    type: ClassVar[str] = "inventory.partition.swapped.v1"
