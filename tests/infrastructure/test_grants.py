"""What a role is allowed follows from the manifest entry, and from nothing else."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from cdk import grants, settings
from cdk.environments import UnknownContext, environment
from cdk.names import Names, NameTooLong
from steward.manifest import STORES, Access, Function, Queue, StoreKind, Table
from tests.infrastructure.estate import ESTATE

NAMES = Names("dev", "aws", "eu-central-1", "111122223333")
BY_ID = {function.id: function for function in ESTATE}


def _around(store: StoreKind) -> grants.Surroundings:
    streams = {name: f"{NAMES.table_arn(name)}/stream/1" for name in ("bakery", "shop")}
    return grants.Surroundings(
        names=NAMES,
        store=store,
        pokes=(BY_ID["porter.carry-poked"],) if store == "aurora" else (),
        streams=streams if store == "dynamodb" else {},
        trails=(BY_ID["porter.file-away"],),
        tables=frozenset({"bakery", "shop"}),
        database_user=NAMES.arn("rds-db", "dbuser:cluster-1/steward"),
    )


def _allowed(function: Function, store: StoreKind = "dynamodb") -> dict[str, set[str]]:
    """Resources by action, of the function's own role and of its data role."""
    around = _around(store)
    found: dict[str, set[str]] = {}
    for statement in (
        *grants.statements(function, around),
        *grants.data_statements(function, around),
    ):
        for action in statement.actions:
            found.setdefault(action, set()).update(statement.resources)
    return found


def _data_role(function: Function) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for statement in grants.data_statements(function, _around("dynamodb")):
        for action in statement.actions:
            found.setdefault(action, set()).update(statement.resources)
    return found


def _statement(function: str, sid: str) -> grants.Statement:
    found = grants.statements(BY_ID[function], _around("dynamodb"))
    return next(statement for statement in found if statement.sid == sid)


def _table_arns(name: str) -> set[str]:
    arn = NAMES.table_arn(name)
    return {arn, *(f"{arn}/index/slot{slot}" for slot in range(5))}


def test_a_table_that_is_only_read_is_never_written() -> None:
    allowed = _data_role(BY_ID["shop.sweep"])
    assert allowed["dynamodb:Query"] == _table_arns("shop") | _table_arns("bakery") | _table_arns(
        "directory"
    )
    assert allowed["dynamodb:PutItem"] == _table_arns("shop")
    assert allowed["dynamodb:DeleteItem"] == _table_arns("shop")


def test_every_function_reads_the_directory() -> None:
    for function in ESTATE:
        if "dynamodb" in function.stores:
            assert _table_arns("directory") <= _allowed(function)["dynamodb:GetItem"]


def test_no_table_is_ever_scanned_or_administered() -> None:
    actions = {action for function in ESTATE for action in _allowed(function)}
    assert {a for a in actions if a.startswith("dynamodb:")} == {
        "dynamodb:ConditionCheckItem",
        "dynamodb:DeleteItem",
        "dynamodb:DescribeStream",
        "dynamodb:GetItem",
        "dynamodb:GetRecords",
        "dynamodb:GetShardIterator",
        "dynamodb:ListStreams",
        "dynamodb:PutItem",
        "dynamodb:Query",
    }


def test_on_aurora_the_database_stands_in_the_place_of_the_tables() -> None:
    allowed = _allowed(BY_ID["bakery.bake"], "aurora")
    assert allowed["rds-db:connect"] == {NAMES.arn("rds-db", "dbuser:cluster-1/steward")}
    assert not [action for action in allowed if action.startswith("dynamodb:")]


@pytest.mark.parametrize("store", STORES)
def test_no_function_reaches_items_or_objects_of_tenants_by_its_own_role(store: StoreKind) -> None:
    for function in ESTATE:
        for statement in grants.statements(function, _around(store)):
            assert not [action for action in statement.actions if action.startswith("s3:")]
            if {"dynamodb:GetItem", "dynamodb:Query"} & set(statement.actions):
                # The outboxes are every tenant's, for the one who looks for gaps; nothing else is.
                mine = "@outbox#*" if statement.sid == "Outboxes" else "system#*"
                keys = {"dynamodb:LeadingKeys": [mine]}
                assert statement.conditions["ForAllValues:StringLike"] == keys


@pytest.mark.parametrize("store", STORES)
def test_every_allowance_of_a_data_role_names_the_tenant(store: StoreKind) -> None:
    for function in ESTATE:
        for statement in grants.data_statements(function, _around(store)):
            named = " ".join((*statement.resources, str(statement.conditions)))
            assert "${aws:PrincipalTag/tenant}" in named


def test_who_works_for_the_system_tenant_is_declared_or_follows_from_the_trigger() -> None:
    refused = {f.id for f in ESTATE if "StringNotEquals" in grants.trust(f)}
    assert refused == {
        "bakery.bake",
        "bakery.bakery-api",
        "porter.file-away",
        "shop.doorbell",
        "shop.read-invoices",
    }


def test_only_a_relay_reaches_the_bus() -> None:
    reach = {f.id for f in ESTATE if "events:PutEvents" in _allowed(f)}
    assert reach == {"porter.carry", "porter.carry-poked"}


def test_a_relay_may_pass_on_the_timers_role_and_to_the_scheduler_only() -> None:
    passing = [
        statement
        for statement in grants.statements(BY_ID["porter.carry"], _around("dynamodb"))
        if "iam:PassRole" in statement.actions
    ]
    assert [statement.resources for statement in passing] == [
        ("arn:aws:iam::111122223333:role/steward-dev-timers",)
    ]
    assert passing[0].conditions == {
        "StringEquals": {"iam:PassedToService": "scheduler.amazonaws.com"}
    }


def test_a_secret_is_read_by_whom_it_was_declared_for_alone() -> None:
    readers = {
        f.id: allowed["secretsmanager:GetSecretValue"]
        for f in ESTATE
        if "secretsmanager:GetSecretValue" in (allowed := _allowed(f))
    }
    secrets = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:steward/dev"
    assert readers == {
        "bakery.bake": {f"{secrets}/oven-??????", f"{secrets}/guests/*"},
        "bakery.bakery-api": {f"{secrets}/guests/*"},
        "porter.file-away": {f"{secrets}/wax-??????"},
    }


def test_a_family_of_secrets_is_made_and_removed_by_whom_may_write_it() -> None:
    makers = {f.id for f in ESTATE if "secretsmanager:CreateSecret" in _allowed(f)}
    assert makers == {"bakery.bakery-api"}


def test_only_who_declares_it_enters_accounts_and_by_roles_of_our_names_alone() -> None:
    roles = {
        f.id: {one for one in allowed["sts:AssumeRole"] if ":role/Steward" in one}
        for f in ESTATE
        if "sts:AssumeRole" in (allowed := _allowed(f))
    }
    assert {id_: found for id_, found in roles.items() if found} == {
        "bakery.bake": {"arn:aws:iam::*:role/Steward*"},
    }


def test_only_who_declares_it_sends_mail_and_only_from_this_account() -> None:
    senders = {
        f.id: allowed["ses:SendEmail"]
        for f in ESTATE
        if "ses:SendEmail" in (allowed := _allowed(f))
    }
    assert senders == {
        "bakery.bake": {"arn:aws:ses:eu-central-1:111122223333:identity/*"},
    }


@pytest.mark.parametrize("store", STORES)
def test_no_action_has_a_star_and_only_listed_calls_reach_everything(store: StoreKind) -> None:
    for function in ESTATE:
        for action, resources in _allowed(function, store).items():
            assert "*" not in action
            assert "*" not in resources or action in grants.UNSCOPED


def test_a_statement_names_each_sid_once() -> None:
    for function, store in itertools.product(ESTATE, STORES):
        sids = [statement.sid for statement in grants.statements(function, _around(store))]
        assert len(sids) == len(set(sids))


def _deployment(store: StoreKind, functions: tuple[Function, ...] = ESTATE) -> settings.Deployment:
    return settings.Deployment(
        environment=environment("dev"),
        names=NAMES,
        store=store,
        store_address=store if store == "dynamodb" else "postgresql://steward@db:5433/steward",
        url_suffix="amazonaws.com",
        functions=functions,
    )


@pytest.mark.parametrize("store", STORES)
def test_a_function_is_told_exactly_the_keys_of_its_manifest(store: StoreKind) -> None:
    for function in ESTATE:
        values = settings.values(function, _deployment(store))
        assert tuple(sorted(values)) == function.environment(store)
        assert all(values.values())


def test_values_are_the_physical_names_of_the_deployment() -> None:
    values = settings.values(BY_ID["bakery.bake"], _deployment("dynamodb"))
    assert values == {
        "BAKERY_TABLE": "steward-dev-bakery",
        "CLAIMS_BUCKET": "steward-dev-claims-111122223333-eu-central-1",
        "DATA_ROLE": "arn:aws:iam::111122223333:role/steward-dev-bakery-bake-data",
        "DEAD_LETTER_QUEUE": "https://sqs.eu-central-1.amazonaws.com/111122223333/"
        "steward-dev-bakery-bake-dlq",
        "DIRECTORY_TABLE": "steward-dev-directory",
        "GUESTS_SECRET": "steward/dev/guests",
        "LOAVES_DATASET": "steward-dev-lake-111122223333-eu-central-1",
        "OVEN_SECRET": "steward/dev/oven",
        "PYDANTIC_DISABLE_PLUGINS": "__all__",
        "STEWARD_BUS": "steward-dev",
        "STEWARD_ENV": "dev",
        "STEWARD_FUNCTION": "bakery.bake",
        "STEWARD_STORE": "dynamodb",
    }


def test_settings_of_the_manifest_reach_the_function() -> None:
    values = settings.values(BY_ID["bakery.bakery-api"], _deployment("dynamodb"))
    assert values["OVENS"] == "3"


def test_aurora_without_a_relay_is_refused() -> None:
    without = tuple(function for function in ESTATE if function.concern != "porter")
    with pytest.raises(settings.NoRelay, match="Poke"):
        settings.values(without[0], _deployment("aurora", without))


def test_a_name_that_aws_would_refuse_is_refused_first() -> None:
    function = Function(
        name="a-name-so-long-that-no-one-would-type-it-but-somebody-did",
        handler="functions.bakery.handlers.bake.handler",
        trigger=Queue(events=("bakery.order.taken.v1",)),
        uses=(Table("bakery", Access.READ),),
    )
    with pytest.raises(NameTooLong, match="shorten its name by 12"):
        NAMES.function(function)


def test_an_unknown_environment_is_refused_with_those_there_are() -> None:
    with pytest.raises(UnknownContext, match="dev, staging, production"):
        environment("qa")


def test_statements_become_policy_documents_with_sorted_actions() -> None:
    document: dict[str, Any] = grants.Statement("Sid", ("b:Two", "a:One"), ("arn",)).document()
    assert document == {
        "Sid": "Sid",
        "Effect": "Allow",
        "Action": ["a:One", "b:Two"],
        "Resource": ["arn"],
    }


def test_the_outboxes_of_all_tables_are_read_by_their_own_partitions_alone() -> None:
    statement = _statement("porter.file-away", "Outboxes")
    assert statement.actions == ("dynamodb:Query",)
    assert [place.rpartition(":table/")[2] for place in statement.resources] == [
        "steward-dev-bakery/index/slot1",
        "steward-dev-shop/index/slot1",
    ]
    assert statement.conditions == {
        "ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["@outbox#*"]},
        "Null": {"dynamodb:LeadingKeys": "false"},
    }


def test_a_key_is_used_for_signing_by_its_alias_alone() -> None:
    statement = _statement("porter.file-away", "SignerSeal")
    alias = "alias/steward-dev-signer-seal"
    assert statement.conditions == {"StringEquals": {"kms:RequestAlias": alias}}
    assert statement.actions == ("kms:GetPublicKey", "kms:Sign")


def test_nobody_removes_what_is_under_lock() -> None:
    function = BY_ID["porter.file-away"]
    found = [s for s in grants.data_statements(function, _around("dynamodb")) if "Ledger" in s.sid]
    actions = {action for statement in found for action in statement.actions}
    assert actions == {"s3:GetObject", "s3:ListBucket", "s3:PutObject"}
