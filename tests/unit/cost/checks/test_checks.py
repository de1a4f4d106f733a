"""Every check fires where something could cost less, rests where it could not, and needs what it says."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from functions.cost.model.checks.case import Basis
from functions.cost.model.checks.catalogue import CHECKS, checks_of, known, reads_of
from functions.cost.model.checks.check import AdviceCategory, Check, judged
from functions.cost.model.checks.sizes import (
    aws_smaller,
    azure_newer,
    azure_smaller,
    gcp_smaller,
)
from functions.cost.model.recommendation import recommended, together
from functions.cost.service.advising import AT_ONCE
from steward.store.limits import STAGED
from tests.unit.cost.checks.cases import EXAMPLES, NOW, Example, use

BY_ID = {one.id: one for one in CHECKS}
EACH = pytest.mark.parametrize("check", CHECKS, ids=[one.id for one in CHECKS])


def test_every_check_has_an_example_and_every_example_a_check() -> None:
    assert set(EXAMPLES) == set(BY_ID)
    assert len(CHECKS) == len(BY_ID) >= 25


def test_the_checks_reach_three_clouds_and_all_kinds_of_saving() -> None:
    clouds = {check.types[0].split("::")[0].partition(".")[0].lower() for check in CHECKS}
    assert {"aws", "microsoft", "compute"} <= clouds
    assert {one.category for one in CHECKS} == set(AdviceCategory) - {AdviceCategory.COMMITMENT}


@EACH
def test_a_check_fires_where_something_could_cost_less(check: Check) -> None:
    example = EXAMPLES[check.id]
    assert example.type in check.types
    case = example.case()
    found = judged(check, case)
    assert found.missing is None
    assert found.saving is not None, "it is inert"
    assert 0 < found.saving.monthly <= case.cost()
    if example.saving is not None:
        assert abs(found.saving.monthly - Decimal(example.saving)) < Decimal("0.05")


@EACH
def test_a_check_rests_where_nothing_could_cost_less(check: Check) -> None:
    other = EXAMPLES[check.id].other()
    assert other != EXAMPLES[check.id]
    found = judged(check, other.case())
    assert found.saving is None
    assert found.missing is None, "it rests for want of knowledge, which proves nothing"


@EACH
def test_a_check_says_nothing_without_the_bill(check: Check) -> None:
    found = judged(check, replace(EXAMPLES[check.id], lines={}).case())
    assert found.saving is None
    assert found.missing == "bill"


@EACH
def test_a_check_needs_the_metrics_that_it_names(check: Check) -> None:
    example = EXAMPLES[check.id]
    assert set(check.metrics) == set(example.measured)
    for name in check.metrics:
        short = {**example.measured, name: use(days=3)}
        found = judged(check, replace(example, measured=short).case())
        assert found.missing == f"metric {name}: measured over 3 of 14 days"


@EACH
def test_a_recommendation_saves_no_more_than_its_resource_costs(check: Check) -> None:
    case = EXAMPLES[check.id].case()
    saving = judged(check, case).saving
    assert saving is not None
    dear = replace(saving, monthly=Decimal(10) ** 9)
    found = recommended(check, case.resource, dear, at=NOW)
    assert found.saving == found.cost
    assert found.action.count("{") == 0
    assert found.evidence == dict(saving.evidence)


@EACH
def test_what_is_not_sure_names_why(check: Check) -> None:
    saving = judged(check, EXAMPLES[check.id].case()).saving
    assert saving is not None
    if saving.basis is Basis.ASSUMED:
        assert saving.evidence["assumption"]
    if saving.basis is Basis.PUBLISHED:
        assert saving.evidence["source"].startswith("https://")


def test_a_small_saving_is_not_worth_anybodys_time() -> None:
    check, example = BY_ID["eip-unattached"], EXAMPLES["eip-unattached"]
    cheap = replace(example, lines={"PublicIPv4:IdleAddress": ("0.90", "730")})
    assert judged(check, cheap.case()).saving is None


def test_a_large_volume_needs_the_price_of_operations() -> None:
    check, example = BY_ID["ebs-volume-gp2"], EXAMPLES["ebs-volume-gp2"]
    large = replace(
        example,
        configuration={"volumeType": "gp2", "size": 2000},
        lines={"EBS:VolumeUsage.gp2": ("220", "2000")},
    )
    assert judged(check, large.case()).missing == "price of EBS:VolumeP-IOPS.gp3"
    priced = replace(large, prices={**large.prices, "EBS:VolumeP-IOPS.gp3": "0.0055"})
    saving = judged(check, priced.case()).saving
    assert saving is not None
    assert saving.monthly == Decimal(220) - 2000 * Decimal("0.088") - 3000 * Decimal("0.0055")


def test_a_price_in_another_currency_is_no_price() -> None:
    example = EXAMPLES["ec2-instance-oversized"]
    case = example.case()
    spent = case.resource.spent
    assert spent is not None
    euros = case.resource.model_copy(update={"spent": spent.model_copy(update={"currency": "EUR"})})
    saving = judged(BY_ID["ec2-instance-oversized"], replace(case, resource=euros)).saving
    assert saving is not None
    assert saving.basis is Basis.PUBLISHED


def test_a_type_in_any_case_has_its_checks_and_an_unknown_one_none() -> None:
    assert checks_of("microsoft.compute/disks") == checks_of("Microsoft.Compute/disks") != ()
    assert checks_of("AWS::IAM::Role") == ()
    assert not known("AWS::IAM::Role")
    assert known("AWS::EC2::VPCEndpoint")
    assert "serviceName" in reads_of("AWS::EC2::VPCEndpoint")


def test_of_one_resource_the_largest_saving_counts() -> None:
    found = []
    for id_ in ("ec2-instance-idle", "ec2-instance-oversized"):
        case = Example.case(EXAMPLES[id_])
        saving = judged(BY_ID[id_], case).saving
        assert saving is not None
        found.append(recommended(BY_ID[id_], case.resource, saving, at=NOW))
    assert together(found) == {"USD": max(one.saving for one in found)}


@pytest.mark.parametrize(
    ("kind", "smaller"),
    [
        ("m5.xlarge", "m5.large"),
        ("m5.large", None),
        ("t3.nano", None),
        ("t3.small", "t3.micro"),
        ("m6g.large", "m6g.medium"),
        ("m5.24xlarge", "m5.12xlarge"),
        ("m5.12xlarge", None),
        ("db.t3.small", None),
        ("db.t3.medium", "db.t3.small"),
        ("db.r5.2xlarge", "db.r5.xlarge"),
        ("m5.metal", None),
        ("nonsense", None),
    ],
)
def test_the_next_smaller_type_of_aws(kind: str, smaller: str | None) -> None:
    assert aws_smaller(kind) == smaller


@pytest.mark.parametrize(
    ("kind", "smaller"),
    [
        ("Standard_D4s_v5", "Standard_D2s_v5"),
        ("Standard_D2s_v5", None),
        ("Standard_E96as_v5", "Standard_E48as_v5"),
        ("Standard_B1ms", None),
        ("Basic_A1", None),
    ],
)
def test_the_next_smaller_size_of_azure(kind: str, smaller: str | None) -> None:
    assert azure_smaller(kind) == smaller


@pytest.mark.parametrize(
    ("kind", "smaller"),
    [
        ("n2-standard-4", "n2-standard-2"),
        ("n2-standard-2", None),
        ("e2-highmem-16", "e2-highmem-8"),
        ("custom-4-16384", None),
        ("f1-micro", None),
    ],
)
def test_the_next_smaller_type_of_google(kind: str, smaller: str | None) -> None:
    assert gcp_smaller(kind) == smaller


def test_one_work_takes_whatever_changes_of_its_resources() -> None:
    most = max(len(checks_of(type_)) for check in CHECKS for type_ in check.types)
    # Itself, its record of metrics, and what is recommended.
    assert AT_ONCE * (2 + most) <= STAGED


@pytest.mark.parametrize(
    ("kind", "newer"),
    [
        ("Standard_DS4_v2", "Standard_D8s_v5"),
        ("Standard_D12_v2_Promo", "Standard_E4_v5"),
        ("Standard_D3", "Standard_D4_v5"),
        ("Standard_D1_v2", None),
        ("Standard_D4s_v3", None),
        ("Standard_E4_v3", None),
    ],
)
def test_a_size_of_the_first_generations_has_one_of_the_fifth(kind: str, newer: str | None) -> None:
    assert azure_newer(kind) == newer


def test_a_machine_that_runs_all_month_has_its_discount_already() -> None:
    check, example = BY_ID["gcp-instance-old-generation"], EXAMPLES["gcp-instance-old-generation"]
    assert judged(check, example.case()).saving is not None
    assert judged(check, example.other().case()).saving is None
