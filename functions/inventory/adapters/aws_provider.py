"""AWS as a provider: entering accounts by a role, checking what it lets us do, and looking around."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from functools import cache
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from functions.inventory.adapters import reader
from functions.inventory.adapters.discovery import catalogue, cloud_control
from functions.inventory.adapters.discovery.aws import AwsDiscovery
from functions.inventory.adapters.discovery.boto import BotoCloud
from functions.inventory.adapters.discovery.cloud_control import CloudControl
from functions.inventory.adapters.discovery.config_query import ConfigQuery
from functions.inventory.adapters.discovery.regions import regions_of
from functions.inventory.adapters.discovery.together import Together
from functions.inventory.adapters.paces import Name, Paces
from functions.inventory.adapters.patient import PatientCloud
from functions.inventory.adapters.probes import missing_permissions
from functions.inventory.adapters.reader import Reader
from functions.inventory.model.claims import CloudAccount, Verdict
from functions.inventory.model.discovery import Call
from functions.inventory.model.regions import HOMES, partition_of
from functions.inventory.ports import Cloud, Discovery, Look, Member
from steward.contracts.metrics import MetricQuery, MetricSample
from steward.errors import BadInput, Denied, Transient
from steward.metering import cloudwatch

THREADS: Final = 8
READERS: Final = 64
_TYPE: Final = re.compile(r"AWS::[A-Za-z0-9]{1,64}::[A-Za-z0-9]{1,64}")
_CHECK_SECONDS: Final = 900
"""The shortest session that STS gives."""
_WRONG: Final = "steward-checks-that-this-is-refused"


class Readers:
    """The accounts that a process has entered, as long as there is room."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._known: dict[tuple[str, str, str], Reader] = {}

    def of(self, account: CloudAccount) -> Reader:
        """The reader of an account, by its role and external id as they are now."""
        key = (account.account, account.reader, account.external_id)
        if key not in self._known:
            if len(self._known) >= READERS:
                self._known.pop(next(iter(self._known)))
            self._known[key] = Reader(account, clock=self._clock)
        return self._known[key]


class Aws:
    """`Provider` over boto3."""

    def __init__(self, readers: Readers, paces: Paces, *, tenant: str) -> None:
        self._readers = readers
        self._paces = paces
        self._tenant = tenant

    def verify(self, account: CloudAccount) -> Verdict:
        """Assume the reader role with its external id, and without the right one in vain.

        Raises:
            Transient: STS does not answer.
        """
        client = reader.sts()
        try:
            answer = reader.assume(
                client, account.reader, account.external_id, seconds=_CHECK_SECONDS
            )
            reader.keys_of(account, answer)
        except Denied as error:
            return Verdict(entered=False, guarded=False, problems=(str(error),))
        unguarded = [who for who, id_ in _WRONG_IDS if _lets_in(client, account, id_)]
        if unguarded:
            problem = (
                f"role {account.reader}: lets us in {' and '.join(unguarded)}, so anybody could claim "
                "the account; its trust policy has to ask for sts:ExternalId"
            )
            return Verdict(entered=True, guarded=False, problems=(problem,))
        found = missing_permissions(self._cloud(account), account)
        return Verdict(
            entered=True,
            guarded=True,
            missing=found.missing,
            problems=found.problems,
            checked=found.checked,
        )

    def members(self, account: CloudAccount, organization: str) -> Iterator[Member]:
        """The accounts of an AWS organisation, as its management account lists them.

        Raises:
            Denied: the account is not of that organisation, or may not list it.
            Transient: AWS does not answer.
        """
        client = self._readers.of(account).client("organizations", _home(account))
        try:
            own = client.describe_organization()["Organization"]["Id"]
            if own != organization:
                raise Denied(
                    f"aws account {account.account}: belongs to organisation {own}, not {organization}"
                )
            for page in client.get_paginator("list_accounts").paginate():
                yield from (_member(one) for one in page["Accounts"])
        except ClientError as error:
            raise _refused(error, account) from error
        except BotoCoreError as error:
            raise Transient(f"organizations: {error}; try again") from error

    def look(self, account: CloudAccount, types: frozenset[str] = frozenset()) -> Look:
        """What there is in the account, by the catalogue.

        Raises:
            Denied: the role does not let us in.
            Transient: AWS does not answer.
        """
        entered = self._readers.of(account)
        cloud = self._cloud(account)
        if not entered.regions:
            entered.regions = _enabled(cloud, _home(account))
        listed = self.groups(sorted(types)) - {cloud_control.GROUP}
        discovery: Discovery = AwsDiscovery(
            cloud,
            account=account.account,
            regions=entered.regions,
            services=sorted(listed),
            types=types,
            pool=_pool(),
        )
        beyond = sorted(types - services_by_type().keys()) if types else []
        if beyond:
            rest = _beyond(cloud, account, entered.regions, beyond)
            discovery = Together(discovery, **{cloud_control.GROUP: rest})
        return Look(discovery, entered.clock, lambda: cloud.calls)

    def measure(
        self, account: CloudAccount, queries: Sequence[MetricQuery], *, until: date
    ) -> Iterator[MetricSample]:
        """What CloudWatch has of each.

        Raises:
            Denied: the role does not let us in.
            Transient: AWS does not answer.
        """
        cloud = self._cloud(account)
        return cloudwatch.read(
            queries,
            until=until,
            ask=lambda region, request: cloud.ask(
                Call("cloudwatch", region, "GetMetricData", request)
            ),
        )

    def groups(self, types: Sequence[str]) -> frozenset[str]:
        """The services whose parts list these types; Cloud Control lists those without a row.

        Raises:
            BadInput: a type that is none of CloudFormation's.
        """
        known = services_by_type()
        unknown = [one for one in types if one not in known and not _TYPE.fullmatch(one)]
        if unknown:
            raise BadInput(
                f"type {unknown[0][:80]!r}: none of AWS; use a CloudFormation type such as "
                "AWS::EC2::Instance"
            )
        return frozenset(known.get(one, cloud_control.GROUP) for one in types)

    def _cloud(self, account: CloudAccount) -> PatientCloud:
        entered = self._readers.of(account)

        def opened() -> Cloud:
            return BotoCloud(entered.client)

        def name(service: str) -> Name:
            return Name(self._tenant, account.id, service)

        return PatientCloud(opened, paces=self._paces, name=name, renew=entered.renew)


@cache
def services_by_type() -> dict[str, str]:
    """The service that lists each type of the catalogue."""
    return {
        row.type: name for name in catalogue.services() for row in catalogue.service(name).types
    }


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(THREADS, thread_name_prefix="look")


_WRONG_IDS: Final = (("without an external id", None), ("with a made-up external id", _WRONG))


def _lets_in(client: Any, account: CloudAccount, external_id: str | None) -> bool:
    try:
        reader.assume(client, account.reader, external_id, seconds=_CHECK_SECONDS)
    except Denied:
        return False
    return True


def _home(account: CloudAccount) -> str:
    return HOMES[account.reader.split(":")[1]]


def _enabled(cloud: Cloud, home: str) -> tuple[str, ...]:
    names = regions_of(cloud, home=home)
    return tuple(name for name in names if partition_of(name) == partition_of(home))


def _beyond(
    cloud: Cloud, account: CloudAccount, regions: Sequence[str], types: Sequence[str]
) -> Discovery:
    """The types that the catalogue has no row for, by Cloud Control and what AWS Config recorded."""
    recorded = ConfigQuery(cloud, accounts=[account.account], regions=regions, home=_home(account))
    return CloudControl(
        cloud, account=account.account, regions=regions, types=types, recorded=recorded
    )


def _member(one: dict[str, Any]) -> Member:
    # State replaced Status in 2025; either says whether the account is open.
    state = one.get("State") or one.get("Status") or ""
    return Member(one["Id"], one.get("Name", ""), active=state == "ACTIVE")


def _refused(error: ClientError, account: CloudAccount) -> Denied | Transient:
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    code = str(error.response.get("Error", {}).get("Code", ""))
    if status >= 500 or "Throttl" in code or "TooMany" in code:  # noqa: PLR2004
        return Transient(f"organizations: {error}; try again")
    return Denied(f"aws account {account.account}: {error}")
