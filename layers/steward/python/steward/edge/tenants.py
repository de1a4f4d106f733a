"""A tenant's own credentials in AWS: sessions of the function's data role, tagged with the tenant.

The role's policy compares the tag with DynamoDB's leading keys and with the prefixes of objects, so that a
key of another tenant is refused by AWS itself. Sources: the IAM user guide, "Pass session tags in AWS STS"
and "Role chaining" (a chained session lasts an hour at most); the DynamoDB developer guide, "Using IAM policy
conditions for fine-grained access control".
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final, Generic, NamedTuple, Protocol, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from steward.errors import NotGranted, StewardError, Throttled, Transient
from steward.identity import SYSTEM

V = TypeVar("V")

TAG: Final = "tenant"
LIFE: Final = timedelta(hours=1)
"""What AWS allows a chained session at most."""
MARGIN: Final = timedelta(minutes=5)
"""A session is renewed so long before its end: no call under way outlives it."""
REMEMBERED: Final = 256
_THROTTLED: Final = frozenset({"Throttling", "ThrottlingException", "RequestLimitExceeded"})


class Sts(Protocol):
    """What of boto3's STS client is used here."""

    def assume_role(self, **request: Any) -> dict[str, Any]:
        """Temporary credentials of a role."""
        ...


class Credentials(NamedTuple):
    """Temporary credentials of one tenant's session."""

    access_key: str
    secret_key: str
    token: str
    expires: datetime


class Recent(Generic[V]):
    """Values by tenant until they lapse; the least recently used one makes room.

    ``made`` answers the value and when it lapses. Safe among threads, which wait for each other.
    """

    def __init__(
        self,
        made: Callable[[str], tuple[V, datetime]],
        *,
        clock: Callable[[], datetime],
        most: int = REMEMBERED,
    ) -> None:
        self._made = made
        self._clock = clock
        self._most = most
        self._kept: OrderedDict[str, tuple[V, datetime]] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, tenant: str) -> V:
        """The tenant's value, made anew when it lapses."""
        with self._lock:
            kept = self._kept.get(tenant)
            if kept is None or kept[1] <= self._clock():
                kept = self._kept[tenant] = self._made(tenant)
                if len(self._kept) > self._most:
                    self._kept.popitem(last=False)
            self._kept.move_to_end(tenant)
            return kept[0]


class DataRole:
    """The function's data role, assumed for one tenant at a time."""

    def __init__(
        self, sts: Sts, *, arn: str, clock: Callable[[], datetime], most: int = REMEMBERED
    ) -> None:
        self._sts = sts
        self._arn = arn
        self._sessions = Recent(self._assumed, clock=clock, most=most)

    def of(self, tenant: str) -> Credentials:
        """Credentials that reach this tenant's items and objects alone.

        Raises:
            NotGranted: the role may not be assumed for that tenant.
            Transient: STS is out of reach or throttles.
        """
        return self._sessions.of(tenant)

    def _assumed(self, tenant: str) -> tuple[Credentials, datetime]:
        try:
            answer = self._sts.assume_role(
                RoleArn=self._arn,
                RoleSessionName=f"tenant-{tenant}"[:64],
                DurationSeconds=int(LIFE.total_seconds()),
                Tags=[{"Key": TAG, "Value": tenant}],
                TransitiveTagKeys=[TAG],
            )
        except ClientError as error:
            raise _translated(error, tenant) from error
        except BotoCoreError as error:
            raise Transient(f"sts: {error}; try again") from error
        made = answer["Credentials"]
        credentials = Credentials(
            made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"], made["Expiration"]
        )
        return credentials, credentials.expires - MARGIN


class TenantClients(Generic[V]):
    """A client for each tenant, with the credentials of the tenant's session.

    ``own`` is the client with the function's own credentials: it stands for the system tenant where the
    function opens no Works of that tenant, and then reaches only what every function may.
    """

    def __init__(
        self,
        role: DataRole,
        make: Callable[[Credentials], V],
        *,
        own: V | None,
        clock: Callable[[], datetime],
        most: int = REMEMBERED,
    ) -> None:
        self._role = role
        self._make = make
        self._own = own
        self._clients = Recent(self._made, clock=clock, most=most)

    def __call__(self, tenant: str) -> V:
        """The tenant's client."""
        if tenant == SYSTEM and self._own is not None:
            return self._own
        return self._clients.of(tenant)

    def _made(self, tenant: str) -> tuple[V, datetime]:
        credentials = self._role.of(tenant)
        return self._make(credentials), credentials.expires - MARGIN


def _translated(error: ClientError, tenant: str) -> StewardError:
    code = str(error.response.get("Error", {}).get("Code", ""))
    if code == "AccessDenied":
        return NotGranted(
            f"tenant {tenant!r}: this function's data role is not assumed for it; one that opens Works "
            "of the system tenant declares system=True in the manifest"
        )
    kind = Throttled if code in _THROTTLED else Transient
    return kind(f"sts: {error}; try again")
