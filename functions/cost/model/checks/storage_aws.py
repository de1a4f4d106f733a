"""Volumes and addresses of AWS."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from functions.cost.model.checks.case import Basis, Case, NotKnown, Saving
from functions.cost.model.checks.check import AdviceCategory, AdviceLevel, Check
from functions.cost.model.checks.parts import WEEK, label, part, whole
from functions.cost.model.checks.terraform import attributes

GP2: Final = "EBS:VolumeUsage.gp2"
GP3: Final = "EBS:VolumeUsage.gp3"
GP3_IOPS: Final = "EBS:VolumeP-IOPS.gp3"
INCLUDED_IOPS: Final = 3_000
IOPS_A_GIB: Final = 3
_GP3_CHEAPER: Final = "0.20"


def _unattached(case: Case) -> Saving | None:
    if case.need("state") != "available" or not case.older_than("createTime", WEEK):
        return None
    return whole(case, "aws_ebs_volume", state="available", size_gib=case.at("size"))


def _gp2(case: Case) -> Saving | None:
    if case.need("volumeType") != "gp2":
        return None
    change = attributes("aws_ebs_volume", label(case), type="gp3")
    cost, price = case.cost(GP2), case.price(GP3)
    more = _extra_iops(case)
    if price is None:
        if more:
            raise NotKnown(f"price of {GP3}")
        return part(cost, _GP3_CHEAPER, Basis.PUBLISHED, terraform=change)
    gibs = case.quantity(GP2)
    evidence = {"gib_months": f"{gibs:.1f}", "gp3_price": str(price), "cost": f"{cost:.2f}"}
    return Saving(cost - gibs * price - more, Basis.PRICES, evidence, change)


def _extra_iops(case: Case) -> Decimal:
    """What gp3 takes for the operations that a large gp2 volume has by its size."""
    beyond = min(case.number("size") * IOPS_A_GIB, Decimal(16_000)) - INCLUDED_IOPS
    if beyond <= 0:
        return Decimal(0)
    price = case.price(GP3_IOPS)
    if price is None:
        raise NotKnown(f"price of {GP3_IOPS}")
    return beyond * price


def _provisioned(case: Case) -> Saving | None:
    if case.need("volumeType") not in ("io1", "io2"):
        return None
    peak = case.metric("operations").peak
    if peak > INCLUDED_IOPS:
        return None
    price = case.price(GP3)
    if price is None:
        raise NotKnown(f"price of {GP3}")
    evidence = {"operations_peak": f"{peak:.0f}", "gp3_price": str(price)}
    change = attributes("aws_ebs_volume", label(case), type="gp3")
    return Saving(case.cost() - case.number("size") * price, Basis.PRICES, evidence, change)


def _free_address(case: Case) -> Saving | None:
    if case.at("associationId") is not None or case.at("instanceId"):
        return None
    return whole(case, "aws_eip", allocation=case.at("allocationId"))


CHECKS: Final = (
    Check(
        id="ebs-volume-unattached",
        title="Volume is attached to nothing",
        types=("AWS::EC2::Volume",),
        category=AdviceCategory.IDLE,
        effort=AdviceLevel.LOW,
        risk=AdviceLevel.MEDIUM,
        look=_unattached,
        reads=("state", "createTime", "size"),
        action="Take a snapshot of {id} if its content may be needed, then delete it.",
    ),
    Check(
        id="ebs-volume-gp2",
        title="Volume of the older kind gp2",
        types=("AWS::EC2::Volume",),
        category=AdviceCategory.GENERATION,
        effort=AdviceLevel.LOW,
        risk=AdviceLevel.LOW,
        look=_gp2,
        reads=("volumeType", "size"),
        action="Change {id} to gp3: it stays attached and in use meanwhile.",
        source="https://aws.amazon.com/ebs/general-purpose/",
    ),
    Check(
        id="ebs-volume-provisioned-unused",
        title="Provisioned operations are not used",
        types=("AWS::EC2::Volume",),
        category=AdviceCategory.SIZE,
        effort=AdviceLevel.LOW,
        risk=AdviceLevel.MEDIUM,
        look=_provisioned,
        reads=("volumeType", "size"),
        metrics=("operations",),
        action="Change {id} to gp3, which has 3,000 operations a second.",
        source="https://aws.amazon.com/ebs/general-purpose/",
    ),
    Check(
        id="eip-unattached",
        title="Address is used by nothing",
        types=("AWS::EC2::EIP",),
        category=AdviceCategory.IDLE,
        effort=AdviceLevel.LOW,
        risk=AdviceLevel.LOW,
        look=_free_address,
        reads=("associationId", "instanceId", "allocationId"),
        action="Release {id}, unless somebody has it on a list of what they let in.",
    ),
)
