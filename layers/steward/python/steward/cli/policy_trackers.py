"""``steward policy tracker``: where findings become tickets."""

from __future__ import annotations

import os
from typing import Annotated, Any

import typer

from steward.cli.client import DEFAULT_DATA, Client, Data
from steward.cli.output import Format, Output, note, show
from steward.errors import BadInput

TRACKERS = "/api/v1/policy/trackers"
TICKETS = "/api/v1/policy/tickets"
TOKEN = "STEWARD_TRACKER_TOKEN"  # noqa: S105  # the name of a variable

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Make tickets of findings in Jira Cloud or GitHub Issues, and keep them in step.",
)
Least = Annotated[
    str, typer.Option(help="The least severity: critical, high, medium, low or info.")
]
Rules = Annotated[list[str] | None, typer.Option("--rule", help="Only of this rule; repeatable.")]
Accounts = Annotated[list[str] | None, typer.Option("--account", help="Only of this account.")]


@app.command("github")
def github(
    name: Annotated[str, typer.Argument(help="What to call it.")],
    repository: Annotated[str, typer.Argument(help="As owner/name.")],
    *,
    least: Least = "high",
    rule: Rules = None,
    account: Accounts = None,
    data: Data = DEFAULT_DATA,
) -> None:
    """Make issues in a repository; STEWARD_TRACKER_TOKEN holds a token that may write issues there.

    Example: steward policy tracker github web acme/web --least critical
    """
    place = {"kind": "github", "repository": repository}
    _added(Client(data), name, place, _route(least, rule, account))


@app.command("jira")
def jira(  # one an option
    name: Annotated[str, typer.Argument(help="What to call it.")],
    site: Annotated[str, typer.Argument(help="As https://acme.atlassian.net.")],
    project: Annotated[str, typer.Argument(help="The project's key, as SEC.")],
    *,
    email: Annotated[str, typer.Option(help="Whose API token it is.")],
    issue_type: Annotated[str, typer.Option(help="The type of the issues.")] = "Task",
    least: Least = "high",
    rule: Rules = None,
    account: Accounts = None,
    data: Data = DEFAULT_DATA,
) -> None:
    """Make issues in a project of Jira Cloud; STEWARD_TRACKER_TOKEN holds the API token.

    Example: steward policy tracker jira sec https://acme.atlassian.net SEC --email ana@example.com
    """
    place = {"kind": "jira", "site": site, "project": project}
    place |= {"email": email, "issue_type": issue_type}
    _added(Client(data), name, place, _route(least, rule, account))


@app.command("ls")
def list_(data: Data = DEFAULT_DATA, output: Output = Format.TABLE) -> None:
    """List the trackers.

    Example: steward policy tracker ls
    """
    found = Client(data).get(TRACKERS)["items"]
    show(found, columns=("id", "name", "place", "route"), output=output)


@app.command("remove")
def remove(
    tracker: Annotated[str, typer.Argument(help="The id, as 'list' prints it.")],
    data: Data = DEFAULT_DATA,
) -> None:
    """Make no more tickets there; those that are there stay as they are.

    Example: steward policy tracker remove 4d1f0a9b7c2e5d8831a6b0c9f7
    """
    Client(data).request("DELETE", f"{TRACKERS}/{tracker}")
    note(f"{tracker} is removed")


@app.command("tickets")
def tickets(
    finding: Annotated[str, typer.Argument(help="The finding's id.")],
    data: Data = DEFAULT_DATA,
    output: Output = Format.TABLE,
) -> None:
    """List a finding's tickets, and what stops one from being made.

    Example: steward policy tracker tickets 6b1f9f0c7c1a4f0e8d3b5a2c71
    """
    found = Client(data).get(TICKETS, finding=finding)["items"]
    show(found, columns=("tracker", "key", "url", "stands", "wanted", "error"), output=output)


def _route(least: str, rules: list[str] | None, accounts: list[str] | None) -> dict[str, Any]:
    return {"least": least, "rules": rules or [], "accounts": accounts or []}


def _added(client: Client, name: str, place: dict[str, Any], route: dict[str, Any]) -> None:
    token = os.environ.get(TOKEN, "")
    if not token:
        raise BadInput(
            f"{TOKEN} is not set; put the tracker's token there, where no history keeps it"
        )
    made = client.post(TRACKERS, {"name": name, "place": place, "route": route, "token": token})
    note(f"tracker {made['id']} is added")
