"""Databases, caches and warehouses of AWS."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from functions.cost.model.checks.case import Case, Saving
from functions.cost.model.checks.check import AdviceCategory, AdviceLevel, Check
from functions.cost.model.checks.parts import (
    WEEK,
    assumed,
    hours_off,
    label,
    published,
    quiet,
    whole,
)
from functions.cost.model.checks.sizes import aws_smaller
from functions.cost.model.checks.terraform import attributes

DATABASE: Final = ("AWS::RDS::DBInstance",)
USAGE: Final = "InstanceUsage:"
MIRRORED: Final = "Multi-AZUsage:"
RDS_PRICES: Final = "https://aws.amazon.com/rds/pricing/"


def _idle(case: Case) -> Saving | None:
    if case.need("dBInstanceStatus") != "available" or not quiet(case, "connections", 0):
        return None
    return whole(case, "aws_db_instance", connections=0, days=case.metric("connections").days)


def _oversized(case: Case) -> Saving | None:
    kind = case.need("dBInstanceClass")
    smaller, cpu = aws_smaller(kind), case.metric("cpu")
    if smaller is None or cpu.peak > 40.0 or quiet(case, "connections", 0):  # noqa: PLR2004
        return None
    meter = MIRRORED if case.at("multiAZ") else USAGE
    change = attributes("aws_db_instance", label(case), instance_class=smaller)
    return published(
        case.cost(meter), "0.5", RDS_PRICES, terraform=change, cpu_peak=f"{cpu.peak:.1f}%", now=kind
    )


def _mirrored(case: Case) -> Saving | None:
    if not case.rehearsal or not case.need("multiAZ"):
        return None
    change = attributes("aws_db_instance", label(case), multi_az=False)
    return published(case.cost(MIRRORED), "0.5", RDS_PRICES, terraform=change)


def _always_on(case: Case) -> Saving | None:
    hours = case.quantity(USAGE)
    if not case.rehearsal or case.at("multiAZ") or hours < Decimal("0.95") * 730:
        return None
    return hours_off(case.cost(USAGE))


def _enterprise(case: Case) -> Saving | None:
    if not case.rehearsal or not str(case.need("engine")).startswith(("sqlserver-ee", "oracle-ee")):
        return None
    if case.need("licenseModel") != "license-included":
        return None
    return assumed(case.cost(USAGE), "0.5", "another edition or one's own licence costs half")


def _provisioned(case: Case) -> Saving | None:
    if case.at("billingModeSummary.billingMode") == "PAY_PER_REQUEST":
        return None
    units = case.number("provisionedThroughput.readCapacityUnits")
    units += case.number("provisionedThroughput.writeCapacityUnits")
    used = Decimal(case.metric("reads").average + case.metric("writes").average)
    if units <= 0 or used / units > Decimal("0.2"):
        return None
    share = Decimal("0.8") - used / units
    change = attributes("aws_dynamodb_table", label(case), billing_mode="PAY_PER_REQUEST")
    used_share = f"{used / units:.1%}"
    return assumed(
        case.cost("CapacityUnit-Hrs"),
        f"{share:.4f}",
        "a fifth above what is used is enough",
        terraform=change,
        used=used_share,
    )


def _idle_cache(case: Case) -> Saving | None:
    if not quiet(case, "connections", 1):
        return None
    return whole(case, "aws_elasticache_cluster", node=case.at("cacheNodeType"))


def _idle_warehouse(case: Case) -> Saving | None:
    if case.need("clusterStatus") != "available" or not quiet(case, "connections", 0):
        return None
    if not case.older_than("clusterCreateTime", WEEK):
        return None
    return whole(case, "aws_redshift_cluster", nodes=case.at("numberOfNodes"))


CHECKS: Final = (
    Check(
        id="rds-instance-idle",
        title="Nobody connects to the database",
        types=DATABASE,
        category=AdviceCategory.IDLE,
        effort=AdviceLevel.LOW,
        risk=AdviceLevel.MEDIUM,
        look=_idle,
        reads=("dBInstanceStatus",),
        metrics=("connections",),
        action="Take a final snapshot of {name} and delete it.",
    ),
    Check(
        id="rds-instance-oversized",
        title="Database is twice as large as it needs to be",
        types=DATABASE,
        category=AdviceCategory.SIZE,
        effort=AdviceLevel.MEDIUM,
        risk=AdviceLevel.MEDIUM,
        look=_oversized,
        reads=("dBInstanceClass", "multiAZ"),
        metrics=("cpu", "connections"),
        action="Look at its memory as well, then change {name} in its next maintenance window.",
        source=RDS_PRICES,
    ),
    Check(
        id="rds-mirrored-rehearsal",
        title="Database that is not for production stands in two zones",
        types=DATABASE,
        category=AdviceCategory.SIZE,
        effort=AdviceLevel.LOW,
        risk=AdviceLevel.LOW,
        look=_mirrored,
        reads=("multiAZ",),
        action="Set {name} to a single zone.",
        source=RDS_PRICES,
    ),
    Check(
        id="rds-always-on",
        title="Database that is not for production runs at night",
        types=DATABASE,
        category=AdviceCategory.SCHEDULE,
        effort=AdviceLevel.LOW,
        risk=AdviceLevel.LOW,
        look=_always_on,
        reads=("multiAZ",),
        action="Have {name} stopped at 19 and started at 7 on working days.",
    ),
    Check(
        id="rds-enterprise-rehearsal",
        title="Enterprise edition is licensed where it is only tried out",
        types=DATABASE,
        category=AdviceCategory.LICENCE,
        effort=AdviceLevel.HIGH,
        risk=AdviceLevel.MEDIUM,
        look=_enterprise,
        reads=("engine", "licenseModel"),
        action="Restore {name} into the standard or developer edition.",
    ),
    Check(
        id="dynamodb-overprovisioned",
        title="Most of the provisioned capacity is not used",
        types=("AWS::DynamoDB::Table",),
        category=AdviceCategory.SIZE,
        effort=AdviceLevel.LOW,
        risk=AdviceLevel.LOW,
        look=_provisioned,
        reads=("billingModeSummary", "provisionedThroughput"),
        metrics=("reads", "writes"),
        action="Set {name} to on-demand capacity, or have its capacity scaled.",
    ),
    Check(
        id="elasticache-idle",
        title="Nobody connects to the cache",
        types=("AWS::ElastiCache::CacheCluster",),
        category=AdviceCategory.IDLE,
        effort=AdviceLevel.LOW,
        risk=AdviceLevel.MEDIUM,
        look=_idle_cache,
        reads=("cacheNodeType",),
        metrics=("connections",),
        action="Delete {name}.",
    ),
    Check(
        id="redshift-idle",
        title="Nobody connects to the warehouse",
        types=("AWS::Redshift::Cluster",),
        category=AdviceCategory.IDLE,
        effort=AdviceLevel.LOW,
        risk=AdviceLevel.MEDIUM,
        look=_idle_warehouse,
        reads=("clusterStatus", "clusterCreateTime", "numberOfNodes"),
        metrics=("connections",),
        action="Pause {name}, or take a final snapshot and delete it.",
    ),
)
