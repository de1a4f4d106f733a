"""The vocabulary of the rule table: what a CloudTrail call does to which resource, as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from functions.inventory.model.edits import Verb
from functions.inventory.model.resource import Effect


@dataclass(frozen=True, slots=True)
class Take:
    """Where an edit's value comes from and how it is shaped; absent there means no edit.

    ``origin`` is a path such as ``request.groupId`` or ``item.state.name``; alternatives stand after
    ``|``. ``constant`` is the value itself. ``rename`` maps members of an object to the names AWS Config
    uses for them.
    """

    verb: Verb
    path: str
    origin: str = ""
    shape: str = "plain"
    constant: Any = None
    rename: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: the call's name, the resource type, how to find the ids, and what to make of it.

    ``each`` is the path of a list, one resource per member (``item`` in the other paths). ``id`` and
    ``arn`` are paths, or templates when they hold braces. A row whose id is absent does not apply.
    """

    event: str
    type: str
    effect: Effect
    id: str
    each: str = ""
    name: str = ""
    arn: str = ""
    state: str = ""
    takes: tuple[Take, ...] = ()


def put(path: str, origin: str, shape: str = "plain") -> Take:
    """Set one member of the configuration."""
    return Take(Verb.SET, f"/configuration/{path}", origin, shape)


def fixed(path: str, *, value: Any) -> Take:
    """Set one member of the configuration to a constant."""
    return Take(Verb.SET, f"/configuration/{path}", constant=value)


def drop(path: str) -> Take:
    """Remove one member of the configuration."""
    return Take(Verb.DROP, f"/configuration/{path}", constant=True)


def merge(origin: str, path: str = "", shape: str = "plain", **rename: str) -> Take:
    """Lay an object's members over the configuration or over one object in it."""
    where = f"/configuration/{path}" if path else "/configuration"
    return Take(Verb.MERGE, where, origin, shape, rename=tuple(rename.items()))


def include(path: str, origin: str, shape: str = "plain") -> Take:
    """Add to a set in the configuration."""
    return Take(Verb.INCLUDE, f"/configuration/{path}", origin, shape)


def exclude(path: str, origin: str, shape: str = "plain") -> Take:
    """Take from a set in the configuration."""
    return Take(Verb.EXCLUDE, f"/configuration/{path}", origin, shape)


def permit(path: str, origin: str, shape: str) -> Take:
    """Add security group ranges."""
    return Take(Verb.PERMIT, f"/configuration/{path}", origin, shape)


def forbid(path: str, origin: str, shape: str) -> Take:
    """Take security group ranges."""
    return Take(Verb.FORBID, f"/configuration/{path}", origin, shape)


def tagged(origin: str) -> Take:
    """Lay tags over the known ones."""
    return Take(Verb.MERGE, "/tags", origin, "tags")


def retagged(origin: str) -> Take:
    """Replace all tags."""
    return Take(Verb.SET, "/tags", origin, "tags")


def untagged(origin: str) -> Take:
    """Remove tags by key; spread into one edit a key."""
    return Take(Verb.DROP, "/tags", origin, "tag_keys")


def no_tags() -> Take:
    """Remove all tags."""
    return Take(Verb.SET, "/tags", constant={})
