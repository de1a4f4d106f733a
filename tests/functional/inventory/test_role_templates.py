from __future__ import annotations

import json
from typing import Any

import pytest

from functions.inventory.model.role_templates import POLICY_CHARACTERS
from tests.functional.inventory.estate import TENANT, Estate, estate

__all__ = ["estate"]

ACCOUNT = "111122223333"
SUBSCRIPTION = "0a1b2c3d-0000-4000-8000-00000000000a"


def asked(estate: Estate, provider: str, account: str, **query: Any) -> tuple[dict[str, Any], Any]:
    body = {"provider": provider, "account": account}
    assert estate.http("POST", "/accounts", body=body)[0] == 200
    claim = estate.get(f"/accounts/{provider}/{account}")
    answer = estate.get(f"/accounts/{provider}/{account}/template", **query)
    return claim, json.loads(answer["body"])


def test_a_reader_asks_for_the_external_id_of_its_claim(estate: Estate) -> None:
    claim, made = asked(estate, "aws", ACCOUNT, principal="arn:aws:iam::999999999999:root")
    assert made["Parameters"]["ExternalId"]["Default"] == claim["external_id"]
    trust = made["Resources"]["Role"]["Properties"]["AssumeRolePolicyDocument"]["Statement"][0]
    assert trust["Condition"] == {"StringEquals": {"sts:ExternalId": {"Ref": "ExternalId"}}}
    assert claim["reader"].endswith(made["Resources"]["Role"]["Properties"]["RoleName"])


def test_what_a_reader_may_do_is_what_the_catalogue_takes_in_policies_that_fit(
    estate: Estate,
) -> None:
    _, made = asked(estate, "aws", ACCOUNT)
    policies = [r for r in made["Resources"].values() if r["Type"] == "AWS::IAM::ManagedPolicy"]
    documents = [one["Properties"]["PolicyDocument"] for one in policies]
    texts = [json.dumps(one, separators=(",", ":")) for one in documents]
    assert max(map(len, texts)) <= POLICY_CHARACTERS
    assert len(policies) <= 10
    actions = {action for one in documents for action in one["Statement"][0]["Action"]}
    assert {"ec2:DescribeInstances", "s3:ListAllMyBuckets", "ec2:DescribeRegions"} <= actions
    assert not {one for one in actions if one.partition(":")[2].startswith(("Create", "Delete"))}


def test_reader_and_actor_are_asked_for_by_different_ids(estate: Estate) -> None:
    claim, made = asked(estate, "aws", ACCOUNT, actor="true")
    assert made["Parameters"]["ExternalId"]["Default"] == claim["actor_external_id"]
    assert claim["actor_external_id"] != claim["external_id"]
    assert made["Resources"]["Role"]["Properties"]["ManagedPolicyArns"] == {
        "Ref": "ActorPolicyArns"
    }


def test_a_whole_organisation_gets_the_same_role_by_a_stack_set(estate: Estate) -> None:
    claim, made = asked(estate, "aws", ACCOUNT, organization="true", scope="r-ab12")
    inner = json.loads(made["Resources"]["Roles"]["Properties"]["TemplateBody"])
    assert inner["Parameters"]["ExternalId"]["Default"] == claim["external_id"]
    assert made["Parameters"]["OrganizationalUnits"]["Default"] == "r-ab12"


@pytest.mark.parametrize(
    ("provider", "account", "scope"),
    [
        ("azure", SUBSCRIPTION, f"/subscriptions/{SUBSCRIPTION}"),
        ("gcp", "acme-prod", "acme-prod"),
    ],
)
def test_azure_and_gcp_trust_the_subject_of_the_claim_alone(
    estate: Estate, provider: str, account: str, scope: str
) -> None:
    claim, made = asked(estate, provider, account, issuer="https://steward.example", scope=scope)
    text = json.dumps(made)
    assert f"steward:{TENANT}:{claim['external_id']}" in text
    assert "https://steward.example" in text
    assert scope in text


def test_a_template_without_an_issuer_says_what_is_missing(estate: Estate) -> None:
    body = {"provider": "gcp", "account": "acme-prod"}
    assert estate.http("POST", "/accounts", body=body)[0] == 200
    status, answer = estate.http("GET", "/accounts/gcp/acme-prod/template")
    assert (status, "issuer is missing" in answer["detail"]) == (422, True)
