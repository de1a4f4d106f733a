"""The bill without traffic: every kind of resource has a price or a reason to be free."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.idle_cost import Unpriced, bill, total
from steward.manifest import STORES, StoreKind
from tests.synthesised import flavour


def _template(**resources: dict[str, Any]) -> dict[str, Any]:
    return {"stack": {"Resources": resources}}


def _cluster(minimum: float = 0, pause: int = 300) -> dict[str, Any]:
    scaling = {"MinCapacity": minimum, "SecondsUntilAutoPause": pause}
    return {
        "Type": "AWS::RDS::DBCluster",
        "Properties": {"ServerlessV2ScalingConfiguration": scaling},
    }


def _schedule(expression: str) -> dict[str, dict[str, Any]]:
    return {
        "Tick": {"Type": "AWS::Lambda::Function", "Properties": {"MemorySize": 512}},
        "Schedule": {
            "Type": "AWS::Scheduler::Schedule",
            "Properties": {
                "ScheduleExpression": expression,
                "Target": {"Arn": {"Fn::GetAtt": ["Tick", "Arn"]}},
            },
        },
    }


def _dollars(templates: dict[str, Any], what: str) -> float:
    return sum(line.dollars for line in bill(templates) if line.what == what)


def test_a_kind_without_a_price_is_not_taken_to_be_free() -> None:
    with pytest.raises(Unpriced, match="AWS::Kinesis::Stream"):
        bill(_template(River={"Type": "AWS::Kinesis::Stream"}))


def test_a_key_costs_more_with_every_rotation_up_to_the_second() -> None:
    still = {"Type": "AWS::KMS::Key", "Properties": {}}
    turning = {"Type": "AWS::KMS::Key", "Properties": {"EnableKeyRotation": True}}
    assert total(bill(_template(Key=still))) == 1.00
    assert total(bill(_template(Key=turning))) == 3.00


def test_an_alarm_costs_by_the_metric() -> None:
    one = {"Type": "AWS::CloudWatch::Alarm", "Properties": {"MetricName": "Errors"}}
    metrics = [{"MetricStat": {}}, {"MetricStat": {}}, {"Expression": "a + b"}]
    two = {"Type": "AWS::CloudWatch::Alarm", "Properties": {"Metrics": metrics}}
    assert total(bill(_template(One=one, Two=two))) == 0.30


def test_a_queue_is_polled_all_month_and_a_stream_is_read_without_charge() -> None:
    queue = {"Type": "AWS::Lambda::EventSourceMapping", "Properties": {}}
    stream = {"Type": "AWS::Lambda::EventSourceMapping", "Properties": {"FilterCriteria": {}}}
    assert total(bill(_template(Queue=queue))) == pytest.approx(0.26)
    assert total(bill(_template(Stream=stream))) == 0


def test_a_sleeping_database_costs_its_storage_alone() -> None:
    assert total(bill(_template(Cluster=_cluster()))) == pytest.approx(0.10)


def test_a_database_that_may_not_sleep_costs_its_least_capacity() -> None:
    assert total(bill(_template(Cluster=_cluster(minimum=0.5)))) == pytest.approx(43.90)


def test_a_schedule_more_frequent_than_the_pause_keeps_the_database_awake() -> None:
    templates = _template(Cluster=_cluster(pause=300), **_schedule("rate(5 minutes)"))
    assert _dollars(templates, "database woken by schedules") == pytest.approx(43.80, abs=0.10)


def test_an_hourly_schedule_keeps_it_awake_for_its_pause_each_time() -> None:
    templates = _template(Cluster=_cluster(pause=300), **_schedule("rate(1 hour)"))
    assert _dollars(templates, "database woken by schedules") == pytest.approx(43.80 / 12, abs=0.10)


def test_schedules_are_paid_for_though_nothing_happens() -> None:
    lines = {line.what: line.dollars for line in bill(_template(**_schedule("rate(1 minute)")))}
    assert lines["schedules' invocations"] == pytest.approx(43_800 * 0.20e-6, rel=1e-3)
    assert lines["schedules' metrics"] == pytest.approx(0.30)


@pytest.mark.cdk
@pytest.mark.slow
@pytest.mark.xdist_group("cdk")
@pytest.mark.parametrize("store", STORES)
def test_every_kind_that_we_deploy_is_priced(store: StoreKind) -> None:
    assert total(bill(flavour("estate", store).templates)) > 0


@pytest.mark.cdk
@pytest.mark.slow
@pytest.mark.xdist_group("cdk")
def test_the_dynamodb_flavour_stays_below_its_ceiling() -> None:
    assert total(bill(flavour("steward", "dynamodb").templates)) <= 38
