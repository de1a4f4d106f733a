"""The statuses of a finding, and who may bring it from which to which."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

from steward.contracts.policy import FindingStatus
from steward.errors import BadInput

Worked: TypeAlias = Literal["open", "in_review", "remediating"]
"""What people say of a finding that they work on."""

ACTIVE: Final[frozenset[FindingStatus]] = frozenset(
    {"open", "reopened", "in_review", "remediating"}
)
"""Statuses in which something is still to be done."""

_WORKED: Final[frozenset[FindingStatus]] = frozenset({"in_review", "remediating"})
TRANSITIONS: Final[Mapping[FindingStatus, frozenset[FindingStatus]]] = MappingProxyType(
    {
        "open": _WORKED | {"waived", "false_positive"},
        "reopened": _WORKED | {"waived", "false_positive"},
        "in_review": frozenset({"open", "remediating", "waived", "false_positive"}),
        "remediating": frozenset({"open", "in_review", "waived", "false_positive"}),
        "waived": frozenset({"open", "in_review", "remediating", "waived"}),
        "false_positive": frozenset({"open", "in_review"}),
        # Only a judgement resolves, and only a judgement brings back what was resolved.
        "resolved": frozenset(),
    }
)
"""What people may do; evaluation resolves from everything, and reopens what was resolved."""


def require_transition(finding: str, before: FindingStatus, after: FindingStatus) -> None:
    """Refuse a step that is not allowed.

    Raises:
        BadInput: the status before, and which may follow it.
    """
    allowed = TRANSITIONS[before]
    if after not in allowed:
        follow = f"it may become {', '.join(sorted(allowed))}" if allowed else "nobody changes it"
        hint = "; it comes back by itself when the violation does" if before == "resolved" else ""
        raise BadInput(f"finding {finding}: it is {before}, not to become {after}; {follow}{hint}")
