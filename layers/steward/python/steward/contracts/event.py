"""The event base class and its envelope on the wire: CloudEvents 1.0 with Steward's extensions.

Source: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md
"""

from __future__ import annotations

import importlib
import pkgutil
from datetime import datetime
from functools import cache
from typing import Any, ClassVar, NamedTuple

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from steward.errors import BadInput


class Event(BaseModel):
    """Something that happened; a subclass names its ``type`` and never changes once published."""

    # A function meets few of the events that its modules name: each is built when it is first met.
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    type: ClassVar[str] = ""

    @property
    def subject(self) -> str:
        """What the event is about: an id within its concern."""
        return ""

    @classmethod
    def concern(cls) -> str:
        """The concern that publishes it: the first part of its type."""
        return cls.type.partition(".")[0]


class CloudEvent(BaseModel):
    """One event in its envelope, as it stands on the bus.

    ``sequence`` orders the events of one commit; consumers order by the entity's version.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    specversion: str = "1.0"
    id: str
    source: str
    type: str
    subject: str = ""
    time: AwareDatetime
    datacontenttype: str = "application/json"
    tenantid: str
    correlationid: str
    causationid: str = ""
    sequence: str = ""
    data: dict[str, Any]
    dataref: str = ""
    """Where the data waits in the object store when it is too large for a message (claim check)."""


class Origin(NamedTuple):
    """What an event inherits from the commit that publishes it."""

    commit_id: str
    tenant: str
    correlation_id: str
    causation_id: str
    time: datetime


def envelop(event: Event, *, origin: Origin, position: int) -> dict[str, Any]:
    """The event as a CloudEvents object; its id follows from the commit and the position in it."""
    return {
        "specversion": "1.0",
        "id": f"{origin.commit_id}-{position}",
        "source": f"steward.{event.concern()}",
        "type": event.type,
        "subject": event.subject,
        "time": origin.time.isoformat(),
        "datacontenttype": "application/json",
        "tenantid": origin.tenant,
        "correlationid": origin.correlation_id,
        "causationid": origin.causation_id,
        "sequence": f"{position:06d}",
        "data": event.model_dump(mode="json"),
    }


@cache
def registry() -> dict[str, type[Event]]:
    """Every event class by its type, from all modules of ``steward.contracts`` and from nowhere else."""
    package = importlib.import_module("steward.contracts")
    found: dict[str, type[Event]] = {}
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"steward.contracts.{module.name}")
    for event in _subclasses(Event):
        if event.type and event.__module__.startswith("steward.contracts."):
            found[event.type] = event
    return dict(sorted(found.items()))


def parse_event(kind: type[Event], data: dict[str, Any]) -> Event:
    """The event's data as its class.

    Raises:
        BadInput: the data breaks the contract; the first field at fault is named.
    """
    try:
        return kind.model_validate(data)
    except ValidationError as error:
        raise BadInput(f"{kind.type}: {first_fault(error)}") from error


def first_fault(error: ValidationError) -> str:
    """One line for the first thing wrong, with how many more there are; never the whole input."""
    faults = error.errors(include_url=False, include_context=False, include_input=False)
    fault = faults[0]
    place = ".".join(str(part) for part in fault["loc"]) or "the value"
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    return f"{place}: {fault['msg']}{more}"


def _subclasses(kind: type[Event]) -> list[type[Event]]:
    found = []
    for subclass in kind.__subclasses__():
        found.append(subclass)
        found.extend(_subclasses(subclass))
    return found
