"""Metrics of claimed accounts are read through the vendors' clients, and what was not read is told."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from functions.inventory.adapters.providers import meters
from functions.inventory.model.collections import CLAIMS
from functions.inventory.service.measuring import Measuring, read_metrics
from steward.contracts.cost import MetricsAsked
from steward.contracts.event import Event
from steward.contracts.inventory import MetricsRead
from steward.contracts.metrics import MetricQuery, MetricSample
from steward.edge.resources import bind
from steward.manifest import load_functions
from tests.functional.inventory.estate import TENANT
from tests.functional.inventory.other_clouds import SUBSCRIPTION
from tests.functional.inventory.test_other_clouds import (  # noqa: F401  # a fixture
    ACCOUNTS,
    BOTH,
    Home,
    home,
)

VM = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/shop/providers/Microsoft.Compute/virtualMachines/vm"
HOST = {"azure": "westeurope.metrics.monitor.azure.com", "gcp": "monitoring.googleapis.com"}
CPU: dict[str, dict[str, Any]] = {
    "azure": {
        "region": "westeurope",
        "namespace": "Microsoft.Compute/virtualMachines",
        "names": ("Percentage CPU",),
        "target": VM,
        "statistic": "average",
    },
    "gcp": {
        "region": "europe-west1-b",
        "namespace": "gce_instance",
        "names": ("compute.googleapis.com/instance/cpu/utilization",),
        "dimension": "metric.labels.instance_name+resource.labels.zone",
        "target": "orders+europe-west1-b",
        "statistic": "ALIGN_MEAN",
        "scale": 100.0,
    },
}


def asked(provider: str, *, count: int = 1) -> MetricsAsked:
    plain: dict[str, Any] = {"metric": "cpu", "since": date(2026, 3, 9), **CPU[provider]}
    some = tuple(MetricQuery(resource=f"r{n}", **plain) for n in range(count))
    return MetricsAsked(
        provider=provider, account=ACCOUNTS[provider], until=date(2026, 3, 10), queries=some
    )


def read(home: Home, question: MetricsAsked) -> list[MetricsRead]:  # noqa: F811  # a fixture's value
    told: list[Event] = []
    function = next(one for one in load_functions(["inventory"]) if one.name == "read-metrics")
    with bind(home.estate.pump.ports.of(function)):
        claims = home.estate._work(TENANT).table("inventory").of(CLAIMS)
        read_metrics(question, by=Measuring(claims, meters(TENANT), told.append))
    return [one for one in told if isinstance(one, MetricsRead)]


def one_of(events: list[MetricsRead]) -> MetricSample:
    ((sample,),) = [event.samples for event in events]
    return sample


@BOTH
def test_a_day_of_a_machine_is_read(home: Home, provider: str) -> None:  # noqa: F811
    assert home.enter(provider)["missing"] == []
    sample = one_of(read(home, asked(provider)))
    assert sample.failure == ""
    (day,) = sample.days
    assert (day.day, day.hours, round(day.peak, 6)) == (date(2026, 3, 9), 24, 7.0)


@BOTH
def test_slowing_down_and_a_token_that_ends_lose_nothing(home: Home, provider: str) -> None:  # noqa: F811
    home.enter(provider)
    home.clouds.faults[HOST[provider]] = [429, 503]
    home.clouds.tokens.clear()
    assert len(one_of(read(home, asked(provider))).days) == 1


@BOTH
def test_a_cloud_that_refuses_leaves_a_reason_and_no_days(home: Home, provider: str) -> None:  # noqa: F811
    home.enter(provider)
    home.clouds.faults[HOST[provider]] = [403]
    sample = one_of(read(home, asked(provider)))
    assert sample.days == ()
    assert "403" in sample.failure or "denied" in sample.failure.lower()


@pytest.mark.parametrize("provider", ["aws", "azure"])
def test_an_account_that_is_not_ours_is_said_to_be_so(home: Home, provider: str) -> None:  # noqa: F811
    question = asked("azure").model_copy(update={"provider": provider})
    assert "not claimed" in one_of(read(home, question)).failure


def test_ten_resources_are_told_of_at_once(home: Home) -> None:  # noqa: F811
    home.enter("azure")
    told = read(home, asked("azure", count=25))
    assert [len(event.samples) for event in told] == [10, 10, 5]
    assert home.clouds.count(HOST["azure"]) == 1
