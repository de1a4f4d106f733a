"""Snapshots, buckets and logs of AWS."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

from functions.cost.model.checks.case import Basis, Case, Saving
from functions.cost.model.checks.check import AdviceCategory, AdviceLevel, Check
from functions.cost.model.checks.parts import (
    assumed,
    between,
    label,
    part,
    whole,
)
from functions.cost.model.checks.terraform import attributes

HALF_YEAR: Final = timedelta(days=180)
LOGS_KEPT_DAYS: Final = 90
_GIB: Final = 2**30


def _old_snapshot(case: Case) -> Saving | None:
    if case.need("snapshotType") != "manual" or not case.older_than(
        "snapshotCreateTime", HALF_YEAR
    ):
        return None
    return whole(case, "aws_db_snapshot", made=case.at("snapshotCreateTime"))


def _archive(case: Case) -> Saving | None:
    managed = any(key.startswith(("aws:backup", "aws:dlm")) for key in case.resource.tags)
    kept = case.at("storageTier") in (None, "standard")
    if managed or not kept or not case.older_than("startTime", HALF_YEAR):
        return None
    change = attributes("aws_ebs_snapshot", label(case), storage_tier="archive")
    return between(
        case,
        "EBS:SnapshotUsage",
        "EBS:SnapshotArchiveStorage",
        otherwise="0.75",
        source="https://aws.amazon.com/ebs/pricing/",
        terraform=change,
    )


def _one_tier(case: Case) -> Saving | None:
    rules = case.at("supplementary.BucketLifecycleConfiguration.rules") or ()
    case.need("supplementary")
    if any(one.get("status") == "Enabled" for one in rules):
        return None
    stored, reads = case.cost("TimedStorage-ByteHrs"), case.cost("Requests-Tier2")
    if reads * 2 > stored:
        return None
    return assumed(
        stored,
        "0.28",
        "70 % of what is stored is not read for a month, and costs 40 % less then",
        terraform=_intelligent(case),
    )


def _intelligent(case: Case) -> str:
    name = label(case)
    return (
        f'resource "aws_s3_bucket_lifecycle_configuration" "{name}" {{\n  rule {{\n'
        '    id     = "tiers"\n    status = "Enabled"\n    transition {\n      days          = 0\n'
        '      storage_class = "INTELLIGENT_TIERING"\n    }\n  }\n}'
    )


def _endless_logs(case: Case) -> Saving | None:
    if case.at("retentionInDays") is not None or case.number("storedBytes") < 10 * _GIB:
        return None
    made = datetime.fromtimestamp(int(case.number("creationTime")) / 1000, UTC)
    age = (case.now - made).days
    if age <= LOGS_KEPT_DAYS:
        return None
    share = f"{1 - Decimal(LOGS_KEPT_DAYS) / age:.4f}"
    change = attributes("aws_cloudwatch_log_group", label(case), retention_in_days=LOGS_KEPT_DAYS)
    return part(
        case.cost("TimedStorage-ByteHrs"), share, Basis.BILL, terraform=change, age_days=age
    )


CHECKS: Final = (
    Check(
        id="rds-snapshot-old",
        title="Snapshot of a database is older than half a year",
        types=("AWS::RDS::DBSnapshot",),
        category=AdviceCategory.STORAGE,
        effort=AdviceLevel.LOW,
        risk=AdviceLevel.MEDIUM,
        look=_old_snapshot,
        reads=("snapshotType", "snapshotCreateTime"),
        action="Delete {id} unless it must be kept, or export it to S3.",
    ),
    Check(
        id="ebs-snapshot-archive",
        title="Old snapshot is kept in the dear tier",
        types=("AWS::EC2::Snapshot",),
        category=AdviceCategory.STORAGE,
        effort=AdviceLevel.LOW,
        risk=AdviceLevel.LOW,
        look=_archive,
        reads=("startTime", "storageTier"),
        action="Move {id} to the archive: reading it back takes up to three days.",
        source="https://docs.aws.amazon.com/ebs/latest/userguide/snapshot-archive.html",
    ),
    Check(
        id="s3-bucket-one-tier",
        title="All of a bucket is kept in the dearest tier",
        types=("AWS::S3::Bucket",),
        category=AdviceCategory.STORAGE,
        effort=AdviceLevel.LOW,
        risk=AdviceLevel.LOW,
        look=_one_tier,
        reads=("supplementary",),
        action="Let S3 choose the tiers of {name} itself (Intelligent-Tiering).",
        source="https://aws.amazon.com/s3/storage-classes/intelligent-tiering/",
    ),
    Check(
        id="log-group-endless",
        title="Logs are kept for ever",
        types=("AWS::Logs::LogGroup",),
        category=AdviceCategory.STORAGE,
        effort=AdviceLevel.LOW,
        risk=AdviceLevel.LOW,
        look=_endless_logs,
        reads=("retentionInDays", "storedBytes", "creationTime"),
        action="Keep the logs of {name} for 90 days, or as long as somebody must read them.",
    ),
)
