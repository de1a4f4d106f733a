"""Google Cloud as a provider: entering projects by workload identity, checking it, and looking around.

Sources: Resource Manager API, projects.get and projects.testIamPermissions; Cloud Asset API, ListAssets and
searchAllResources, with their quotas.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final
from urllib.parse import urlencode

from functions.inventory.adapters.assertions import Assertions
from functions.inventory.adapters.discovery.gcp import ASSETS, GcpDiscovery
from functions.inventory.adapters.gcp_entry import GcpEntry
from functions.inventory.adapters.paces import Name, Paces
from functions.inventory.adapters.patient import Patience
from functions.inventory.adapters.verdicts import guarded, named
from functions.inventory.model.claims import CloudAccount, Verdict
from functions.inventory.model.discovery import Interrupted, Refused
from functions.inventory.model.pace import Quota
from functions.inventory.model.readers import POOL, gcp_reader
from functions.inventory.ports import Look, Member
from steward.contracts.metrics import MetricQuery, MetricSample
from steward.edge.resources import Clock
from steward.errors import BadInput, Denied, Transient
from steward.metering import google_monitoring

LIST_ASSETS: Final = Quota(calls=100, seconds=60)
"""What ListAssets allows the project of one service account."""
ENTRIES: Final = 64
NEEDED: Final = (
    "cloudasset.assets.listResource",
    "cloudasset.assets.listIamPolicy",
    "monitoring.timeSeries.list",
    "resourcemanager.projects.get",
)
"""What a sweep of a project takes, and its metrics; of an organisation its members are searched for too."""
_SEARCH: Final = "cloudasset.assets.searchAllResources"
_PROJECT_TYPE: Final = "cloudresourcemanager.googleapis.com/Project"
_TYPE: Final = re.compile(r"[a-z0-9.\-]+\.googleapis\.com/\w+")
_ORGANIZATION: Final = re.compile(r"(?:organizations/|folders/)?\d{1,20}")
_MANAGER: Final = "https://cloudresourcemanager.googleapis.com/v3/projects"
_ASSETS: Final = "https://cloudasset.googleapis.com/v1"


class Gcp:
    """`Provider` over the vendor's clients."""

    def __init__(self, assertions: Assertions, paces: Paces, *, tenant: str, clock: Clock) -> None:
        self._assertions = assertions
        self._paces = paces
        self._tenant = tenant
        self._clock = clock
        self._known: dict[tuple[str, str], GcpEntry] = {}

    def verify(self, account: CloudAccount) -> Verdict:
        """Enter as the claim says, and with wrong tokens in vain; then see what may be read.

        Raises:
            Transient: Google does not answer.
        """
        try:
            # Anew: a token at hand says nothing of what the pool trusts now.
            entry = self._entry(account)
            entry.enter()
            asking = self._asking(account, entry)
            problems = _closed(_project(asking, account), account)
        except Denied as error:
            return Verdict(entered=False, guarded=False, problems=(str(error),))
        open_to = guarded(
            self._assertions.wrong(account.external_id),
            lambda made: GcpEntry(gcp_reader(account), made).enter(),
        )
        if open_to:
            return _unguarded(account, open_to)
        wanted = (*NEEDED, _SEARCH) if account.organization else NEEDED
        held = _held(asking, account, wanted)
        lacking = [one for one in wanted if one not in held]
        return named(lacking, problems=problems, checked=len(wanted))

    def members(self, account: CloudAccount, organization: str) -> Iterator[Member]:
        """The projects of an organisation or a folder, however deep.

        Raises:
            BadInput: no organisation has such an id.
            Denied: the project is not in it, or may not list it.
            Transient: Google does not answer.
        """
        if not _ORGANIZATION.fullmatch(organization):
            raise BadInput(
                f"organization {organization[:64]!r}: use organizations/NUMBER or folders/NUMBER"
            )
        scope = organization if "/" in organization else f"organizations/{organization}"
        entry = self._entered(account)
        found = list(_projects(self._asking(account, entry), scope))
        if account.account not in {one.account for one in found}:
            raise Denied(
                f"gcp account {account.account}: is not in {scope}; name the organisation that it is in"
            )
        yield from found

    def look(self, account: CloudAccount, types: frozenset[str] = frozenset()) -> Look:
        """What there is in the project: all of it, since its types are listed mixed.

        Raises:
            BadInput: a type that Google Cloud has not.
            Denied: the service account does not let us in.
            Transient: Google does not answer.
        """
        self.groups(sorted(types))
        entry = self._entered(account)
        asking = self._asking(account, entry)
        discovery = GcpDiscovery(asking, asking, account=account.account)
        return Look(discovery, self._clock, lambda: asking.calls)

    def measure(
        self, account: CloudAccount, queries: Sequence[MetricQuery], *, until: date
    ) -> Iterator[MetricSample]:
        """What Cloud Monitoring has of each.

        Raises:
            Denied: the service account does not let us in.
            Transient: Google does not answer.
        """
        asking = self._asking(account, self._entered(account))
        return google_monitoring.read(queries, project=account.account, until=until, get=asking.get)

    def groups(self, types: Sequence[str]) -> frozenset[str]:
        """Everything is listed together.

        Raises:
            BadInput: a type that Google Cloud has not.
        """
        unknown = [one for one in types if not _TYPE.fullmatch(one)]
        if unknown:
            raise BadInput(
                f"type {unknown[0][:80]!r}: none of Google Cloud; use an asset type such as "
                "compute.googleapis.com/Instance"
            )
        return frozenset((ASSETS,)) if types else frozenset()

    def _entered(self, account: CloudAccount) -> GcpEntry:
        key = (account.reader, account.external_id)
        if key not in self._known:
            if len(self._known) >= ENTRIES:
                self._known.pop(next(iter(self._known)))
            self._known[key] = self._entry(account)
        self._known[key].enter()
        return self._known[key]

    def _entry(self, account: CloudAccount) -> GcpEntry:
        right, id_ = self._assertions.right, account.external_id
        return GcpEntry(gcp_reader(account), lambda audience: right(id_, audience))

    def _asking(self, account: CloudAccount, entry: GcpEntry) -> _Asking:
        # The quota is that of the project whose service account asks, whatever project it asks about.
        return _Asking(entry, self._paces, tenant=self._tenant, project=gcp_reader(account).number)


class _Asking:
    """Asset inventory and the services' own lists, asked with patience at the pace of the project."""

    def __init__(self, entry: GcpEntry, paces: Paces, *, tenant: str, project: str) -> None:
        self._entry = entry
        self._patience = Patience(paces, renew=self._renewed)
        self._assets, self._rest = entry.assets(), entry.rest()
        self._listing = Name(tenant, f"gcp/{project}", "cloudasset")
        self._others = Name(tenant, f"gcp/{project}", "rest")

    @property
    def calls(self) -> int:
        return self._patience.calls

    def ask(self, project: str, token: str | None) -> tuple[list[Mapping[str, Any]], str | None]:
        return self._patience.ask(
            self._listing, lambda: self._assets.ask(project, token), quota=LIST_ASSETS
        )

    def policies(
        self, project: str, token: str | None
    ) -> tuple[list[Mapping[str, Any]], str | None]:
        return self._patience.ask(
            self._listing, lambda: self._assets.policies(project, token), quota=LIST_ASSETS
        )

    def get(self, url: str) -> Any:
        return self._patience.ask(self._others, lambda: self._rest.get(url))

    def post(self, url: str, body: Mapping[str, Any]) -> Any:
        return self._patience.ask(self._others, lambda: self._rest.post(url, body))

    def _renewed(self) -> None:
        self._entry.renew()
        self._assets, self._rest = self._entry.assets(), self._entry.rest()


def _project(asking: _Asking, account: CloudAccount) -> Mapping[str, Any]:
    return _asked(lambda: asking.get(f"{_MANAGER}/{account.account}"), account)


def _held(asking: _Asking, account: CloudAccount, wanted: Sequence[str]) -> frozenset[str]:
    url = f"{_MANAGER}/{account.account}:testIamPermissions"
    answer = _asked(lambda: asking.post(url, {"permissions": list(wanted)}), account)
    return frozenset(answer.get("permissions") or ())


def _projects(asking: _Asking, scope: str) -> Iterator[Member]:
    query = {"assetTypes": _PROJECT_TYPE, "pageSize": "500"}
    while True:
        url = f"{_ASSETS}/{scope}:searchAllResources?{urlencode(query)}"
        answer = _asked(lambda url=url: asking.get(url))  # type: ignore[misc]
        for one in answer.get("results") or ():
            more = one.get("additionalAttributes") or {}
            id_ = str(more.get("projectId") or str(one.get("name")).rpartition("/")[2])
            yield Member(id_, str(one.get("displayName") or ""), one.get("state") == "ACTIVE")
        if not answer.get("nextPageToken"):
            return
        query["pageToken"] = str(answer["nextPageToken"])


def _asked(ask: Callable[[], Any], account: CloudAccount | None = None) -> Mapping[str, Any]:
    about = "" if account is None else f"gcp account {account.account}: "
    try:
        answer = ask()
    except Refused as error:
        raise Denied(
            f"{about}{error}; grant the service account the roles of the template"
        ) from error
    except Interrupted as error:
        raise Transient(f"{about}{error}; try again") from error
    return answer if isinstance(answer, Mapping) else {}


def _closed(found: Mapping[str, Any], account: CloudAccount) -> tuple[str, ...]:
    """Why a project that lets us in is not as it should be.

    Raises:
        Denied: it is another one.
    """
    number = str(found.get("name")).rpartition("/")[2]
    if account.account not in {str(found.get("projectId")), number}:
        raise Denied(
            f"gcp account {account.account}: the answer is of project {found.get('projectId')}"
        )
    state = str(found.get("state"))
    return () if state == "ACTIVE" else (f"project {account.account}: is {state}; restore it",)


def _unguarded(account: CloudAccount, who: Sequence[str]) -> Verdict:
    problem = (
        f"service account {account.reader}: lets us in {' and '.join(who)}, so another tenant could claim "
        f"the project; pool {POOL} has to take the template's subject alone"
    )
    return Verdict(entered=True, guarded=False, problems=(problem,))
