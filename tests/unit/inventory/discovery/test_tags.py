"""Tags from the tagging API where it answers, and one by one where it does not."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from functions.inventory.adapters.discovery.aws import AwsDiscovery
from functions.inventory.model.discovery import Interrupted, Kind
from tests.unit.inventory.discovery.scripted import (
    ACCOUNT,
    REGION,
    ScriptedCloud,
    fault,
    found,
    part,
)

QUEUE, BUCKET = "AWS::SQS::Queue", "AWS::S3::Bucket"
URL = "https://sqs.eu-west-1.amazonaws.com/111122223333/{}"
ARN = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{{}}"


def queues(*names: str, **answers: Any) -> ScriptedCloud:
    listed = {"QueueUrls": [URL.format(name) for name in names]}
    return ScriptedCloud(ListQueues=listed, GetQueueAttributes={"Attributes": {}}, **answers)


def told(**tags: str) -> dict[str, Any]:
    mappings = [
        {"ResourceARN": ARN.format(name), "Tags": [{"Key": "of", "Value": value}]}
        for name, value in tags.items()
    ]
    return {"ResourceTagMappingList": mappings, "PaginationToken": ""}


def tags_of(cloud: ScriptedCloud) -> list[dict[str, str]]:
    [page] = found(cloud, "sqs", QUEUE)
    assert all(one.facts.partial is None for one in page.resources)
    return [one.facts.tags for one in page.resources]


def test_tags_are_told_together_and_what_is_left_out_has_none() -> None:
    cloud = queues("a", "b", GetResources=told(b="x"))
    assert tags_of(cloud) == [{}, {"of": "x"}]
    assert cloud.asked("ListQueueTags") == []
    assert cloud.asked("GetResources") == [{"ResourceARNList": [ARN.format("a"), ARN.format("b")]}]


@pytest.mark.parametrize("kind", [Kind.DENIED, Kind.UNSUPPORTED, Kind.REFUSED, Kind.BROKEN])
def test_each_is_asked_for_its_own_tags_where_the_tagging_api_does_not_answer(kind: Kind) -> None:
    def own(asked: Any) -> dict[str, Any]:
        return {"Tags": {"of": asked["QueueUrl"].rpartition("/")[2]}}

    cloud = queues("a", "b", GetResources=fault(kind), ListQueueTags=own)
    assert tags_of(cloud) == [{"of": "a"}, {"of": "b"}]


def test_a_tagging_api_that_asks_for_patience_is_given_it() -> None:
    cloud = queues("a", GetResources=fault(Kind.THROTTLED), ListQueueTags={"Tags": {}})
    with pytest.raises(Interrupted):
        found(cloud, "sqs", QUEUE)


def test_an_answer_in_pages_is_read_to_its_end() -> None:
    def paged(asked: Any) -> dict[str, Any]:
        if asked == {"PaginationToken": "2"}:
            return told(b="y")
        return {**told(a="x"), "PaginationToken": "2"}

    assert tags_of(queues("a", "b", GetResources=paged)) == [{"of": "x"}, {"of": "y"}]


def test_each_region_tells_the_tags_of_what_lies_there() -> None:
    buckets = [
        {"Name": name, "BucketRegion": region}
        for name, region in (("a", "eu-west-1"), ("b", "us-east-1"), ("c", "eu-west-1"))
    ]
    cloud = ScriptedCloud(ListBuckets={"Buckets": buckets}, GetResources=told())
    found(cloud, "s3", BUCKET, region="global")
    asked = [call for call in cloud.calls if call.operation == "GetResources"]
    assert [(one.region, one.parameters["ResourceARNList"]) for one in asked] == [
        ("eu-west-1", ["arn:aws:s3:::a", "arn:aws:s3:::c"]),
        ("us-east-1", ["arn:aws:s3:::b"]),
    ]


def test_several_batches_are_asked_for_at_once() -> None:
    both = Barrier(2, timeout=10)

    def together(asked: Any) -> dict[str, Any]:
        both.wait()
        arns = asked["ResourceARNList"]
        return {"ResourceTagMappingList": [{"ResourceARN": one, "Tags": []} for one in arns]}

    groups = [{"DBSubnetGroupName": f"g{n}", "DBSubnetGroupArn": f"arn:g{n}"} for n in range(150)]
    cloud = ScriptedCloud(DescribeDBSubnetGroups={"DBSubnetGroups": groups}, GetResources=together)
    with ThreadPoolExecutor(2) as pool:
        rds = AwsDiscovery(cloud, account=ACCOUNT, regions=[REGION], services=["rds"], pool=pool)
        start = '["AWS::RDS::DBSubnetGroup",[],false]'
        page = next(rds.pages(part("rds"), start))
    names = [one.subject.native_id for one in page.resources]
    assert names == [f"g{n}" for n in range(150)]
