"""What the inventory keeps: a resource as it is now, and every change that made it so."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from functions.inventory.model.edits import Edit
from functions.inventory.model.graph.derive import Origin, derived
from functions.inventory.model.identity import ChangeId, ResourceId, resource_id
from functions.inventory.model.packing import packed, unpacked
from functions.inventory.model.patch import Json, Operation, Patch
from steward.contracts.inventory import Actor, Relation, ResourceView

DELETED = "deleted"
ACTIVE = "active"


class Frozen(BaseModel):
    """The base of what the inventory keeps: immutable, and strict about its fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Source(StrEnum):
    """Who reported a capture: AWS Config, an API call, a state notice, a sweep, a provider's feed."""

    CONFIG = "config"
    TRAIL = "trail"
    STATE = "state"
    SWEEP = "sweep"
    FEED = "feed"


class Effect(StrEnum):
    """What a capture says happened: ``captured`` is the whole of it, the others a part."""

    CAPTURED = "captured"
    CREATED = "created"
    EDITED = "edited"
    DELETED = "deleted"


class Subject(Frozen):
    """Which resource a capture is about."""

    provider: str = "aws"
    account: str
    region: str
    type: str
    native_id: str

    @property
    def id(self) -> ResourceId:
        """The opaque id."""
        return resource_id(self.provider, self.account, self.region, self.type, self.native_id)


class Facts(Frozen):
    """What is true of a resource at an instant; ``partial`` says why some of it may be missing.

    ``relations`` are those that the provider tells of; see `relations_of` for all.
    """

    arn: str | None = None
    name: str | None = None
    tags: dict[str, str] = Field(default_factory=dict)
    configuration: dict[str, Json] = Field(default_factory=dict)
    relations: tuple[Relation, ...] = ()
    state: str = ACTIVE
    partial: str | None = None
    created_at: AwareDatetime | None = None
    owner: str | None = None
    public: bool | None = None
    encrypted: bool | None = None
    size: str | None = None

    def document(self) -> dict[str, Json]:
        """The facts as the JSON object that edits and differences work on."""
        return self.model_dump(mode="json")

    @property
    def deleted(self) -> bool:
        """Whether the resource is gone."""
        return self.state == DELETED


class Capture(Frozen):
    """One report about one resource at one instant: whole facts, or edits of what was known.

    ``key`` tells reports of the same source apart, however often each is delivered; ``rank`` orders
    those of one instant.
    """

    subject: Subject
    at: AwareDatetime
    source: Source
    effect: Effect
    key: str
    rank: int = 5
    event_id: str = ""
    action: str = ""
    actor: Actor | None = None
    facts: Facts | None = None
    edits: tuple[Edit, ...] = ()


class Change(Frozen):
    """An entry of a resource's history: what was reported, and what it made different.

    Entries form a chain by ``previous``, in the order of ``order``. The patch carries the values before,
    so that the chain can be walked back from today; edits are kept so that a late entry before this one
    can be taken into account. Both are deflated together when large. ``joined`` is the call that told who
    the actor is, where the entry itself does not. ``recorded_at`` is when it was written, or written anew.
    """

    id: ChangeId
    resource_id: ResourceId
    previous: ChangeId | None
    order: str
    at: AwareDatetime
    source: Source
    effect: Effect
    event_id: str
    action: str
    actor: Actor | None
    joined: ChangeId | None = None
    account: str = ""
    edits: tuple[Edit, ...] = ()
    patch: Patch = ()
    packed: str | None = None
    recorded_at: AwareDatetime | None = None

    def with_patch(self, patch: Patch, *, edits: tuple[Edit, ...]) -> Self:
        """The same entry with this difference, deflated when it is large."""
        plain = {
            "edits": [edit.model_dump(mode="json") for edit in edits],
            "patch": [step.model_dump(mode="json") for step in patch],
        }
        small = packed(plain)
        if small is None:
            return self.model_copy(update={"edits": edits, "patch": patch, "packed": None})
        return self.model_copy(update={"edits": (), "patch": (), "packed": small})

    def unpacked(self) -> Change:
        """The same entry with its difference and edits in plain sight."""
        if self.packed is None:
            return self
        plain = unpacked(self.packed)
        return self.model_copy(
            update={
                "edits": tuple(Edit.model_validate(edit) for edit in plain["edits"]),
                "patch": tuple(Operation.model_validate(step) for step in plain["patch"]),
                "packed": None,
            }
        )


class Resource(Frozen):
    """A resource as it is now; ``latest`` is the newest entry of its history.

    ``recorded_at`` is when it was last written, by our own clock. ``unlisted`` while it is there and no
    listing has shown it since it came.
    """

    id: ResourceId
    subject: Subject
    facts: Facts
    captured_at: AwareDatetime
    version: int
    latest: ChangeId
    recorded_at: AwareDatetime | None = None
    unlisted: bool = False

    def view(self) -> ResourceView:
        """The resource as others see it."""
        return view(self.subject, self.facts, captured_at=self.captured_at, version=self.version)


def relations_of(subject: Subject, facts: Facts) -> tuple[Relation, ...]:
    """The ties that the provider tells of, then those that the configuration does."""
    origin = Origin(subject.provider, subject.type, subject.native_id, facts.arn)
    return tuple(
        dict.fromkeys((*facts.relations, *derived(origin, facts.configuration, facts.tags)))
    )


def view(subject: Subject, facts: Facts, *, captured_at: datetime, version: int) -> ResourceView:
    """Facts of a subject as others see them."""
    return ResourceView(
        id=subject.id,
        provider=subject.provider,
        account=subject.account,
        region=subject.region,
        type=subject.type,
        native_id=subject.native_id,
        captured_at=captured_at,
        version=version,
        **{**dict(facts), "relations": relations_of(subject, facts)},
    )
