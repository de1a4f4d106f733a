"""Discovery of an AWS account by the catalogue."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from typing import Any

from functions.inventory.adapters.discovery import boto, catalogue
from functions.inventory.adapters.discovery.details import Details, Draft
from functions.inventory.adapters.discovery.listing import Lister, Page, Place
from functions.inventory.adapters.discovery.paging import pages
from functions.inventory.adapters.discovery.resources import Maker
from functions.inventory.adapters.discovery.shapes import Shapes
from functions.inventory.model.catalogue import Row, Scope, Service
from functions.inventory.model.discovery import Found, Part
from functions.inventory.model.identity import GLOBAL
from functions.inventory.model.regions import home_of, partition_of
from functions.inventory.ports import Cloud


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
            if not self._wanted(service):
                continue
            for region in self._regions_of(service):
                yield Part(account=self._account, region=region, group=name)

    def pages(self, part: Part, cursor: str | None = None) -> Iterator[Found]:
        """The pages of a part from a cursor on.

        Raises:
            Interrupted: throttled, expired, unreachable: its cursor says where to take it up again.
            BadInput: the cursor is none of this part's.
        """
        service = self._rows(part.group)

        def pages_of(name: str, place: Place) -> Iterator[tuple[Found, Place | None]]:
            row = service.row(name)
            for page in self._listed(part, row, place):
                yield self._found(part, row, page), page.place

        yield from pages(self._wanted(service), cursor, pages_of)

    def _wanted(self, service: Service) -> list[str]:
        names = [row.type for row in service.types]
        return [name for name in names if not self._types or name in self._types]

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


def _levels(service: Service, row: Row) -> list[Row]:
    levels = [row]
    while levels[0].under:
        levels.insert(0, service.row(levels[0].under))
    return levels
