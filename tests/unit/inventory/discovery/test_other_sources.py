from __future__ import annotations

import json
from typing import Any

import pytest

from functions.inventory.adapters.discovery.cloud_control import CloudControl
from functions.inventory.adapters.discovery.config_query import ConfigQuery
from functions.inventory.adapters.discovery.regions import regions_of
from functions.inventory.adapters.discovery.together import Together
from functions.inventory.model.discovery import Found, Interrupted, Kind, Part
from tests.unit.inventory.discovery.scripted import (
    ACCOUNT,
    REGION,
    ScriptedCloud,
    discovery,
    fault,
    part,
)

PROJECT = "AWS::BedrockMantle::Project"
OTHER = "AWS::Other::Thing"
ARN = "arn:aws:bedrock-mantle:eu-west-1:111122223333:project/default"


def summaries(*names: str) -> dict[str, Any]:
    return {"TypeSummaries": [{"TypeName": name} for name in names]}


def described(identifier: str, **properties: Any) -> dict[str, Any]:
    return {"Identifier": identifier, "Properties": json.dumps(properties)}


def controlled(cloud: ScriptedCloud, **options: Any) -> CloudControl:
    return CloudControl(cloud, account=ACCOUNT, regions=[REGION], **options)


def projects(asked: Any) -> dict[str, Any]:
    if asked["TypeName"] != PROJECT:
        return {"ResourceDescriptions": []}
    if "NextToken" in asked:
        return {"ResourceDescriptions": [described("b")]}
    return {"ResourceDescriptions": [described(ARN, Id="default")], "NextToken": "2"}


def project_cloud() -> ScriptedCloud:
    whole = described(ARN, Id="default", Tags=[{"Key": "owner", "Value": "shop"}], Status="ACTIVE")
    return ScriptedCloud(
        ListTypes=[summaries(PROJECT, "AWS::EC2::Instance"), summaries(OTHER)],
        ListResources=projects,
        GetResource=[{"ResourceDescription": whole}, fault(Kind.DENIED, "AccessDenied")],
    )


def test_cloud_control_lists_every_type_that_the_catalogue_has_not() -> None:
    source = controlled(project_cloud(), known=frozenset({"AWS::EC2::Instance"}))
    pages = list(source.pages(part("cloudcontrol")))
    assert [page.type for page in pages] == [PROJECT, PROJECT, OTHER]
    first, second = (page.resources[0] for page in pages[:2])
    assert (first.subject.native_id, first.facts.arn) == (ARN, ARN)
    assert (first.facts.owner, first.facts.state) == ("shop", "ACTIVE")
    assert first.facts.configuration["Id"] == "default"
    assert second.facts.partial == "GetResource: denied (AccessDenied)"


def test_cloud_control_is_taken_up_at_any_page() -> None:
    source = controlled(project_cloud(), types=[PROJECT, OTHER])
    pages = list(source.pages(part("cloudcontrol")))
    rest = list(source.pages(part("cloudcontrol"), pages[0].cursor))
    assert [[one.subject.native_id for one in page.resources] for page in rest] == [["b"], []]


def test_a_type_that_cannot_be_listed_is_named_and_the_next_one_listed() -> None:
    unlisted = fault(Kind.UNSUPPORTED, "UnsupportedActionException")
    cloud = ScriptedCloud(ListResources=[unlisted, {"ResourceDescriptions": []}])
    pages = list(controlled(cloud, types=[PROJECT, OTHER]).pages(part("cloudcontrol")))
    assert [(page.type, page.whole) for page in pages] == [(PROJECT, False), (OTHER, True)]


def test_what_cloud_control_cannot_list_is_looked_for_in_what_aws_config_recorded() -> None:
    rows = [config_row(name, resourceType=OTHER) for name in ("a", "b")]
    cloud = config_cloud(*rows, operation="SelectResourceConfig")
    cloud.answers["ListResources"] = [fault(Kind.UNSUPPORTED, "UnsupportedActionException")]
    recorded = ConfigQuery(cloud, accounts=[ACCOUNT], regions=[REGION], home=REGION)
    source = controlled(cloud, types=[OTHER], recorded=recorded)
    pages = list(source.pages(part("cloudcontrol")))
    assert [one.subject.native_id for page in pages for one in page.resources] == ["a", "b"]
    assert not pages[-1].whole
    for done, page in enumerate(pages[:-1], 1):
        rest = list(source.pages(part("cloudcontrol"), page.cursor))
        assert [one.resources for one in rest] == [one.resources for one in pages[done:]]


def test_several_discoveries_are_one() -> None:
    cloud = project_cloud()
    control = controlled(cloud, types=[PROJECT])
    together = Together(discovery(cloud, "ecs"), cloudcontrol=control)
    assert [one.group for one in together.parts()] == ["ecs", "cloudcontrol"]
    assert next(together.pages(part("cloudcontrol"))).type == PROJECT
    assert next(together.pages(part("ecs"))).type == "AWS::ECS::Cluster"


def test_types_of_global_services_are_listed_in_their_home_region_alone() -> None:
    source = CloudControl(
        ScriptedCloud(),
        account=ACCOUNT,
        regions=["eu-west-1", "us-east-1"],
        types=["AWS::CloudFront::KeyGroup", OTHER],
    )
    assert source.types("eu-west-1") == [OTHER]
    assert source.types("us-east-1") == ["AWS::CloudFront::KeyGroup", OTHER]


def config_row(name: str, **more: Any) -> str:
    row = {
        "resourceId": name,
        "resourceName": name,
        "resourceType": "AWS::S3::Bucket",
        "accountId": ACCOUNT,
        "awsRegion": REGION,
        "arn": f"arn:aws:s3:::{name}",
        "tags": [{"key": "Owner", "value": "shop", "tag": "Owner=shop"}],
        "configuration": {"name": name},
        "supplementaryConfiguration": {"BucketPolicy": '{"policyText":null}'},
        "resourceCreationTime": "2026-01-02T03:04:05.000Z",
    }
    return json.dumps({**row, **more})


def config_cloud(*rows: str, operation: str = "SelectAggregateResourceConfig") -> ScriptedCloud:
    def answer(asked: Any) -> dict[str, Any]:
        if "GROUP BY" in asked["Expression"]:
            return {"Results": ['{"COUNT(*)":2,"resourceType":"AWS::S3::Bucket"}']}
        if "NextToken" in asked:
            return {"Results": list(rows[1:])}
        return {"Results": list(rows[:1]), "NextToken": "2"}

    return ScriptedCloud(**{operation: answer})


def queried(cloud: ScriptedCloud) -> ConfigQuery:
    return ConfigQuery(cloud, accounts=[ACCOUNT], regions=[REGION], home=REGION, aggregator="all")


def read(cloud: ScriptedCloud) -> list[Found]:
    return list(queried(cloud).pages(Part(account=ACCOUNT, region=REGION, group="config")))


def test_an_aggregator_tells_resources_in_aws_configs_own_words() -> None:
    pages = read(config_cloud(config_row("a"), config_row("b")))
    assert [one.subject.native_id for page in pages for one in page.resources] == ["a", "b"]
    facts = pages[0].resources[0].facts
    assert facts.configuration["supplementary"] == {"BucketPolicy": {"policyText": None}}
    assert facts.owner == "shop"
    assert pages[-1].whole


def test_a_row_that_names_no_resource_is_reported() -> None:
    pages = read(config_cloud(config_row("a"), json.dumps({"configuration": {}})))
    [problem] = pages[-1].problems
    assert problem.kind is Kind.NO_ID
    assert not pages[-1].whole


def test_every_account_is_asked_about_by_region() -> None:
    source = ConfigQuery(
        ScriptedCloud(), accounts=["1", "2"], regions=[REGION], home=REGION, aggregator="all"
    )
    assert [(one.account, one.region) for one in source.parts()] == [
        ("1", REGION),
        ("1", "global"),
        ("2", REGION),
        ("2", "global"),
    ]


def test_the_enabled_regions_are_those_that_were_opted_into() -> None:
    answer = {
        "Regions": [
            {"RegionName": "eu-west-1", "OptInStatus": "opt-in-not-required"},
            {"RegionName": "af-south-1", "OptInStatus": "not-opted-in"},
            {"RegionName": "ap-east-1", "OptInStatus": "opted-in"},
        ]
    }
    assert regions_of(ScriptedCloud(DescribeRegions=answer), home=REGION) == (
        "ap-east-1",
        "eu-west-1",
    )


def test_regions_come_from_account_management_for_those_who_may_not_ask_ec2() -> None:
    cloud = ScriptedCloud(
        ListRegions=[
            {"Regions": [{"RegionName": "us-east-1"}], "NextToken": "2"},
            {"Regions": [{"RegionName": "eu-west-1"}]},
        ]
    )
    assert regions_of(cloud, home=REGION) == ("eu-west-1", "us-east-1")


@pytest.mark.parametrize("kind", [Kind.THROTTLED, Kind.EXPIRED])
def test_an_interrupted_query_says_where_to_go_on(kind: Kind) -> None:
    cloud = config_cloud(config_row("a"), config_row("b"))
    pages = queried(cloud).pages(part("config"))
    first = next(pages)
    cloud.answers["SelectAggregateResourceConfig"] = [fault(kind)]
    with pytest.raises(Interrupted) as interrupted:
        next(pages)
    assert interrupted.value.cursor == first.cursor
