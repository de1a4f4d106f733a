"""What is asked of a tenant's rulebook, and how its rules and their versions are shown."""

from __future__ import annotations

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from functions.policy.model.rulebook.book import MOST_ACCOUNTS, Entry, Stage
from functions.policy.model.rulebook.versions import MOST_TEXT, RuleVersion, Signed


class RuleText(BaseModel):
    """A rule file and the file of its cases, word for word, and why there is a new version."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str = Field(min_length=1, max_length=MOST_TEXT)
    cases: str = Field(min_length=1, max_length=MOST_TEXT)
    note: str = Field(default="", max_length=500)


class RulePlacement(BaseModel):
    """Let a version hold at a stage: ``live`` for all, ``ahead`` for some accounts, ``shadow`` for none.

    Version 0 is none of the tenant's own: the rule that ships under the id holds again, if there is one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    stage: Stage
    version: int = Field(ge=0)
    accounts: tuple[str, ...] = Field(default=(), max_length=MOST_ACCOUNTS)
    reason: str = Field(min_length=3, max_length=500)


class RuleRollback(BaseModel):
    """Go back one step: withdraw what is ahead, else let the version hold again that was live before."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reason: str = Field(min_length=3, max_length=500)


class RuleVersionView(BaseModel):
    """A version without its text; ``key`` is that of the signature, verified by the trail's public key."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rule_id: str
    version: int
    digest: str
    by: str
    at: AwareDatetime
    note: str
    key: str | None


class RuleVersionDetail(RuleVersionView):
    """A version with its text; ``verified`` says whether the signature is right, None without one."""

    text: str
    cases: str
    signature: Signed | None
    verified: bool | None


class RulebookEntryView(BaseModel):
    """One of the tenant's rules: its versions at each stage, 0 where it has none."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rule_id: str
    title: str
    severity: str
    newest: int
    live: int
    ahead: int
    accounts: tuple[str, ...]
    shadow: int
    earlier: tuple[int, ...]
    ships: bool
    revision: int
    changed_at: AwareDatetime


def version_view(version: RuleVersion) -> RuleVersionView:
    """A version without its text."""
    return RuleVersionView(
        rule_id=version.rule_id,
        version=version.number,
        digest=version.digest,
        by=version.by,
        at=version.at,
        note=version.note,
        key=None if version.signature is None else version.signature.key_id,
    )


def entry_view(entry: Entry, *, ships: bool) -> RulebookEntryView:
    """An entry; ``ships`` says whether a rule of its id comes with Steward."""
    return RulebookEntryView(
        rule_id=entry.rule_id,
        title=entry.title,
        severity=entry.severity,
        newest=entry.newest,
        live=entry.number("live"),
        ahead=entry.number("ahead"),
        accounts=entry.accounts,
        shadow=entry.number("shadow"),
        earlier=entry.earlier,
        ships=ships,
        revision=entry.revision,
        changed_at=entry.changed_at,
    )
