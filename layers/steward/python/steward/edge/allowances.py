"""What a tenant is allowed beside the installation's limits: one row in its part of the directory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import AwareDatetime, BaseModel, ConfigDict, field_validator

from steward.edge.rates import EVERY, IP, Limits, rates_of
from steward.errors import BadInput
from steward.identity.keys import operator_work
from steward.log import EdgeEvent, log_of
from steward.manifest import DIRECTORY
from steward.store.collection import Collection
from steward.store.limits import check_name
from steward.store.records import Key, Store
from steward.store.work import Entities, Work

_KNOWN_FOR = timedelta(seconds=60)
_REMEMBERED = 10_000
ALLOWANCE = "allowance"


class Allowance(BaseModel):
    """A tenant's limits that differ, as the setting STEWARD_LIMITS writes them."""

    model_config = ConfigDict(frozen=True)

    id: str = ALLOWANCE
    limits: str
    set_at: AwareDatetime
    set_by: str

    @field_validator("limits")
    @classmethod
    def _check_limits(cls, text: str) -> str:
        check_allowance(text)
        return text


ALLOWANCES = Collection("allowances", Allowance, id=lambda allowance: allowance.id)


@dataclass(frozen=True, slots=True)
class AllowanceBook:
    """The tenants' own limits, as the operator of the installation sets them."""

    store: Store
    clock: Callable[[], datetime]

    def of(self, tenant: str) -> Allowance | None:
        """The tenant's own limits, if it has any."""
        return self._entities(self._work(tenant)).get(ALLOWANCE)

    def set(self, tenant: str, limits: str) -> Allowance:
        """Give the tenant limits of its own.

        Raises:
            BadInput: a name or rate there is not, or one that is no tenant's.
        """
        work = self._work(tenant)
        allowance = Allowance(limits=limits, set_at=self.clock(), set_by="operator")
        self._entities(work).put(allowance)
        work.commit()
        return allowance

    def clear(self, tenant: str) -> None:
        """Take the tenant's own limits away.

        Raises:
            NotFound: it has none.
        """
        work = self._work(tenant)
        self._entities(work).require(ALLOWANCE)
        self._entities(work).delete(ALLOWANCE)
        work.commit()

    def _entities(self, work: Work) -> Entities[Allowance]:
        return work.table(DIRECTORY.name).of(ALLOWANCES)

    def _work(self, tenant: str) -> Work:
        check_name(tenant, what="tenant")
        return operator_work(self.store, tenant=tenant, now=self.clock())


def check_allowance(text: str) -> None:
    """Refuse limits that no tenant can have.

    Raises:
        BadInput: a name or rate there is not, or one that is no tenant's.
    """
    for word in text.split():
        if word.partition("=")[0] in (IP, EVERY):
            raise BadInput(f"limit {word[:60]!r}: is the installation's; set it in STEWARD_LIMITS")
    rates_of(text)


class Allowances:
    """The limits of each tenant, remembered for a minute."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[str, tuple[datetime, Limits]] = {}

    def of(self, tenant: str, installation: Limits, *, now: datetime) -> Limits:
        """The installation's limits, or with the tenant's own over them."""
        until, limits = self._known.get(tenant, (now, installation))
        if until > now:
            return limits
        limits = self._read(tenant, installation, now)
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        self._known[tenant] = (now + _KNOWN_FOR, limits)
        return limits

    def _read(self, tenant: str, installation: Limits, now: datetime) -> Limits:
        key = Key(DIRECTORY.name, tenant, ALLOWANCES.name, ALLOWANCE)
        try:
            record = self._store.of(tenant).get(key, now=int(now.timestamp()))
        except Exception as error:  # noqa: BLE001  # the installation's limits hold whatever broke
            log_of("limits").error(EdgeEvent.LIMITS_UNREADABLE, limit="allowance", error=error)
            return installation
        if record is None:
            return installation
        return installation.over(rates_of(Allowance.model_validate_json(record.body).limits))
