from __future__ import annotations

import json
from collections import Counter
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from functions.inventory.adapters.discovery import catalogue
from functions.inventory.model.catalogue import Row
from functions.inventory.model.reshape import RESHAPES
from tests.unit.inventory.discovery.proof import faults, members_of, model

# CloudFormation cannot make these, so it has no names for them: they follow its spelling.
NAMELESS = {
    "Bedrock": (
        "CustomModel ModelCustomizationJob ModelInvocationJob EvaluationJob "
        "ProvisionedModelThroughput"
    ),
    "CloudHSMV2": "Cluster Backup",
    "CloudSearch": "Domain",
    "Comprehend": (
        "Endpoint EntitiesDetectionJob SentimentDetectionJob KeyPhrasesDetectionJob "
        "DominantLanguageDetectionJob EventsDetectionJob PiiEntitiesDetectionJob "
        "TargetedSentimentDetectionJob TopicsDetectionJob"
    ),
    "DataSync": "Location",
    "DirectConnect": "VirtualInterface LAG",
    "DirectoryService": "Directory",
    "EC2": "Snapshot Image ReservedInstances SpotInstanceRequest",
    "ECS": "ContainerInstance Task",
    "ElastiCache": "ReservedCacheNode",
    "FIS": "Experiment",
    "Glacier": "Vault",
    "IAM": "AccountPasswordPolicy AccountSummary",
    "MachineLearning": "MLModel",
    "QuickSight": "User",
    "RDS": "ReservedDBInstance",
    "Redshift": "ReservedNode",
    "Route53Domains": "Domain",
    "SSM": "ManagedInstance Activation",
    "SWF": "Domain",
    "SageMaker": "TrainingJob TransformJob CompilationJob HyperParameterTuningJob AutoMLJob",
    "SavingsPlans": "SavingsPlan",
    "ServiceDiscovery": "Namespace",
    "StorageGateway": "Gateway",
    "WorkSpaces": "Image Bundle",
}
ROWS = [row for name in catalogue.services() for row in catalogue.service(name).types]


@cache
def cloudformation_types() -> frozenset[str]:
    folder = Path(_origin("cfnlint")).parent / "data/schemas/providers"
    regions = (json.loads(path.read_text("utf-8")) for path in folder.glob("??-*-?.json"))
    return frozenset(name for region in regions for name in region)


def _origin(module: str) -> str:
    found = find_spec(module)
    assert found is not None
    return found.origin or ""


@cache
def config_types() -> frozenset[str]:
    return frozenset(model("config").shape_for("ResourceType").enum)


def parents_of(row: Row) -> dict[str, Any]:
    if not row.under:
        return {}
    above = catalogue.service(row.service).row(row.under)
    return {**members_of(above), "parent": parents_of(above)}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.type)
def test_a_row_is_true_of_the_api(row: Row) -> None:
    assert list(faults(row, parents_of(row))) == []


def test_the_catalogue_is_wide() -> None:
    assert len(ROWS) >= 400


def test_no_type_is_listed_twice() -> None:
    assert [name for name, times in Counter(row.type for row in ROWS).items() if times > 1] == []


def test_types_bear_the_names_of_cloudformation_or_aws_config() -> None:
    named = {f"AWS::{key}::{one}" for key, words in NAMELESS.items() for one in words.split()}
    known = cloudformation_types() | config_types()
    assert {row.type for row in ROWS} - known == named


def test_a_file_is_named_after_its_client() -> None:
    assert all(catalogue.service(name).service == name for name in catalogue.services())


def test_every_reshape_exists() -> None:
    named = {d.reshape for row in ROWS for d in (*row.describe, *row.extra.values())}
    assert {one for one in named | {row.reshape for row in ROWS} if one} == set(RESHAPES)
