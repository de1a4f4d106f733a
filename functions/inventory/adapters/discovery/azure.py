"""Discovery of an Azure subscription: one Resource Graph query, or ARM's own list without it.

Sources: Azure Resource Graph, "Guidance for throttled requests" (15 queries in 5 s, two quota headers);
Azure Resource Manager REST API, "Resources - List".
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from functions.inventory.adapters.discovery.pages import Page, pages
from functions.inventory.adapters.discovery.web import Failed, failure
from functions.inventory.model.azure.children import CHILDREN, Children, children_of
from functions.inventory.model.azure.read import PROVIDER, listed
from functions.inventory.model.discovery import Found, Kind, Listed, Part, Problem, Refused
from functions.inventory.model.identity import GLOBAL
from steward.errors import BadInput

if TYPE_CHECKING:
    from azure.core import PipelineClient
    from azure.mgmt.resourcegraph import ResourceGraphClient

RESOURCES, CONTAINERS, LIST = "resources", "resourcecontainers", "list"
BELOW = "below"
"""What resources hold that Resource Graph does not list."""
TOGETHER = 20
"""Resources whose children make one page, after which a listing can be taken up again."""
PAGE = 1000
_REMAINING, _RESETS = "x-ms-user-quota-remaining", "x-ms-user-quota-resets-after"
_ARM = "https://management.azure.com"
PARENTS = (
    f"{RESOURCES} | where type in~ ({', '.join(repr(one) for one in CHILDREN)})"
    " | project id, type, sku | order by id asc"
)
_PARTIAL = "listed without its properties, since Resource Graph is not to be had"


class Queries(Protocol):
    """`Graph`, or what asks it with patience."""

    def ask(
        self, query: str, subscription: str, token: str | None
    ) -> tuple[list[Mapping[str, Any]], str | None]:
        """One page of an answer, and the token of the next."""
        ...


class Lists(Protocol):
    """`Arm`, or what asks it with patience."""

    def get(self, url: str) -> Any:
        """The answer at an address."""
        ...


class Graph:
    """Resource Graph through the vendor's client, at the pace that its headers allow."""

    def __init__(
        self, client: ResourceGraphClient, *, wait: Callable[[float], None] = time.sleep
    ) -> None:
        self._client = client
        self._wait = wait
        self._pause = 0.0

    def ask(
        self, query: str, subscription: str, token: str | None
    ) -> tuple[list[Mapping[str, Any]], str | None]:
        """One page of an answer, after the pause that the last one asked for, and the token of the next.

        Raises:
            Refused: it will fail however often it is tried.
            Interrupted: it may work later.
        """
        # 350 ms to import, which only those who look into Azure pay.
        from azure.core.exceptions import AzureError
        from azure.mgmt.resourcegraph.models import QueryRequest, QueryRequestOptions

        if self._pause:
            self._wait(self._pause)
        options = QueryRequestOptions(top=PAGE, skip_token=token, result_format="objectArray")
        request = QueryRequest(query=query, subscriptions=[subscription], options=options)
        try:
            answer = self._client.resources(request, raw_response_hook=self._heard)
        except AzureError as error:
            raise failure(failed(error), service="resourcegraph", operation="resources") from error
        return list(rows_of(answer.data)), answer.skip_token

    def _heard(self, response: Any) -> None:
        headers = response.http_response.headers
        spent = str(headers.get(_REMAINING, "")).strip() == "0"
        self._pause = seconds(str(headers.get(_RESETS, ""))) if spent else 0.0


class Arm:
    """ARM's own list answers, through the vendor's pipeline."""

    def __init__(self, client: PipelineClient[Any, Any]) -> None:
        self._client = client

    def get(self, url: str) -> Any:
        """The answer at an address.

        Raises:
            Refused: it will fail however often it is tried.
            Interrupted: it may work later.
        """
        from azure.core.exceptions import AzureError, HttpResponseError
        from azure.core.rest import HttpRequest

        try:
            response = self._client.send_request(HttpRequest("GET", url))
            if response.status_code >= 400:  # noqa: PLR2004  # where errors begin
                raise HttpResponseError(response=response)
            return response.json() if response.content else None
        except (AzureError, ValueError) as error:
            raise failure(failed(error), service="arm", operation="list") from error


class Monitor:
    """Azure Monitor's batches of metrics, through the vendor's pipeline."""

    def __init__(self, client: PipelineClient[Any, Any]) -> None:
        self._client = client

    def post(self, url: str, body: Mapping[str, Any]) -> Any:
        """The answer to a question at an address.

        Raises:
            Refused: it will fail however often it is tried.
            Interrupted: it may work later.
        """
        from azure.core.exceptions import AzureError, HttpResponseError
        from azure.core.rest import HttpRequest

        try:
            response = self._client.send_request(HttpRequest("POST", url, json=dict(body)))
            if response.status_code >= 400:  # noqa: PLR2004  # where errors begin
                raise HttpResponseError(response=response)
            return response.json()
        except (AzureError, ValueError) as error:
            raise failure(failed(error), service="monitor", operation="metrics:getBatch") from error


class AzureDiscovery:
    """`Discovery` of one subscription."""

    def __init__(self, graph: Queries, arm: Lists, *, account: str) -> None:
        self._graph = graph
        self._arm = arm
        self._account = account

    def parts(self) -> Iterator[Part]:
        """What is in the subscription, its groups, and what its resources hold."""
        for group in (RESOURCES, CONTAINERS, BELOW):
            yield Part(provider=PROVIDER, account=self._account, region=GLOBAL, group=group)

    def pages(self, part: Part, cursor: str | None = None) -> Iterator[Found]:
        """The pages of a part from a cursor on.

        Raises:
            Interrupted: its cursor says where to take it up again.
            BadInput: the cursor is none of this part's.
        """
        if part.group == BELOW:
            return pages(Below(self._graph, self._arm, account=self._account).fetch, cursor)
        query = f"{part.group} | order by id asc"

        def fetch(token: str | None) -> Page:
            if token is not None and token.startswith("https://"):
                return self._listed(token)
            try:
                rows, following = self._graph.ask(query, part.account, token)
            except Refused as error:
                if error.problem.kind is not Kind.NOT_ENABLED or part.group != RESOURCES:
                    raise
                return self._listed(list_url(part.account))
            return Page(tuple(listed(row, account=part.account) for row in rows), following)

        return pages(fetch, cursor)

    def _listed(self, url: str) -> Page:
        answer = self._arm.get(url)
        found = tuple(_without_properties(one) for one in read_list(answer, self._account))
        return Page(found, answer.get("nextLink"))


class Below:
    """What the resources of a subscription hold, some of them at a time."""

    def __init__(self, graph: Queries, arm: Lists, *, account: str) -> None:
        self._graph = graph
        self._arm = arm
        self._account = account
        self._asked: tuple[str | None, list[Mapping[str, Any]], str | None] | None = None

    def fetch(self, token: str | None) -> Page:
        """The children of the next resources; a token says of which page of them, and from which on.

        Raises:
            Refused: Resource Graph does not say what there is.
            Interrupted: it may work later.
        """
        page, start = _place_of(token)
        parents, following = self._parents(page)
        found: list[Listed | Problem] = []
        for parent in parents[start : start + TOGETHER]:
            for each in children_of(_type(parent), _sku(parent)):
                found += self._list(str(parent["id"]), each)
        end = start + TOGETHER
        if end < len(parents):
            return Page(tuple(found), f"{end}:{page or ''}")
        return Page(tuple(found), None if following is None else f"0:{following}")

    def _parents(self, page: str | None) -> tuple[list[Mapping[str, Any]], str | None]:
        if self._asked is None or self._asked[0] != page:
            rows, following = self._graph.ask(PARENTS, self._account, page)
            held = [row for row in rows if row.get("id") and children_of(_type(row), _sku(row))]
            self._asked = (page, held, following)
        return self._asked[1], self._asked[2]

    def _list(self, parent: str, each: Children) -> Iterator[Listed | Problem]:
        url: str | None = f"{_ARM}{parent}/{each.path}?api-version={each.version}"
        while url:
            try:
                answer = self._arm.get(url)
            except Refused as error:
                yield error.problem
                return
            for item in _items(answer):
                yield listed(item, account=self._account)
                for below in each.below if item.get("id") else ():
                    yield from self._list(str(item["id"]), below)
            url = answer.get("nextLink") if isinstance(answer, Mapping) else None


def _place_of(token: str | None) -> tuple[str | None, int]:
    start, _, page = (token or "0:").partition(":")
    if not start.isdecimal():
        raise BadInput(f"cursor {str(token)[:80]!r}: none of this part's; start without one")
    return page or None, int(start)


def _items(answer: Any) -> Iterator[Mapping[str, Any]]:
    """The items of a list, or the one thing that an answer is."""
    value = answer.get("value") if isinstance(answer, Mapping) else None
    found = value if isinstance(value, list) else [answer]
    yield from (one for one in found if isinstance(one, Mapping) and one)


def _type(row: Mapping[str, Any]) -> str:
    return str(row.get("type") or "")


def _sku(row: Mapping[str, Any]) -> str:
    sku = row.get("sku")
    return str(sku.get("name") or "") if isinstance(sku, Mapping) else ""


def list_url(subscription: str) -> str:
    """Where ARM lists all resources of a subscription."""
    query = "api-version=2021-04-01&$expand=createdTime,changedTime,provisioningState"
    return f"https://management.azure.com/subscriptions/{subscription}/resources?{query}"


def read_list(answer: Any, account: str) -> Iterator[Listed | Problem]:
    """Everything in ARM's list answer."""
    value = answer.get("value") if isinstance(answer, Mapping) else None
    for item in value if isinstance(value, list) else ():
        if isinstance(item, Mapping):
            yield listed(item, account=account)


def rows_of(data: Any) -> Iterator[Mapping[str, Any]]:
    """The rows of a Resource Graph answer, given as objects or as a table of columns and rows."""
    if isinstance(data, Mapping):
        names = [column["name"] for column in data.get("columns") or ()]
        yield from (dict(zip(names, row, strict=False)) for row in data.get("rows") or ())
    elif isinstance(data, list):
        yield from (row for row in data if isinstance(row, Mapping))


def seconds(text: str) -> float:
    """The seconds in ``hh:mm:ss``; five, the length of a window, where the text is none."""
    try:
        hours, minutes, rest = text.split(":")
        return int(hours) * 3600 + int(minutes) * 60 + float(rest)
    except ValueError:
        return 5.0


def failed(error: Exception) -> Failed:
    """What an error of the vendor's client says."""
    inner = getattr(error, "error", None)
    code = str(getattr(inner, "code", "") or type(error).__name__)
    return Failed(int(getattr(error, "status_code", 0) or 0), code, str(error))


def _without_properties(one: Listed | Problem) -> Listed | Problem:
    if isinstance(one, Problem):
        return one
    return one._replace(facts=one.facts.model_copy(update={"partial": _PARTIAL}))
