"""Metrics from CloudWatch become recommendations; what was not measured is not taken for idle."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from functions.cost.adapters.cloudwatch import CloudWatch
from functions.cost.adapters.sampling import sampled
from functions.cost.model.checks.kept import Kept, kept
from functions.cost.model.checks.metrics import AWS, measured_types, wanted
from steward.contracts.inventory import ResourceView
from steward.errors import Denied
from tests.edge_world import NOON
from tests.functional.cost.advice import AdviceWorld, advice_world, days, resource, usage

NOW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
BOX = "EU-BoxUsage:m5.xlarge"


@pytest.fixture
def advice(tmp_path: Path) -> AdviceWorld:
    return advice_world(tmp_path)


def machine(**changes: Any) -> ResourceView:
    plain = {"native_id": "i-1", "state": "running", "configuration": {"instanceType": "m5.xlarge"}}
    return resource("AWS::EC2::Instance", **{**plain, **changes})


def watched(view: ResourceView) -> Kept:
    return kept(view, frozenset({"instanceType"}), at=NOON)


def put(client: Any, metric: str, values: list[float]) -> None:
    data = [
        {
            "MetricName": metric,
            "Dimensions": [{"Name": "InstanceId", "Value": "i-1"}],
            "Timestamp": NOW - timedelta(hours=n + 1),
            "Value": value,
        }
        for n, value in enumerate(values)
    ]
    for begin in range(0, len(data), 20):
        client.put_metric_data(Namespace="AWS/EC2", MetricData=data[begin : begin + 20])


def test_two_weeks_are_read_by_the_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        client = boto3.client("cloudwatch", region_name="eu-west-1")
        put(client, "CPUUtilization", [2.0] * 300 + [30.0] + [2.0] * 30)
        put(client, "NetworkOut", [100.0] * 331)
        found = CloudWatch(lambda _: client).measure([watched(machine())], until=NOW)
    cpu, network = found["r1"]["cpu"], found["r1"]["network"]
    assert (cpu.peak, network.total) == (30.0, 33_100.0)
    assert cpu.days >= 14
    assert 2.0 < cpu.average < 3.0


class Answers:
    """CloudWatch with the same value in every hour, or none; it counts what it is asked."""

    def __init__(self, value: float | None, error: str | None = None) -> None:
        self.value, self.error, self.asked = value, error, 0

    def get_paginator(self, name: str) -> Answers:
        assert name == "get_metric_data"
        return self

    def paginate(self, **asked: Any) -> list[dict[str, Any]]:
        from botocore.exceptions import ClientError

        if self.error:
            raise ClientError({"Error": {"Code": self.error, "Message": "no"}}, "GetMetricData")
        self.asked += 1
        hours = [asked["StartTime"] + timedelta(hours=n) for n in range(14 * 24)]
        there = hours if self.value is not None else []
        return [
            {
                "MetricDataResults": [
                    {"Id": one["Id"], "Timestamps": there, "Values": [self.value] * len(there)}
                    for one in asked["MetricDataQueries"]
                ]
            }
        ]


def test_many_resources_share_a_request() -> None:
    answers = Answers(1.0)
    many = [watched(machine(id=f"r{n}", native_id=f"i-{n}")) for n in range(200)]
    found = CloudWatch(lambda _: answers).measure(many, until=NOW)
    assert len(found) == 200
    assert answers.asked == 2


def test_reads_and_writes_are_added_up_to_a_rate() -> None:
    volume = watched(resource("AWS::EC2::Volume"))
    found = CloudWatch(lambda _: Answers(3600.0)).measure([volume], until=NOW)
    assert found["r1"]["operations"].peak == 2.0


def test_a_balancer_without_requests_had_none_and_one_of_networks_counts_none() -> None:
    arn = "arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/{}/orders/50dc6c495c0c9188"
    kind = "AWS::ElasticLoadBalancingV2::LoadBalancer"
    app, net = (
        watched(resource(kind, id=one, arn=arn.format(one), native_id=arn.format(one)))
        for one in ("app", "net")
    )
    found = CloudWatch(lambda _: Answers(None)).measure([app, net], until=NOW)
    assert found["app"]["requests"].days == 14
    assert found["app"]["requests"].peak == 0
    assert "net" not in found


def test_a_machine_without_values_was_not_measured() -> None:
    found = CloudWatch(lambda _: Answers(None)).measure([watched(machine())], until=NOW)
    assert found["r1"]["cpu"].days == 0


def test_who_may_not_read_metrics_is_told_what_to_allow() -> None:
    with pytest.raises(Denied, match="cloudwatch:GetMetricData"):
        CloudWatch(lambda _: Answers(1.0, "AccessDenied")).measure([watched(machine())], until=NOW)


def test_every_aws_type_that_needs_metrics_has_them() -> None:
    for type_ in measured_types():
        if type_.startswith("AWS::"):
            assert set(wanted(type_)) == set(AWS[type_])


def test_what_was_measured_becomes_a_recommendation(advice: AdviceWorld) -> None:
    advice.bill([usage(day, "i-1", BOX, "4.6", "24") for day in days(NOON, 30)])
    advice.tell(machine())
    advice.night()
    assert advice.all() == []
    query = "?type=AWS::EC2::Instance&account=111122223333"
    (asked,) = advice.metrics("GET", query).body["items"]
    assert (asked["due"], set(asked["metrics"])) == (True, {"cpu", "network"})
    found = dict(sampled([asked], now=NOW, client=lambda _: Answers(1.0)))
    assert advice.metrics("POST", "", {"samples": found}).body == {"resources": 1}
    assert advice.one().check == "ec2-instance-idle"
    assert advice.metrics("GET", query).body["items"][0]["due"] is False
    busy = dict(sampled([asked], now=NOW, client=lambda _: Answers(90.0)))
    advice.metrics("POST", "", {"samples": busy})
    assert advice.one().standing == "gone"


def test_a_metric_that_no_check_needs_is_refused(advice: AdviceWorld) -> None:
    advice.tell(machine())
    one = {"average": 1, "peak": 1, "total": 1, "days": 14}
    answer = advice.metrics("POST", "", {"samples": {"r1": {"steam": one}}})
    assert (answer.status, "steam" in answer.body["detail"]) == (422, True)
    assert advice.metrics("GET", "?type=AWS::IAM::Role&account=1").status == 422
    assert advice.metrics("GET", "?type=AWS::EC2::Instance&account=1").body["items"] == []
