"""What ``steward findings export`` writes: rows of the API in the formats of other tools."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from functions.policy.service import exporting
from steward.contracts.policy import FindingView

_FIELDS: Final = frozenset(FindingView.model_fields)


def exported(rows: Iterable[Mapping[str, Any]], *, to: str) -> Iterator[str]:
    """The rows of the API in a format, piece by piece.

    Raises:
        BadInput: there is no such format, or it has no place for one of the findings.
    """
    return exporting.exported((_view(row) for row in rows), to=to)


def _view(row: Mapping[str, Any]) -> FindingView:
    return FindingView.model_validate({name: row[name] for name in row if name in _FIELDS})
