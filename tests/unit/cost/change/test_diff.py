"""The cost of a change: what is known is exact, what is not known is said, and nothing is silently zero."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from functions.cost.adapters.change_reports import difference, imported, markdown, rows, summary
from functions.cost.model.change.cloudformation import NAMED
from functions.cost.model.change.declared import Declared, of_plan
from functions.cost.model.change.estimate import PRICED, Estimate, components, estimate
from functions.cost.model.change.usage import DEFAULTS, usage_of
from functions.cost.model.prices.book import Origin, Price
from steward.cli.cost import app
from steward.errors import BadInput
from tests.unit.cost.change.plans import TERRAFORM, change, plan

EACH = pytest.mark.parametrize("type_", sorted(TERRAFORM))


def prices(provider: str, region: str, meters: tuple[str, ...]) -> Price | None:
    """Everything costs the length of its name in hundredths."""
    del provider, region
    amount = Decimal(len(meters[0])) / 100
    return Price(meter=meters[0], unit="1", amount=amount, currency="USD", origin=Origin.BILL)


def found(document: Mapping[str, Any], **usage: Decimal) -> Estimate:
    return estimate(of_plan(document, None), prices, {**DEFAULTS, **usage})


def test_at_least_25_types_of_three_clouds_are_priced() -> None:
    assert set(TERRAFORM) == set(PRICED)
    clouds = {type_.partition("_")[0] for type_ in PRICED}
    assert len(PRICED) >= 25
    assert clouds == {"aws", "azurerm", "google"}
    assert {kind for kind, _ in NAMED.values()} <= set(PRICED)


@EACH
def test_a_resource_uses_what_it_declares(type_: str) -> None:
    declared, expected = TERRAFORM[type_]
    parts, missing = components(type_, declared, DEFAULTS)
    assert missing is None
    assert {one.meters[0]: one.quantity for one in parts} == {
        meter: Decimal(quantity) for meter, quantity in expected.items()
    }


@EACH
def test_what_is_made_costs_what_removing_it_saves(type_: str) -> None:
    declared, _ = TERRAFORM[type_]
    made, removed = found(plan(change(type_, declared))), found(plan(change(type_, None, declared)))
    assert made.after == removed.before > 0
    assert made.before == removed.after == 0


@EACH
def test_what_stays_as_it_is_costs_nothing_more(type_: str) -> None:
    declared, _ = TERRAFORM[type_]
    same = found(plan(change(type_, declared, declared)))
    assert same.after - same.before == 0
    assert found(plan(change(type_, declared, declared, actions=("no-op",)))).differences == ()


@EACH
def test_without_a_price_it_is_not_zero_but_unknown(type_: str) -> None:
    declared, expected = TERRAFORM[type_]
    nothing = estimate(of_plan(plan(change(type_, declared)), None), lambda *_: None, DEFAULTS)
    (one,) = nothing.incomplete
    assert len(one.after.unknown) == len(expected)
    assert all("no price of" in each for each in one.after.unknown)


def test_what_is_known_after_the_change_alone_is_unknown() -> None:
    declared = {"instance_type": None}
    (one,) = found(
        plan(change("aws_instance", declared, unknown={"instance_type": True}))
    ).incomplete
    assert one.after.unknown == ("instance_type is not known",)


def test_a_type_without_prices_is_listed_and_a_free_one_is_not() -> None:
    estimated = found(
        plan(change("aws_mwaa_environment", {"name": "x"}), change("aws_iam_role", {"name": "y"}))
    )
    assert [one.resource.type for one in estimated.incomplete] == ["aws_mwaa_environment"]
    assert estimated.free == 1
    assert "not priced" in "".join(markdown(estimated))


@given(st.integers(1, 10_000), st.integers(1, 10_000))
def test_a_difference_is_exactly_the_difference_of_its_sides(old: int, new: int) -> None:
    estimated = found(
        plan(change("aws_ebs_volume", {"size": new, "type": "gp2"}, {"size": old, "type": "gp2"}))
    )
    price = Decimal(len("EBS:VolumeUsage.gp2")) / 100
    assert estimated.after - estimated.before == (new - old) * price


@pytest.mark.parametrize("name", sorted(DEFAULTS))
def test_every_assumption_is_read_and_named(name: str) -> None:
    everything = [change(type_, declared) for type_, (declared, _) in TERRAFORM.items()]
    everything.append(change("aws_dynamodb_table", {"billing_mode": "PAY_PER_REQUEST"}, name="two"))
    plain, more = found(plan(*everything)), found(plan(*everything), **{name: DEFAULTS[name] * 2})
    assert name in plain.assumptions
    assert more.after > plain.after


@pytest.mark.parametrize("said", ["nonsense=1", "aws.nat.data_gb=much", "aws.nat.data_gb=-1", "x"])
def test_a_usage_that_is_none_is_refused(said: str) -> None:
    with pytest.raises(BadInput, match="usage"):
        usage_of([said])


def test_a_region_that_nobody_says_is_asked_for() -> None:
    with pytest.raises(BadInput, match="--region"):
        list(of_plan(plan(change("aws_instance", {}), region=None), None))


@pytest.mark.parametrize(
    ("type_", "declared", "region"),
    [
        ("aws_instance", {}, "eu-west-1"),
        ("aws_ebs_volume", {"availability_zone": "us-east-2b"}, "us-east-2"),
        ("azurerm_public_ip", {"location": "West Europe"}, "westeurope"),
        ("google_compute_disk", {"zone": "us-central1-a"}, "us-central1"),
    ],
)
def test_a_region_is_the_resources_or_the_providers(
    type_: str, declared: dict[str, Any], region: str
) -> None:
    (one,) = of_plan(plan(change(type_, declared)), None)
    assert one.region == region


TEMPLATE = {
    "Parameters": {"Kind": {"Type": "String", "Default": "m5.large"}},
    "Resources": {
        "Web": {"Type": "AWS::EC2::Instance", "Properties": {"InstanceType": {"Ref": "Kind"}}},
        "Data": {
            "Type": "AWS::RDS::DBInstance",
            "Properties": {
                "DBInstanceClass": "db.m5.large",
                "Engine": "postgres",
                "MultiAZ": True,
                "AllocatedStorage": "100",
                "StorageType": "gp3",
            },
        },
        "Role": {"Type": "AWS::IAM::Role", "Properties": {}},
    },
}


def offline(path: Path, **more: Any) -> Estimate:
    given_: dict[str, Any] = {"before": None, "region": "eu-west-1", "usage": (), "prices": ()}
    return difference(path, sheets=sheet, **{**given_, **more})


def sheet(provider: str, region: str) -> list[dict[str, Any]]:
    meters = [one for _, expected in TERRAFORM.values() for one in expected]
    found_ = [
        {"meter": one, "unit": "1", "amount": "0.5", "currency": "USD", "origin": "bill"}
        for one in meters
    ]
    return [{"prices": found_}] if (provider, region) == ("aws", "eu-west-1") else []


def test_a_template_costs_what_the_same_plan_does(tmp_path: Path) -> None:
    path = tmp_path / "stack.json"
    path.write_text(json.dumps(TEMPLATE))
    estimated = offline(path)
    by_name = {row["resource"]: Decimal(row["after"]) for row in rows(estimated)}
    # 730 hours and 8 GiB of gp2, which no sheet prices; 730 hours and 100 GiB.
    assert by_name == {"Data": Decimal(415), "Web": Decimal(369)}
    assert estimated.free == 1


def test_a_template_beside_the_deployed_one_costs_the_difference(tmp_path: Path) -> None:
    new, old = tmp_path / "new.json", tmp_path / "old.json"
    smaller = json.loads(json.dumps(TEMPLATE))
    smaller["Resources"]["Data"]["Properties"]["AllocatedStorage"] = "40"
    new.write_text(json.dumps(TEMPLATE))
    old.write_text(json.dumps(smaller))
    estimated = offline(new, before=old)
    assert [row["resource"] for row in rows(estimated)] == ["Data"]
    assert summary(estimated)["difference"] == "30.00"


def test_a_change_set_tells_both_sides(tmp_path: Path) -> None:
    path = tmp_path / "set.json"
    sides = {
        f"{side}Context": json.dumps({"Properties": {"Size": size, "VolumeType": "gp3"}})
        for side, size in (("Before", 100), ("After", 300))
    }
    one = {"ResourceType": "AWS::EC2::Volume", "LogicalResourceId": "Disk", **sides}
    path.write_text(json.dumps({"ChangeSetName": "x", "Changes": [{"ResourceChange": one}]}))
    assert summary(offline(path))["difference"] == "100.00"
    bare = {"ResourceType": "AWS::EC2::Volume", "LogicalResourceId": "Disk"}
    path.write_text(json.dumps({"ChangeSetName": "x", "Changes": [{"ResourceChange": bare}]}))
    with pytest.raises(BadInput, match="--include-property-values"):
        offline(path)


@pytest.mark.parametrize("text", ["", "[]", "{", "a: [", '{"Resources": 1}', "\x00"])
def test_a_file_that_is_no_change_is_one_clear_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "plan.json"
    path.write_text(text)
    with pytest.raises(BadInput, match=r"plan\.json"):
        offline(path)


AWS_OFFER = {
    "offerCode": "AmazonEC2",
    "products": {
        sku: {"attributes": {"usagetype": usage, "operation": operation, "regionCode": "eu-west-1"}}
        for sku, usage, operation in (
            ("A", "EU-BoxUsage:m5.large", "RunInstances"),
            ("B", "EU-BoxUsage:m5.large", "RunInstances:0002"),
            ("C", "EU-BoxUsage:m5.large", "RunInstances:000g"),
            ("D", "EU-EBS:VolumeUsage.gp2", "CreateVolume-Gp2"),
        )
    },
    "terms": {
        "OnDemand": {
            sku: {
                "T": {
                    "priceDimensions": {
                        "P": {"unit": "Hrs", "beginRange": "0", "pricePerUnit": {"USD": amount}}
                    }
                }
            }
            for sku, amount in (("A", "0.107"), ("B", "0.199"), ("C", "0.167"), ("D", "0.11"))
        },
        "Reserved": {"A": {}},
    },
}
AWS_CSV = (
    '"FormatVersion","v1.0"\n"OfferCode","AmazonEC2"\n'
    '"SKU","TermType","StartingRange","Unit","PricePerUnit","Currency","serviceCode","usageType",'
    '"operation","Region Code"\n'
    '"A","OnDemand","0","Hrs","0.107","USD","AmazonEC2","EU-BoxUsage:m5.large","RunInstances","eu-west-1"\n'
    '"A","Reserved","0","Hrs","0.05","USD","AmazonEC2","EU-BoxUsage:m5.large","RunInstances","eu-west-1"\n'
)
AZURE = {
    "Items": [
        {
            "currencyCode": "USD",
            "retailPrice": 0.115,
            "armRegionName": "westeurope",
            "meterName": "D2s v5",
            "productName": product,
            "serviceName": "Virtual Machines",
            "armSkuName": "Standard_D2s_v5",
            "unitOfMeasure": "1 Hour",
            "type": "Consumption",
            "tierMinimumUnits": 0.0,
        }
        for product in ("Virtual Machines Dsv5 Series", "Virtual Machines Dsv5 Series Windows")
    ]
}
GOOGLE = {
    "skus": [
        {
            "description": "N2 Instance Core running in Belgium",
            "category": {"serviceDisplayName": "Compute Engine", "usageType": "OnDemand"},
            "serviceRegions": ["europe-west1"],
            "pricingInfo": [
                {
                    "pricingExpression": {
                        "usageUnit": "h",
                        "tieredRates": [
                            {
                                "startUsageAmount": 0,
                                "unitPrice": {
                                    "currencyCode": "USD",
                                    "units": "0",
                                    "nanos": 34773000,
                                },
                            }
                        ],
                    }
                }
            ],
        }
    ]
}


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        (
            "aws.json",
            json.dumps(AWS_OFFER),
            {
                ("aws", "eu-west-1", "BoxUsage:m5.large"): "0.107",
                ("aws", "eu-west-1", "BoxUsage:m5.large/RunInstances:0002"): "0.199",
                ("aws", "eu-west-1", "EBS:VolumeUsage.gp2"): "0.11",
            },
        ),
        ("aws.csv", AWS_CSV, {("aws", "eu-west-1", "BoxUsage:m5.large"): "0.107"}),
        (
            "azure.json",
            json.dumps(AZURE),
            {
                ("azure", "westeurope", "vm/Standard_D2s_v5"): "0.115",
                ("azure", "westeurope", "vm/Standard_D2s_v5/windows"): "0.115",
            },
        ),
        (
            "gcp.json",
            json.dumps(GOOGLE),
            {("gcp", "europe-west1", "N2 Instance Core"): "0.034773"},
        ),
    ],
)
def test_a_public_price_file_says_what_a_unit_costs(
    tmp_path: Path, name: str, text: str, expected: dict[tuple[str, str, str], str]
) -> None:
    path = tmp_path / name
    path.write_text(text)
    said = {
        (provider, region, one.meter): one.amount
        for (_, provider, region), listed in imported(path, tell=print).items()
        for one in listed
    }
    assert said == {key: Decimal(amount) for key, amount in expected.items()}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("prices.json", "{}"),
        ("prices.json", '{"skus": [{"category": {"usageType": "OnDemand"}, "pricingInfo": [1]}]}'),
        ("prices.json", '{"Items": []}'),
        ("prices.csv", "a,b\n1,2\n"),
        ("prices.csv", AWS_CSV.replace("0.107", "free")),
        ("prices.json", "{"),
    ],
)
def test_a_file_without_prices_is_one_clear_error(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(BadInput, match="prices"):
        imported(path, tell=print)


def test_the_command_says_what_a_pull_request_costs(tmp_path: Path) -> None:
    path, offer = tmp_path / "plan.json", tmp_path / "offer.json"
    declared = {
        "instance_type": "m5.large",
        "root_block_device": [{"volume_size": 50, "volume_type": "gp2"}],
    }
    path.write_text(json.dumps(plan(change("aws_instance", declared))))
    offer.write_text(json.dumps(AWS_OFFER))
    said = ["diff", str(path), "--offline", "--prices", str(offer)]
    printed = CliRunner().invoke(app, [*said, "--report", "markdown"])
    assert printed.exit_code == 0
    # 730 hours at 0.107, and 50 GiB at 0.11.
    assert "Monthly cost: +83.61 USD (0.00 -> 83.61)" in printed.stdout
    assert "| `aws_instance.one` | 0.00 | 83.61 | 83.61 |" in printed.stdout
    assert CliRunner().invoke(app, [*said, "--most", "80"]).exit_code == 3
    assert CliRunner().invoke(app, [*said, "--most", "90", "--strict"]).exit_code == 0


def test_the_command_does_not_pass_over_what_it_cannot_price(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(plan(change("aws_mwaa_environment", {}))))
    said = ["diff", str(path), "--offline"]
    assert CliRunner().invoke(app, said).exit_code == 0
    assert CliRunner().invoke(app, [*said, "--strict"]).exit_code == 8


def test_a_resource_that_is_replaced_costs_both_sides() -> None:
    one = change(
        "aws_instance",
        {"instance_type": "m5.xlarge"},
        {"instance_type": "m5.large"},
        actions=("delete", "create"),
    )
    (difference_,) = found(plan(one)).differences
    assert isinstance(difference_.resource, Declared)
    assert difference_.monthly > 0
