"""What is looked for: filters, free text, conditions, an order, and which facets are counted."""

from __future__ import annotations

from typing import Final, Self, TypeAlias

from pydantic import AwareDatetime, Field

from functions.inventory.model.resource import Frozen
from functions.inventory.model.search.conditions import SCALARS, Condition, Path
from steward.errors import BadInput
from steward.identity.items import Facts

CONDITIONS: Final = 16
JOINT: Final = "&&"
Json: TypeAlias = str | int | float | bool | None
FACETS: Final = ("provider", "account", "region", "type", "state")
"""What is counted when nobody says what."""
COUNTABLE: Final = (*FACETS, "owner", "public", "encrypted", "size")
TAG_KEYS: Final = "tags"


class Wanted(Frozen):
    """Which resources are wanted; what is None does not matter.

    ``tag`` is ``key`` or ``key=value``; ``text`` is found in names, ids and tags, whatever the case;
    ``where`` are conditions joined by ``&&``.
    """

    provider: str | None = Field(default=None, max_length=512)
    account: str | None = Field(default=None, max_length=512)
    region: str | None = Field(default=None, max_length=512)
    type: str | None = Field(default=None, max_length=512)
    tag: str | None = Field(default=None, max_length=512)
    state: str | None = Field(default=None, max_length=512)
    text: str | None = Field(default=None, max_length=512)
    where: str | None = Field(default=None, max_length=4096)

    @classmethod
    def of(cls, *values: str | None) -> Self:
        """What is wanted, from the values of the fields in their order."""
        return cls(**dict(zip(cls.model_fields, values, strict=True)))

    def conditions(self) -> tuple[Condition, ...]:
        """The conditions, parsed.

        Raises:
            BadInput: one cannot be read.
        """
        texts = [] if self.where is None else self.where.split(JOINT)
        if len(texts) > CONDITIONS:
            raise BadInput(f"where: {len(texts)} conditions; at most {CONDITIONS}")
        return tuple(Condition.parse(text.strip()) for text in texts)

    def equal(self) -> dict[str, str]:
        """The columns that must be equal to something."""
        asked = {
            "provider": self.provider,
            "account": self.account,
            "region": self.region,
            "type": self.type,
            "state": self.state,
        }
        return {name: value for name, value in asked.items() if value is not None}


class Order(Frozen):
    """By which field, and which end first; equals stand by id. By type is what files are sorted by."""

    field: str = "type"
    descending: bool = False

    @classmethod
    def parse(cls, text: str | None) -> Order:
        """The order that a text names: a field, with ``-`` before it for the largest first.

        Raises:
            BadInput: there is no such field.
        """
        if not text:
            return cls()
        field = text.removeprefix("-")
        if field not in SCALARS:
            raise BadInput(
                f"sort {text[:40]!r}: use one of {', '.join(SCALARS)}, '-' before it to turn it"
            )
        return cls(field=field, descending=text.startswith("-"))


class Facet(Frozen):
    """A field's most frequent values, and in how many resources each is; ``more`` others are left out."""

    field: str
    values: tuple[FacetValue, ...]
    more: int = 0


class FacetValue(Frozen):
    """A value, and in how many resources it is."""

    value: Json
    count: int


class Facets(Frozen):
    """How many resources are wanted, and their facets; changes up to ``as_of`` are counted."""

    total: int
    facets: tuple[Facet, ...]
    as_of: AwareDatetime


class Summary(Frozen):
    """A resource in a list: without its configuration and relations."""

    id: str
    provider: str
    account: str
    region: str
    type: str
    native_id: str
    arn: str | None
    name: str | None
    tags: dict[str, str]
    state: str
    partial: str | None
    created_at: AwareDatetime | None
    owner: str | None
    public: bool | None
    encrypted: bool | None
    size: str | None
    captured_at: AwareDatetime
    version: int

    def facts(self) -> Facts:
        """What access is decided by."""
        return Facts(self.id, self.provider, self.account, self.tags)


def facet_fields(text: str | None) -> tuple[str, ...]:
    """The fields to count: columns, ``tags`` for tag keys, ``tags.<key>``, a configuration path.

    Raises:
        BadInput: a field that cannot be counted.
    """
    fields = tuple(part.strip() for part in (text or ",".join(FACETS)).split(","))
    if len(fields) > CONDITIONS:
        raise BadInput(f"fields: {len(fields)} of them; at most {CONDITIONS}")
    for field in fields:
        if field == TAG_KEYS:
            continue
        if Path.parse(field).root in SCALARS and field not in COUNTABLE:
            raise BadInput(
                f"field {field[:40]!r}: has a value of its own in nearly every resource; use "
                f"{', '.join((*COUNTABLE, TAG_KEYS))}, tags.<key> or configuration.<path>"
            )
    return fields
