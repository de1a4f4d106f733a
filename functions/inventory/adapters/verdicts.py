"""What checks of Azure and Google Cloud have in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from functions.inventory.model.claims import Verdict
from steward.errors import Denied

NAMED: Final = 100
"""Missing permissions that are named; more are counted."""


def guarded(
    wrong: Mapping[str, Callable[[str], str]], enter: Callable[[Callable[[str], str]], None]
) -> list[str]:
    """By which wrong tokens we are let in, which nobody may be.

    Raises:
        Transient: the provider does not answer, so that nothing is known.
    """
    return [who for who, made in wrong.items() if _lets_in(made, enter)]


def named(lacking: Sequence[str], *, problems: Sequence[str], checked: int) -> Verdict:
    """The verdict on an account that let us in, and nobody else."""
    more = len(lacking) - NAMED
    note = (f"and {more} more permissions are missing",) if more > 0 else ()
    return Verdict(
        entered=True,
        guarded=True,
        missing=tuple(lacking[:NAMED]),
        problems=(*problems, *note),
        checked=checked,
    )


def _lets_in(made: Callable[[str], str], enter: Callable[[Callable[[str], str]], None]) -> bool:
    try:
        enter(made)
    except Denied:
        return False
    return True
