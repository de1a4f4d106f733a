"""Storing versions of rules, and saying which of them holds where."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from functions.policy.model.case import read_cases, try_cases
from functions.policy.model.controls import Framework, unknown_controls
from functions.policy.model.rule import Pack, Rule
from functions.policy.model.rule_file import read_rule
from functions.policy.model.rulebook.book import BOOK_ID, Entry, Rulebook, Stage, Standing
from functions.policy.model.rulebook.versions import RuleVersion, digest_of, version_id
from functions.policy.ports import Publish, Sign, Verify
from functions.policy.service.rulebook_views import (
    RulebookEntryView,
    RulePlacement,
    RuleRollback,
    RuleText,
    RuleVersionDetail,
    RuleVersionView,
    entry_view,
    version_view,
)
from steward.contracts.policy import RulePlaced, RuleStored
from steward.errors import BadInput, NotFound
from steward.store.collection import Page
from steward.store.work import Entities

CASES: Final = ".cases.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rulebooks:
    """The rules of a tenant, in one Work; ``sign`` gives None where there is no key to sign with."""

    books: Entities[Rulebook]
    versions: Entities[RuleVersion]
    shipped: Pack
    frameworks: Callable[[], Mapping[str, Framework]]
    sign: Sign
    verify: Verify
    publish: Publish
    tenant: str
    now: datetime
    by: str

    @property
    def book(self) -> Rulebook:
        """The book as it is."""
        return self.books.get(BOOK_ID) or Rulebook()

    def store(self, rule_id: str, request: RuleText) -> RuleVersionView:
        """Keep a version, in force nowhere yet; the newest once more is no other version.

        Raises:
            RuleError: the text is no rule, or is of another id.
            BadInput: a case fails, a control is unknown, or there are too many rules.
        """
        rule = self._read(rule_id, request)
        entry = self.book.entries.get(rule_id)
        digest = digest_of(request.text, request.cases)
        newest = entry and self.versions.require(version_id(rule_id, entry.newest))
        if newest and newest.digest == digest:
            return version_view(newest)
        version = self._signed(
            RuleVersion(
                rule_id=rule_id,
                number=1 if entry is None else entry.newest + 1,
                text=request.text,
                cases=request.cases,
                digest=digest,
                by=self.by,
                at=self.now,
                note=request.note,
            )
        )
        self.versions.add(version)
        self._keep(_with_newest(entry, rule, version))
        self.publish(
            RuleStored(rule_id=rule_id, version=version.number, digest=digest, note=request.note)
        )
        return version_view(version)

    def place(self, rule_id: str, request: RulePlacement) -> RulebookEntryView:
        """Let a version hold at a stage.

        Raises:
            NotFound: there is no such rule or version.
            BadInput: accounts are missing or of no use, or too many rules are in shadow.
        """
        entry = self.entry(rule_id)
        if (request.stage == "ahead" and request.version > 0) is not bool(request.accounts):
            raise BadInput(
                f"accounts: {len(request.accounts)} given; name some to be ahead, none otherwise"
            )
        placed = entry.placed(
            request.stage, self._standing(entry, request.version), request.accounts
        )
        return self._place(entry, placed, request.stage, request.reason)

    def roll_back(self, rule_id: str, request: RuleRollback) -> RulebookEntryView:
        """Go back one step.

        Raises:
            NotFound: there is no such rule.
            BadInput: nothing was in force before.
        """
        entry = self.entry(rule_id)
        if entry.ahead is not None:
            return self._place(entry, entry.placed("ahead", None), "ahead", request.reason)
        if not entry.earlier:
            raise BadInput(
                f"rule {rule_id}: no version was live before version {entry.number('live')}; "
                "place the one that is wanted"
            )
        back = entry.went_back(self._standing(entry, entry.earlier[-1]))
        return self._place(entry, back, "live", request.reason)

    def entry(self, rule_id: str) -> Entry:
        """One rule's place in the book.

        Raises:
            NotFound: the tenant has no such rule.
        """
        known = self.book.entries.get(rule_id)
        if known is None:
            raise NotFound(f"rule {rule_id[:80]!r}: no version of it is stored; store one first")
        return known

    def listed(self) -> Page[RulebookEntryView]:
        """Every rule of the tenant's own, by id."""
        return Page(tuple(self.view(entry) for entry in self.book.entries.values()))

    def history(self, rule_id: str, *, cursor: str | None, limit: int) -> Page[RuleVersionView]:
        """The versions of a rule, the newest first."""
        page = self.versions.query(
            index="by_rule", key=rule_id, after=cursor, limit=limit, descending=True
        )
        return Page(tuple(version_view(one) for one in page.items), page.cursor)

    def show(self, rule_id: str, number: int) -> RuleVersionDetail:
        """A version with its text.

        Raises:
            NotFound: there is no such version.
        """
        version = self.versions.require(version_id(rule_id, number))
        signature, whole = version.signature, digest_of(version.text, version.cases)
        verified = None
        if signature is not None:
            right = self.verify(signature, version.statement(self.tenant))
            verified = right and whole == version.digest
        return RuleVersionDetail(
            **version_view(version).model_dump(),
            text=version.text,
            cases=version.cases,
            signature=signature,
            verified=verified,
        )

    def view(self, entry: Entry) -> RulebookEntryView:
        """An entry as it is shown."""
        return entry_view(entry, ships=self.shipped.get(entry.rule_id) is not None)

    def _read(self, rule_id: str, request: RuleText) -> Rule:
        rule = read_rule(request.text, f"{rule_id}.yaml")
        for outcome in try_cases(rule, read_cases(request.cases, f"{rule_id}{CASES}")):
            if outcome.problem is not None:
                raise BadInput(f"{rule_id}: case {outcome.case!r}: {outcome.problem}")
        for problem in unknown_controls(rule, self.frameworks()):
            raise BadInput(f"{rule_id}: {problem}")
        return rule

    def _signed(self, version: RuleVersion) -> RuleVersion:
        signature = self.sign(version.statement(self.tenant))
        return version.model_copy(update={"signature": signature})

    def _standing(self, entry: Entry, number: int) -> Standing | None:
        if number == 0:
            return None
        version = self.versions.require(version_id(entry.rule_id, number))
        rule = read_rule(version.text, f"{entry.rule_id}.yaml")
        return Standing(number=number, digest=version.digest, resources=rule.resources)

    def _place(self, before: Entry, after: Entry, stage: Stage, reason: str) -> RulebookEntryView:
        kept = self._keep(after)
        self.publish(
            RulePlaced(
                rule_id=after.rule_id,
                stage=stage,
                version=after.number(stage),
                previous=before.number(stage),
                accounts=after.accounts or before.accounts,
                resources=_types(before, after, self.shipped.get(after.rule_id)),
                reason=reason,
            )
        )
        return self.view(kept)

    def _keep(self, entry: Entry) -> Entry:
        kept = entry.model_copy(update={"changed_at": self.now})
        self.books.put(self.book.with_entry(kept))
        return kept


def _with_newest(entry: Entry | None, rule: Rule, version: RuleVersion) -> Entry:
    told = {"title": rule.title, "severity": rule.severity.value, "newest": version.number}
    if entry is None:
        return Entry.model_validate({"rule_id": rule.id, "changed_at": version.at, **told})
    return entry.model_copy(update={**told, "revision": entry.revision + 1})


def _types(before: Entry, after: Entry, shipped: Rule | None) -> tuple[str, ...]:
    """The types of the resources that may be judged otherwise from now on."""
    own = () if shipped is None else shipped.resources
    standings = (
        getattr(one, stage) for one in (before, after) for stage in ("live", "ahead", "shadow")
    )
    placed = (kind for one in standings if one is not None for kind in one.resources)
    return tuple(sorted({*own, *placed}))
