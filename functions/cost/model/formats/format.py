"""A format: the columns by which it is known, and how each column of FOCUS reads from its own."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from functions.cost.model.focus.columns import BY_NAME, NAMES, RENAMED, VERSIONS
from steward.errors import BadInput

_PLACE: Final = re.compile(r"\{([^{}]+)\}")
_ODD: Final = re.compile(r"[^A-Za-z0-9]+")


@dataclass(frozen=True, slots=True)
class Format:
    """What a cloud calls its columns.

    ``reads`` has an expression of SQL for each column of FOCUS, in which ``{name}`` stands for the text of
    a column of the file, NULL where the file has none. ``tags`` are what the names of columns begin with
    whose rest is the key of a tag.
    """

    name: str
    marks: tuple[str, ...]
    reads: Mapping[str, str]
    tags: tuple[str, ...] = ()
    versioned: bool = False
    """Whether it is FOCUS itself, of some version."""
    needs: tuple[str, ...] = field(
        default=("BilledCost", "BillingPeriodStart", "ChargePeriodStart")
    )
    """The columns of FOCUS without which a file says nothing: what they read must be there."""

    def fits(self, names: Collection[str]) -> bool:
        """Whether a file with these columns is of this format."""
        return all(mark in names for mark in self.marks)

    def places(self, column: str) -> tuple[str, ...]:
        """The columns of the file that a column of FOCUS is read from."""
        return tuple(_PLACE.findall(self.reads.get(column, "")))

    def reading(self, column: str, names: Mapping[str, str]) -> str | None:
        """The expression for a column of FOCUS; None when the file has nothing for it.

        ``names`` are the file's columns, and what each is called in SQL.
        """
        said = self.reads.get(column)
        if said is None:
            return None
        places = _PLACE.findall(said)
        if places and not any(place in names for place in places):
            return None
        return _PLACE.sub(lambda found: names.get(found[1], "NULL::VARCHAR"), said)

    def taken(self) -> frozenset[str]:
        """The columns of a file that say no more than columns of FOCUS do."""
        plain = {said[1:-1] for said in self.reads.values() if _PLACE.fullmatch(said)}
        return frozenset(plain)


def recognised(formats: Sequence[Format], names: Sequence[str]) -> Format:
    """The format of a file with these columns.

    Raises:
        BadInput: it is none that is known, or lacks what it cannot do without.
    """
    have = frozenset(names)
    found = next((one for one in formats if one.fits(have)), None)
    if found is None:
        shown = ", ".join(names[:6])
        raise BadInput(
            f"columns {shown[:200]!r}...: no bill that is known; send FOCUS, an AWS cost and usage report, "
            "an Azure cost export or a Google Cloud billing export, with its header"
        )
    for column in found.needs:
        places = found.places(column)
        if places and not have & set(places):
            raise BadInput(
                f"column {places[0]!r}: the file has none, and a {found.name} bill is nothing without; "
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
    found = max((BY_NAME[one].since for one in names if one in BY_NAME), default=VERSIONS[0])
    return max(found, VERSIONS[0])


FOCUS: Final = Format(
    name="FOCUS",
    marks=("ChargePeriodStart", "ServiceName", "ChargeCategory"),
    reads={
        **{name: f"{{{name}}}" for name in NAMES},
        **{new: f"coalesce({{{new}}}, {{{old}}})" for old, new in RENAMED.items()},
    },
    versioned=True,
)
"""FOCUS 1.0 to 1.4, of any maker."""
