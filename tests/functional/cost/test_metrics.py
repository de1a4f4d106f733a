"""Metrics of resources become recommendations; what was not measured is not taken for idle."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from functions.cost.adapters.sampling import sampled
from functions.cost.model.checks.kept import Kept, kept
from functions.cost.model.checks.metrics import (
    measured_types,
    metrics_of,
    queries,
    wanted,
)
from functions.cost.model.checks.samples import KEPT_DAYS, measured, recorded
from steward.contracts.inventory import MetricsRead, ResourceView
from steward.contracts.metrics import MetricDay, MetricSample
from tests.edge_world import NOON
from tests.functional.cost.advice import AdviceWorld, advice_world, days, resource, usage

TODAY = NOON.date()
BOX = "EU-BoxUsage:m5.xlarge"
BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"


@pytest.fixture
def advice(tmp_path: Path) -> AdviceWorld:
    return advice_world(tmp_path)


def machine(**changes: Any) -> ResourceView:
    plain = {"native_id": "i-1", "state": "running", "configuration": {"instanceType": "m5.xlarge"}}
    return resource("AWS::EC2::Instance", **{**plain, **changes})


def watched(view: ResourceView) -> Kept:
    return kept(view, frozenset({"instanceType"}), at=NOON)


def day(ago: int, value: float, *, hours: int = 24, today: date = TODAY) -> MetricDay:
    return MetricDay(
        day=today - timedelta(days=ago),
        hours=hours,
        p50=value,
        p95=value,
        peak=value,
        total=value * hours,
    )


def sample(metric: str, value: float, *, count: int = 20, **changes: Any) -> MetricSample:
    some = tuple(day(n + 1, value) for n in range(count))
    return MetricSample(**{"resource": "r1", "metric": metric, "days": some, **changes})


def idle(count: int = 20) -> list[MetricSample]:
    return [sample("cpu", 1.0, count=count), sample("network", 10.0, count=count)]


def month_of_bills(advice: AdviceWorld) -> None:
    advice.bill([usage(one, "i-1", BOX, "4.6", "24") for one in days(NOON, 30)])
    advice.tell(machine())
    advice.night()


def test_cloudwatch_is_read_through_its_own_client(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    # CloudWatch keeps what is put there by its own clock.
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    begin = datetime(now.year, now.month, now.day, tzinfo=UTC) - timedelta(days=2)
    with mock_aws():
        client = boto3.client("cloudwatch", region_name="eu-west-1")
        data = [
            {
                "MetricName": "CPUUtilization",
                "Dimensions": [{"Name": "InstanceId", "Value": "i-1"}],
                "Timestamp": begin + timedelta(hours=n),
                "Value": 30.0 if n == 5 else 2.0,
            }
            for n in range(24)
        ]
        client.put_metric_data(Namespace="AWS/EC2", MetricData=data[:20])
        client.put_metric_data(Namespace="AWS/EC2", MetricData=data[20:])
        asked = [one.model_dump() for one in queries(watched(machine()), until=now.date())]
        found = list(sampled([{"queries": asked}], now=now, client=lambda _: client))
    (cpu,) = [one for one in found if one["metric"] == "cpu"]
    assert [(one["day"], one["peak"], one["p50"]) for one in cpu["days"]] == [
        (begin.date().isoformat(), 30.0, 2.0)
    ]


class Refusing:
    """CloudWatch of an account that does not let us read."""

    def get_metric_data(self, **_: Any) -> Any:
        from botocore.exceptions import ClientError

        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "GetMetricData")


def test_who_may_not_read_metrics_is_told_what_to_allow() -> None:
    asked = [one.model_dump() for one in queries(watched(machine()), until=TODAY)]
    found = list(sampled([{"queries": asked}], now=NOON, client=lambda _: Refusing()))
    assert {one["metric"] for one in found} == {"cpu", "network"}
    assert all("allow cloudwatch:GetMetricData" in one["failure"] for one in found)


@pytest.mark.parametrize("type_", measured_types())
def test_every_type_whose_checks_need_metrics_has_them_in_its_cloud(type_: str) -> None:
    assert set(metrics_of(type_)) == set(wanted(type_))


def test_first_a_month_is_asked_for_and_then_what_is_new() -> None:
    new = watched(machine())
    assert {one.since for one in queries(new, until=TODAY)} == {TODAY - timedelta(days=30)}
    record = recorded(None, "r1", idle(), at=NOON)
    known = new.model_copy(update={"measured": measured(record, today=TODAY)})
    assert {one.since for one in queries(known, until=TODAY)} == {TODAY - timedelta(days=1)}


def test_days_before_a_resource_was_there_are_not_asked_for() -> None:
    young = watched(machine(created_at=NOON - timedelta(days=3)))
    assert {one.since for one in queries(young, until=TODAY)} == {TODAY - timedelta(days=2)}
    assert list(queries(watched(machine(created_at=NOON)), until=TODAY)) == []


def test_a_balancer_of_networks_counts_no_requests() -> None:
    arn = "arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/{}/orders/50dc6c495c0c9188"
    app, net = (
        watched(resource(BALANCER, arn=arn.format(one), native_id=arn.format(one)))
        for one in ("app", "net")
    )
    (asked,) = queries(app, until=TODAY)
    assert (asked.target, asked.sparse) == ("app/orders/50dc6c495c0c9188", True)
    assert list(queries(net, until=TODAY)) == []


def test_machines_of_azure_and_google_are_asked_for_by_their_clouds_names() -> None:
    arm = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/vm-1"
    (azure,) = queries(
        watched(resource("microsoft.compute/virtualmachines", provider="azure", native_id=arm)),
        until=TODAY,
    )
    assert (azure.target, azure.names) == (arm, ("Percentage CPU",))
    name = "//compute.googleapis.com/projects/p/zones/europe-west1-b/instances/orders"
    (google,) = queries(
        watched(resource("compute.googleapis.com/Instance", provider="gcp", native_id=name)),
        until=TODAY,
    )
    assert (google.target, google.scale) == ("orders+europe-west1-b", 100.0)
    name = "//cloudsql.googleapis.com/projects/p/instances/orders"
    (sql,) = queries(
        watched(resource("sqladmin.googleapis.com/Instance", provider="gcp", native_id=name)),
        until=TODAY,
    )
    assert sql.target == "p:orders"


def test_days_are_kept_for_two_months_and_replaced_by_what_comes_later() -> None:
    long = [
        MetricSample(resource="r1", metric="cpu", days=tuple(day(n, 1.0) for n in range(1, 90)))
    ]
    record = recorded(None, "r1", long, at=NOON)
    assert len(record.days["cpu"]) == KEPT_DAYS >= 30
    record = recorded(record, "r1", [sample("cpu", 70.0, count=1)], at=NOON)
    assert len(record.days["cpu"]) == KEPT_DAYS
    found = measured(record, today=TODAY)["cpu"]
    assert (found.peak, found.p95, found.days) == (70.0, 70.0, 30)


def test_a_failure_takes_nothing_away_and_is_told_until_it_is_mended() -> None:
    record = recorded(None, "r1", idle(), at=NOON)
    failure = MetricSample(resource="r1", metric="cpu", failure="throttled")
    record = recorded(record, "r1", [failure], at=NOON)
    found = measured(record, today=TODAY)
    assert (found["cpu"].days, found["cpu"].failure) == (20, "throttled")
    assert measured(recorded(record, "r1", idle(), at=NOON), today=TODAY)["cpu"].failure == ""


def test_a_day_of_a_few_hours_does_not_count() -> None:
    short = tuple(day(n + 1, 1.0, hours=3) for n in range(20))
    record = recorded(None, "r1", [sample("cpu", 0, days=short)], at=NOON)
    assert measured(record, today=TODAY)["cpu"].days == 0


def test_what_was_measured_becomes_a_recommendation_that_says_over_how_many_days(
    advice: AdviceWorld,
) -> None:
    month_of_bills(advice)
    assert advice.all() == []
    advice.hear(MetricsRead(provider="aws", account="111122223333", samples=tuple(idle())))
    found = advice.one()
    assert (found.check, found.evidence["measured_days"]) == ("ec2-instance-idle", "20")
    busy = (sample("cpu", 90.0), sample("network", 10.0))
    advice.hear(MetricsRead(provider="aws", account="111122223333", samples=busy))
    assert advice.one().standing == "gone"


def test_what_cannot_be_judged_is_told_with_the_reason(advice: AdviceWorld) -> None:
    month_of_bills(advice)
    reasons = advice.reasons("AWS::EC2::Instance")
    assert reasons["ec2-instance-idle"] == "metric cpu: not measured yet"
    advice.hear(MetricsRead(provider="aws", account="111122223333", samples=tuple(idle(3))))
    reasons = advice.reasons("AWS::EC2::Instance")
    assert reasons["ec2-instance-idle"] == "metric cpu: measured over 3 of 14 days"
    denied = tuple(
        MetricSample(resource="r1", metric=one, failure="not allowed") for one in ("cpu", "network")
    )
    advice.hear(MetricsRead(provider="aws", account="111122223333", samples=denied))
    reasons = advice.reasons("AWS::EC2::Instance")
    assert reasons["ec2-instance-idle"] == "metric cpu: measured over 3 of 14 days (not allowed)"
    assert advice.all() == []
    advice.hear(MetricsRead(provider="aws", account="111122223333", samples=tuple(idle())))
    assert "ec2-instance-idle" not in advice.reasons("AWS::EC2::Instance")


def test_the_night_asks_for_the_metrics_that_are_due_and_for_no_others(advice: AdviceWorld) -> None:
    advice.tell(
        machine(), resource("AWS::EC2::Volume", id="r2"), resource("AWS::S3::Bucket", id="r3")
    )
    advice.measures()
    (asked,) = advice.events("metrics.asked")
    assert (asked["data"]["provider"], asked["data"]["account"]) == ("aws", "111122223333")
    about = {(one["resource"], one["metric"]) for one in asked["data"]["queries"]}
    assert about == {("r1", "cpu"), ("r1", "network"), ("r2", "operations")}
    advice.hear(MetricsRead(provider="aws", account="111122223333", samples=tuple(idle())))
    advice.measures()
    each = [
        {one["resource"] for one in event["data"]["queries"]}
        for event in advice.events("metrics.asked")
    ]
    assert sorted(each, key=len) == [{"r2"}, {"r1", "r2"}]


def test_metrics_are_handed_in_over_https(advice: AdviceWorld) -> None:
    month_of_bills(advice)
    query = "?type=AWS::EC2::Instance&account=111122223333"
    (asked,) = advice.metrics("GET", query).body["items"]
    assert (asked["due"], set(asked["metrics"])) == (True, {"cpu", "network"})
    assert {one["target"] for one in asked["queries"]} == {"i-1"}
    body = {"samples": [one.model_dump(mode="json") for one in idle()]}
    assert advice.metrics("POST", "", body).body == {"resources": 1}
    assert advice.one().check == "ec2-instance-idle"
    assert advice.metrics("GET", query).body["items"][0]["due"] is False


def test_a_metric_that_no_check_needs_is_refused(advice: AdviceWorld) -> None:
    advice.tell(machine())
    body = {"samples": [sample("steam", 1.0).model_dump(mode="json")]}
    answer = advice.metrics("POST", "", body)
    assert (answer.status, "steam" in answer.body["detail"]) == (422, True)
    many = [sample("cpu", 1.0, resource=f"r{n}").model_dump(mode="json") for n in range(11)]
    answer = advice.metrics("POST", "", {"samples": many})
    assert (answer.status, "at most 10" in str(answer.body)) == (422, True)
    assert advice.metrics("GET", "?type=AWS::IAM::Role&account=1").status == 422
    assert advice.metrics("GET", "?type=AWS::EC2::Instance&account=1").body["items"] == []
