"""``steward policy explain|fields|new|bench|schema``: writing rules."""

from __future__ import annotations

import importlib
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from steward.cli.client import DEFAULT_DATA, Client, Data
from steward.cli.inventory_past import pages
from steward.cli.output import Format, Output, note, show
from steward.errors import BadInput

AUTHORING = "functions.policy.adapters.authoring"
EXPLAINING = "functions.policy.adapters.explaining"
SCAFFOLDS = "functions.policy.adapters.scaffolds"
TIMING = "functions.policy.adapters.timing"
SCHEMAS = "functions.policy.adapters.schemas"
RESOURCES = "/api/v1/inventory/resources"


def explain(
    rule: Annotated[str, typer.Argument(help="A rule file, or the id of a rule that ships.")],
    resource: Annotated[
        str, typer.Argument(help="A JSON file with one, or its id in a running Steward.")
    ],
    at: Annotated[
        datetime | None, typer.Option(help="As if it were then, as 2026-01-31T08:00:00.")
    ] = None,
    data: Data = DEFAULT_DATA,
    output: Output = Format.TABLE,
) -> None:
    """Show what each part of a rule gives on a resource: true, false, a value, or unknown and why.

    Example: steward policy explain s3-bucket-versioning-off bucket.json
    """
    explaining = importlib.import_module(EXPLAINING)
    known = explaining.rule_of(rule)
    now = datetime.now(UTC) if at is None else at.replace(tzinfo=at.tzinfo or UTC)
    told = explaining.explained(known, _resource(resource, data), now)
    rows = list(explaining.shown(told.rows)) if output is Format.TABLE else told.rows
    show(rows, columns=("state", "expression", "for", "value"), output=output)
    note(f"{known.id}: {told.verdict}{told.message and f': {told.message}'}")


def fields(
    kind: Annotated[
        str | None, typer.Argument(help="The resource type, as AWS::S3::Bucket; all without it.")
    ] = None,
    output: Output = Format.TABLE,
) -> None:
    """List the fields that a rule on a type can read, with an example of each.

    Example: steward policy fields AWS::RDS::DBInstance
    """
    rows: list[dict[str, Any]] = importlib.import_module(SCAFFOLDS).fields(kind)
    columns = ("type",) if kind is None else ("field", "example")
    show(rows, columns=columns, output=output)
    note(f"{len(rows)} {'types' if kind is None else 'fields'}")


def new(
    rule: Annotated[str, typer.Argument(help="The new rule's id, as rds-instance-unencrypted.")],
    kind: Annotated[str, typer.Option("--type", help="The resource type, as AWS::S3::Bucket.")],
    field: Annotated[str, typer.Option(help="The field, as 'steward policy fields' prints it.")],
    must: Annotated[str, typer.Option(help="The value that it must have: true, 7 or a text.")],
    severity: Annotated[str, typer.Option(help="critical, high, medium, low or info.")] = "medium",
    title: Annotated[str | None, typer.Option(help="What is wrong with a violator.")] = None,
    into: Annotated[Path, typer.Option(help="The folder to write to.")] = Path(),
) -> None:
    """Write a new rule on one field of a type, with a passing, a failing and an unknown case.

    Example: steward policy new db-plain --type AWS::RDS::DBInstance --field storageEncrypted --must true
    """
    scaffolds = importlib.import_module(SCAFFOLDS)
    wish = scaffolds.Wish(rule, kind, field, must, severity, title)
    for path in scaffolds.write(wish, into):
        note(f"wrote {path}")


def bench(
    path: Annotated[
        Path | None, typer.Argument(help="A rule file or folder; those that ship without it.")
    ] = None,
    resources: Annotated[
        Path | None,
        typer.Option(
            help="Resources as JSON or JSON lines; those of a running Steward without it."
        ),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many of a type.")] = 1_000,
    data: Data = DEFAULT_DATA,
    output: Output = Format.TABLE,
) -> None:
    """Show how long each rule takes on one resource, and what it says of all; the slowest first.

    Example: steward policy bench rules/mine --resources snapshot.jsonl
    """
    timing = importlib.import_module(TIMING)
    if resources is None:
        found = _served(Client(data), timing.types_of(path), limit)
    else:
        found = timing.resources_in(resources)
    rows = timing.bench(path, found, now=datetime.now(UTC), clock=time.process_time_ns)
    columns = ("rule", "resources", "microseconds", "violation", "unknown", "pass")
    show(rows, columns=columns, output=output)
    judged = sum(row["resources"] for row in rows)
    spent = sum(row["resources"] * row["microseconds"] for row in rows) / 1_000
    note(f"{len(rows)} rules, {judged} verdicts in {spent:.1f} ms of this machine")


def _served(client: Client, kinds: tuple[str, ...], limit: int) -> list[dict[str, Any]]:
    """The resources of each type in a running Steward."""
    return [one for kind in kinds for one in pages(client, RESOURCES, limit=limit, type=kind)]


def schema(
    cases: Annotated[bool, typer.Option("--cases", help="That of cases, not of rules.")] = False,
) -> None:
    """Print the JSON Schema of rule files, by which editors complete and check them.

    Example: steward policy schema > rule.schema.json
    """
    sys.stdout.write(importlib.import_module(SCHEMAS).text(cases=cases))


def _resource(word: str, data: Path) -> dict[str, Any]:
    if not Path(word).suffix and not Path(word).exists():
        found: dict[str, Any] = Client(data).get(f"{RESOURCES}/{word}")
        return found
    documents: list[dict[str, Any]] = importlib.import_module(AUTHORING).documents(Path(word))
    if len(documents) > 1:
        raise BadInput(f"{word}: {len(documents)} resources; give a file with one")
    return documents[0]


def add_to(app: typer.Typer) -> None:
    """The commands, under ``steward policy``."""
    app.command("explain")(explain)
    app.command("fields")(fields)
    app.command("new")(new)
    app.command("bench")(bench)
    app.command("schema")(schema)
