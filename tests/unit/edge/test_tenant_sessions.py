"""Sessions of the data role: one a tenant, renewed in time, never more than remembered, never another's."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from steward.edge.tenants import LIFE, MARGIN, Credentials, DataRole, TenantClients
from steward.errors import NotGranted, StewardError, Throttled, Transient

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


class Sts:
    """Answers with credentials that say whose they are; ``error`` instead when there is one."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.asked: list[dict[str, Any]] = []
        self.error: Exception | None = None

    def assume_role(self, **request: Any) -> dict[str, Any]:
        if self.error is not None:
            raise self.error
        self.asked.append(request)
        return {
            "Credentials": {
                "AccessKeyId": f"{request['Tags'][0]['Value']}-{len(self.asked)}",
                "SecretAccessKey": "s",
                "SessionToken": "t",
                "Expiration": self.clock() + timedelta(seconds=request["DurationSeconds"]),
            }
        }


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sts(clock: Clock) -> Sts:
    return Sts(clock)


def _role(sts: Sts, most: int = 256) -> DataRole:
    return DataRole(sts, arn="arn:aws:iam::1:role/data", clock=sts.clock, most=most)


def _clients(sts: Sts, own: str | None = None, most: int = 256) -> TenantClients[str]:
    def made(credentials: Credentials) -> str:
        return credentials.access_key

    return TenantClients(_role(sts, most), made, own=own, clock=sts.clock, most=most)


def test_a_session_is_tagged_with_its_tenant_and_lasts_as_long_as_a_chained_one_may(
    sts: Sts,
) -> None:
    _role(sts).of("acme")
    assert sts.asked == [
        {
            "RoleArn": "arn:aws:iam::1:role/data",
            "RoleSessionName": "tenant-acme",
            "DurationSeconds": 3600,
            "Tags": [{"Key": "tenant", "Value": "acme"}],
            "TransitiveTagKeys": ["tenant"],
        }
    ]


def test_a_tenants_session_is_asked_for_once_and_anew_before_it_ends(
    sts: Sts, clock: Clock
) -> None:
    clients = _clients(sts)
    assert [clients(t) for t in ("acme", "rival", "acme")] == ["acme-1", "rival-2", "acme-1"]
    clock.now += LIFE - MARGIN - timedelta(seconds=1)
    assert clients("acme") == "acme-1"
    clock.now += timedelta(seconds=1)
    assert clients("acme") == "acme-3"
    assert clients("acme") == "acme-3"


def test_the_least_recently_used_session_makes_room(sts: Sts) -> None:
    role = _role(sts, most=2)
    for tenant in ("a", "b", "a", "c"):
        role.of(tenant)
    assert len(sts.asked) == 3
    assert role.of("a").access_key == "a-1"
    assert role.of("b").access_key == "b-4"


def test_threads_get_their_own_tenants_client_and_none_is_asked_for_twice(sts: Sts) -> None:
    clients = _clients(sts)
    wrong: list[str] = []

    def use(tenant: str) -> None:
        given = {clients(tenant) for _ in range(200)}
        wrong.extend(one for one in given if not one.startswith(f"{tenant}-"))

    threads = [threading.Thread(target=use, args=(f"t{n % 5}",)) for n in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert len(sts.asked) == 5


def test_a_function_that_does_not_work_for_the_system_reads_it_as_itself(sts: Sts) -> None:
    assert _clients(sts, own="own")("system") == "own"
    assert sts.asked == []
    assert _clients(sts)("system") == "system-1"


def _error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "why"}}, "AssumeRole")


@pytest.mark.parametrize(
    ("error", "kind", "said"),
    [
        (_error("AccessDenied"), NotGranted, "tenant 'acme'.*system=True"),
        (_error("Throttling"), Throttled, "try again"),
        (_error("InternalFailure"), Transient, "try again"),
        (EndpointConnectionError(endpoint_url="https://sts"), Transient, "try again"),
    ],
)
def test_sts_errors_are_translated_and_not_remembered(
    sts: Sts, error: Exception, kind: type[StewardError], said: str
) -> None:
    clients: Callable[[str], str] = _clients(sts)
    sts.error = error
    with pytest.raises(kind, match=said):
        clients("acme")
    sts.error = None
    assert clients("acme") == "acme-1"
