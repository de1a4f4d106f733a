"""``steward policy explain|new|bench|schema``: writing rules."""

from __future__ import annotations

import importlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from steward.cli.client import DEFAULT_DATA, Client, Data
from steward.cli.output import Format, Output, note, show
from steward.errors import BadInput

AUTHORING = "functions.policy.adapters.authoring"
EXPLAINING = "functions.policy.adapters.explaining"
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
