"""What configurations name, in the spellings of three clouds."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.inventory.model.graph.dependence import Needs, needs
from functions.inventory.model.graph.derive import MOST, Origin, derived
from functions.inventory.model.graph.edges import target_name
from functions.inventory.model.graph.locators import locate
from functions.inventory.model.graph.rules import BY_PROVIDER

VM = "/subscriptions/S1/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/vm"
NET = "/subscriptions/s1/resourcegroups/rg/providers/microsoft.network/virtualnetworks/net"
DISK = "//compute.googleapis.com/projects/p/zones/europe-west1-b/disks/d"


@pytest.mark.parametrize(
    ("text", "expected", "account", "type_name"),
    [
        ("arn:aws:s3:::logs", "arn:aws:s3:::logs", "", "AWS::S3::Bucket"),
        (
            "arn:aws:lambda:eu-west-1:1:function:f:live",
            "arn:aws:lambda:eu-west-1:1:function:f",
            "1",
            "AWS::Lambda::Function",
        ),
        (
            (
                "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/"
                "arn:aws:lambda:eu-west-1:1:function:f/invocations"
            ),
            "arn:aws:lambda:eu-west-1:1:function:f",
            "1",
            "AWS::Lambda::Function",
        ),
        (
            "arn:aws:ecs:eu-west-1:1:cluster/web",
            "arn:aws:ecs:eu-west-1:1:cluster/web",
            "1",
            "AWS::ECS::Cluster",
        ),
        (VM, VM.lower(), "s1", "Microsoft.Compute/virtualMachines"),
        (f"{NET}/subnets/a", NET, "s1", "microsoft.network/virtualnetworks"),
        (
            "https://www.googleapis.com/compute/v1/projects/p/zones/europe-west1-b/disks/d",
            DISK,
            "p",
            "compute.googleapis.com/Disk",
        ),
        (
            "https://compute.googleapis.com/compute/beta/projects/p/zones/europe-west1-b/disks/d",
            DISK,
            "p",
            "compute.googleapis.com/Disk",
        ),
        (
            "projects/p/locations/eu/keyRings/r/cryptoKeys/k/cryptoKeyVersions/1",
            "//cloudkms.googleapis.com/projects/p/locations/eu/keyRings/r/cryptoKeys/k",
            "p",
            "cloudkms.googleapis.com/CryptoKey",
        ),
        (
            "bot@p.iam.gserviceaccount.com",
            "//iam.googleapis.com/projects/p/serviceAccounts/bot@p.iam.gserviceaccount.com",
            "p",
            "iam.googleapis.com/ServiceAccount",
        ),
        ("arn:aws:s3:::logs/*", None, "", ""),
        ("https://example.com/projects/x", None, "", ""),
        ("/var/log/messages", None, "", ""),
        ("web", None, "", ""),
    ],
)
def test_a_name_that_tells_by_itself_has_one_spelling(
    text: str, expected: str | None, account: str, type_name: str
) -> None:
    found = locate(text)
    if expected is None:
        assert found is None
    else:
        assert found is not None
        assert (found.text, found.account, found.type) == (expected, account, type_name)


def ties(provider: str, type_name: str, **configuration: Any) -> set[tuple[str, str, str]]:
    origin = Origin(provider, type_name, "self")
    return {(r.kind, r.target_type, r.target_id) for r in derived(origin, configuration, {})}


def test_a_rule_says_more_than_the_value_by_itself() -> None:
    found = ties(
        "aws", "AWS::EC2::Volume", attachments=[{"instanceId": "i-0a1b2c3d"}], other="i-0a1b2c3d"
    )
    assert found == {("is attached to", "AWS::EC2::Instance", "i-0a1b2c3d")}


def test_what_no_rule_names_is_found_by_its_value() -> None:
    topic = "arn:aws:sns:eu-west-1:1:news"
    found = ties("aws", "AWS::New::Thing", deep=[{"er": {"x": topic}}], y="vol-0a1b2c3d", z="vol-x")
    assert found == {
        ("refers to", "AWS::SNS::Topic", topic),
        ("refers to", "AWS::EC2::Volume", "vol-0a1b2c3d"),
    }


def test_azure_and_google_name_by_ids_and_links() -> None:
    profile = {"networkProfile": {"networkInterfaces": [{"id": f"{VM[:-2]}other"}]}}
    (azure,) = ties("azure", "Microsoft.Compute/virtualMachines", properties=profile)
    assert azure[0] == "uses"
    (google,) = ties("gcp", "compute.googleapis.com/Instance", disks=[{"source": DISK}])
    assert google == ("uses", "compute.googleapis.com/Disk", DISK)


def test_tags_name_nothing_but_the_stack() -> None:
    stack = "arn:aws:cloudformation:eu-west-1:1:stack/s/1"
    origin = Origin("aws", "AWS::S3::Bucket", "b")
    tagged = {"tags": [{"key": "x", "value": "vol-0a1b2c3d"}]}
    found = derived(origin, tagged, {"aws:cloudformation:stack-id": stack, "x": stack[:-1] + "2"})
    assert [(one.kind, one.target_id) for one in found] == [("is part of", stack)]


def test_a_resource_is_not_tied_to_itself() -> None:
    origin = Origin("aws", "AWS::EC2::VPC", "vpc-0a1b2c3d", "arn:aws:ec2:x:1:vpc/vpc-0a1b2c3d")
    own = {"vpcId": "vpc-0a1b2c3d", "arn": "arn:aws:ec2:x:1:vpc/vpc-0a1b2c3d"}
    assert derived(origin, own, {}) == ()


def test_a_configuration_that_names_very_many_is_cut() -> None:
    ids = [f"i-{number:08x}" for number in range(MOST + 50)]
    assert len(ties("aws", "AWS::New::Thing", ids=ids)) == MOST


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(st.dictionaries(st.text(), JSON), st.sampled_from(sorted(BY_PROVIDER)))
def test_no_configuration_is_too_odd(configuration: dict[str, Any], provider: str) -> None:
    origin = Origin(provider, "AWS::EC2::Instance", "x")
    found = derived(origin, configuration, {})
    assert len(found) == len(set(found))
    for one in found:
        assert target_name(one.target_type, one.target_id, "1")


@pytest.mark.parametrize(
    ("source", "kind", "target", "expected"),
    [
        ("AWS::EC2::Volume", "is attached to", "AWS::EC2::Instance", Needs.TARGET),
        ("AWS::EC2::Instance", "Is attached to Volume", "AWS::EC2::Volume", Needs.SOURCE),
        ("AWS::EC2::VPC", "Contains Subnet", "AWS::EC2::Subnet", Needs.TARGET),
        ("AWS::EC2::Subnet", "Is contained in Vpc", "AWS::EC2::VPC", Needs.SOURCE),
        ("AWS::EC2::Snapshot", "is a copy of", "AWS::EC2::Volume", Needs.NEITHER),
        ("AWS::New::Thing", "Is associated with ", "AWS::New::Other", Needs.SOURCE),
    ],
)
def test_a_tie_says_which_end_needs_the_other(
    source: str, kind: str, target: str, expected: Needs
) -> None:
    assert needs(source, kind, target) is expected
