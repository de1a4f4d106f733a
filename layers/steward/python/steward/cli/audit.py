"""``steward audit``: find entries, show and prove one, verify the trail here or from a file."""

from __future__ import annotations

import importlib
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from steward.cli import exits
from steward.cli.client import DEFAULT_DATA, Client, Data
from steward.cli.inventory import pages
from steward.cli.output import Format, Output, note, show, show_one

AUDIT = "/api/v1/audit"
ENTRIES = f"{AUDIT}/entries"
OFFLINE = "functions.audit.adapters.offline"
"""The concern's own reader of files; imported by name, as the shared package knows no concern."""
_WAIT_SECONDS = 1.0

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Search the audit trail, verify it, and take it out; files are verified without a server.",
)

Actor = Annotated[str | None, typer.Option(help="Who did it, as user:ann or function:policy.x.")]
Resource = Annotated[
    str | None, typer.Option(help="table, table/collection, table/collection/id, or an id alone.")
]
Since = Annotated[str | None, typer.Option(help="From then on, as 2026-03-01T00:00:00Z.")]
Until = Annotated[str | None, typer.Option(help="Until then.")]
Keys = Annotated[
    list[Path] | None,
    typer.Option("--key", help="PEM of a public key that you trust; may be given again."),
]


@app.command("ls")
def ls(  # noqa: PLR0917  # one parameter for each option
    data: Data = DEFAULT_DATA,
    actor: Actor = None,
    resource: Resource = None,
    verb: Annotated[str | None, typer.Option(help="add, put or delete.")] = None,
    since: Since = None,
    until: Until = None,
    request: Annotated[str | None, typer.Option(help="The request's or correlation's id.")] = None,
    text: Annotated[str | None, typer.Option(help="Anything that the entry says.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="Stop after this many.")] = 100,
    output: Output = Format.TABLE,
) -> None:
    """List entries, newest first.

    Example: steward audit ls --actor user:ann --since 2026-03-01T00:00:00Z
    """
    wanted = {
        "actor": actor,
        "resource": resource,
        "verb": verb,
        "since": since,
        "until": until,
        "request": request,
        "text": text,
    }
    found = pages(Client(data), ENTRIES, limit=limit, **wanted)
    rows = ({**each, "what": _what(each)} for each in found)
    show(rows, columns=("n", "when", "who", "what", "request_id"), output=output)


@app.command("show")
def show_entry(
    n: Annotated[int, typer.Argument(min=1, help="The entry's number.")],
    data: Data = DEFAULT_DATA,
    opened: Annotated[
        bool, typer.Option("--open", help="Open personal data; leaves an entry itself.")
    ] = False,
    output: Output = Format.JSON,
) -> None:
    """Show one entry with everything that was hashed.

    Example: steward audit show 42
    """
    client = Client(data)
    found = client.post(f"{ENTRIES}/{n}/open", {}) if opened else client.get(f"{ENTRIES}/{n}")
    show_one(found, output=output)


@app.command("summary")
def summary(
    data: Data = DEFAULT_DATA,
    actor: Actor = None,
    resource: Resource = None,
    since: Since = None,
    until: Until = None,
    output: Output = Format.TABLE,
) -> None:
    """Count who did what.

    Example: steward audit summary --since 2026-03-01T00:00:00Z -o json
    """
    wanted = {"actor": actor, "resource": resource, "since": since, "until": until}
    show_one(Client(data).get(f"{AUDIT}/summary", **wanted), output=output)


@app.command("verify")
def verify(
    file: Annotated[
        Path | None, typer.Argument(help="An exported trail; without it, the running Steward's.")
    ] = None,
    key: Keys = None,
    data: Data = DEFAULT_DATA,
    output: Output = Format.TABLE,
) -> None:
    """Verify a whole trail; exits 3 when it was tampered with. A file needs no server.

    Example: steward audit verify trail.jsonl --key audit.pem
    """
    if file is None:
        result = _verified(Client(data))
        _judge(result, result["findings"], output)
        return
    offline = _offline()
    checked = offline.verify_file(file, offline.keys_of(key or ()))
    verdict = checked.verdict
    result = {
        "tenant": checked.tenant,
        "intact": verdict.intact,
        "checked": verdict.entries,
        "first": checked.first,
        "last": checked.last,
        "heads": verdict.heads,
        "covered": verdict.covered,
        "keys": list(checked.keys),
        "pinned": checked.pinned,
        "findings": [finding._asdict() for finding in verdict.findings],
    }
    _warn_unpinned(pinned=checked.pinned)
    _judge(result, result["findings"], output)


@app.command("tampered")
def tampered(data: Data = DEFAULT_DATA, output: Output = Format.TABLE) -> None:
    """List what was done to the trail, and at which entry; exits 3 when anything was.

    Example: steward audit tampered -o json
    """
    found = _verified(Client(data))["findings"]
    show(found, columns=("n", "fault", "detail"), output=output)
    if found:
        raise typer.Exit(exits.FINDINGS)


@app.command("prove")
def prove(
    n: Annotated[int, typer.Argument(min=1, help="The entry's number.")],
    data: Data = DEFAULT_DATA,
) -> None:
    """Print the proof that an entry is in the trail, for somebody who may not see the rest.

    Example: steward audit prove 42 > proof.json
    """
    sys.stdout.write(
        json.dumps(Client(data).get(f"{ENTRIES}/{n}/proof"), ensure_ascii=False) + "\n"
    )


@app.command("verify-proof")
def verify_proof(
    file: Annotated[Path, typer.Argument(help="What 'audit prove' printed.")],
    key: Keys = None,
    output: Output = Format.TABLE,
) -> None:
    """Check a proof without a server; exits 3 when it does not hold.

    Example: steward audit verify-proof proof.json --key audit.pem
    """
    offline = _offline()
    proved = offline.verify_proof(file, offline.keys_of(key or ()))
    _warn_unpinned(pinned=proved.pinned)
    show_one({"holds": not proved.fault, **proved._asdict()}, output=output)
    if proved.fault:
        raise typer.Exit(exits.FINDINGS)


@app.command("keys")
def keys(data: Data = DEFAULT_DATA) -> None:
    """Print the public key that heads are signed by, as PEM.

    Example: steward audit keys > audit.pem
    """
    for key in Client(data).get(f"{AUDIT}/keys")["items"]:
        sys.stdout.write(key["pem"])


@app.command("heads")
def heads(
    data: Data = DEFAULT_DATA,
    limit: Annotated[int, typer.Option(min=1, help="Stop after this many.")] = 100,
    output: Output = Format.TABLE,
) -> None:
    """List the signed heads, newest first.

    Example: steward audit heads
    """
    columns = ("seq", "first", "last", "signed_at", "merkle_root", "key_id")
    show(pages(Client(data), f"{AUDIT}/heads", limit=limit), columns=columns, output=output)


@app.command("export")
def export(
    data: Data = DEFAULT_DATA,
    form: Annotated[str, typer.Option("--format", help="jsonl or csv.")] = "jsonl",
    first: Annotated[int, typer.Option(min=1, help="From this entry on.")] = 1,
    last: Annotated[int | None, typer.Option(min=1, help="Up to this entry.")] = None,
) -> None:
    """Print the trail with its signed heads; 'audit verify FILE' needs nothing else.

    Example: steward audit export > trail.jsonl
    """
    if form not in ("jsonl", "csv"):
        raise typer.BadParameter(f"{form!r}; use jsonl or csv", param_hint="--format")
    kind: Literal["jsonl", "csv"] = "csv" if form == "csv" else "jsonl"
    for text in _parts(Client(data), kind, first, last):
        sys.stdout.write(text)


def _parts(
    client: Client, form: Literal["jsonl", "csv"], first: int, last: int | None
) -> Iterator[str]:
    offline = _offline()
    place: dict[str, int] = {}
    while True:
        text = client.text(f"{AUDIT}/export", format=form, first=first, last=last, **place)
        body, more = offline.without_more(text, form)
        yield body
        if not more:
            return
        place |= more


def _verified(client: Client) -> dict[str, Any]:
    job: dict[str, Any] = client.post(f"{AUDIT}/verify", {})
    while job["status"] != "done":
        note(f"{job['checked']} of {job['total']} entries verified")
        time.sleep(_WAIT_SECONDS)
        job = client.get(f"{AUDIT}/jobs/{job['id']}")
    return job


def _judge(result: dict[str, Any], findings: list[dict[str, Any]], output: Format) -> None:
    if output is Format.TABLE:
        shown = {name: value for name, value in result.items() if name != "findings"}
        show_one(shown, output=output)
        if findings:
            show(findings, columns=("n", "fault", "detail"), output=output)
    else:
        show_one(result, output=output)
    if findings:
        note(f"tampered with: {len(findings)} findings, the first at entry {findings[0]['n']}")
        raise typer.Exit(exits.FINDINGS)


def _warn_unpinned(*, pinned: bool) -> None:
    if not pinned:
        note("the key is the file's own; give the one you keep with --key to know whose it is")


def _what(entry: dict[str, Any]) -> str:
    if entry["damaged"]:
        return "damaged: what stands there is not what was chained"
    return ", ".join(f"{each['verb']} {each['resource']}" for each in entry["changes"])


def _offline() -> Any:
    return importlib.import_module(OFFLINE)
