"""Reading the metrics that somebody asked for, from the cloud of a claimed account."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from functions.inventory.model.claims import CloudAccount
from functions.inventory.ports import Meters
from steward.contracts.cost import MetricsAsked
from steward.contracts.event import Event
from steward.contracts.inventory import MetricsRead
from steward.contracts.metrics import MetricSample
from steward.errors import Denied
from steward.metering.days import failed
from steward.store.work import Entities

TOGETHER: Final = 10
"""Resources of one event: whoever hears it looks at each of them."""


@dataclass(frozen=True, slots=True)
class Measuring:
    """What reading metrics takes."""

    claims: Entities[CloudAccount]
    meters: Meters
    publish: Callable[[Event], None]


def read_metrics(asked: MetricsAsked, *, by: Measuring) -> None:
    """Tell what the cloud said, and of what it said nothing."""
    by_resource: dict[str, list[MetricSample]] = defaultdict(list)
    for one in _samples(asked, by):
        by_resource[one.resource].append(one)
    found = list(by_resource.values())
    for begin in range(0, len(found), TOGETHER):
        part = tuple(one for each in found[begin : begin + TOGETHER] for one in each)
        by.publish(MetricsRead(provider=asked.provider, account=asked.account, samples=part))


def _samples(asked: MetricsAsked, by: Measuring) -> list[MetricSample]:
    account = by.claims.get(asked.subject)
    if account is None or not account.readable:
        why = f"{asked.provider} account {asked.account}: is not claimed, or cannot be read"
        return list(failed(asked.queries, why))
    try:
        meter = by.meters(asked.provider)
        return list(meter.measure(account, asked.queries, until=asked.until))
    except Denied as error:
        return list(failed(asked.queries, error))
