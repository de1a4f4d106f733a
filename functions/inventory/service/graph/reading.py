"""Reading the graph around one resource: what it names, and who names it, both by index."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from functions.inventory.model import identity
from functions.inventory.model.collections import shelf, sort_of
from functions.inventory.model.graph.edges import (
    Edge,
    means,
    names_of,
    sources_of,
    target_name,
)
from functions.inventory.model.graph.hosts import ANSWERS, HOST, hosts_of
from functions.inventory.model.graph.locators import Locator, locate
from functions.inventory.model.identity import ResourceId
from functions.inventory.model.resource import DELETED, Resource, Subject
from functions.inventory.service.ledger import Ledger
from steward.contracts.inventory import Relation, ResourceView

WIDEST = 1_000
"""Edges read into one resource; whoever has more is shown so many, and that there are more."""
_PAGE = 100
_ABOVE_ALL = "~"
"""Above every id that may follow in a sort value."""


class Named(NamedTuple):
    """What a resource names: the kinds of tie, how it calls the target, and the target if it is known."""

    kinds: tuple[str, ...]
    relation: Relation
    target: ResourceView | None


class Namer(NamedTuple):
    """Who names a resource, and with which kinds of tie."""

    kinds: tuple[str, ...]
    source: ResourceView


@dataclass(slots=True)
class Graph:
    """The resources and ties of a tenant, each read once; ``cut`` tells of what was too wide to read."""

    ledger: Ledger
    widest: int = WIDEST
    cut: list[str] = field(default_factory=list)
    _known: dict[str, ResourceView | None] = field(default_factory=dict)

    def resource(self, id_: str) -> ResourceView | None:
        """The resource of that id, deleted ones included."""
        if id_ not in self._known:
            found = self.ledger.resources.get(id_)
            self._known[id_] = None if found is None else found.view()
        return self._known[id_]

    def require(self, id_: str) -> ResourceView:
        """The same.

        Raises:
            NotFound: there is none.
        """
        found = self.resource(id_)
        return self.ledger.resources.require(id_).view() if found is None else found

    def named_by(self, source: ResourceView) -> list[Named]:
        """What a resource names, one entry a target."""
        grouped: dict[str, list[Relation]] = {}
        for relation in source.relations:
            name = target_name(relation.target_type, relation.target_id, source.account)
            grouped.setdefault(name, []).append(relation)
        return [
            Named(
                tuple(sorted({one.kind for one in relations})),
                relations[0],
                self.target(relations[0], source),
            )
            for relations in grouped.values()
        ]

    def namers_of(self, target: ResourceView, *, type_name: str | None = None) -> Iterator[Namer]:
        """Who names a resource now, perhaps of one type alone; what its edges say is held against it."""
        seen: set[str] = set()
        for name in names_of(target):
            for edge in self._edges(name, type_name):
                if edge.source in seen:
                    continue
                seen.add(edge.source)
                namer = self._namer(edge.source, target)
                if namer is not None:
                    yield namer

    def target(self, relation: Relation, source: ResourceView) -> ResourceView | None:
        """The resource that a relation is about, if the inventory knows it."""
        return self.called(relation.target_type, relation.target_id, near=source)

    def called(self, type_name: str, id_: str, *, near: ResourceView) -> ResourceView | None:
        """The resource that another one calls so."""
        if type_name == HOST:
            return self._answering(id_, near)
        place = locate(id_)
        for guess in _guesses(type_name, id_, place, near):
            found = self.resource(guess)
            if found is not None:
                return found
        return self._looked_up(Relation(kind="", target_type=type_name, target_id=id_), place, near)

    def of_type(self, type_name: str) -> Iterator[ResourceView]:
        """All resources of a type, page by page."""
        key, cursor = shelf(type_name, deleted=False), None
        while True:
            page = self.ledger.resources.query(
                index="by_type", key=key, after=cursor, limit=self.widest, keep=False
            )
            yield from (self._remembered(one) for one in page.items)
            cursor = page.cursor
            if cursor is None:
                return

    def _answering(self, host: str, near: ResourceView) -> ResourceView | None:
        """Whoever answers at a host name now."""
        for edge in self._edges(target_name(HOST, host, near.account)):
            found = self.resource(edge.source) if ANSWERS in edge.kinds else None
            if found is None or found.state == DELETED or found.id == near.id:
                continue
            if host in hosts_of(found.type, found.region, found.native_id, found.configuration):
                return found
        return None

    def _looked_up(
        self, relation: Relation, place: Locator | None, near: ResourceView
    ) -> ResourceView | None:
        if place is not None and place.account:
            index, value, sort = "by_account", place.account, sort_of(place.text)
        else:
            index, value, sort = "by_type", relation.target_type, sort_of(relation.target_id)
        if not value:
            return None
        for deleted in (False, True):
            for found in self._on_shelf(index, shelf(value, deleted=deleted), sort):
                if means(relation, _subject_of(near), found):
                    return found
        return None

    def _on_shelf(self, index: str, key: str, sort: str) -> list[ResourceView]:
        page = self.ledger.resources.query(index=index, key=key, low=sort, high=sort, limit=_PAGE)
        return [self._remembered(one) for one in page.items]

    def _remembered(self, resource: Resource) -> ResourceView:
        found = self._known.get(resource.id)
        if found is None:
            found = self._known[resource.id] = resource.view()
        return found

    def _edges(self, name: str, type_name: str | None = None) -> Iterator[Edge]:
        low = None if type_name is None else sources_of(type_name)
        high = None if low is None else low + _ABOVE_ALL
        cursor: str | None = None
        size = min(_PAGE, self.widest)
        for _ in range(self.widest // size):
            page = self.ledger.edges.query(
                index="by_target",
                key=name,
                after=cursor,
                limit=size,
                low=low,
                high=high,
                keep=False,
            )
            yield from page.items
            cursor = page.cursor
            if cursor is None:
                return
        self.cut.append(f"{name.replace('|', ' ')}: more than {self.widest} name it")

    def _namer(self, source_id: str, target: ResourceView) -> Namer | None:
        source = self.resource(source_id)
        if source is None or source.state == DELETED or source.id == target.id:
            return None
        subject = _subject_of(source)
        kinds = {one.kind for one in source.relations if means(one, subject, target)}
        return Namer(tuple(sorted(kinds)), source) if kinds else None


def _subject_of(view: ResourceView) -> Subject:
    return Subject(
        provider=view.provider,
        account=view.account,
        region=view.region,
        type=view.type,
        native_id=view.native_id,
    )


def _guesses(
    type_name: str, id_: str, place: Locator | None, near: ResourceView
) -> Iterator[ResourceId]:
    if place is None:
        for region in (near.region, identity.GLOBAL):
            yield identity.resource_id(near.provider, near.account, region, type_name, id_)
        return
    if place.provider == "aws" and "::" in (place.type or type_name):
        known = place.type or type_name
        native = identity.native_id(known, place.text)
        region = identity.region_of(known, place.region or near.region)
        for account in dict.fromkeys((place.account or near.account,)):
            yield identity.resource_id("aws", account, region, known, native)
