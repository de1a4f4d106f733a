"""``steward auth policies``: a tenant's own Cedar policies, tried before they count."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from steward.cli import exits
from steward.cli.client import DEFAULT_DATA, Client, Data
from steward.cli.inventory import pages
from steward.cli.output import Format, Output, note, show, show_one
from steward.errors import BadInput

ROOT = "/api/v1/access"
POLICIES = f"{ROOT}/policies"
VERSIONS = f"{ROOT}/versions"
TEMPLATES = f"{ROOT}/templates"

app = typer.Typer(no_args_is_help=True, help="List, try, put and remove the tenant's own policies.")

PolicyId = Annotated[str, typer.Argument(help="The id, as 'ls' prints it.")]
PolicyFile = Annotated[Path, typer.Argument(help="A file with one Cedar policy.", dir_okay=False)]
Apply = Annotated[bool, typer.Option("--apply", help="Do it; else it is only shown.")]
Note = Annotated[str, typer.Option(help="Why, for the history.")]


@app.command("ls")
def ls(data: Data = DEFAULT_DATA, output: Output = Format.TABLE) -> None:
    """List the tenant's own policies."""
    rows = Client(data).get(POLICIES)["items"]
    show(
        ({**row, "first line": _first(row)} for row in rows),
        columns=("id", "effect", "first line"),
        output=output,
    )


@app.command("show")
def show_policy(policy: PolicyId, data: Data = DEFAULT_DATA, output: Output = Format.TABLE) -> None:
    """Show a policy with the permissions that it can touch."""
    show_one(Client(data).get(f"{POLICIES}/{policy}"), output=output)


@app.command("templates")
def templates(data: Data = DEFAULT_DATA, output: Output = Format.TABLE) -> None:
    """List policies to start from."""
    rows = Client(data).get(TEMPLATES)["items"]
    show(rows, columns=("id", "title", "text"), output=output)


@app.command("put")
def put(
    policy: Annotated[str, typer.Argument(help="The id to keep it under.")],
    file: PolicyFile,
    why: Note = "",
    data: Data = DEFAULT_DATA,
) -> None:
    """Add a policy, or replace the one of that id; it counts everywhere within a minute.

    Example: steward auth policies put production-needs-mfa mfa.cedar
    """
    body = {"text": _read(file), "note": why}
    kept = Client(data).request("PUT", f"{POLICIES}/{policy}", body)
    note(f"{kept['id']}: a {kept['effect']} that can touch {len(kept['permissions'])} permissions")


@app.command("rm")
def rm(policy: PolicyId, data: Data = DEFAULT_DATA, apply: Apply = False) -> None:
    """Remove a policy."""
    client = Client(data)
    if apply:
        client.request("DELETE", f"{POLICIES}/{policy}")
        return
    found = client.get(f"{POLICIES}/{policy}")
    note(f"Would remove {found['id']!r}, a {found['effect']}; add --apply to do it.")


@app.command("test")
def rehearse(
    policy: Annotated[str, typer.Argument(help="The id that it would be kept under.")],
    file: PolicyFile,
    principal: Annotated[
        list[str], typer.Option("--as", help="Whom to ask for; may come several times.")
    ],
    permission: Annotated[
        list[str], typer.Option("--may", help="What to ask; may come several times.")
    ],
    mfa: Annotated[
        bool | None, typer.Option("--mfa/--no-mfa", help="With a second factor.")
    ] = None,
    ip: Annotated[str | None, typer.Option(help="From this address.")] = None,
    data: Data = DEFAULT_DATA,
    output: Output = Format.TABLE,
) -> None:
    """Show decisions now and with the policy in the file, which is not put; exits 1 if it may not be.

    Example: steward auth policies test mfa mfa.cedar --as role:operator --may finding:manage
    """
    bring = {key: value for key, value in (("mfa", mfa), ("ip", ip)) if value is not None}
    asked = [{"principal": p, "permission": m, **bring} for p in principal for m in permission]
    body = {"policies": {policy: _read(file)}, "requests": asked}
    outcome = Client(data).post(f"{POLICIES}/test", body)
    columns = ("principal", "permission", "now", "then", "why")
    show([_compared(one) for one in outcome["results"]], columns=columns, output=output)
    if outcome["refused"]:
        note(outcome["refused"])
        raise typer.Exit(exits.FAILED)


@app.command("history")
def history(
    data: Data = DEFAULT_DATA,
    limit: Annotated[int, typer.Option(min=1, help="Stop after this many.")] = 100,
    output: Output = Format.TABLE,
) -> None:
    """List the versions, newest first."""
    rows = pages(Client(data), VERSIONS, limit=limit)
    columns = ("version", "at", "by", "change", "touched", "note")
    show(rows, columns=columns, output=output)


@app.command("rollback")
def rollback(
    version: Annotated[int, typer.Argument(min=0, help="As 'history' prints it.")],
    data: Data = DEFAULT_DATA,
    apply: Apply = False,
) -> None:
    """Go back to the policies of an earlier version."""
    client = Client(data)
    if apply:
        made = client.post(f"{VERSIONS}/{version}/restore", {})
        note(f"version {made['version']}: {', '.join(made['policies']) or 'no policies'}")
        return
    wanted = [one for one in pages(client, VERSIONS, limit=1000) if one["version"] == version]
    if not wanted:
        raise BadInput(f"version {version}: not kept; 'steward auth policies history' lists them")
    note(f"Would go back to {', '.join(wanted[0]['policies']) or 'no policies'}; add --apply.")


def _compared(one: dict[str, Any]) -> dict[str, Any]:
    now, then = one["now"], one["then"]
    words = {True: "allowed", False: "denied"}
    return {
        "principal": now["principal"],
        "permission": now["permission"],
        "now": words[now["allowed"]],
        "then": words[then["allowed"]],
        "why": then["why"],
    }


def _first(policy: dict[str, Any]) -> str:
    return " ".join(policy["text"].split())[:80]


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{file}: cannot be read as text ({error})") from error
