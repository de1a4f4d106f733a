"""Drafts as resources: ids, ARNs, the common view, and what is odd about them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from functions.inventory.adapters.discovery.details import Draft
from functions.inventory.model import identity
from functions.inventory.model.catalogue import Row
from functions.inventory.model.config_items import state_of
from functions.inventory.model.discovery import Kind, Listed, Part, Problem
from functions.inventory.model.paths import getter
from functions.inventory.model.reshape import reshaped
from functions.inventory.model.resource import Facts, Subject
from functions.inventory.model.templates import filled, written
from functions.inventory.model.view import moment, owner_of, verdict, words

_NAME = "Name"
_MISSING = 600


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes resources of what a row lists in a part."""

    row: Row
    part: Part
    context: Mapping[str, Any]

    def prepared(self, item: dict[str, Any]) -> dict[str, Any]:
        """An item with the members that its answer leaves out."""
        if self.row.keep:
            known = {**item, **self.context, "item": item}
            item = {**filled(self.row.keep, known), **item}
        return item

    def region(self, item: Mapping[str, Any]) -> str | None:
        """The region that an item names as its own."""
        return getter(self.row.region)(item) if self.row.region else None

    def resources(self, drafts: Iterable[Draft]) -> tuple[list[Listed], list[Problem]]:
        """The resources of a page, each once, and what is odd about them."""
        seen: dict[tuple[str, str], Listed] = {}
        arns: set[str] = set()
        problems: list[Problem] = []
        for draft in drafts:
            listed, unnamed = self._resource(draft)
            if unnamed:
                problems.append(self._problem(Kind.NO_ID, "the answer gives it no id", listed))
            listed = self._once(listed, seen, arns, problems)
            seen[_key(listed)] = listed
        return list(seen.values()), problems

    def _once(
        self,
        listed: Listed,
        seen: Mapping[tuple[str, str], Listed],
        arns: set[str],
        problems: list[Problem],
    ) -> Listed:
        known = seen.get(_key(listed))
        arn = listed.facts.arn
        if known is not None:
            problems.append(self._problem(Kind.DUPLICATE, "listed twice in one answer", listed))
            if known.facts != listed.facts:
                return _told_apart(listed)
        elif arn and arn in arns:
            problems.append(self._problem(Kind.DUPLICATE, f"{arn} is another one's, too", listed))
        arns.add(arn or "")
        return listed

    def _resource(self, draft: Draft) -> tuple[Listed, bool]:
        item = self._shaped(draft.item)
        known = {**item, **self.context, "region": draft.region, "item": item}
        arn = _text(self.row.arn, known)
        name = _text(self.row.name, known) or draft.tags.get(_NAME)
        reported = _text(self.row.id, known) or arn or name
        native = reported or f"unnamed-{_digest(item)}"
        subject = Subject(
            account=self.part.account,
            region=self._own_region(draft),
            type=self.row.type,
            native_id=identity.native_id(self.row.type, native, name=name),
        )
        return Listed(subject, self._facts(draft, item, arn=arn, name=name)), not reported

    def _shaped(self, item: dict[str, Any]) -> dict[str, Any]:
        shaped: dict[str, Any] = reshaped(self.row.reshape, item)
        absent = {key: None for key in self.row.nulls if key not in shaped}
        return {**shaped, **absent} if absent else shaped

    def _own_region(self, draft: Draft) -> str:
        region = draft.region if self.row.region else self.part.region
        return identity.region_of(self.row.type, region)

    def _facts(
        self, draft: Draft, item: dict[str, Any], *, arn: str | None, name: str | None
    ) -> Facts:
        row = self.row
        return Facts(
            arn=arn,
            name=name,
            tags=draft.tags,
            configuration=item,
            state=state_of({"state": getter(row.state)(item)} if row.state else item),
            partial="; ".join(draft.missing)[:_MISSING] or None,
            created_at=moment(getter(row.created)(item)) if row.created else None,
            owner=owner_of(draft.tags),
            public=_judged(row.public, draft, item),
            encrypted=_judged(row.encrypted, draft, item),
            size=words(row.size, item) if row.size else None,
        )

    def _problem(self, kind: Kind, message: str, listed: Listed) -> Problem:
        return Problem(
            kind=kind,
            service=self.row.service,
            region=self.part.region,
            type=self.row.type,
            operation=self.row.listing.call,
            code=kind.value,
            message=message,
            native_id=listed.subject.native_id,
            hides=False,
        )


def _key(listed: Listed) -> tuple[str, str]:
    # What tells resources of one type and account apart; their digested id would cost more than they do.
    return listed.subject.region, listed.subject.native_id


def _judged(rule: str, draft: Draft, item: Mapping[str, Any]) -> bool | None:
    found = verdict(rule, item)
    # What could not be asked for may be what makes the difference.
    return None if found is False and draft.missing and "supplementary." in rule else found


def _told_apart(listed: Listed) -> Listed:
    """One of two that share an id, under an id of its own that it keeps while it stays as it is."""
    own = f"{listed.subject.native_id}#{_digest(listed.facts.configuration)}"
    return Listed(listed.subject.model_copy(update={"native_id": own}), listed.facts)


def _text(template: str, known: Mapping[str, Any]) -> str | None:
    if "{" in template:
        return written(template, known)
    value = getter(template)(known) if template else None
    return None if value is None or isinstance(value, dict | list) else str(value) or None


def _digest(item: Mapping[str, Any]) -> str:
    packed = orjson.dumps(item, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)
    return hashlib.blake2b(packed, digest_size=6).hexdigest()
