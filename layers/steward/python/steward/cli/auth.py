"""``steward auth``: who may do what, why, and the policies that say so."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

import typer

from steward.cli import auth_operator, auth_policies, exits
from steward.cli.client import DEFAULT_DATA, Client, Data
from steward.cli.output import Format, Output, note, show, show_one
from steward.errors import BadInput
from steward.identity import Role
from steward.identity.permissions import matrix

EXPLAIN = "/api/v1/access/explain"
RESOURCES = "/api/v1/inventory/resources"
TAG = "tag."
_FIELDS = ("id", "provider", "account")

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="Say who may do what, and explain decisions."
)
app.add_typer(auth_policies.app, name="policies")
app.registered_commands.extend(auth_operator.app.registered_commands)


@app.command("explain")
def explain(
    principal: Annotated[
        str, typer.Argument(help="user:ID, service:ID, key:START, role:ROLE, or 'me'.")
    ],
    permission: Annotated[str, typer.Argument(help="As finding:waive; 'auth roles' lists them.")],
    resource: Annotated[
        str | None, typer.Option(help="The id of a resource in the inventory that it is about.")
    ] = None,
    item: Annotated[
        list[str] | None,
        typer.Option(help="What it is about: id=, provider=, account= or tag.NAME=VALUE."),
    ] = None,
    mfa: Annotated[
        bool | None, typer.Option("--mfa/--no-mfa", help="As if with a second factor, or without.")
    ] = None,
    ip: Annotated[str | None, typer.Option(help="As if from this address.")] = None,
    data: Data = DEFAULT_DATA,
    output: Output = Format.TABLE,
) -> None:
    """Explain a decision: by which policies, and what would allow it; exits 7 when it is no.

    Example: steward auth explain user:ada finding:waive --item tag.environment=production --no-mfa
    """
    client = Client(data)
    question = {
        "principal": "" if principal == "me" else principal,
        "permission": permission,
        "item": _thing(client, resource, item or ()),
        "mfa": mfa,
        "ip": ip,
    }
    answer = client.post(EXPLAIN, {key: val for key, val in question.items() if val is not None})
    _print(answer, output)
    if not answer["allowed"]:
        raise typer.Exit(exits.AUTH)


@app.command("roles")
def roles(output: Output = Format.TABLE) -> None:
    """List every permission with the roles that carry it.

    Example: steward auth roles -o csv
    """
    show(matrix(), columns=("permission", *(role.value for role in Role)), output=output)


def _print(answer: dict[str, Any], output: Format) -> None:
    if output is not Format.TABLE:
        show_one(answer, output=output)
        return
    held = ", ".join(_grant(grant) for grant in answer["grants"]) or "none"
    thing = answer["item"]
    about = {key: val for key, val in thing.items() if val and key != "noun"}
    show_one(
        {
            "decision": "allowed" if answer["allowed"] else "denied",
            "why": answer["why"],
            "holds": held,
            "groups": ", ".join(answer["groups"]),
            "scopes": "all" if answer["scopes"] is None else ", ".join(answer["scopes"]),
            "about": about or f"every {thing['noun']}",
            "would allow it": ", ".join(answer["roles"]),
        }
    )
    for policy in answer["policies"]:
        note(f"\n{policy['effect']} {policy['id']}:\n{policy['text']}")


def _grant(grant: dict[str, Any]) -> str:
    return str(grant["role"]) + (f" in {grant['project']}" if grant["project"] else "")


def _thing(client: Client, resource: str | None, given: Iterable[str]) -> dict[str, Any] | None:
    thing: dict[str, Any] = {}
    if resource is not None:
        found = client.get(f"{RESOURCES}/{resource}")
        thing = {key: found[key] for key in (*_FIELDS, "tags")}
    for pair in given:
        name, equals, value = pair.partition("=")
        if not equals or not (name in _FIELDS or name.startswith(TAG)):
            raise BadInput(f"--item {pair[:60]!r}: use id=, provider=, account= or tag.NAME=VALUE")
        if name.startswith(TAG):
            thing["tags"] = {**thing.get("tags", {}), name.removeprefix(TAG): value}
        else:
            thing[name] = value
    return thing or None
