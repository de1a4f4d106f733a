"""Discovery of every type that the catalogue has no row for, through the Cloud Control API."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from functions.inventory.adapters.discovery.config_query import ConfigQuery
from functions.inventory.adapters.discovery.listing import Place, Step
from functions.inventory.adapters.discovery.paging import pages
from functions.inventory.adapters.discovery.shapes import text
from functions.inventory.adapters.discovery.words import facts_of
from functions.inventory.model import identity
from functions.inventory.model.discovery import Call, Found, Kind, Listed, Part, Problem, Refused
from functions.inventory.model.regions import home_of
from functions.inventory.model.resource import Subject
from functions.inventory.ports import Cloud

GROUP = "cloudcontrol"
_KINDS = ("FULLY_MUTABLE", "IMMUTABLE")
_PAGE = 100
_RECORDED = "recorded"
"""Marks a place as one in what AWS Config has recorded."""
_TYPES = {
    "Type": "RESOURCE",
    "Visibility": "PUBLIC",
    "Filters": {"Category": "AWS_TYPES"},
    "MaxResults": _PAGE,
}


class CloudControl:
    """`Discovery` of one account's resources by CloudFormation type, in CloudFormation's words.

    ``types`` are those to list; without any, all that the region's CloudFormation registry has. What is
    among ``known`` is left to the catalogue. What Cloud Control cannot list is looked for in what AWS
    Config has ``recorded``, which may not be all there is.
    """

    def __init__(
        self,
        cloud: Cloud,
        *,
        account: str,
        regions: Sequence[str],
        known: frozenset[str] = frozenset(),
        types: Sequence[str] = (),
        recorded: ConfigQuery | None = None,
    ) -> None:
        self._cloud = cloud
        self._account = account
        self._regions = tuple(regions)
        self._known = known
        self._wanted = tuple(types)
        self._recorded = recorded
        self._registered = lru_cache(maxsize=None)(self._asked_types)

    def parts(self) -> Iterator[Part]:
        """One part per region."""
        for region in self._regions:
            yield Part(account=self._account, region=region, group=GROUP)

    def pages(self, part: Part, cursor: str | None = None) -> Iterator[Found]:
        """The pages of a region's types, one type after the other.

        Raises:
            Interrupted: throttled, expired, unreachable: its cursor says where to take it up again.
            Refused: CloudFormation does not say which types there are.
            BadInput: the cursor is none of this part's.
        """

        def pages_of(name: str, place: Place) -> Iterator[tuple[Found, Place | None]]:
            return self._type(part, name, place)

        yield from pages(self.types(part.region), cursor, pages_of)

    def types(self, region: str) -> list[str]:
        """What is listed in a region, in order; types of global services in their home region alone."""
        names = sorted(set(self._wanted or self._registered(region)) - self._known)
        home = home_of(self._regions)
        return [one for one in names if region == home or not _is_global(one)]

    def _asked_types(self, region: str) -> tuple[str, ...]:
        found: list[str] = []
        for kind in _KINDS:
            asked = {**_TYPES, "ProvisioningType": kind}
            for answer in self._answers(Call("cloudformation", region, "ListTypes", asked)):
                found.extend(one["TypeName"] for one in answer.get("TypeSummaries") or ())
        return tuple(found)

    def _answers(self, call: Call) -> Iterator[Mapping[str, Any]]:
        token: str | None = None
        while True:
            more = {"NextToken": token} if token else {}
            answer = self._cloud.ask(call._replace(parameters={**call.parameters, **more}))
            yield answer
            token = answer.get("NextToken")
            if not token:
                return

    def _type(self, part: Part, name: str, place: Place) -> Iterator[tuple[Found, Place | None]]:
        if self._recorded is not None and place and place[0].key == _RECORDED:
            yield from _marked(self._recorded.listing(part, name, place))
            return
        try:
            yield from self._controlled(part, name, place)
        except Refused as error:
            if self._recorded is None or place or error.problem.kind is Kind.DENIED:
                raise
            yield Found(name, problems=(error.problem,)), (Step(None, _RECORDED),)
            yield from _marked(self._recorded.listing(part, name, ()))

    def _controlled(
        self, part: Part, name: str, place: Place
    ) -> Iterator[tuple[Found, Place | None]]:
        asked = {"TypeName": name, "MaxResults": _PAGE, **((place[0].token or {}) if place else {})}
        for answer in self._answers(Call(GROUP, part.region, "ListResources", asked)):
            token = answer.get("NextToken")
            found = self._found(part, name, answer.get("ResourceDescriptions") or ())
            yield found, (Step({"NextToken": token}),) if token else None

    def _found(self, part: Part, name: str, described: Sequence[Mapping[str, Any]]) -> Found:
        resources: list[Listed] = []
        problems: list[Problem] = []
        for one in described:
            if one.get("Identifier"):
                resources.append(self._resource(part, name, one))
            else:
                problems.append(_nameless(part, name))
        return Found(name, tuple(resources), tuple(problems))

    def _resource(self, part: Part, name: str, listed: Mapping[str, Any]) -> Listed:
        identifier = text(str(listed["Identifier"]))
        properties, partial = _properties(listed), None
        try:
            asked = {"TypeName": name, "Identifier": listed["Identifier"]}
            answer = self._cloud.ask(Call(GROUP, part.region, "GetResource", asked))
            properties = {**properties, **_properties(answer.get("ResourceDescription") or {})}
        except Refused as error:
            partial = f"GetResource: {error.problem.kind.value} ({error.problem.code})"
        facts = facts_of(name, identifier, properties)
        subject = Subject(
            account=part.account,
            region=identity.region_of(name, part.region),
            type=name,
            native_id=identity.native_id(name, identifier, name=facts.name),
        )
        return Listed(subject, facts.model_copy(update={"partial": partial}))


def _marked(
    listing: Iterator[tuple[Found, Place | None]],
) -> Iterator[tuple[Found, Place | None]]:
    """The pages of AWS Config's listing, with places that say so."""
    for found, place in listing:
        yield found, place and (place[0]._replace(key=_RECORDED),)


def _properties(described: Mapping[str, Any]) -> dict[str, Any]:
    try:
        found = json.loads(described.get("Properties") or "{}")
    except ValueError:
        return {"Properties": text(str(described["Properties"]))}
    return found if isinstance(found, dict) else {"Properties": found}


def _is_global(type_name: str) -> bool:
    return identity.region_of(type_name, "") == identity.GLOBAL


def _nameless(part: Part, name: str) -> Problem:
    return Problem(
        kind=Kind.NO_ID,
        service=GROUP,
        region=part.region,
        type=name,
        operation="ListResources",
        code=Kind.NO_ID.value,
        message="the answer describes a resource without an identifier",
    )
