"""What is deployed to AWS is what the local runtime runs: no difference, function by function."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable, Iterator
from dataclasses import fields
from typing import Any, Literal

import pytest

from steward.local.describe import Description, describe
from steward.manifest import STORES, StoreKind, load_functions
from tests.infrastructure.estate import ESTATE
from tests.parity.deployed import describe_templates
from tests.synthesised import flavour

pytestmark = [pytest.mark.cdk, pytest.mark.slow, pytest.mark.xdist_group("cdk")]

Manifests = Literal["estate", "steward"]
Templates = dict[str, dict[str, Any]]
BOTH: tuple[Manifests, ...] = ("estate", "steward")


def _differences(
    here: dict[str, Description], there: dict[str, Description]
) -> list[tuple[str, str, object, object]]:
    """Function, field, what runs here, what is deployed there."""
    if here.keys() != there.keys():
        return [("functions", "ids", sorted(here), sorted(there))]
    return [
        (id_, field.name, ours, theirs)
        for id_, field in itertools.product(here, fields(Description))
        if (ours := getattr(here[id_], field.name)) != (theirs := getattr(there[id_], field.name))
    ]


@pytest.mark.parametrize("manifests", BOTH)
@pytest.mark.parametrize("store", STORES)
def test_aws_and_the_local_runtime_do_not_differ(manifests: Manifests, store: StoreKind) -> None:
    functions = ESTATE if manifests == "estate" else load_functions()
    deployed = describe_templates(flavour(manifests, store).templates)
    assert _differences(describe(functions, store=store), deployed) == []


def test_the_made_up_estate_has_every_kind_of_trigger() -> None:
    kinds = {
        description.kind
        for store in STORES
        for description in describe(ESTATE, store=store).values()
    }
    assert kinds == {"queue", "schedule", "routes", "stream", "poke", "trail"}


# Each change of the templates below is a mistake that could be made; each must show as a difference
# in the field named. The made-up estate has one of everything.


def _of(templates: Templates, kind: str, named: str = "") -> Iterator[dict[str, Any]]:
    for template in templates.values():
        for name, resource in template["Resources"].items():
            if resource["Type"] == kind and name.startswith(named):
                yield resource["Properties"]


def _first(templates: Templates, kind: str, named: str = "") -> dict[str, Any]:
    return next(_of(templates, kind, named))


def _statement(templates: Templates, role: str, sid: str) -> dict[str, Any]:
    (policy,) = _first(templates, "AWS::IAM::Role", role)["Policies"]
    statements = policy["PolicyDocument"]["Statement"]
    found: dict[str, Any] = next(each for each in statements if each["Sid"] == sid)
    return found


def _another_batch(templates: Templates) -> None:
    _first(templates, "AWS::Lambda::EventSourceMapping", "TakeOrders")["BatchSize"] = 7


def _more_receives(templates: Templates) -> None:
    _first(templates, "AWS::SQS::Queue", "BakeQueue")["RedrivePolicy"]["maxReceiveCount"] = 4


def _less_visibility(templates: Templates) -> None:
    _first(templates, "AWS::SQS::Queue", "BakeQueue")["VisibilityTimeout"] = 30


def _more_at_once(templates: Templates) -> None:
    source = _first(templates, "AWS::Lambda::EventSourceMapping", "Bake")
    source["ScalingConfig"]["MaximumConcurrency"] = 50


def _another_pattern(templates: Templates) -> None:
    _first(templates, "AWS::Events::Rule", "Bake")["EventPattern"]["detail-type"].append("x.y.z.v1")


def _another_bus(templates: Templates) -> None:
    del _first(templates, "AWS::Events::Rule", "Bake")["EventBusName"]


def _a_key_too_many(templates: Templates) -> None:
    _first(templates, "AWS::Lambda::Function", "Bake")["Environment"]["Variables"]["DEBUG"] = "1"


def _a_key_too_few(templates: Templates) -> None:
    del _first(templates, "AWS::Lambda::Function", "BakeF")["Environment"]["Variables"][
        "OVEN_SECRET"
    ]


def _a_write_too_many(templates: Templates) -> None:
    statement = _statement(templates, "SweepDataRole", "TableBakery")
    statement["Action"].append("dynamodb:PutItem")


def _a_table_too_few(templates: Templates) -> None:
    (policy,) = _first(templates, "AWS::IAM::Role", "BakeDataRole")["Policies"]
    statements = policy["PolicyDocument"]["Statement"]
    statements[:] = [each for each in statements if each["Sid"] != "TableDirectory"]


def _a_table_of_every_tenant(templates: Templates) -> None:
    del _statement(templates, "BakeDataRole", "TableBakery")["Condition"]["Null"]


def _a_data_role_for_any_tag(templates: Templates) -> None:
    role = _first(templates, "AWS::IAM::Role", "BakeDataRole")
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    del trust["Condition"]["StringLike"]


def _tables_by_its_own_role(templates: Templates) -> None:
    statement = _statement(templates, "BakeDataRole", "TableBakery")
    (policy,) = _first(templates, "AWS::IAM::Role", "BakeRole")["Policies"]
    policy["PolicyDocument"]["Statement"].append(statement)


def _a_relay_without_the_bus(templates: Templates) -> None:
    _statement(templates, "CarryRole", "Bus")["Action"] = ["events:DescribeEventBus"]


def _a_stream_unread(templates: Templates) -> None:
    for template in templates.values():
        for name in [n for n in template["Resources"] if n.startswith("CarryStream")]:
            if "Bakery" in str(template["Resources"][name]["Properties"]["EventSourceArn"]):
                del template["Resources"][name]


def _a_secret_written(templates: Templates) -> None:
    statement = _statement(templates, "BakeRole", "SecretOven")
    statement["Action"].append("secretsmanager:PutSecretValue")


def _no_more_mail(templates: Templates) -> None:
    _statement(templates, "BakeRole", "Mail")["Action"] = ["ses:GetAccount"]


def _roles_of_any_name(templates: Templates) -> None:
    _statement(templates, "BakeRole", "Accounts")["Resource"] = ["*"]


def _another_timeout(templates: Templates) -> None:
    _first(templates, "AWS::Lambda::Function", "BakeF")["Timeout"] = 31


def _another_memory(templates: Templates) -> None:
    _first(templates, "AWS::Lambda::Function", "BakeF")["MemorySize"] = 512


def _dead_letters_not_allowed(templates: Templates) -> None:
    _statement(templates, "BakeRole", "DeadLetters")["Action"] = ["sqs:GetQueueUrl"]


def _dead_letters_of_another(templates: Templates) -> None:
    theirs = _first(templates, "AWS::Lambda::Function", "TakeOrders")["Environment"]["Variables"]
    ours = _first(templates, "AWS::Lambda::Function", "BakeF")["Environment"]["Variables"]
    ours["DEAD_LETTER_QUEUE"] = theirs["DEAD_LETTER_QUEUE"]


def _another_hour(templates: Templates) -> None:
    schedule = _first(templates, "AWS::Scheduler::Schedule", "Sweep")
    schedule["ScheduleExpression"] = "cron(0 19 ? * MON-FRI *)"


def _another_zone(templates: Templates) -> None:
    _first(templates, "AWS::Scheduler::Schedule", "Sweep")["ScheduleExpressionTimezone"] = "UTC"


def _a_route_too_few(templates: Templates) -> None:
    for template in templates.values():
        for name in [
            n for n in template["Resources"] if n.startswith("RouteANYapiv1bakeryloavesp")
        ]:
            del template["Resources"][name]


def _a_public_route_elsewhere(templates: Templates) -> None:
    for resource in _of(templates, "AWS::ApiGateway::Resource"):
        if resource["PathPart"] == "bell":
            resource["PathPart"] = "knocker"


def _a_function_gone(templates: Templates) -> None:
    resources = templates["steward-dev-bakery"]["Resources"]
    for name in [n for n in resources if n.startswith("BakeFunction")]:
        del resources[name]


PLANTED: dict[Callable[[Templates], None], tuple[str, str]] = {
    _another_batch: ("bakery.take-orders", "batch_size"),
    _more_receives: ("bakery.bake", "max_receives"),
    _less_visibility: ("bakery.bake", "visibility"),
    _more_at_once: ("bakery.bake", "max_concurrency"),
    _another_pattern: ("bakery.bake", "pattern"),
    _another_bus: ("bakery.bake", "bus"),
    _a_key_too_many: ("bakery.bake", "environment"),
    _a_key_too_few: ("bakery.bake", "environment"),
    _a_write_too_many: ("shop.sweep", "tables"),
    _a_table_too_few: ("bakery.bake", "tables"),
    _a_table_of_every_tenant: ("bakery.bake", "tables"),
    _a_data_role_for_any_tag: ("bakery.bake", "tables"),
    _tables_by_its_own_role: ("bakery.bake", "tables"),
    _a_relay_without_the_bus: ("bakery.bake", "carried_to"),
    _a_stream_unread: ("bakery.bake", "carried_to"),
    _a_secret_written: ("bakery.bake", "secrets"),
    _no_more_mail: ("bakery.bake", "mail"),
    _roles_of_any_name: ("bakery.bake", "enters"),
    _another_timeout: ("bakery.bake", "timeout"),
    _another_memory: ("bakery.bake", "memory"),
    _dead_letters_not_allowed: ("bakery.bake", "dead_letters"),
    _dead_letters_of_another: ("bakery.bake", "dead_letters"),
    _another_hour: ("shop.sweep", "expression"),
    _another_zone: ("shop.sweep", "timezone"),
    _a_route_too_few: ("bakery.bakery-api", "routes"),
    _a_public_route_elsewhere: ("shop.doorbell", "routes"),
    _a_function_gone: ("functions", "ids"),
}


@pytest.mark.parametrize("mistake", PLANTED, ids=lambda mistake: mistake.__name__.strip("_"))
def test_a_planted_difference_is_seen(mistake: Callable[[Templates], None]) -> None:
    templates = copy.deepcopy(flavour("estate", "dynamodb").templates)
    mistake(templates)
    found = _differences(describe(ESTATE, store="dynamodb"), describe_templates(templates))
    assert PLANTED[mistake] in [(id_, field) for id_, field, _, _ in found]
