"""A format: the columns by which it is known, and how each column of FOCUS reads from its own."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from functions.cost.model.focus.columns import BY_NAME, NAMES, RENAMED, VERSIONS
from steward.errors import BadInput

_PLACE: Final = re.compile(r"\{([\w/+:.-]+)\}")
_ODD: Final = re.compile(r"[^A-Za-z0-9]+")


SPREAD: Final = "+spread"
"""What an element of the list of a row is called in expressions; NULL for the row itself."""


@dataclass(frozen=True, slots=True)
class Format:
    """What a cloud calls its columns.

    ``reads`` has an expression of SQL for each column of FOCUS, in which ``{name}`` stands for the text of
    a column of the file, NULL where the file has none. ``tags`` are what the names of columns begin with
    whose rest is the key of a tag. ``spread`` tells a list in a row of which each element, beside the row
    itself, is a row. ``hint`` is a word in the place of a file that tells it from another format's with
    the same columns.
    """

    name: str
    marks: tuple[str, ...]
    reads: Mapping[str, str]
    tags: tuple[str, ...] = ()
    spread: str | None = None
    hint: str = ""
    versioned: bool = False
    """Whether it is FOCUS itself, of some version."""
    needs: tuple[str, ...] = field(
        default=("BilledCost", "BillingPeriodStart", "ChargePeriodStart")
    )
    """The columns of FOCUS without which a file says nothing: what they read must be there."""

    def fits(self, names: Collection[str], place: str) -> bool:
        """Whether a file with these columns, in small letters, is of this format."""
        return self.hint in place.lower() and all(mark.lower() in names for mark in self.marks)

    def places(self, column: str) -> tuple[str, ...]:
        """The columns of the file that a column of FOCUS is read from."""
        return tuple(one for one in _PLACE.findall(self.reads.get(column, "")) if one != SPREAD)

    def reading(self, column: str, names: Names) -> str | None:
        """The expression for a column of FOCUS; None when the file has nothing for it."""
        said = self.reads.get(column)
        places = self.places(column)
        if said is None or (places and not any(one in names for one in places)):
            return None
        return names.filled(said)

    def taken(self) -> frozenset[str]:
        """The columns of a file, in small letters, that say no more than columns of FOCUS do."""
        plain = (said[1:-1].lower() for said in self.reads.values() if _PLACE.fullmatch(said))
        return frozenset(plain)


class Names:
    """The columns of a file, and what each is called in SQL; large and small letters are the same."""

    def __init__(self, called: Mapping[str, str]) -> None:
        self.called = dict(called)
        self._folded = {name.lower(): place for name, place in called.items()}

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._folded

    def filled(self, said: str) -> str:
        """An expression with its places filled: NULL for a column that the file has not."""
        return _PLACE.sub(lambda found: self._place(found[1]), said)

    def _place(self, name: str) -> str:
        exact = self.called.get(name)
        return exact or self._folded.get(name.lower(), "NULL::VARCHAR")


def recognised(formats: Sequence[Format], names: Sequence[str], place: str = "") -> Format:
    """The format of a file with these columns that lies in a place.

    Raises:
        BadInput: it is none that is known, or lacks what it cannot do without.
    """
    have = frozenset(one.lower() for one in names)
    found = next((one for one in formats if one.fits(have, place)), None)
    if found is None:
        shown = ", ".join(names[:6])
        raise BadInput(
            f"columns {shown[:200]!r}...: no bill that is known; send FOCUS, an AWS cost and usage report, "
            "an Azure cost export or a Google Cloud billing export, with its header"
        )
    for column in found.needs:
        places = found.places(column)
        if places and not any(one.lower() in have for one in places):
            raise BadInput(
                f"column {places[0]!r}: the file has none, and a bill of {found.name} says nothing without; "
                "export it with its own column names"
            )
    return found


def kept_name(name: str) -> str:
    """What a column that FOCUS has not is called in the lake: it begins with x_, as FOCUS asks."""
    if name.startswith("x_"):
        return name
    return f"x_{_ODD.sub('_', name).strip('_')}"


def version_of(names: Collection[str]) -> str:
    """The version of FOCUS that a file is of, as far as its columns tell."""
    found = (BY_NAME[one].since for one in names if one in BY_NAME)
    return max([VERSIONS[0], *found])


FOCUS: Final = Format(
    name="FOCUS",
    marks=("ChargePeriodStart", "ServiceName", "ChargeCategory"),
    reads={
        **{name: f"{{{name}}}" for name in NAMES},
        **{new: f"coalesce({{{new}}}, {{{old}}})" for old, new in RENAMED.items()},
        "Tags": "object_of({Tags})",
    },
    versioned=True,
)
"""FOCUS 1.0 to 1.4, of any maker."""
