"""Machines and functions of AWS."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from functions.cost.model.checks.case import Basis, Case, Saving
from functions.cost.model.checks.check import AdviceCategory, AdviceLevel, Check
from functions.cost.model.checks.parts import (
    assumed,
    between,
    hours_off,
    label,
    part,
    published,
    quiet,
    whole,
)
from functions.cost.model.checks.sizes import AWS_NEWER, aws_smaller
from functions.cost.model.checks.terraform import attributes

INSTANCE: Final = ("AWS::EC2::Instance",)
BOX: Final = "BoxUsage:"
PRICES: Final = "https://aws.amazon.com/ec2/pricing/on-demand/"
IDLE_PERCENT: Final = 5.0
HALF_USED_PERCENT: Final = 40.0
IDLE_BYTES_A_DAY: Final = 5_000_000
ALWAYS_HOURS: Final = Decimal("0.95") * 730


def _running(case: Case) -> bool:
    return case.resource.state == "running"


def _on_demand(case: Case) -> bool:
    return _running(case) and case.at("instanceLifecycle") is None


def _idle(case: Case) -> Saving | None:
    if not _running(case) or not quiet(case, "cpu", IDLE_PERCENT):
        return None
    network = case.metric("network")
    if network.total / network.days > IDLE_BYTES_A_DAY:
        return None
    return whole(
        case, "aws_instance", cpu_peak=f"{case.metric('cpu').peak:.1f}%", days=network.days
    )


def _oversized(case: Case) -> Saving | None:
    kind = case.need("instanceType")
    smaller, cpu = aws_smaller(kind), case.metric("cpu")
    if not _running(case) or smaller is None or not IDLE_PERCENT < cpu.peak <= HALF_USED_PERCENT:
        return None
    change = attributes("aws_instance", label(case), instance_type=smaller)
    found = between(case, BOX, f"{BOX}{smaller}", otherwise="0.5", source=PRICES, terraform=change)
    return _with(found, cpu_peak=f"{cpu.peak:.1f}%", now=kind, instead=smaller)


def _old(case: Case) -> Saving | None:
    family, _, size = case.need("instanceType").partition(".")
    newer = AWS_NEWER.get(family)
    if newer is None or not _on_demand(case):
        return None
    kind = f"{newer.family}.{size}"
    change = attributes("aws_instance", label(case), instance_type=kind)
    return between(
        case, BOX, f"{BOX}{kind}", otherwise=newer.cheaper, source=PRICES, terraform=change
    )


def _always_on(case: Case) -> Saving | None:
    if not case.rehearsal or not _running(case) or case.quantity(BOX) < ALWAYS_HOURS:
        return None
    return hours_off(case.cost(BOX))


def _spot(case: Case) -> Saving | None:
    grouped = "aws:autoscaling:groupName" in case.resource.tags
    if not grouped or not case.rehearsal or not _on_demand(case):
        return None
    kind = case.need("instanceType")
    price = case.price(f"SpotUsage:{kind}")
    if price is not None:
        saved = case.cost(BOX) - case.quantity(BOX) * price
        return Saving(saved, Basis.PRICES, {"spot_price": str(price), "type": kind})
    return assumed(case.cost(BOX), "0.6", "spot costs 60 % less", type=kind)


def _windows(case: Case) -> Saving | None:
    if str(case.at("platform")).lower() != "windows" or not case.rehearsal or not _running(case):
        return None
    kind = case.need("instanceType")
    return between(case, BOX, f"{BOX}{kind}", otherwise=None)


def _arm(case: Case) -> Saving | None:
    if "x86_64" not in (case.need("architectures") or ()) or case.at("packageType") == "Image":
        return None
    cost = case.cost("Lambda-GB-Second")
    change = f'resource "aws_lambda_function" "{label(case)}" {{\n  architectures = ["arm64"]\n}}'
    return published(cost, "0.20", "https://aws.amazon.com/lambda/pricing/", terraform=change)


def _unused_concurrency(case: Case) -> Saving | None:
    cost = case.cost("Lambda-Provisioned-Concurrency")
    if cost <= 0 or not quiet(case, "provisioned", 0.2):
        return None
    peak = case.metric("provisioned").peak
    return part(cost, f"{1 - peak:.2f}", Basis.BILL, used_at_most=f"{peak:.0%}")


def _with(found: Saving | None, **evidence: str) -> Saving | None:
    if found is None:
        return None
    return Saving(found.monthly, found.basis, {**found.evidence, **evidence}, found.terraform)


CHECKS: Final = (
    Check(
        id="ec2-instance-idle",
        title="Machine does nothing",
        types=INSTANCE,
        category=AdviceCategory.IDLE,
        effort=AdviceLevel.LOW,
        risk=AdviceLevel.MEDIUM,
        look=_idle,
        metrics=("cpu", "network"),
        action="Ask its owner, stop {name}, and delete it when nobody has missed it for a week.",
    ),
    Check(
        id="ec2-instance-oversized",
        title="Machine is twice as large as it needs to be",
        types=INSTANCE,
        category=AdviceCategory.SIZE,
        effort=AdviceLevel.MEDIUM,
        risk=AdviceLevel.MEDIUM,
        look=_oversized,
        reads=("instanceType",),
        metrics=("cpu",),
        action="Look at its memory as well, then change {name} to the next smaller size.",
        source=PRICES,
    ),
    Check(
        id="ec2-instance-old-generation",
        title="Machine of an older generation",
        types=INSTANCE,
        category=AdviceCategory.GENERATION,
        effort=AdviceLevel.MEDIUM,
        risk=AdviceLevel.LOW,
        look=_old,
        reads=("instanceType", "instanceLifecycle"),
        action="Change {name} to the newer family; drivers for ENA and NVMe must be installed.",
        source=PRICES,
    ),
    Check(
        id="ec2-instance-always-on",
        title="Machine that is not for production runs at night",
        types=INSTANCE,
        category=AdviceCategory.SCHEDULE,
        effort=AdviceLevel.LOW,
        risk=AdviceLevel.LOW,
        look=_always_on,
        action="Have {name} stopped at 19 and started at 7 on working days.",
    ),
    Check(
        id="ec2-group-on-demand",
        title="Replaceable machine is paid on demand",
        types=INSTANCE,
        category=AdviceCategory.SPOT,
        effort=AdviceLevel.MEDIUM,
        risk=AdviceLevel.MEDIUM,
        look=_spot,
        reads=("instanceType", "instanceLifecycle"),
        action="Give the group of {name} a mixed policy with spot capacity.",
    ),
    Check(
        id="ec2-windows-rehearsal",
        title="Windows is licensed where it is only tried out",
        types=INSTANCE,
        category=AdviceCategory.LICENCE,
        effort=AdviceLevel.HIGH,
        risk=AdviceLevel.MEDIUM,
        look=_windows,
        reads=("platform", "instanceType"),
        action="Run {name} on Linux, or under a developer's subscription of your own.",
    ),
    Check(
        id="lambda-x86",
        title="Function runs on x86",
        types=("AWS::Lambda::Function",),
        category=AdviceCategory.GENERATION,
        effort=AdviceLevel.LOW,
        risk=AdviceLevel.LOW,
        look=_arm,
        reads=("architectures", "packageType"),
        action="Set {name} to arm64 once its native dependencies are built for it.",
        source="https://aws.amazon.com/lambda/pricing/",
    ),
    Check(
        id="lambda-provisioned-unused",
        title="Provisioned concurrency is hardly used",
        types=("AWS::Lambda::Function",),
        category=AdviceCategory.SIZE,
        effort=AdviceLevel.LOW,
        risk=AdviceLevel.MEDIUM,
        look=_unused_concurrency,
        metrics=("provisioned",),
        action="Provision for {name} what its busiest hour takes.",
    ),
)
