"""Discovery of a Google Cloud project: asset inventory, or the services' own lists where that is not enabled.

Source: Cloud Asset API, ListAssets (100 calls a minute for a project).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol
from urllib.parse import urlencode

from functions.inventory.adapters.discovery.pages import Page, pages
from functions.inventory.adapters.discovery.web import Failed, failure
from functions.inventory.model.discovery import Found, Kind, Listed, Part, Problem, Refused
from functions.inventory.model.gcp.lists import Answer, filled, read
from functions.inventory.model.gcp.names import PROVIDER
from functions.inventory.model.gcp.read import NONE_KNOWN, of_asset
from functions.inventory.model.gcp.rows import ROWS, Row
from functions.inventory.model.gcp.views import NO_POLICY, POLICED
from functions.inventory.model.identity import GLOBAL
from steward.errors import BadInput

if TYPE_CHECKING:
    from google.auth.transport.requests import AuthorizedSession
    from google.cloud.asset import AssetServiceClient

ASSETS = "assets"
PAGE = 1000
_LIST = "list:"
_ERROR = 400
_UNPOLICED = "listed without its IAM policy; grant cloudasset.assets.listIamPolicy"


class AssetPages(Protocol):
    """`Assets`, or what asks it with patience."""

    def ask(self, project: str, token: str | None) -> tuple[list[Mapping[str, Any]], str | None]:
        """One page of a project's assets, and the token of the next."""
        ...

    def policies(
        self, project: str, token: str | None
    ) -> tuple[list[Mapping[str, Any]], str | None]:
        """One page of those that have an IAM policy, with it alone, and the token of the next."""
        ...


class RestLists(Protocol):
    """`Rest`, or what asks it with patience."""

    def get(self, url: str) -> Any:
        """The answer at an address."""
        ...


class Assets:
    """Cloud Asset Inventory through the vendor's client."""

    def __init__(self, client: AssetServiceClient) -> None:
        self._client = client

    def ask(self, project: str, token: str | None) -> tuple[list[Mapping[str, Any]], str | None]:
        """One page of a project's assets with their data, and the token of the next.

        Raises:
            Refused: it will fail however often it is tried.
            Interrupted: it may work later.
        """
        return self._page(project, token, policies=False)

    def policies(
        self, project: str, token: str | None
    ) -> tuple[list[Mapping[str, Any]], str | None]:
        """One page of the assets that have an IAM policy, with it alone, and the token of the next.

        Raises:
            Refused: it will fail however often it is tried.
            Interrupted: it may work later.
        """
        return self._page(project, token, policies=True)

    def _page(
        self, project: str, token: str | None, *, policies: bool
    ) -> tuple[list[Mapping[str, Any]], str | None]:
        # 800 ms to import, which only those who look into Google Cloud pay.
        from google.api_core.exceptions import GoogleAPIError
        from google.auth.exceptions import GoogleAuthError
        from google.cloud.asset_v1 import ContentType, ListAssetsRequest

        request = ListAssetsRequest(
            parent=f"projects/{project}",
            content_type=ContentType.IAM_POLICY if policies else ContentType.RESOURCE,
            page_size=PAGE,
            page_token=token or "",
        )
        try:
            # Tried once: whoever counts and paces the calls tries again.
            page = next(iter(self._client.list_assets(request, retry=None, timeout=60).pages))
        except (GoogleAPIError, GoogleAuthError) as error:
            raise failure(_failed(error), service="cloudasset", operation="ListAssets") from error
        return [plain(one) for one in page.assets], page.next_page_token or None


class Rest:
    """The list calls of Google's own services."""

    def __init__(self, session: AuthorizedSession) -> None:
        self._session = session

    def get(self, url: str) -> Any:
        """The answer at an address.

        Raises:
            Refused: it will fail however often it is tried.
            Interrupted: it may work later.
        """
        return self._answer("GET", url, None)

    def post(self, url: str, body: Mapping[str, Any]) -> Any:
        """The answer to a question that only reads.

        Raises:
            Refused: it will fail however often it is tried.
            Interrupted: it may work later.
        """
        return self._answer("POST", url, body)

    def _answer(self, method: str, url: str, body: Mapping[str, Any] | None) -> Any:
        from google.auth.exceptions import GoogleAuthError
        from requests import RequestException

        operation = url.partition("?")[0].removeprefix("https://")[:100]
        try:
            response = self._session.request(  # type: ignore[no-untyped-call]
                method, url, json=body, timeout=60
            )
            answer = response.json() if response.content else {}
        except (RequestException, GoogleAuthError, ValueError) as error:
            raise failure(
                Failed(0, type(error).__name__, str(error)), service="list", operation=operation
            ) from error
        if response.status_code >= _ERROR:
            told = answer.get("error") if isinstance(answer, Mapping) else None
            inner = told if isinstance(told, Mapping) else {}
            said = Failed(
                response.status_code, str(inner.get("status") or ""), json.dumps(inner)[:500]
            )
            raise failure(said, service="list", operation=operation)
        return answer


class Policies(NamedTuple):
    """The IAM policies of a project by the names of what they are of; or why they are not to be had."""

    by_name: Mapping[str, Mapping[str, Any]]
    refused: Problem | None = None

    def joined(self, asset: Mapping[str, Any]) -> Mapping[str, Any]:
        """An asset with its policy; an empty one where it could have one and has none."""
        policy = self.by_name.get(str(asset.get("name")))
        if policy is None and self.refused is None and asset.get("assetType") in POLICED:
            policy = NO_POLICY
        return asset if policy is None else {**asset, "iamPolicy": policy}


class GcpDiscovery:
    """`Discovery` of one project; ``projects`` gives the ids of project numbers."""

    def __init__(
        self,
        assets: AssetPages,
        rest: RestLists,
        *,
        account: str,
        projects: Mapping[str, str] = NONE_KNOWN,
        rows: tuple[Row, ...] = ROWS,
    ) -> None:
        self._assets = assets
        self._rest = rest
        self._account = account
        self._projects = projects
        self._rows = tuple(row for row in rows if _askable(row))
        self._policies: Policies | None = None

    def parts(self) -> Iterator[Part]:
        """The project's assets, all in one."""
        yield Part(provider=PROVIDER, account=self._account, region=GLOBAL, group=ASSETS)

    def pages(self, part: Part, cursor: str | None = None) -> Iterator[Found]:
        """The pages of a part from a cursor on.

        Raises:
            Interrupted: its cursor says where to take it up again.
            BadInput: the cursor is none of this part's.
        """
        if part.group != ASSETS:
            raise BadInput(f"part {part.id[:120]!r}: none of a project's; it has {ASSETS!r} alone")
        return pages(self._fetch, cursor)

    def _fetch(self, token: str | None) -> Page:
        if token is not None and token.startswith(_LIST):
            return self._row(token)
        try:
            assets, following = self._assets.ask(self._account, token)
        except Refused as error:
            if error.problem.kind is not Kind.NOT_ENABLED:
                raise
            return self._row(f"{_LIST}0:")
        told = self._told()
        joined = (told.joined(one) for one in assets)
        found = [of_asset(one, account=self._account, projects=self._projects) for one in joined]
        if told.refused is None:
            return Page(tuple(found), following)
        problems = (told.refused,) if token is None else ()
        return Page((*problems, *map(_without_policy, found)), following)

    def _told(self) -> Policies:
        """The policies of all assets, asked for once: they come in an order of their own."""
        if self._policies is None:
            self._policies = self._all_policies()
        return self._policies

    def _all_policies(self) -> Policies:
        found: dict[str, Mapping[str, Any]] = {}
        token: str | None = None
        while True:
            try:
                assets, token = self._assets.policies(self._account, token)
            except Refused as error:
                return Policies({}, error.problem.model_copy(update={"hides": False}))
            found |= {str(one["name"]): one["iamPolicy"] for one in assets if one.get("iamPolicy")}
            if token is None:
                return Policies(found)

    def _row(self, token: str) -> Page:
        _, number, page_token = token.split(":", 2)
        row, parameters = self._rows[int(number)], self._parameters
        try:
            body = self._rest.get(list_url(row, parameters, page_token))
        except Refused as error:
            return Page((error.problem,), self._next(int(number)))
        answer = Answer(row, parameters, body if isinstance(body, Mapping) else {})
        following = answer.body.get("nextPageToken")
        there = f"{_LIST}{number}:{following}" if following else self._next(int(number))
        return Page(tuple(read(answer)), there)

    def _next(self, number: int) -> str | None:
        return f"{_LIST}{number + 1}:" if number + 1 < len(self._rows) else None

    @property
    def _parameters(self) -> dict[str, str]:
        return {"project": self._account, "app": self._account, "location": "-"}


def list_url(row: Row, parameters: Mapping[str, str], page_token: str) -> str:
    """Where a row's service lists."""
    path = filled(row.path, {}, parameters)
    query = {"project": parameters["project"]} if "{project}" not in row.path else {}
    if page_token:
        query["pageToken"] = page_token
    return f"https://{row.host}/{path}" + (f"?{urlencode(query)}" if query else "")


def plain(asset: Any) -> Mapping[str, Any]:
    """An asset of the client as the API's JSON has it."""
    found: dict[str, Any] = type(asset).to_dict(
        asset, preserving_proto_field_name=False, use_integers_for_enums=False
    )
    return found


def _without_policy(one: Listed | Problem) -> Listed | Problem:
    if isinstance(one, Problem):
        return one
    return one._replace(facts=one.facts.model_copy(update={"partial": _UNPOLICED}))


def _askable(row: Row) -> bool:
    """Whether the project is all that its path needs: what lies below parents waits for asset inventory."""
    return filled(row.path, {}, {"project": "p", "app": "a", "location": "-"}) is not None


def _failed(error: Exception) -> Failed:
    code = getattr(error, "code", None)
    reason = str(getattr(error, "reason", None) or type(error).__name__)
    return Failed(int(code) if isinstance(code, int) else 0, reason, str(error))
