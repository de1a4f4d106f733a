"""Which version of each of a tenant's rules holds where: for all, for some accounts first, or in shadow."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from steward.errors import BadInput
from steward.store.collection import Collection

MOST_RULES: Final = 500
"""Of one tenant: the book is one item, read with every change of a resource."""
MOST_SHADOWS: Final = 10
MOST_ACCOUNTS: Final = 100
REMEMBERED: Final = 10
"""Earlier versions that a rollback finds its way back to."""
BOOK_ID: Final = "rulebook"

Stage: TypeAlias = Literal["live", "ahead", "shadow"]


class Standing(BaseModel):
    """A version that holds somewhere, with what tells whether it has a say on a resource."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    number: int = Field(ge=1)
    digest: str
    resources: tuple[str, ...]


class Entry(BaseModel):
    """One rule: its newest version, and those that hold.

    ``live`` holds for all accounts but those of ``ahead``; where it is None the rule that ships under
    the id holds, if there is one. ``shadow`` is judged and recorded, and finds nothing. ``earlier`` are
    the versions that were live before, the latest last; 0 is the one that ships.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    rule_id: str
    title: str
    severity: str
    newest: int = Field(ge=1)
    live: Standing | None = None
    ahead: Standing | None = None
    accounts: tuple[str, ...] = ()
    shadow: Standing | None = None
    earlier: tuple[int, ...] = ()
    revision: int = Field(default=1, ge=1)
    changed_at: AwareDatetime

    def of(self, account: str) -> Standing | None:
        """The version that holds for an account; None where the tenant has none of its own."""
        return self.ahead if self.ahead is not None and account in self.accounts else self.live

    def number(self, stage: Stage) -> int:
        """The version at a stage; 0 where none of the tenant's is."""
        standing: Standing | None = getattr(self, stage)
        return 0 if standing is None else standing.number

    def placed(
        self, stage: Stage, standing: Standing | None, accounts: tuple[str, ...] = ()
    ) -> Entry:
        """The entry with a version at a stage, or none there.

        A version that becomes live has been rolled out: none is ahead of it any longer.
        """
        if stage == "shadow":
            return self._changed(shadow=standing)
        if stage == "ahead":
            return self._changed(ahead=standing, accounts=accounts if standing else ())
        earlier = (*self.earlier, self.number("live"))[-REMEMBERED:]
        return self._changed(live=standing, ahead=None, accounts=(), earlier=earlier)

    def went_back(self, standing: Standing | None) -> Entry:
        """The entry with an earlier version live again, which is not remembered as earlier any more."""
        number = 0 if standing is None else standing.number
        earlier = list(self.earlier)
        while earlier and earlier.pop() != number:
            pass
        return self._changed(live=standing, ahead=None, accounts=(), earlier=tuple(earlier))

    def _changed(self, **fields: object) -> Entry:
        return self.model_copy(update={**fields, "revision": self.revision + 1})


class Rulebook(BaseModel):
    """All of a tenant's rules, in one document."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    entries: dict[str, Entry] = Field(default_factory=dict)

    def with_entry(self, entry: Entry) -> Rulebook:
        """The book with an entry as it is now.

        Raises:
            BadInput: there are too many rules, or too many in shadow.
        """
        entries = {**self.entries, entry.rule_id: entry}
        if len(entries) > MOST_RULES:
            raise BadInput(
                f"rule {entry.rule_id}: {MOST_RULES} rules are stored, which is the most"
            )
        if sum(one.shadow is not None for one in entries.values()) > MOST_SHADOWS:
            raise BadInput(
                f"rule {entry.rule_id}: {MOST_SHADOWS} rules are in shadow, which is the most; "
                "take one out first"
            )
        return Rulebook(entries=dict(sorted(entries.items())))


BOOKS = Collection("rulebooks", Rulebook, id=lambda _: BOOK_ID, audit="digest")
