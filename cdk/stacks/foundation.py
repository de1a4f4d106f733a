"""What every concern stands on: bus and archive, state, objects, secrets, key."""

from __future__ import annotations

from aws_cdk import Aws, Duration, RemovalPolicy, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from cdk.constructs.bucket import access_logs, private_bucket
from cdk.constructs.database import Database
from cdk.constructs.key import signing_key, state_key
from cdk.constructs.role import service_role
from cdk.constructs.table import ConcernTable
from cdk.environments import Environment
from cdk.grants import Statement
from cdk.names import Names
from steward.manifest import (
    LIMITS,
    Bucket,
    Dataset,
    Function,
    Objects,
    Secret,
    Signer,
    StoreKind,
    Table,
)

ARCHIVE_DAYS = 30
_GENERATED = "Made with the deployment; losing it loses what is sealed under it"
# Longer than the archive: a replayed event still finds its large body.
CLAIMS_LAST = Duration.days(ARCHIVE_DAYS + 10)


class FoundationStack(Stack):
    """The parts that hold data, and the bus."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        names: Names,
        environment: Environment,
        store: StoreKind,
        functions: tuple[Function, ...],
    ) -> None:
        super().__init__(scope, construct_id, description=f"Steward {names.env}: state and bus")
        self._names = names
        self._environment = environment
        self._bus()
        self._timers()
        key = state_key(self, names=names, keep=environment.keep)
        self._buckets(functions, key)
        self._secrets(functions, key)
        self._signers(functions)
        self.streams = self._tables(functions, key) if store == "dynamodb" else {}
        self.database = self._database(key) if store == "aurora" else None

    @property
    def store_address(self) -> str:
        """The value of STEWARD_STORE."""
        return "dynamodb" if self.database is None else self.database.url

    def _bus(self) -> None:
        bus = events.CfnEventBus(self, "Bus", name=self._names.bus)
        events.CfnArchive(
            self,
            "Archive",
            archive_name=self._names.bus,
            source_arn=bus.attr_arn,
            retention_days=ARCHIVE_DAYS,
            description="What was published, for replay",
        )

    def _timers(self) -> None:
        names = self._names
        scheduler.CfnScheduleGroup(self, "Timers", name=names.timers)
        service_role(
            self,
            "TimersRole",
            name=names.timers,
            service="scheduler.amazonaws.com",
            conditions={"StringEquals": {"aws:SourceAccount": names.account}},
            statements=[Statement("Publish", ("events:PutEvents",), (names.bus_arn(),))],
        )

    def _buckets(self, functions: tuple[Function, ...], key: kms.IKey) -> None:
        logs = access_logs(
            self, name=self._names.bucket("access-logs"), account=self._names.account
        )
        locked = locked_names(functions)
        for name in bucket_names(functions):
            days = Duration.days(self._environment.lock_days) if name in locked else None
            self._bucket(name, key, logs, days)

    def _bucket(self, name: str, key: kms.IKey, logs: s3.IBucket, locked: Duration | None) -> None:
        private_bucket(
            self,
            f"Bucket{name.capitalize()}",
            name=self._names.bucket(name),
            key=key,
            logs=logs,
            keep=self._environment.keep,
            expires=CLAIMS_LAST if name == "claims" else None,
            locked=locked,
        )

    def _secrets(self, functions: tuple[Function, ...], key: kms.IKey) -> None:
        generated = generated_names(functions)
        for name in secret_names(functions):
            # Nobody's to know, and never made anew: what was sealed under it would be lost.
            made = {"excludePunctuation": True, "passwordLength": 64} if name in generated else None
            secret = secretsmanager.CfnSecret(
                self,
                f"Secret{name.capitalize()}",
                name=self._names.secret(name),
                description=_GENERATED if made else "Empty until its owner puts a value in",
                generate_secret_string=made,
                kms_key_id=key.key_arn,
            )
            secret.apply_removal_policy(RemovalPolicy.RETAIN)

    def _signers(self, functions: tuple[Function, ...]) -> None:
        keys = [one for each in functions for one in each.resources if isinstance(one, Signer)]
        rsa = {key.name for key in keys if key.rsa}
        for name in names_of(functions, Signer):
            signing_key(self, name, names=self._names, rsa=name in rsa)

    def _tables(self, functions: tuple[Function, ...], key: kms.IKey) -> dict[str, str]:
        tables = {
            name: ConcernTable(
                self,
                f"Table{name.capitalize()}",
                name=self._names.table(name),
                key_arn=key.key_arn,
                keep=self._environment.keep,
                # The limiters' buckets change without a Work: no stream of theirs is carried on.
                streams=name != LIMITS.name,
            )
            for name in names_of(functions, Table)
        }
        return {name: table.stream_arn for name, table in tables.items() if table.stream_arn}

    def _database(self, key: kms.IKey) -> Database:
        return Database(
            self,
            "Database",
            names=self._names,
            environment=self._environment,
            key_arn=key.key_arn,
        )


def names_of(functions: tuple[Function, ...], kind: type) -> list[str]:
    """The names of all resources of a kind that some function uses."""
    return sorted({r.name for f in functions for r in f.resources if isinstance(r, kind)})


def secret_names(functions: tuple[Function, ...]) -> list[str]:
    """The secrets that exist from the start; those of a family are made at run time."""
    used = (resource for function in functions for resource in function.resources)
    return sorted({r.name for r in used if isinstance(r, Secret) and not r.family})


def generated_names(functions: tuple[Function, ...]) -> frozenset[str]:
    """The secrets that the deployment makes up itself."""
    used = (resource for function in functions for resource in function.resources)
    return frozenset(r.name for r in used if isinstance(r, Secret) and r.generated)


def locked_names(functions: tuple[Function, ...]) -> frozenset[str]:
    """The buckets whose objects nobody may change or remove."""
    used = (resource for function in functions for resource in function.resources)
    return frozenset(r.name for r in used if isinstance(r, Bucket) and r.locked)


def bucket_names(functions: tuple[Function, ...]) -> list[str]:
    """The buckets there must be: claims always, the lake when there is a dataset, and the declared."""
    found = {"claims", *names_of(functions, Bucket)}
    found |= {f.trigger.bucket for f in functions if isinstance(f.trigger, Objects)}
    if names_of(functions, Dataset):
        found.add("lake")
    return sorted(found)


def pseudo_names(env: str) -> Names:
    """Names whose account, region and partition CloudFormation fills in."""
    return Names(env, Aws.PARTITION, Aws.REGION, Aws.ACCOUNT_ID)
