"""Discovery by what AWS Config has recorded: of many accounts at once through an aggregator."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError

from functions.inventory.adapters.discovery.listing import Place, Step
from functions.inventory.adapters.discovery.paging import pages
from functions.inventory.model import config_items
from functions.inventory.model.discovery import Call, Found, Kind, Listed, Part, Problem
from functions.inventory.model.identity import GLOBAL
from functions.inventory.model.notices import ConfigItem
from functions.inventory.model.view import moment, owner_of, tags_of
from functions.inventory.ports import Cloud
from steward.contracts.event import first_fault

GROUP = "config"
_COLUMNS = (
    "resourceId, resourceName, resourceType, accountId, awsRegion, arn, tags, configuration, "
    "supplementaryConfiguration, relationships, resourceCreationTime, configurationItemStatus, "
    "configurationItemCaptureTime, configurationStateId"
)
_PAGE = 100
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class ConfigQuery:
    """`Discovery` of accounts by AWS Config's advanced queries, in AWS Config's own words.

    With an ``aggregator`` of that name in the home region it sees every account; without, each region of
    its own account by itself.
    """

    def __init__(
        self,
        cloud: Cloud,
        *,
        accounts: Sequence[str],
        regions: Sequence[str],
        home: str,
        aggregator: str = "",
        known: frozenset[str] = frozenset(),
    ) -> None:
        self._cloud = cloud
        self._accounts = tuple(accounts)
        self._regions = tuple(regions)
        self._home = home
        self._aggregator = aggregator
        self._known = known

    def parts(self) -> Iterator[Part]:
        """One part per account and region; AWS Config files global resources under ``global``, too."""
        for account in self._accounts:
            for region in (*self._regions, GLOBAL):
                yield Part(account=account, region=region, group=GROUP)

    def pages(self, part: Part, cursor: str | None = None) -> Iterator[Found]:
        """The pages of the types that AWS Config has recorded there.

        Raises:
            Interrupted: throttled, expired, unreachable: its cursor says where to take it up again.
            Refused: AWS Config does not say which types there are.
            BadInput: the cursor is none of this part's.
        """

        def pages_of(name: str, place: Place) -> Iterator[tuple[Found, Place | None]]:
            return self.listing(part, name, place)

        yield from pages(self._types(part), cursor, pages_of)

    def _types(self, part: Part) -> list[str]:
        query = f"SELECT resourceType, COUNT(*) WHERE {_where(part)} GROUP BY resourceType"
        rows = (row for answer, _ in self._answers(part, query, None) for row in _rows(answer))
        return sorted({str(row.get("resourceType")) for row in rows} - self._known)

    def listing(self, part: Part, name: str, place: Place) -> Iterator[tuple[Found, Place | None]]:
        """The pages of one type from a place on, each with the place of the next.

        Raises:
            Refused: AWS Config is not on there, or does not let us ask.
            Interrupted: it did not answer.
        """
        # Types are CloudFormation's names and accounts come from the directory: no quotes in either.
        query = f"SELECT {_COLUMNS} WHERE {_where(part)} AND resourceType = '{name}'"
        token = (place[0].token or {}).get("NextToken") if place else None
        for answer, following in self._answers(part, query, token):
            found = _found(part, name, _rows(answer))
            yield found, (Step({"NextToken": following}),) if following else None

    def _answers(
        self, part: Part, query: str, token: str | None
    ) -> Iterator[tuple[Mapping[str, Any], str | None]]:
        while True:
            answer = self._cloud.ask(self._call(part, query, token))
            token = answer.get("NextToken")
            yield answer, token
            if not token:
                return

    def _call(self, part: Part, query: str, token: str | None) -> Call:
        asked = {"Expression": query, "Limit": _PAGE, **({"NextToken": token} if token else {})}
        if self._aggregator:
            asked["ConfigurationAggregatorName"] = self._aggregator
            return Call(GROUP, self._home, "SelectAggregateResourceConfig", asked)
        region = self._home if part.region == GLOBAL else part.region
        return Call(GROUP, region, "SelectResourceConfig", asked)


def _where(part: Part) -> str:
    return f"accountId = '{part.account}' AND awsRegion = '{part.region}'"


def _rows(answer: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for text in answer.get("Results") or ():
        row = json.loads(text)
        if isinstance(row, dict):
            yield row


def _found(part: Part, name: str, rows: Iterator[dict[str, Any]]) -> Found:
    resources: list[Listed] = []
    problems: list[Problem] = []
    for row in rows:
        try:
            resources.append(listed(part, name, row))
        except ValidationError as error:
            problems.append(
                _broken(part, name, first_fault(error), str(row.get("resourceId") or ""))
            )
    return Found(name, tuple(resources), tuple(problems))


def listed(part: Part, name: str, row: Mapping[str, Any]) -> Listed:
    """The resource that a row of an answer is about.

    Raises:
        ValidationError: it names none, or breaks the form of a configuration item.
    """
    defaults = {
        "accountId": part.account,
        "awsRegion": part.region,
        "resourceType": name,
        "configurationItemStatus": "OK",
        "configurationItemCaptureTime": _EPOCH.isoformat(),
    }
    # Queries give tags as a list of pairs, notifications as a map.
    item = ConfigItem.model_validate({**defaults, **row, "tags": tags_of(row.get("tags"))})
    facts = config_items.facts_of(item)
    more = {"created_at": moment(row.get("resourceCreationTime")), "owner": owner_of(facts.tags)}
    return Listed(config_items.subject_of(item), facts.model_copy(update=more))


def _broken(part: Part, name: str, message: str, native_id: str) -> Problem:
    return Problem(
        kind=Kind.NO_ID,
        service=GROUP,
        region=part.region,
        type=name,
        operation="SelectAggregateResourceConfig",
        code="ConfigurationItem",
        message=message,
        native_id=native_id,
    )
