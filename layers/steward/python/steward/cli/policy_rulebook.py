"""``steward policy store|rulebook|versions|place|rollback|shadow``: a tenant's own rules."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import typer

from steward.cli import exits
from steward.cli.client import DEFAULT_DATA, Client, Data
from steward.cli.inventory_past import pages
from steward.cli.output import Format, Output, note, show
from steward.errors import BadInput

RULEBOOK = "/api/v1/policy/rulebook"
_ENTRY = ("rule_id", "severity", "newest", "live", "ahead", "accounts", "shadow", "ships", "title")

RuleId = Annotated[str, typer.Argument(help="The rule's id.")]
Reason = Annotated[str, typer.Option(help="Why.")]


def store(
    file: Annotated[Path, typer.Argument(help="The rule file; its cases stand beside it.")],
    why: Annotated[str, typer.Option("--note", help="What is new about it.")] = "",
    data: Data = DEFAULT_DATA,
) -> None:
    """Keep a version of a rule in a running Steward, signed; it is in force nowhere yet.

    Example: steward policy store rules/mine/db-plain.yaml --note "asks for backups too"
    """
    beside = file.with_name(f"{file.stem}.cases.yaml")
    body = {"text": _text(file), "cases": _text(beside), "note": why}
    kept = Client(data).post(f"{RULEBOOK}/{file.stem}/versions", body)
    signed = "signed" if kept["key"] else "not signed"
    note(f"{kept['rule_id']}: version {kept['version']}, {signed}, SHA-256 {kept['digest']}")


def rulebook(data: Data = DEFAULT_DATA, output: Output = Format.TABLE) -> None:
    """List the tenant's own rules, and which version of each holds where.

    Example: steward policy rulebook
    """
    show(Client(data).get(RULEBOOK)["items"], columns=_ENTRY, output=output)


def versions(rule: RuleId, data: Data = DEFAULT_DATA, output: Output = Format.TABLE) -> None:
    """List the versions of a rule, the newest first.

    Example: steward policy versions db-plain
    """
    found = pages(Client(data), f"{RULEBOOK}/{rule}/versions", limit=1000)
    show(found, columns=("version", "at", "by", "note", "digest", "key"), output=output)


def place(  # Typer: one parameter an option
    rule: RuleId,
    version: Annotated[int, typer.Argument(min=0, help="Its version; 0 for none of one's own.")],
    reason: Reason,
    stage: Annotated[str, typer.Option(help="live, ahead (for some accounts) or shadow.")] = "live",
    account: Annotated[
        list[str] | None,
        typer.Option(help="With ahead: an account, subscription or project; may be repeated."),
    ] = None,
    data: Data = DEFAULT_DATA,
) -> None:
    """Let a version of a rule hold: for all, for some accounts first, or in shadow.

    Example: steward policy place db-plain 2 --stage ahead --account 111122223333 --reason "sandbox first"
    """
    body = {"stage": stage, "version": version, "accounts": account or [], "reason": reason}
    _tell(Client(data).post(f"{RULEBOOK}/{rule}/place", body))


def rollback(rule: RuleId, reason: Reason, data: Data = DEFAULT_DATA) -> None:
    """Withdraw the version that is ahead, else let the one before hold again.

    Example: steward policy rollback db-plain --reason "too many findings"
    """
    _tell(Client(data).post(f"{RULEBOOK}/{rule}/rollback", {"reason": reason}))


def shadow(rule: RuleId, data: Data = DEFAULT_DATA, output: Output = Format.TABLE) -> None:
    """Show what the version in shadow would find beside what is found now; exits 4 if they differ.

    Example: steward policy shadow db-plain
    """
    found = list(pages(Client(data), f"{RULEBOOK}/{rule}/shadow", limit=100_000))
    columns = ("difference", "account", "region", "name", "shadow", "force", "message")
    show(found, columns=columns, output=output)
    counts = Counter(row["difference"] for row in found)
    kinds = ("appears", "vanishes", "both", "doubt")
    note(", ".join(f"{counts[kind]} {kind}" for kind in kinds))
    if counts["appears"] or counts["vanishes"]:
        raise typer.Exit(exits.DRIFT)


def add_to(app: typer.Typer) -> None:
    """The commands, under ``steward policy``."""
    for command in (store, rulebook, versions, place, rollback, shadow):
        app.command(command.__name__)(command)


def _tell(entry: dict[str, Any]) -> None:
    told = [f"version {entry['live']} live"]
    if entry["ahead"]:
        told.append(f"version {entry['ahead']} ahead in {', '.join(entry['accounts'])}")
    if entry["shadow"]:
        told.append(f"version {entry['shadow']} in shadow")
    note(f"{entry['rule_id']}: {'; '.join(told)}")


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{file}: cannot be read ({error}); give a file of UTF-8 text") from error
