"""Rules of stored versions, each read once a process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from functions.policy.model.rule import Rule
from functions.policy.model.rule_file import read_rule
from functions.policy.model.rulebook.book import Entry, Standing
from functions.policy.model.rulebook.versions import RuleVersion, digest_of, version_id
from steward.errors import Permanent
from steward.store.work import Entities

REMEMBERED: Final = 1_000
_READ: Final[dict[str, Rule]] = {}
"""By the digest of the text, whoever stored it: the same text is the same rule."""


@dataclass(frozen=True, slots=True)
class StoredRules:
    """Reads the rule of a version that holds."""

    versions: Entities[RuleVersion]

    def __call__(self, entry: Entry, standing: Standing) -> Rule:
        """The rule.

        Raises:
            Permanent: the text is not the one that was stored.
        """
        known = _READ.get(standing.digest)
        if known is None:
            version = self.versions.require(version_id(entry.rule_id, standing.number))
            known = _checked(version, standing)
            while len(_READ) >= REMEMBERED:
                del _READ[next(iter(_READ))]
            _READ[standing.digest] = known
        return known


def _checked(version: RuleVersion, standing: Standing) -> Rule:
    if digest_of(version.text, version.cases) != standing.digest:
        raise Permanent(
            f"rule {version.rule_id}, version {version.number}: the text is not the one that was stored; "
            "look into the audit trail, and place another version"
        )
    return read_rule(version.text, f"{version.rule_id}.yaml")
