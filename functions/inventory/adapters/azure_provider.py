"""Azure as a provider: entering subscriptions by a federated credential, checking it, and looking around.

Sources: Azure REST API, "Permissions - List", "Management Groups - Get Descendants", "Subscriptions - List";
Azure Resource Graph, "Guidance for throttled requests".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final

from functions.inventory.adapters.assertions import Assertions
from functions.inventory.adapters.azure_entry import ARM, AzureEntry
from functions.inventory.adapters.discovery.azure import (
    BELOW,
    CONTAINERS,
    RESOURCES,
    AzureDiscovery,
)
from functions.inventory.adapters.paces import Name, Paces
from functions.inventory.adapters.patient import Patience
from functions.inventory.adapters.verdicts import guarded, named
from functions.inventory.model.azure import children
from functions.inventory.model.azure.permissions import missing
from functions.inventory.model.claims import CloudAccount, Verdict
from functions.inventory.model.discovery import Interrupted, Refused
from functions.inventory.model.pace import Quota
from functions.inventory.model.readers import AZURE_AUDIENCE, azure_reader
from functions.inventory.ports import Look, Member
from steward.contracts.metrics import MetricQuery, MetricSample
from steward.edge.resources import Clock
from steward.errors import BadInput, Denied, Transient
from steward.metering import azure_monitor

GRAPH: Final = Quota(calls=15, seconds=5)
"""What Resource Graph allows one application."""
ENTRIES: Final = 64
_TYPE: Final = re.compile(r"[A-Za-z0-9]+(\.[A-Za-z0-9]+)+(/[A-Za-z0-9.]+)+")
_GROUPS: Final = re.compile(r"microsoft\.resources/(subscriptions(/.+)?|resourcegroups)")
_GROUP: Final = re.compile(r"[\w.()\-]{1,90}")
_OPEN: Final = frozenset({"Enabled", "PastDue", "Warned"})


class Azure:
    """`Provider` over the vendor's clients."""

    def __init__(self, assertions: Assertions, paces: Paces, *, tenant: str, clock: Clock) -> None:
        self._assertions = assertions
        self._paces = paces
        self._tenant = tenant
        self._clock = clock
        self._known: dict[tuple[str, str], AzureEntry] = {}

    def verify(self, account: CloudAccount) -> Verdict:
        """Enter as the claim says, and with wrong tokens in vain; then see what may be read.

        Raises:
            Transient: Azure does not answer.
        """
        try:
            # Anew: a token at hand says nothing of what the application trusts now.
            entry = self._entry(account)
            entry.enter()
            problems = _closed(_subscription(self._asking(account, entry), account), account)
        except Denied as error:
            return Verdict(entered=False, guarded=False, problems=(str(error),))
        open_to = guarded(
            self._assertions.wrong(account.external_id),
            lambda made: AzureEntry(azure_reader(account), made).enter(),
        )
        if open_to:
            return _unguarded(account, open_to)
        lacking, checked = missing(_permissions(self._asking(account, entry), account))
        return named(lacking, problems=problems, checked=checked)

    def members(self, account: CloudAccount, organization: str) -> Iterator[Member]:
        """The subscriptions below a management group, however deep.

        Raises:
            BadInput: no management group has such an id.
            Denied: the subscription is not below it, or may not list it.
            Transient: Azure does not answer.
        """
        if not _GROUP.fullmatch(organization):
            raise BadInput(
                f"organization {organization[:90]!r}: use a management group's id, up to 90 letters, "
                "digits, dots, dashes, underscores and parentheses"
            )
        asking = self._asking(account, self._entered(account))
        below = [one for one in _descendants(asking, organization) if _is_subscription(one)]
        if account.account.lower() not in {str(one.get("name")).lower() for one in below}:
            raise Denied(
                f"azure account {account.account}: is not below management group {organization}; "
                "name the group that it is in"
            )
        states = {
            str(one.get("subscriptionId")): str(one.get("state"))
            for one in _listed(asking, _SUBSCRIPTIONS)
        }
        for one in below:
            # Of one that the reader does not see yet, its own check says whether it is open.
            active = states.get(str(one["name"]), "Enabled") in _OPEN
            name = str((one.get("properties") or {}).get("displayName") or "")
            yield Member(str(one["name"]), name, active)

    def look(self, account: CloudAccount, types: frozenset[str] = frozenset()) -> Look:
        """What there is in the subscription: all of it, since its types are listed mixed.

        Raises:
            BadInput: a type that Azure has not.
            Denied: the application does not let us in.
            Transient: Azure does not answer.
        """
        self.groups(sorted(types))
        entry = self._entered(account)
        asking = self._asking(account, entry)
        discovery = AzureDiscovery(asking, asking, account=account.account)
        return Look(discovery, self._clock, lambda: asking.calls)

    def measure(
        self, account: CloudAccount, queries: Sequence[MetricQuery], *, until: date
    ) -> Iterator[MetricSample]:
        """What Azure Monitor has of each.

        Raises:
            Denied: the application does not let us in.
            Transient: Azure does not answer.
        """
        monitor = _Monitoring(
            self._entered(account), self._paces, tenant=self._tenant, reader=account.reader
        )
        return azure_monitor.read(
            queries, subscription=account.account, until=until, post=monitor.post
        )

    def groups(self, types: Sequence[str]) -> frozenset[str]:
        """Resource groups and the subscription are listed apart from what is in them.

        Raises:
            BadInput: a type that Azure has not.
        """
        unknown = [one for one in types if not _TYPE.fullmatch(one)]
        if unknown:
            raise BadInput(
                f"type {unknown[0][:80]!r}: none of Azure; use one such as Microsoft.Compute/virtualMachines"
            )
        return frozenset(_group_of(one.lower()) for one in types)

    def _entered(self, account: CloudAccount) -> AzureEntry:
        key = (account.reader, account.external_id)
        if key not in self._known:
            if len(self._known) >= ENTRIES:
                self._known.pop(next(iter(self._known)))
            self._known[key] = self._entry(account)
        self._known[key].enter()
        return self._known[key]

    def _entry(self, account: CloudAccount) -> AzureEntry:
        right, id_ = self._assertions.right, account.external_id
        return AzureEntry(azure_reader(account), lambda audience: right(id_, audience))

    def _asking(self, account: CloudAccount, entry: AzureEntry) -> _Asking:
        return _Asking(entry, self._paces, tenant=self._tenant, reader=account.reader)


def _group_of(type_name: str) -> str:
    if type_name in children.types():
        return BELOW
    return CONTAINERS if _GROUPS.fullmatch(type_name) else RESOURCES


class _Asking:
    """Resource Graph and ARM, asked with patience at the pace of the application."""

    def __init__(self, entry: AzureEntry, paces: Paces, *, tenant: str, reader: str) -> None:
        self._entry = entry
        self._patience = Patience(paces, renew=self._renewed)
        self._graph, self._arm = entry.graph(), entry.arm()
        self._queries = Name(tenant, f"azure/{reader}", "resourcegraph")
        self._lists = Name(tenant, f"azure/{reader}", "arm")

    @property
    def calls(self) -> int:
        return self._patience.calls

    def ask(
        self, query: str, subscription: str, token: str | None
    ) -> tuple[list[Mapping[str, Any]], str | None]:
        return self._patience.ask(
            self._queries, lambda: self._graph.ask(query, subscription, token), quota=GRAPH
        )

    def get(self, url: str) -> Any:
        return self._patience.ask(self._lists, lambda: self._arm.get(url))

    def _renewed(self) -> None:
        self._entry.renew()
        self._graph, self._arm = self._entry.graph(), self._entry.arm()


class _Monitoring:
    """Azure Monitor's regional endpoints, asked with patience at the pace of the application."""

    def __init__(self, entry: AzureEntry, paces: Paces, *, tenant: str, reader: str) -> None:
        self._entry = entry
        self._patience = Patience(paces, renew=self._renewed)
        self._monitor = entry.monitor()
        self._name = Name(tenant, f"azure/{reader}", "monitor")

    def post(self, url: str, body: Mapping[str, Any]) -> Any:
        return self._patience.ask(self._name, lambda: self._monitor.post(url, body))

    def _renewed(self) -> None:
        self._entry.renew()
        self._monitor = self._entry.monitor()


_SUBSCRIPTIONS: Final = f"{ARM}/subscriptions?api-version=2022-12-01"


def _subscription(asking: _Asking, account: CloudAccount) -> Mapping[str, Any]:
    return _asked(asking, f"{ARM}/subscriptions/{account.account}?api-version=2022-12-01", account)


def _permissions(asking: _Asking, account: CloudAccount) -> list[Mapping[str, Any]]:
    scope = f"{ARM}/subscriptions/{account.account}/providers/Microsoft.Authorization"
    answer = _asked(asking, f"{scope}/permissions?api-version=2022-04-01", account)
    return [one for one in answer.get("value") or () if isinstance(one, Mapping)]


def _descendants(asking: _Asking, group: str) -> Iterator[Mapping[str, Any]]:
    path = f"{ARM}/providers/Microsoft.Management/managementGroups/{group}/descendants"
    return _listed(asking, f"{path}?api-version=2020-05-01")


def _listed(asking: _Asking, url: str) -> Iterator[Mapping[str, Any]]:
    following: str | None = url
    while following:
        answer = _asked(asking, following)
        yield from (one for one in answer.get("value") or () if isinstance(one, Mapping))
        following = answer.get("nextLink")
        if following and not following.startswith(f"{ARM}/"):
            raise Denied(
                f"azure: {following[:120]!r} is no page of {ARM}; nothing beyond it is read"
            )


def _asked(asking: _Asking, url: str, account: CloudAccount | None = None) -> Mapping[str, Any]:
    about = "" if account is None else f"azure account {account.account}: "
    try:
        answer = asking.get(url)
    except Refused as error:
        raise Denied(f"{about}{error}; grant the application the role of the template") from error
    except Interrupted as error:
        raise Transient(f"{about}{error}; try again") from error
    return answer if isinstance(answer, Mapping) else {}


def _closed(found: Mapping[str, Any], account: CloudAccount) -> tuple[str, ...]:
    """Why a subscription that lets us in is not as it should be.

    Raises:
        Denied: it is another one.
    """
    id_, state = str(found.get("subscriptionId")), str(found.get("state"))
    if id_.lower() != account.account.lower():
        raise Denied(f"azure account {account.account}: the answer is of subscription {id_}")
    return () if state in _OPEN else (f"subscription {id_}: is {state}; have its owner enable it",)


def _is_subscription(one: Mapping[str, Any]) -> bool:
    return str(one.get("type")).lower().endswith("/subscriptions")


def _unguarded(account: CloudAccount, who: Sequence[str]) -> Verdict:
    problem = (
        f"application {account.reader}: lets us in {' and '.join(who)}, so another tenant could claim the "
        f"subscription; its federated credential has to name the template's subject for {AZURE_AUDIENCE}"
    )
    return Verdict(entered=True, guarded=False, problems=(problem,))
