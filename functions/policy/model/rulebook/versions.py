"""A version of a tenant's rule: its text and cases as they were stored, by whom, and the signature."""

from __future__ import annotations

import hashlib
import json
from typing import Final

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from steward.store.collection import Collection, Index

MOST_TEXT: Final = 64_000


class Signed(BaseModel):
    """A signature over what a version says of itself, as hexadecimal digits."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    key_id: str
    algorithm: str
    value: str


class RuleVersion(BaseModel):
    """One version, which never changes; ``digest`` is the SHA-256 of text and cases."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    rule_id: str
    number: int = Field(ge=1)
    text: str
    cases: str
    digest: str
    by: str
    at: AwareDatetime
    note: str = ""
    signature: Signed | None = None

    @property
    def id(self) -> str:
        """The rule and the number."""
        return version_id(self.rule_id, self.number)

    def statement(self, tenant: str) -> bytes:
        """What is signed: who stored which text as which version, and when."""
        said = {
            "tenant": tenant,
            "rule": self.rule_id,
            "version": self.number,
            "sha256": self.digest,
            "by": self.by,
            "at": self.at.isoformat(),
        }
        return json.dumps(said, sort_keys=True, separators=(",", ":")).encode()


def version_id(rule_id: str, number: int) -> str:
    """The id of a version: ids of one rule sort as they were stored."""
    return f"{rule_id}@{number:06d}"


def digest_of(text: str, cases: str) -> str:
    """The SHA-256 of a rule's text and its cases."""
    parts = (part.encode() for part in (text, cases))
    return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()


VERSIONS = Collection(
    "rule-versions",
    RuleVersion,
    id=lambda version: version.id,
    indexes=(
        Index("by_rule", key=lambda version: version.rule_id, sort=lambda version: version.id),
    ),
    audit="digest",
)
