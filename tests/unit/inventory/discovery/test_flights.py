from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import flights
from benchmarks.harness import BenchmarkError
from benchmarks.replays.aws import tally
from benchmarks.replays.leaves import lost
from benchmarks.replays.recordings import Recorded, service_of
from benchmarks.replays.report import Report
from functions.inventory.adapters.discovery import catalogue
from functions.inventory.model.discovery import Found, Listed
from functions.inventory.model.resource import Facts, Subject

QUEUE = catalogue.service("sqs").row("AWS::SQS::Queue")
URLS = ["https://queue.example/1/a", "https://queue.example/1/b"]
ANSWER = Recorded("some", "sqs", "ListQueues", 1, 200, {"QueueUrls": URLS})


def resource(url: str) -> Listed:
    subject = Subject(account="1", region="r", type=QUEUE.type, native_id=url)
    return Listed(subject, Facts(configuration={"queueUrl": url}))


def tallied(*urls: str) -> dict[str, int]:
    report = Report()
    found = Found(QUEUE.type, tuple(resource(url) for url in urls), ended=True)
    tally("some", QUEUE, QUEUE.listing, [ANSWER], [found], report)
    return report.totals()


@pytest.mark.slow
def test_every_recorded_answer_is_understood_and_nothing_of_it_lost() -> None:
    measured = flights.run()
    totals = measured["detail"]["aws"]["totals"]
    assert measured["ratio"] == 1
    assert totals["resources"] == totals["listed"] > 250
    assert totals["surfaced"] == totals["errors"] > 20
    assert measured["detail"]["aws"]["faults"] == []


def test_an_item_without_a_resource_is_counted_as_missed() -> None:
    assert tallied(*URLS)["missed"] == 0
    assert tallied(URLS[0])["missed"] == 1


def test_a_resource_without_an_item_is_counted_as_invented() -> None:
    assert tallied(*URLS, "https://queue.example/1/c")["invented"] == 1


def test_a_lost_field_is_seen_however_it_is_spelt() -> None:
    raw = {"Tags": [{"Key": "a", "Value": "b"}], "Policy": {"Version": "1"}}
    assert not lost(raw, {"tags": [{"key": "a", "value": "b"}], "policy": '{"Version": "1"}'})
    assert lost(raw, {"tags": [{"key": "a"}], "policy": '{"Version": "1"}'}) == {"b": 1}


def test_the_answer_tells_which_client_of_an_endpoint_it_is_for() -> None:
    old = {"LoadBalancerDescriptions": [{"LoadBalancerName": "a"}]}
    new = {"LoadBalancers": [{"LoadBalancerArn": "a"}]}
    assert service_of("elasticloadbalancing", "DescribeLoadBalancers", old) == "elb"
    assert service_of("elasticloadbalancing", "DescribeLoadBalancers", new) == "elbv2"


def test_a_folder_without_recordings_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BenchmarkError, match="--data"):
        flights.run(tmp_path)
