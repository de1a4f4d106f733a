"""What is asked of access, and its answers: may this principal do that, why, and what would change it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator

from functions.access.model.policies import Frozen
from steward.identity import Grant, Role
from steward.identity.permissions import known

_Text = Annotated[str, Field(max_length=512)]


class Thing(Frozen):
    """What is acted on; without one, the noun in the whole tenant."""

    id: _Text = ""
    provider: Annotated[str, Field(max_length=20)] = ""
    account: Annotated[str, Field(max_length=128)] = ""
    tags: Annotated[dict[str, str], Field(max_length=64)] = Field(default_factory=dict)


class Question(Frozen):
    """Whether ``principal`` may use ``permission`` on ``item``.

    ``principal`` is ``user:<id>``, ``service:<id>``, ``key:<start of its hash>``, ``role:<role>`` for
    whoever holds that role alone, or empty for yourself. ``mfa`` and ``ip`` stand in for what a request
    would bring; without them they are yours where you ask for yourself, else no and none.
    """

    principal: Annotated[str, Field(max_length=256)] = ""
    permission: Annotated[str, Field(max_length=64)]
    item: Thing | None = None
    mfa: bool | None = None
    ip: Annotated[str, Field(max_length=64)] | None = None

    @field_validator("permission")
    @classmethod
    def _check_permission(cls, permission: str) -> str:
        if not known(permission):
            raise ValueError(f"{permission!r} is no permission; 'steward auth roles' lists them")
        return permission


class Deciding(Frozen):
    """A policy that made the decision."""

    id: str
    effect: Literal["permit", "forbid"]
    text: str


class Subject(Frozen):
    """What is decided on, as policies see it."""

    noun: str
    id: str
    account: str
    environment: str
    owner: str
    projects: tuple[str, ...]


class Explanation(Frozen):
    """The decision and everything that went into it.

    ``refused`` says why a credential is let in not at all, ``in_scope`` whether its scopes have the
    permission. ``roles`` are those that would allow it, each alone held in the whole tenant beside what
    the principal holds; none where a policy forbids it whatever the role.
    """

    principal: str
    permission: str
    allowed: bool
    why: str
    policies: tuple[Deciding, ...] = ()
    item: Subject
    grants: tuple[Grant, ...] = ()
    groups: tuple[str, ...] = ()
    scopes: tuple[str, ...] | None = None
    in_scope: bool = True
    mfa: bool = False
    ip: str = ""
    refused: str = ""
    roles: tuple[Role, ...] = ()
    version: int


class Rehearsal(Frozen):
    """Policies to put (a text) or to remove (null), and what to ask before and after."""

    policies: Annotated[
        dict[str, Annotated[str, Field(max_length=20_000)] | None], Field(max_length=200)
    ]
    requests: Annotated[tuple[Question, ...], Field(max_length=50)] = ()


class Comparison(Frozen):
    """One question's answer now, and with the change."""

    now: Explanation
    then: Explanation
    changed: bool


class Outcome(Frozen):
    """What a change would do; ``refused`` says why it could not be made."""

    refused: str
    results: tuple[Comparison, ...]
