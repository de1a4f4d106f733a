"""Entering an AWS account as its reader: the role is assumed with the external id, for an hour at most."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache, lru_cache
from typing import Any, Final, NamedTuple

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from functions.inventory.adapters.discovery.boto import botocore_session
from functions.inventory.model.claims import CloudAccount
from functions.inventory.model.identity import parse_arn
from steward.errors import Denied, StewardError, Throttled, Transient

LIFE: Final = timedelta(hours=1)
"""What AWS allows a chained session at most."""
MARGIN: Final = timedelta(minutes=5)
CLIENTS: Final = 96
"""Clients kept at once: one takes about a megabyte."""
_SESSION: Final = "steward-reader"
_PASSING = frozenset(
    {"RequestLimitExceeded", "Throttling", "ThrottlingException", "TooManyRequests"}
)
_BROKEN: Final = 500


@cache
def _config() -> Config:
    # Calls are tried again by whoever counts and paces them. A name that is given is not put together
    # anew for every request, which takes a sixth of the time that boto3 needs for one.
    return Config(
        retries={"mode": "standard", "total_max_attempts": 1},
        connect_timeout=5,
        read_timeout=60,
        max_pool_connections=16,
        user_agent=botocore_session().user_agent(),
    )


class Keys(NamedTuple):
    """Temporary credentials, and when to ask for others."""

    access_key: str
    secret_key: str
    token: str
    until: datetime


def sts() -> Any:
    """STS with the function's own credentials."""
    session = botocore_session()
    region = session.get_config_variable("region") or "us-east-1"
    config = Config(retries={"mode": "standard", "total_max_attempts": 5}, connect_timeout=5)
    return session.create_client("sts", region_name=region, config=config)


def assume(client: Any, role: str, external_id: str | None, *, seconds: int) -> dict[str, Any]:
    """The answer of STS for a role.

    Raises:
        Denied: the role does not let us in, or there is none.
        Transient: STS does not answer, or asks for a slower pace.
    """
    request: dict[str, Any] = {
        "RoleArn": role,
        "RoleSessionName": _SESSION,
        "DurationSeconds": seconds,
    }
    if external_id is not None:
        request["ExternalId"] = external_id
    try:
        answer: dict[str, Any] = client.assume_role(**request)
    except ClientError as error:
        raise _translated(error, role) from error
    except BotoCoreError as error:
        raise Transient(f"sts: {error}; try again") from error
    return answer


def keys_of(account: CloudAccount, answer: Mapping[str, Any]) -> Keys:
    """The credentials in an answer of STS.

    Raises:
        Denied: the role lies in another account.
    """
    entered = parse_arn(answer["AssumedRoleUser"]["Arn"])
    if entered is None or entered.account != account.account:
        where = "another account" if entered is None else f"account {entered.account}"
        raise Denied(f"role {account.reader}: lies in {where}, not in {account.account}")
    made = answer["Credentials"]
    return Keys(
        made["AccessKeyId"],
        made["SecretAccessKey"],
        made["SessionToken"],
        made["Expiration"].astimezone(UTC) - MARGIN,
    )


class Reader:
    """Clients of one account, with credentials asked for anew before they end; for several threads."""

    def __init__(self, account: CloudAccount, *, clock: Callable[[], datetime]) -> None:
        self.account = account
        self.regions: tuple[str, ...] = ()
        self._clock = clock
        self._keys: Keys | None = None
        self._clients: OrderedDict[tuple[str, str], Any] = OrderedDict()
        self._ahead = timedelta()
        self._lock = threading.RLock()

    def client(self, service: str, region: str) -> Any:
        """A client of boto3's.

        Raises:
            Denied: the role does not let us in.
            Transient: STS does not answer.
        """
        with self._lock:
            keys = self._current()
            known = self._clients.pop((service, region), None)
            client = self._made(service, region, keys) if known is None else known
            self._clients[service, region] = client
            if len(self._clients) > CLIENTS:
                self._clients.popitem(last=False)
            return client

    def renew(self) -> None:
        """Forget the credentials: the account says that they have ended."""
        with self._lock:
            self._keys = None
            self._clients.clear()

    def clock(self) -> datetime:
        """The provider's clock where it is behind ours, else ours."""
        return self._clock() - max(timedelta(), self._ahead)

    def _current(self) -> Keys:
        if self._keys is None or self._keys.until <= self._clock():
            account = self.account
            answer = assume(
                sts(), account.reader, account.external_id, seconds=int(LIFE.total_seconds())
            )
            self._keys = keys_of(account, answer)
            self._clients.clear()
        return self._keys

    def _made(self, service: str, region: str, keys: Keys) -> Any:
        client = botocore_session().create_client(
            service,
            region_name=region,
            aws_access_key_id=keys.access_key,
            aws_secret_access_key=keys.secret_key,
            aws_session_token=keys.token,
            config=_config(),
        )
        client.meta.events.register("after-call", self._heard)
        return client

    def _heard(self, http_response: Any, **_: Any) -> None:
        # The answer's own date tells how far our clock is ahead; it counts in whole seconds.
        theirs = _instant(str(getattr(http_response, "headers", {}).get("Date")))
        if theirs is not None:
            self._ahead = self._clock() - theirs


@lru_cache(maxsize=8)
def _instant(text: str) -> datetime | None:
    try:
        return (parsedate_to_datetime(text) + timedelta(seconds=1)).astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        return None


def _translated(error: ClientError, role: str) -> StewardError:
    code = str(error.response.get("Error", {}).get("Code", ""))
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    if code in _PASSING:
        return Throttled(f"sts: {error}; try again")
    if status >= _BROKEN or code in {"ExpiredToken", "RequestExpired"}:
        return Transient(f"sts: {error}; try again")
    return Denied(f"role {role}: {error}")
