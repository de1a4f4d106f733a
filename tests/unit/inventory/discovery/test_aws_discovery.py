from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from functions.inventory.model.discovery import Interrupted, Kind
from functions.inventory.model.resource import DELETED
from steward.errors import BadInput
from tests.unit.inventory.discovery.scripted import (
    ScriptedCloud,
    discovery,
    fault,
    found,
    part,
)

INSTANCE = "AWS::EC2::Instance"
CLUSTER, SERVICE = "AWS::ECS::Cluster", "AWS::ECS::Service"
CLUSTER_ARN = "arn:aws:ecs:eu-west-1:111122223333:cluster/{}"
SERVICE_ARN = "arn:aws:ecs:eu-west-1:111122223333:service/{}/{}"


def machine(id_: str, **more: Any) -> dict[str, Any]:
    return {"InstanceId": id_, "State": {"Name": "running", "Code": 16}, **more}


def machines(*ids: str, token: str | None = None) -> dict[str, Any]:
    reservations = [{"Instances": [machine(one)]} for one in ids]
    return {"Reservations": reservations, **({"NextToken": token} if token else {})}


def ids(pages: list[Any]) -> list[str]:
    return [one.subject.native_id for page in pages for one in page.resources]


def ecs(clusters: dict[str, list[str]]) -> ScriptedCloud:
    def services(asked: Any) -> dict[str, Any]:
        name = asked["cluster"].rpartition("/")[2]
        return {"serviceArns": [SERVICE_ARN.format(name, one) for one in clusters[name]]}

    def described(asked: Any) -> dict[str, Any]:
        return {"services": [{"serviceArn": arn, "status": "ACTIVE"} for arn in asked["services"]]}

    return ScriptedCloud(
        ListClusters={"clusterArns": [CLUSTER_ARN.format(name) for name in clusters]},
        ListServices=services,
        DescribeServices=described,
    )


def test_a_resource_has_the_configuration_whole_in_the_words_of_aws_config() -> None:
    launched = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    item = machine(
        "i-1",
        InstanceType="m7g.large",
        LaunchTime=launched,
        PublicIpAddress="198.51.100.7",
        Tags=[{"Key": "Name", "Value": "web"}, {"Key": "Owner", "Value": "shop"}],
    )
    cloud = ScriptedCloud(DescribeInstances={"Reservations": [{"Instances": [item]}]})
    [page] = found(cloud, "ec2", INSTANCE)
    [(subject, facts)] = page.resources
    assert subject.native_id == "i-1"
    assert facts.configuration == {
        "instanceId": "i-1",
        "state": {"name": "running", "code": 16},
        "instanceType": "m7g.large",
        "launchTime": "2026-01-02T03:04:05.000Z",
        "publicIpAddress": "198.51.100.7",
        "iamInstanceProfile": None,
        "tags": [{"key": "Name", "value": "web"}, {"key": "Owner", "value": "shop"}],
    }
    assert facts.arn == "arn:aws:ec2:eu-west-1:111122223333:instance/i-1"
    assert (facts.name, facts.owner, facts.size) == ("web", "shop", "m7g.large")
    assert (facts.state, facts.public, facts.created_at) == ("running", True, launched)


def test_a_listing_taken_up_at_any_page_gives_the_rest() -> None:
    answers = {None: machines("i-1", "i-2", token="b"), "b": machines("i-3", token="c")}
    answers["c"] = machines("i-4")
    cloud = ScriptedCloud(DescribeInstances=lambda asked: answers[asked.get("NextToken")])
    pages = found(cloud, "ec2", INSTANCE)
    assert ids(pages) == ["i-1", "i-2", "i-3", "i-4"]
    assert [page.ended for page in pages] == [False, False, True]
    for done, page in enumerate(pages[:-1], 1):
        rest = discovery(cloud).pages(part("ec2"), page.cursor)
        assert [next(rest).resources for _ in pages[done:]] == [p.resources for p in pages[done:]]


def test_children_are_taken_up_at_their_parent() -> None:
    cloud = ecs({"a": ["1", "2"], "b": ["3"], "c": ["4"]})
    pages = found(cloud, "ecs", SERVICE)
    assert ids(pages) == [
        SERVICE_ARN.format(*one) for one in (("a", 1), ("a", 2), ("b", 3), ("c", 4))
    ]
    rest = list(discovery(cloud).pages(part("ecs"), pages[0].cursor))
    assert ids([page for page in rest if page.type == SERVICE]) == ids(pages)[2:]


def test_a_parent_deleted_meanwhile_hides_nothing() -> None:
    cloud = ecs({"a": ["1"]})
    cloud.answers["ListServices"] = [fault(Kind.REFUSED, "ClusterNotFoundException")]
    pages = found(cloud, "ecs", SERVICE)
    assert pages[-1].whole
    assert [one.code for page in pages for one in page.problems] == ["ClusterNotFoundException"]


def test_a_denied_parent_hides_its_children_but_not_those_of_others() -> None:
    cloud = ecs({"a": [], "b": ["2"]})
    services = {"serviceArns": [SERVICE_ARN.format("b", 2)]}
    cloud.answers["ListServices"] = [fault(Kind.DENIED, "AccessDenied"), services]
    pages = found(cloud, "ecs", SERVICE)
    assert ids(pages) == [SERVICE_ARN.format("b", 2)]
    assert not pages[-1].whole


def test_what_hid_something_is_remembered_by_the_cursor() -> None:
    cloud = ecs({"a": [], "b": ["2"]})
    services = {"serviceArns": [SERVICE_ARN.format("b", 2)]}
    cloud.answers["ListServices"] = [fault(Kind.DENIED, "AccessDenied"), services]
    first = found(cloud, "ecs", SERVICE)[0]
    assert not list(discovery(cloud).pages(part("ecs"), first.cursor))[-1].whole


def test_a_denied_type_is_named_and_the_next_one_listed() -> None:
    cloud = ScriptedCloud(DescribeVolumes={"Volumes": [{"VolumeId": "vol-1"}]})
    pages = list(discovery(cloud).pages(part("ec2")))
    [problem] = pages[0].problems
    assert (problem.kind, problem.type, problem.operation) == (
        Kind.DENIED,
        INSTANCE,
        "DescribeInstances",
    )
    assert pages[0].ended
    assert not pages[0].whole
    assert "vol-1" in ids(pages)


@pytest.mark.parametrize("kind", [Kind.THROTTLED, Kind.EXPIRED, Kind.UNREACHABLE, Kind.BROKEN])
def test_an_interruption_says_where_to_go_on_and_what_to_skip(kind: Kind) -> None:
    cloud = ScriptedCloud(
        DescribeInstances=[machines("i-1", token="b"), fault(kind), machines("i-2")],
        DescribeVolumes={"Volumes": []},
    )
    pages = discovery(cloud).pages(part("ec2"))
    first = next(pages)
    with pytest.raises(Interrupted) as interrupted:
        next(pages)
    assert interrupted.value.cursor == first.cursor
    again = discovery(cloud).pages(part("ec2"), interrupted.value.cursor)
    assert ids([next(again)]) == ["i-2"]
    skipped = discovery(cloud).pages(part("ec2"), interrupted.value.skip)
    assert next(skipped).type == "AWS::EC2::Volume"


def test_a_description_that_is_denied_leaves_what_was_listed() -> None:
    cloud = ScriptedCloud(ListClusters={"clusterArns": [CLUSTER_ARN.format("a")]})
    [page] = found(cloud, "ecs", CLUSTER)
    [(subject, facts)] = page.resources
    assert subject.native_id == CLUSTER_ARN.format("a")
    assert facts.partial == "DescribeClusters: denied (AccessDenied)"
    assert page.whole


def test_a_listing_that_names_its_own_token_is_not_taken_for_whole() -> None:
    cloud = ScriptedCloud(DescribeInstances=machines("i-1", token="same"))
    pages = found(cloud, "ec2", INSTANCE)
    assert pages[-1].problems[0].kind is Kind.REPEATED
    assert not pages[-1].whole


def test_a_listing_that_says_there_is_more_and_not_how_is_not_taken_for_whole() -> None:
    cloud = ScriptedCloud(ListKeys={"Keys": [{"KeyId": "k", "KeyArn": "a"}], "Truncated": True})
    pages = found(cloud, "kms", "AWS::KMS::Key")
    assert pages[-1].problems[0].kind is Kind.CUT
    assert not pages[-1].whole


def test_a_listing_goes_on_after_its_last_name_for_as_long_as_it_says_that_there_is_more() -> None:
    answers = [
        {"StreamNames": ["a", "b"], "HasMoreStreams": True},
        {"StreamNames": ["c"], "HasMoreStreams": False},
    ]
    cloud = ScriptedCloud(ListStreams=answers)
    assert ids(found(cloud, "kinesis", "AWS::Kinesis::Stream")) == ["a", "b", "c"]
    assert cloud.asked("ListStreams")[1:] == [{"ExclusiveStartStreamName": "b"}]


def test_a_resource_without_an_id_is_kept_and_reported() -> None:
    nameless = {"State": {"Name": "running"}}
    cloud = ScriptedCloud(DescribeInstances={"Reservations": [{"Instances": [nameless]}]})
    [page] = found(cloud, "ec2", INSTANCE)
    [(subject, facts)] = page.resources
    assert subject.native_id.startswith("unnamed-")
    assert facts.configuration["state"] == {"name": "running"}
    assert [one.kind for one in page.problems] == [Kind.NO_ID]


def test_two_that_share_an_id_are_both_kept_and_reported() -> None:
    cloud = ScriptedCloud(DescribeVolumes={"Volumes": [_volume(1), _volume(2), _volume(2)]})
    [page] = found(cloud, "ec2", "AWS::EC2::Volume")
    assert sorted(one.facts.configuration["size"] for one in page.resources) == [1, 2]
    assert {one.kind for one in page.problems} == {Kind.DUPLICATE}


def test_what_is_said_of_an_account_is_a_resource_of_its_own() -> None:
    summary = {"SummaryMap": {"AccountMFAEnabled": 1, "AccountAccessKeysPresent": 0}}
    cloud = ScriptedCloud(GetAccountSummary=summary)
    [page] = found(cloud, "iam", "AWS::IAM::AccountSummary")
    [(subject, facts)] = page.resources
    assert subject.native_id == subject.account == "111122223333"
    # The keys of a map are data, and stay as they are.
    assert facts.configuration == {"summaryMap": summary["SummaryMap"]}


def test_a_terminated_machine_is_a_deleted_one() -> None:
    gone = machine("i-1", State={"Name": "terminated"})
    cloud = ScriptedCloud(DescribeInstances={"Reservations": [{"Instances": [gone]}]})
    [page] = found(cloud, "ec2", INSTANCE)
    assert page.resources[0].facts.state == DELETED


@pytest.mark.parametrize("cursor", ["", "x", "[]", '["AWS::None::Such",[],false]'][1:])
def test_a_cursor_of_nothing_is_refused(cursor: str) -> None:
    with pytest.raises(BadInput, match="cursor"):
        list(discovery(ScriptedCloud()).pages(part("ec2"), cursor))


def _volume(size: int) -> dict[str, Any]:
    return {"VolumeId": "vol-1", "Size": size}
