"""Discovery of an AWS account by the catalogue."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import Any

from functions.inventory.adapters.discovery import boto, catalogue
from functions.inventory.adapters.discovery.details import Details, Draft
from functions.inventory.adapters.discovery.listing import Lister, Page, Place, Step
from functions.inventory.adapters.discovery.resources import Maker
from functions.inventory.adapters.discovery.shapes import Shapes
from functions.inventory.model.catalogue import Row, Scope, Service
from functions.inventory.model.discovery import Found, Interrupted, Part, Refused
from functions.inventory.model.identity import GLOBAL
from functions.inventory.model.regions import home_of, partition_of
from functions.inventory.ports import Cloud
from steward.errors import BadInput


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a part stands: the type being listed, the place in its listing, whether anything is hidden."""

    type: str
    place: Place = ()
    hidden: bool = False

    def text(self) -> str:
        """The cursor as others keep it."""
        place = [[step.token, step.key] for step in self.place]
        return json.dumps([self.type, place, self.hidden], separators=(",", ":"))

    @classmethod
    def read(cls, text: str) -> Cursor:
        """The cursor that a text is.

        Raises:
            BadInput: it is none.
        """
        try:
            type_name, place, hidden = json.loads(text)
            return cls(type_name, tuple(Step(token, key) for token, key in place), bool(hidden))
        except (ValueError, TypeError) as error:
            raise BadInput(
                f"cursor {text[:80]!r}: none of a discovery; start without one"
            ) from error


class AwsDiscovery:
    """`Discovery` of one account: every service of the catalogue in every region that has it."""

    def __init__(
        self,
        cloud: Cloud,
        *,
        account: str,
        regions: Sequence[str],
        services: Sequence[str] = (),
        types: frozenset[str] = frozenset(),
        rows: Callable[[str], Service] = catalogue.service,
        shapes: Callable[[str], Shapes] = boto.shapes,
        pool: Executor | None = None,
    ) -> None:
        self._cloud = cloud
        self._account = account
        self._regions = tuple(regions)
        self._services = tuple(services) or catalogue.services()
        self._types = types
        self._rows = rows
        self._shapes = shapes
        self._pool = pool

    def parts(self) -> Iterator[Part]:
        """Each service once if it is global, else once per region that it is in."""
        for name in self._services:
            service = self._rows(name)
            for region in self._regions_of(service):
                yield Part(account=self._account, region=region, group=name)

    def pages(self, part: Part, cursor: str | None = None) -> Iterator[Found]:
        """The pages of a part from a cursor on.

        Raises:
            Interrupted: throttled, expired, unreachable: its cursor says where to take it up again.
            BadInput: the cursor is none of this part's.
        """
        rows = self._wanted(part)
        at = Cursor.read(cursor) if cursor else Cursor(rows[0].type)
        for row in _rows_from(rows, at):
            following = _next(rows, row)
            start = at if at.type == row.type else Cursor(row.type)
            yield from self._type(part, row, start, following.text() if following else None)

    def _wanted(self, part: Part) -> Sequence[Row]:
        rows = self._rows(part.group).types
        return [row for row in rows if not self._types or row.type in self._types]

    def _type(self, part: Part, row: Row, at: Cursor, following: str | None) -> Iterator[Found]:
        """The pages of one type; below parents, the last one has nothing but the end."""
        try:
            for page in self._listed(part, row, at.place):
                found = self._found(part, row, page)
                hidden = at.hidden or any(one.hides for one in found.problems)
                if page.place is None:
                    yield replace(found, cursor=following, ended=True, whole=not hidden)
                    return
                at = Cursor(row.type, page.place, hidden)
                yield replace(found, cursor=at.text())
        except Refused as error:
            problem = error.problem.model_copy(update={"type": row.type})
            yield Found(row.type, problems=(problem,), cursor=following, ended=True)
            return
        except Interrupted as error:
            error.cursor, error.skip = at.text(), following
            raise
        yield Found(row.type, cursor=following, ended=True, whole=not at.hidden)

    def _listed(self, part: Part, row: Row, place: Place) -> Iterator[Page]:
        region = self._client_region(part)
        lister = Lister(self._cloud, self._shapes, region, self._context(part))
        return lister.pages(_levels(self._rows(part.group), row), place)

    def _found(self, part: Part, row: Row, page: Page) -> Found:
        region = self._client_region(part)
        maker = Maker(row, part, page.context)
        drafts = [Draft(maker.prepared(item), maker.region(item) or region) for item in page.items]
        for lesser in (one for one in page.problems if not one.hides):
            for draft in drafts:
                draft.lack(lesser.operation, lesser)
        Details(self._cloud, self._shapes, row, page.context, self._pool).complete(drafts)
        resources, odd = maker.resources(drafts)
        problems = tuple(one.model_copy(update={"type": row.type}) for one in page.problems)
        return Found(row.type, tuple(resources), (*problems, *odd))

    def _client_region(self, part: Part) -> str:
        if part.region != GLOBAL:
            return part.region
        service = self._rows(part.group)
        return service.regions[0] if service.regions else home_of(self._regions)

    def _context(self, part: Part) -> Mapping[str, Any]:
        region = self._client_region(part)
        return {"account": part.account, "region": region, "partition": partition_of(region)}

    def _regions_of(self, service: Service) -> Sequence[str]:
        if service.scope is Scope.GLOBAL:
            return (GLOBAL,)
        there = frozenset(service.regions) or self._cloud.regions_of(service.service)
        return [region for region in self._regions if not there or region in there]


def _rows_from(rows: Sequence[Row], at: Cursor) -> Sequence[Row]:
    for number, row in enumerate(rows):
        if row.type == at.type:
            return rows[number:]
    raise BadInput(f"cursor at {at.type!r}: the part has no such type; start without one")


def _next(rows: Sequence[Row], row: Row) -> Cursor | None:
    place = rows.index(row) + 1
    return Cursor(rows[place].type) if place < len(rows) else None


def _levels(service: Service, row: Row) -> list[Row]:
    levels = [row]
    while levels[0].under:
        levels.insert(0, service.row(levels[0].under))
    return levels
