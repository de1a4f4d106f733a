"""What the synthesised roles let through: a tenant's own, and nothing of another, for every function."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

import pytest

from cdk import grants
from steward.manifest import (
    STORES,
    Bucket,
    Dataset,
    Function,
    Routes,
    StoreKind,
    Table,
    load_functions,
)
from steward.store.tables import INDEXES
from tests.iam import Request, Statement, Values, allowed
from tests.infrastructure.estate import ESTATE
from tests.parity.deployed import Deployment, Resource
from tests.synthesised import flavour

pytestmark = [pytest.mark.cdk, pytest.mark.slow, pytest.mark.xdist_group("cdk")]

Manifests = Literal["estate", "steward"]
CASES = [(manifests, store) for manifests in ("estate", "steward") for store in STORES]
READS = ("GetItem", "Query", "ConditionCheckItem")
WRITES = ("PutItem", "DeleteItem")
NEVER = ("Scan", "BatchGetItem", "BatchWriteItem", "UpdateItem", "PartiQLSelect", "DescribeTable")
OTHERS = ("rival", "acme2", "acm", "a", "acme-2", "ACME", "acme*", "system", "")


class Deployed(NamedTuple):
    """A function with the statements of its two roles, and of who may assume the second."""

    function: Function
    environment: dict[str, str]
    own: list[Statement]
    data: list[Statement]
    trust: list[Statement]


def _deployed(manifests: Manifests, store: StoreKind) -> Iterator[Deployed]:
    deployment = Deployment(flavour(manifests, store).templates)
    functions = {f.id: f for f in (ESTATE if manifests == "estate" else load_functions())}
    roles = {(r.stack, r.id): r for r in deployment.of("AWS::IAM::Role")}
    named = {r.body["RoleName"]: r for r in roles.values() if "RoleName" in r.body}
    for resource in deployment.of("AWS::Lambda::Function"):
        environment = resource.body["Environment"]["Variables"]
        own = roles[resource.stack, resource.raw["Properties"]["Role"]["Fn::GetAtt"][0]]
        data = named.get(environment.get("DATA_ROLE", "").rpartition("/")[2])
        trust = [] if data is None else data.body["AssumeRolePolicyDocument"]["Statement"]
        yield Deployed(
            functions[environment["STEWARD_FUNCTION"]],
            environment,
            _statements(own),
            [] if data is None else _statements(data),
            trust,
        )


def _statements(role: Resource) -> list[Statement]:
    return [s for policy in role.body["Policies"] for s in policy["PolicyDocument"]["Statement"]]


def _session(tenant: str) -> dict[str, Values]:
    return {"aws:PrincipalTag/tenant": (tenant,)}


def _items(table: str, action: str, leading: Values | None, context: dict[str, Values]) -> Request:
    arn = f"arn:aws:dynamodb:us-east-1:111122223333:table/{table}"
    keys = {} if leading is None else {"dynamodb:LeadingKeys": leading}
    return Request(f"dynamodb:{action}", arn, {**context, **keys})


def _tables(each: Deployed) -> Iterator[tuple[Table, str]]:
    for resource in each.function.resources:
        if isinstance(resource, Table):
            yield resource, each.environment[resource.env]


@pytest.mark.parametrize("manifests", ["estate", "steward"])
def test_a_session_reaches_its_tenants_items_as_far_as_the_manifest_says(
    manifests: Manifests,
) -> None:
    asked = 0
    for each in _deployed(manifests, "dynamodb"):
        for table, name in _tables(each):
            granted = READS if table.access.value == "read" else (*READS, *WRITES)
            for action in (*READS, *WRITES):
                call = _items(name, action, ("acme#parts#1",), _session("acme"))
                assert allowed(each.data, call) is (action in granted)
                asked += 1
            for index in INDEXES:
                place = f"{name}/index/{index.name}"
                assert allowed(
                    each.data, _items(place, "Query", ("acme#p#1#r#0",), _session("acme"))
                )
    assert asked > 50


@pytest.mark.parametrize("manifests", ["estate", "steward"])
def test_no_session_reaches_another_tenants_items(manifests: Manifests) -> None:
    asked = 0
    for each in _deployed(manifests, "dynamodb"):
        for _, name in _tables(each):
            for action in (*READS, *WRITES, *NEVER):
                for other in OTHERS:
                    keys: tuple[Values, ...] = (
                        (f"{other}#parts#1",),
                        ("acme#parts#1", f"{other}#parts#1"),
                    )
                    for leading in keys:
                        call = _items(name, action, leading, _session("acme"))
                        assert not allowed(each.data, call), (each.function.id, call)
                        asked += 1
    assert asked > 2000


@pytest.mark.parametrize("manifests", ["estate", "steward"])
def test_a_call_that_names_no_key_or_comes_without_a_tag_is_denied(manifests: Manifests) -> None:
    for each in _deployed(manifests, "dynamodb"):
        for _, name in _tables(each):
            for action in (*READS, *WRITES, *NEVER):
                assert not allowed(each.data, _items(name, action, None, _session("acme")))
                assert not allowed(each.data, _items(name, action, (), _session("acme")))
                assert not allowed(each.data, _items(name, action, ("acme#parts#1",), {}))
                assert not allowed(each.data, _items(name, "Scan", None, _session("acme")))


@pytest.mark.parametrize("manifests", ["estate", "steward"])
def test_a_functions_own_role_reaches_no_tenant_but_the_system_as_reader(
    manifests: Manifests,
) -> None:
    for each in _deployed(manifests, "dynamodb"):
        for table, name in _tables(each):
            for action in (*READS, *WRITES, *NEVER):
                assert not allowed(each.own, _items(name, action, ("acme#parts#1",), {}))
                assert not allowed(each.own, _items(name, action, None, {}))
            reads = allowed(each.own, _items(name, "GetItem", ("system#accounts#1",), {}))
            writes = allowed(each.own, _items(name, "PutItem", ("system#accounts#1",), {}))
            # Before a caller is known, routes count in the system's part; others keep limits of tenants.
            counts = table.name == "limits" and isinstance(each.function.trigger, Routes)
            assert reads is (table.name == "directory" or counts)
            assert writes is counts


@pytest.mark.parametrize(("manifests", "store"), CASES)
def test_the_data_role_is_assumed_with_one_tag_and_no_other(
    manifests: Manifests, store: StoreKind
) -> None:
    for each in _deployed(manifests, store):
        arn = each.environment.get("DATA_ROLE")
        assert (arn is not None) is each.function.keeps_tenants_apart(store)
        if arn is not None:
            assert _assumes(each, arn, {"tenant": "acme"})
            assert _assumes(each, arn, {"tenant": "system"}) is each.function.works_for_system
            assert not _assumes(each, arn, {})
            assert not _assumes(each, arn, {"tenant": ""})
            assert not _assumes(each, arn, {"tenant": "acme", "admin": "true"})
            assert not _assumes(each, arn.replace("-data", "-more-data"), {"tenant": "acme"})


def _assumes(each: Deployed, arn: str, tags: dict[str, str]) -> bool:
    context: dict[str, Values] = {f"aws:RequestTag/{key}": (held,) for key, held in tags.items()}
    context["aws:TagKeys"] = tuple(tags)
    calls = [Request(action, arn, context) for action in ("sts:AssumeRole", "sts:TagSession")]
    return all(allowed(each.own, call) and allowed(each.trust, call) for call in calls)


@pytest.mark.parametrize(("manifests", "store"), CASES)
def test_no_session_reaches_another_tenants_objects(manifests: Manifests, store: StoreKind) -> None:
    for each in _deployed(manifests, store):
        for prefix, bucket in _places(each):
            own = f"arn:aws:s3:::{bucket}/{prefix}acme/x/y.json"
            assert allowed(each.data, Request("s3:GetObject", own, _session("acme")))
            assert not allowed(each.own, Request("s3:GetObject", own))
            for other in OTHERS:
                arn = f"arn:aws:s3:::{bucket}/{prefix}{other}/x/y.json"
                for action in ("s3:GetObject", "s3:PutObject", "s3:DeleteObject"):
                    assert not allowed(each.data, Request(action, arn, _session("acme")))


@pytest.mark.parametrize(("manifests", "store"), CASES)
def test_a_session_lists_below_its_own_prefix_only(manifests: Manifests, store: StoreKind) -> None:
    for each in _deployed(manifests, store):
        for prefix, bucket in _places(each):
            if not prefix.endswith("tenants/"):
                continue
            arn = f"arn:aws:s3:::{bucket}"
            listed = {
                tenant: allowed(
                    each.data,
                    Request(
                        "s3:ListBucket",
                        arn,
                        {**_session("acme"), "s3:prefix": (f"{prefix}{tenant}/",)},
                    ),
                )
                for tenant in ("acme", *OTHERS)
            }
            assert [tenant for tenant, shown in listed.items() if shown] == ["acme"]
            assert not allowed(each.data, Request("s3:ListBucket", arn, _session("acme")))


def _places(each: Deployed) -> Iterator[tuple[str, str]]:
    """Prefixes that tenants' folders follow, and the bucket."""
    if "CLAIMS_BUCKET" in each.environment:
        yield "claims/", each.environment["CLAIMS_BUCKET"]
    for resource in each.function.uses:
        if isinstance(resource, Bucket):
            yield "tenants/", each.environment[resource.env]
        elif isinstance(resource, Dataset):
            yield f"{resource.name}/tenants/", each.environment[resource.env]


def test_a_policy_without_the_null_condition_is_found() -> None:
    each = next(_deployed("estate", "dynamodb"))
    planted: list[dict[str, Any]] = [dict(statement) for statement in each.data]
    for statement in planted:
        statement["Condition"] = {k: v for k, v in statement["Condition"].items() if k != "Null"}
        break
    (_, name), *_ = _tables(each)
    call = _items(name, "Query", None, _session("acme"))
    assert allowed(planted, call)
    assert not allowed(each.data, call)


def test_the_variable_in_the_templates_is_iams_own() -> None:
    assert grants.TENANT == "${aws:PrincipalTag/tenant}"
