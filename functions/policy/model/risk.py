"""How much a finding matters: the rule's severity, who can reach the resource, what it is worth."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import Final

from steward.contracts.inventory import ResourceView
from steward.contracts.policy import Risk, SeverityName

BASE: Final[Mapping[SeverityName, int]] = MappingProxyType(
    {"critical": 100, "high": 75, "medium": 50, "low": 25, "info": 5}
)
FULL, USUAL, REDUCED = Fraction(1), Fraction(4, 5), Fraction(3, 5)
"""What is unknown weighs between the two known cases: it is never taken for harmless."""

ENVIRONMENT: Final = ("environment", "env", "stage")
CRITICALITY: Final = ("criticality", "business-criticality", "tier", "importance")
_DEAR: Final = frozenset({"prod", "production", "live", "critical", "high", "mission-critical"})
_CHEAP: Final = frozenset(
    {"dev", "development", "test", "testing", "sandbox", "staging", "qa", "low", "none"}
)


def risk_of(severity: SeverityName, resource: ResourceView) -> Risk:
    """The score from 0 to 100 with what it is made of."""
    base = BASE[severity]
    exposure, exposed = _exposure(resource)
    value, worth = _value(resource.tags)
    return Risk(
        score=round(base * exposure * value),
        severity=base,
        exposure=float(exposure),
        exposed=exposed,
        value=float(value),
        worth=worth,
    )


def _exposure(resource: ResourceView) -> tuple[Fraction, str]:
    match resource.public:
        case True:
            return FULL, "anyone can reach it"
        case False:
            return REDUCED, "it is not public"
        case None:
            return USUAL, "it is not known whether it is public"


def _value(tags: Mapping[str, str]) -> tuple[Fraction, str]:
    """What the tags say: the highest counts, and criticality comes before the environment."""
    plain = {name.strip().casefold(): (name, text) for name, text in tags.items()}
    for names in (CRITICALITY, ENVIRONMENT):
        said = [plain[name] for name in names if name in plain]
        for factor, words in ((FULL, _DEAR), (REDUCED, _CHEAP)):
            for name, text in said:
                if text.strip().casefold() in words:
                    return factor, f"tag {name[:60]}={text[:60]}"
    return USUAL, "no tag tells its environment or criticality"
