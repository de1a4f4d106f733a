"""Days of metrics come from the clouds' own answers; what a cloud did not say is not taken for nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward.contracts.metrics import MetricQuery
from steward.errors import Denied, StewardError, Throttled
from steward.metering import azure_monitor, cloudwatch, google_monitoring
from steward.metering.days import summed

UNTIL = date(2026, 3, 10)
SINCE = UNTIL - timedelta(days=2)
HOURS = [datetime(2026, 3, 8, tzinfo=UTC) + timedelta(hours=n) for n in range(48)]
SUBSCRIPTION = "aaaa0a0a-bb1b-cc2c-dd3d-eeeeee4e4e4e"


def query(number: int = 1, **changes: Any) -> MetricQuery:
    """One about a machine of AWS."""
    plain: dict[str, Any] = {
        "resource": f"r{number}",
        "metric": "cpu",
        "region": "eu-west-1",
        "namespace": "AWS/EC2",
        "names": ("CPUUtilization",),
        "dimension": "InstanceId",
        "target": f"i-{number}",
        "statistic": "Average",
        "since": SINCE,
    }
    return MetricQuery.model_validate(plain | changes)


class CloudWatchAnswers:
    """GetMetricData as documented: pages of values, each metric with its status."""

    def __init__(self, status: str = "Complete", error: StewardError | None = None) -> None:
        self.status, self.error = status, error
        self.asked: list[Mapping[str, Any]] = []
        self.regions: list[str] = []

    def ask(self, region: str, request: Mapping[str, Any]) -> Mapping[str, Any]:
        self.asked.append(request)
        self.regions.append(region)
        if self.error is not None and region == "eu-west-1":
            raise self.error
        half = 24 if "NextToken" in request else 0
        results = [
            {
                "Id": one["Id"],
                "Label": one["MetricStat"]["Metric"]["MetricName"],
                "Timestamps": HOURS[half : half + 24],
                "Values": [float(n) for n in range(24)],
                "StatusCode": self.status if half else "PartialData",
            }
            for one in request["MetricDataQueries"]
        ]
        return {"MetricDataResults": results, "Messages": []} | (
            {} if half else {"NextToken": "more"}
        )


def test_the_pages_of_cloudwatch_become_days() -> None:
    (one,) = cloudwatch.read([query()], until=UNTIL, ask=CloudWatchAnswers().ask)
    assert [(day.day, day.hours) for day in one.days] == [(SINCE, 24), (SINCE + timedelta(1), 24)]
    assert (one.days[0].p50, one.days[0].p95, one.days[0].peak) == (11.0, 22.0, 23.0)
    assert one.days[0].total == sum(range(24))


def test_five_hundred_metrics_share_a_request() -> None:
    answers = CloudWatchAnswers()
    found = list(cloudwatch.read([query(n) for n in range(501)], until=UNTIL, ask=answers.ask))
    assert len(found) == 501
    assert [len(one["MetricDataQueries"]) for one in answers.asked] == [500, 500, 1, 1]


def test_two_names_are_added_up_and_scaled() -> None:
    both = query(names=("VolumeReadOps", "VolumeWriteOps"), scale=0.5)
    (one,) = cloudwatch.read([both], until=UNTIL, ask=CloudWatchAnswers().ask)
    assert one.days[0].peak == 23.0


@pytest.mark.parametrize("sparse", [True, False])
def test_values_that_cloudwatch_could_not_give_are_not_known(*, sparse: bool) -> None:
    answers = CloudWatchAnswers(status="InternalError")
    (one,) = cloudwatch.read([query(sparse=sparse)], until=UNTIL, ask=answers.ask)
    assert one.days == ()
    assert "InternalError" in one.failure


@pytest.mark.parametrize("error", [Denied("not allowed"), Throttled("slower")])
def test_a_region_that_fails_leaves_the_others_alone(error: StewardError) -> None:
    answers = CloudWatchAnswers(error=error)
    two = [query(1), query(2, region="us-east-1")]
    found = {one.resource: one for one in cloudwatch.read(two, until=UNTIL, ask=answers.ask)}
    assert (found["r1"].failure, found["r1"].days) == (str(error), ())
    assert len(found["r2"].days) == 2


VM = "/subscriptions/{}/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/vm-{}"


def machine(number: int = 1, **changes: Any) -> MetricQuery:
    """One about a machine of Azure."""
    return query(
        number,
        region="westeurope",
        namespace="Microsoft.Compute/virtualMachines",
        names=("Percentage CPU",),
        dimension="",
        target=VM.format(SUBSCRIPTION, number),
        statistic="average",
        **changes,
    )


class AzureAnswers:
    """metrics:getBatch as documented: for each resource its metrics, each with an error code."""

    def __init__(self, code: str = "Success", *, leaving_out: str = "") -> None:
        self.code, self.leaving_out = code, leaving_out
        self.asked: list[tuple[str, Mapping[str, Any]]] = []

    def post(self, url: str, body: Mapping[str, Any]) -> Any:
        self.asked.append((url, body))
        stamps = [{"timeStamp": f"{one:%Y-%m-%dT%H:%M:%SZ}"} for one in HOURS]
        data = [
            stamp | ({"average": float(n % 24)} if n < 24 else {}) for n, stamp in enumerate(stamps)
        ]
        metric = {
            "id": "...",
            "type": "Microsoft.Insights/metrics",
            "name": {"value": "Percentage CPU", "localizedValue": "Percentage CPU"},
            "unit": "Percent",
            "timeseries": [{"metadatavalues": [], "data": data}] if self.code == "Success" else [],
            "errorCode": self.code,
        }
        values = [
            {"resourceid": one.lower(), "resourceregion": "westeurope", "value": [metric]}
            for one in body["resourceids"]
            if one != self.leaving_out
        ]
        return {"values": values}


def azure(queries: list[MetricQuery], answers: AzureAnswers) -> dict[str, Any]:
    found = azure_monitor.read(queries, subscription=SUBSCRIPTION, until=UNTIL, post=answers.post)
    return {one.resource: one for one in found}


def test_azure_is_asked_at_the_region_for_fifty_resources_at_once() -> None:
    answers = AzureAnswers()
    found = azure([machine(n) for n in range(51)], answers)
    assert [len(body["resourceids"]) for _, body in answers.asked] == [50, 1]
    address = urlsplit(answers.asked[0][0])
    assert address.hostname == "westeurope.metrics.monitor.azure.com"
    assert address.path == f"/subscriptions/{SUBSCRIPTION}/metrics:getBatch"
    asked = {key: value for key, (value,) in parse_qs(address.query).items()}
    assert asked == {
        "starttime": "2026-03-08T00:00:00.000Z",
        "endtime": "2026-03-10T00:00:00.000Z",
        "interval": "PT1H",
        "metricnamespace": "Microsoft.Compute/virtualMachines",
        "metricnames": "Percentage CPU",
        "aggregation": "average",
        "api-version": "2023-10-01",
    }
    (day,) = found["r0"].days
    assert (day.peak, day.hours) == (23.0, 24), "hours without a value are no hours"


def test_machines_of_two_regions_are_asked_for_apart() -> None:
    answers = AzureAnswers()
    there = machine(2).model_copy(update={"region": "northeurope"})
    azure([machine(1), there], answers)
    hosts = {urlsplit(url).hostname for url, _ in answers.asked}
    assert hosts == {f"{one}.metrics.monitor.azure.com" for one in ("westeurope", "northeurope")}


def test_a_metric_that_azure_could_not_give_is_not_known() -> None:
    found = azure([machine(sparse=True)], AzureAnswers("InternalServerError"))
    assert found["r1"].days == ()
    assert "InternalServerError" in found["r1"].failure


def test_a_resource_that_azure_left_out_is_not_known() -> None:
    gone = machine(2, sparse=True)
    found = azure([machine(1), gone], AzureAnswers(leaving_out=gone.target))
    assert found["r1"].failure == ""
    assert found["r2"].failure == "azure monitor: Percentage CPU: not in the answer"


CPU = "compute.googleapis.com/instance/cpu/utilization"


def instance(name: str = "orders", zone: str = "europe-west1-b", **changes: Any) -> MetricQuery:
    """One about a machine of Google Cloud."""
    plain: dict[str, Any] = {
        "resource": f"{name}-{zone}",
        "region": zone,
        "namespace": "gce_instance",
        "names": (CPU,),
        "dimension": "metric.labels.instance_name+resource.labels.zone",
        "target": f"{name}+{zone}",
        "statistic": "ALIGN_MEAN",
        "scale": 100.0,
    }
    return query(**plain | changes)


class GoogleAnswers:
    """projects.timeSeries.list as documented: a series a machine, newest point first, page by page."""

    def __init__(self, *machines: tuple[str, str], error: str = "") -> None:
        self.machines, self.error = machines, error
        self.asked: list[dict[str, str]] = []

    def get(self, url: str) -> Any:
        address = urlsplit(url)
        assert address.path == "/v3/projects/shop-production/timeSeries"
        asked = {key: value for key, (value,) in parse_qs(address.query).items()}
        self.asked.append(asked)
        number = int(asked.get("pageToken", "0"))
        page: dict[str, Any] = {"timeSeries": [_series(*self.machines[number])]}
        if number + 1 < len(self.machines):
            page["nextPageToken"] = str(number + 1)
        if self.error:
            page["executionErrors"] = [{"code": 14, "message": self.error}]
        return page


def _series(name: str, zone: str) -> dict[str, Any]:
    points = [
        {
            "interval": {
                "startTime": f"{one + timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}",
                "endTime": f"{one + timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}",
            },
            "value": {"doubleValue": 0.25},
        }
        for one in reversed(HOURS)
    ]
    return {
        "metric": {"type": CPU, "labels": {"instance_name": name}},
        "resource": {
            "type": "gce_instance",
            "labels": {"project_id": "shop-production", "instance_id": "1234", "zone": zone},
        },
        "metricKind": "GAUGE",
        "valueType": "DOUBLE",
        "points": points,
    }


def google(queries: list[MetricQuery], answers: GoogleAnswers) -> dict[str, Any]:
    found = google_monitoring.read(queries, project="shop-production", until=UNTIL, get=answers.get)
    return {one.resource: one for one in found}


def test_google_is_asked_for_many_machines_with_one_filter() -> None:
    answers = GoogleAnswers(("orders", "europe-west1-b"), ("orders", "europe-west1-c"))
    both = [instance(), instance(zone="europe-west1-c"), instance("silent")]
    found = google(both, answers)
    assert answers.asked[0] == {
        "filter": f'metric.type = "{CPU}" AND metric.labels.instance_name = one_of("orders", "silent")',
        "interval.startTime": "2026-03-08T00:00:00Z",
        "interval.endTime": "2026-03-10T00:00:00Z",
        "aggregation.alignmentPeriod": "3600s",
        "aggregation.perSeriesAligner": "ALIGN_MEAN",
        "pageSize": "100000",
    }
    assert [day.hours for day in found["orders-europe-west1-b"].days] == [24, 24]
    assert found["orders-europe-west1-c"].days[0].peak == 25.0
    assert found["silent-europe-west1-b"].days == (), "no values are no zeros"


def test_an_answer_that_google_calls_incomplete_is_none() -> None:
    answers = GoogleAnswers(("orders", "europe-west1-b"), error="backend unavailable")
    found = google([instance()], answers)
    assert found["orders-europe-west1-b"].days == ()
    assert "backend unavailable" in found["orders-europe-west1-b"].failure


def test_a_name_cannot_end_the_filter() -> None:
    answers = GoogleAnswers(("x", "y"))
    google([instance('a") OR metric.type = one_of("b')], answers)
    assert answers.asked[0]["filter"].count('"') == 4


def test_silence_is_zero_for_what_counts_requests_where_the_cloud_answered() -> None:
    one = summed(query(sparse=True), {}, until=UNTIL)
    assert [(day.hours, day.total) for day in one.days] == [(24, 0.0), (24, 0.0)]
    assert summed(query(), {}, until=UNTIL).days == ()


@given(st.dictionaries(st.sampled_from(HOURS), st.floats(0, 1e9), max_size=48))
def test_a_day_is_as_its_hours_are(hours: dict[datetime, float]) -> None:
    days = summed(query(), hours, until=UNTIL).days
    assert sum(day.hours for day in days) == len(hours)
    assert sum(day.total for day in days) == pytest.approx(sum(hours.values()))
    for day in days:
        values = [value for moment, value in hours.items() if moment.date() == day.day]
        assert min(values) <= day.p50 <= day.p95 <= day.peak == max(values)
