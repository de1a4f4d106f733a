"""Extracts of real bills are taken in with the sums that Python's Decimal finds in the raw files."""

from __future__ import annotations

from pathlib import Path

import yaml

from benchmarks import cost_files, focus_queries
from benchmarks.cost_files import run


def test_every_extract_is_exact_or_kept_aside_with_a_reason() -> None:
    found = run()
    assert found["ours"] == found["peer"] == 6
    assert {one["file"]: one["format"] for one in found["statements"] if one["format"]} == {
        "aws-cur-legacy-csv/aws_cur_legacy.csv": "AWS CUR",
        "azure-actual-csv/azure_actual.csv": "Azure actual cost",
        "focus-1-0-csv/focus_1_0.csv": "FOCUS",
        "focus-1-3-aws-csv-gz/focus_1_3_aws.csv.gz": "FOCUS",
        "focus-1-3-gcp-csv-gz/focus_1_3_gcp.csv.gz": "FOCUS",
    }


def test_conformance_is_reported_by_rule() -> None:
    (sample,) = [one for one in run()["statements"] if one["focus"] == "1.0"]
    assert sample["broken"] == {
        "CAU-ChargeFrequency-AllowedValues": 2,
        "CAU-ContractedCost-NotNull": 2,
    }


QUERIES = {
    "spend": "SELECT ServiceName, SUM(BilledCost) FROM focus_data_table WHERE BillingPeriodStart >= ? "
    "AND BillingPeriodEnd < ? GROUP BY 1",
    "tags": "SELECT SUM(CASE WHEN json_extract_string(Tags, '$.' || ?) IS NOT NULL THEN EffectiveCost END) "
    "FROM focus_data_table WHERE ServiceProviderName = ?",
    "first": "SELECT SkuId, ChargePeriodStart FROM focus_data_table ORDER BY 2 LIMIT 10",
}


def test_queries_answer_over_the_lake_as_over_the_raw_files(tmp_path: Path) -> None:
    for name, sql in QUERIES.items():
        (tmp_path / f"{name}.yaml").write_text(yaml.safe_dump({"sql": sql}), "utf-8")
    found = focus_queries.run(data=str(tmp_path), bills=str(cost_files.EXTRACTS))
    assert (found["ours"], found["with_rows"]) == (3, 3)
