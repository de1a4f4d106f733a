"""Rows of the catalogue: how the resources of one type are listed, named and read, as data."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from functions.inventory.model.paths import WHOLE

Parameters = Mapping[str, Any]


class Scope(StrEnum):
    """Whether a service answers the same in every region."""

    REGIONAL = "regional"
    GLOBAL = "global"


class Data(BaseModel):
    """The base of what the catalogue says: immutable, and strict about its fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Tokens(Data):
    """How a listing goes on where botocore does not know: the answer's member and the parameter it fills.

    Of a list, such as ``Names[]``, the last one counts. ``more`` is the member that says whether there is
    more; without, there is as long as there is a token.
    """

    out: str
    into: str
    more: str = ""


class Listing(Data):
    """A call that lists: ``items`` is the path to the resources in its answer.

    Items that are mere strings become objects with the one member ``named``. ``tokens`` None means that
    botocore knows how the listing goes on, or that it comes whole. An error whose code is among ``none``
    means that there is nothing.
    """

    call: str
    send: Parameters = Field(default_factory=dict, alias="with")
    items: str
    named: str = ""
    tokens: Tokens | None = None
    none: tuple[str, ...] = ()


class Detail(Data):
    """A call that says more about what was listed: about one, or about up to ``batch`` at once.

    With a batch, ``{batch}`` stands for what ``of`` names of each resource (its id by default), and ``key``
    is the member that tells which answer is about which one. ``value`` is what counts of an answer. An
    error whose code is among ``none`` means that there is nothing to say, in which case it says
    ``empty``. ``when`` is a rule that a resource must hold to be asked about. ``then`` is a call about
    each thing that the answer says, which adds its members to it. ``tagging`` is for tags that the Resource
    Groups Tagging API knows as well: the call is then made only where that one does not answer.
    """

    call: str
    send: Parameters = Field(default_factory=dict, alias="with")
    take: str = WHOLE
    batch: int = 0
    of: str = ""
    key: str = ""
    value: str = ""
    none: tuple[str, ...] = ()
    empty: Any = None
    reshape: str = ""
    when: str = ""
    then: Detail | None = None
    tagging: bool = False


class Row(Data):
    """One resource type.

    Everything but ``items`` and ``take`` speaks of the normalised resource: paths are in the words of AWS
    Config (``instanceId``), templates put values in braces (``{instanceId}``). ``under`` is the type of the
    same service whose resources this one is listed for, each; its members are ``{parent.name}`` there.
    ``instead`` is a call that says less, for those who may not make the other one.
    ``keep`` adds members that the answer leaves out, such as the parent's id; ``nulls`` are those whose
    absence means that they are unset. ``tags`` is a path, a call, or ``tagging`` for the Resource Groups
    Tagging API.
    """

    type: str
    service: str
    scope: Scope = Scope.REGIONAL
    regions: tuple[str, ...] = ()
    listing: Listing
    instead: Listing | None = None
    describe: tuple[Detail, ...] = ()
    extra: Mapping[str, Detail] = Field(default_factory=dict)
    under: str = ""
    keep: Mapping[str, str] = Field(default_factory=dict)
    nulls: tuple[str, ...] = ()
    reshape: str = ""
    id: str
    arn: str = ""
    name: str = ""
    region: str = ""
    tags: str = ""
    tag_call: Detail | None = None
    created: str = ""
    state: str = ""
    size: str = ""
    public: str = ""
    encrypted: str = ""

    @model_validator(mode="before")
    @classmethod
    def _long_form(cls, value: Any) -> Any:
        return _spelt_out(value) if isinstance(value, Mapping) else value

    @property
    def single(self) -> int:
        """How many calls are made about each resource alone."""
        tags = () if self.tag_call is None else (self.tag_call,)
        return sum(not one.batch for one in (*self.describe, *self.extra.values(), *tags))


class Service(Data):
    """The rows of one service: of one client of boto3's."""

    service: str
    scope: Scope = Scope.REGIONAL
    regions: tuple[str, ...] = ()
    types: tuple[Row, ...]

    @model_validator(mode="before")
    @classmethod
    def _rows(cls, value: Any) -> Any:
        if not isinstance(value, Mapping) or not isinstance(value.get("types"), Mapping):
            return value
        shared = {key: value[key] for key in ("service", "scope", "regions") if key in value}
        rows = [{**shared, "type": name, **row} for name, row in value["types"].items()]
        return {**value, "types": rows}

    def row(self, type_name: str) -> Row:
        """The row of a type.

        Raises:
            KeyError: the service has none of that name.
        """
        for row in self.types:
            if row.type == type_name:
                return row
        raise KeyError(type_name)


_LISTING = {"list": "call"} | {name: name for name in ("with", "items", "named", "tokens", "none")}


def _spelt_out(value: Mapping[str, Any]) -> dict[str, Any]:
    """A row's short spelling in full: the listing's members stand among the others."""
    row = {key: one for key, one in value.items() if key not in _LISTING}
    if "listing" not in row:
        row["listing"] = {_LISTING[key]: value[key] for key in _LISTING if key in value}
    if isinstance(row.get("instead"), Mapping) and "list" in row["instead"]:
        row["instead"] = {_LISTING[key]: one for key, one in row["instead"].items()}
    if isinstance(row.get("describe"), Mapping):
        row["describe"] = (row["describe"],)
    if isinstance(row.get("tags"), Mapping):
        row["tag_call"] = row.pop("tags")
    return row
