"""``steward notify``: where messages go, who hears of what, and what became of each message."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer

from steward.cli.client import DEFAULT_DATA, Client, Data
from steward.cli.inventory import pages
from steward.cli.output import Format, Output, note, show, show_one

ROOT = "/api/v1/notify"

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Manage endpoints and routes, and follow deliveries.",
)
endpoints = typer.Typer(no_args_is_help=True, help="Where messages go.")
routes = typer.Typer(no_args_is_help=True, help="Who hears of what.")
deliveries = typer.Typer(no_args_is_help=True, help="What became of each message.")
app.add_typer(endpoints, name="endpoints")
app.add_typer(routes, name="routes")
app.add_typer(deliveries, name="deliveries")

EndpointId = Annotated[str, typer.Argument(help="The id, as 'endpoints ls' prints it.")]
RouteId = Annotated[str, typer.Argument(help="The id, as 'routes ls' prints it.")]
DeliveryId = Annotated[str, typer.Argument(help="The id, as 'deliveries ls' prints it.")]
Name = Annotated[str, typer.Option(help="What to call it.")]
Limit = Annotated[int, typer.Option(min=1, help="Stop after this many.")]
Apply = Annotated[bool, typer.Option("--apply", help="Do it; without this it is only shown.")]


class Algorithm(StrEnum):
    """How a webhook is signed."""

    HMAC = "hmac"
    ED25519 = "ed25519"


@endpoints.command("ls")
def list_endpoints(
    data: Data = DEFAULT_DATA, limit: Limit = 100, output: Output = Format.TABLE
) -> None:
    """List the endpoints.

    Example: steward notify endpoints ls -o json
    """
    rows = pages(Client(data), f"{ROOT}/endpoints", limit=limit)
    flat = ({**row, "kind": row["destination"]["kind"]} for row in rows)
    show(flat, columns=("id", "name", "kind", "status", "disabled_reason"), output=output)


@endpoints.command("show")
def show_endpoint(
    endpoint: EndpointId, data: Data = DEFAULT_DATA, output: Output = Format.TABLE
) -> None:
    """Show an endpoint, without its secrets."""
    show_one(Client(data).get(f"{ROOT}/endpoints/{endpoint}"), output=output)


@endpoints.command("add-webhook")
def add_webhook(
    url: Annotated[str, typer.Argument(help="The https URL of the receiver.")],
    name: Name,
    algorithm: Annotated[Algorithm, typer.Option(help="How to sign.")] = Algorithm.HMAC,
    data: Data = DEFAULT_DATA,
    output: Output = Format.TABLE,
) -> None:
    """Add a receiver of Standard Webhooks; its secret is printed once.

    Example: steward notify endpoints add-webhook https://hooks.example.com/steward --name ops
    """
    destination = {"kind": "webhook", "url": url, "algorithm": algorithm.value}
    _issued(Client(data), _new(name, destination), output=output)


@endpoints.command("add-slack")
def add_slack(
    name: Name,
    credential: Annotated[
        str,
        typer.Option(
            envvar="SLACK_CREDENTIAL",
            prompt="Incoming webhook URL or bot token",
            hide_input=True,
            help="An incoming webhook's URL or a bot's token; asked for when not given.",
        ),
    ],
    channel: Annotated[str | None, typer.Option(help="The channel, for a bot's token.")] = None,
    data: Data = DEFAULT_DATA,
    output: Output = Format.TABLE,
) -> None:
    """Add a Slack channel, by an incoming webhook or a bot.

    Example: steward notify endpoints add-slack --name alerts --channel C024BE91L
    """
    destination: dict[str, Any] = {"kind": "slack-webhook", "url": credential}
    if channel is not None:
        destination = {"kind": "slack-bot", "token": credential, "channel": channel}
    _issued(Client(data), _new(name, destination), output=output)


@endpoints.command("add-email")
def add_email(
    to: Annotated[list[str], typer.Argument(help="The addresses.")],
    name: Name,
    sender: Annotated[str, typer.Option(help="An address that SES has verified.")],
    data: Data = DEFAULT_DATA,
    output: Output = Format.TABLE,
) -> None:
    """Add mailboxes.

    Example: steward notify endpoints add-email ops@example.com --name ops --sender steward@example.com
    """
    destination = {"kind": "email", "sender": sender, "to": to}
    _issued(Client(data), _new(name, destination), output=output)


@endpoints.command("rotate")
def rotate_endpoint(
    endpoint: EndpointId, data: Data = DEFAULT_DATA, output: Output = Format.TABLE
) -> None:
    """Make a new signing key, printed once; the old one signs too for 24 hours."""
    issued = Client(data).post(f"{ROOT}/endpoints/{endpoint}/rotate", {})
    _print_issued(issued, output=output)


@endpoints.command("enable")
def enable_endpoint(
    endpoint: EndpointId, data: Data = DEFAULT_DATA, output: Output = Format.TABLE
) -> None:
    """Let a disabled endpoint get messages again."""
    show_one(Client(data).post(f"{ROOT}/endpoints/{endpoint}/enable", {}), output=output)


@endpoints.command("test")
def try_endpoint(
    endpoint: EndpointId, data: Data = DEFAULT_DATA, output: Output = Format.TABLE
) -> None:
    """Send a test message; 'deliveries show' tells how it went."""
    show_one(Client(data).post(f"{ROOT}/endpoints/{endpoint}/test", {}), output=output)


@endpoints.command("rm")
def remove_endpoint(endpoint: EndpointId, data: Data = DEFAULT_DATA, apply: Apply = False) -> None:
    """Remove an endpoint that no route leads to, and its secrets."""
    _remove(Client(data), f"{ROOT}/endpoints/{endpoint}", apply=apply)


@routes.command("ls")
def list_routes(
    data: Data = DEFAULT_DATA, limit: Limit = 100, output: Output = Format.TABLE
) -> None:
    """List the routes."""
    rows = pages(Client(data), f"{ROOT}/routes", limit=limit)
    show(rows, columns=("id", "name", "endpoint_id", "filter"), output=output)


@routes.command("add")
def add_route(
    *,
    name: Name,
    endpoint: Annotated[str, typer.Option(help="The endpoint that hears of it.")],
    minimum: Annotated[str, typer.Option(help="The lowest severity.")] = "info",
    event: Annotated[list[str] | None, typer.Option(help="A pattern over event types.")] = None,
    account: Annotated[list[str] | None, typer.Option(help="A cloud account.")] = None,
    tag: Annotated[list[str] | None, typer.Option(help="KEY=VALUE; * and ? match.")] = None,
    quiet: Annotated[
        str, typer.Option(help="Tell of one finding once per this, as PT10M.")
    ] = "PT0S",
    data: Data = DEFAULT_DATA,
    output: Output = Format.TABLE,
) -> None:
    """Add a route: what fulfils every condition goes to the endpoint.

    Example: steward notify routes add --name prod --endpoint abc --minimum high --tag Env=prod
    """
    conditions: dict[str, Any] = {"minimum": minimum, "quiet": quiet}
    if event:
        conditions["events"] = event
    if account:
        conditions["accounts"] = account
    if tag:
        conditions["tags"] = dict(_pair(text) for text in tag)
    draft = {"name": name, "endpoint_id": endpoint, "filter": conditions}
    show_one(Client(data).post(f"{ROOT}/routes", draft), output=output)


@routes.command("rm")
def remove_route(route: RouteId, data: Data = DEFAULT_DATA, apply: Apply = False) -> None:
    """Remove a route."""
    _remove(Client(data), f"{ROOT}/routes/{route}", apply=apply)


@deliveries.command("ls")
def list_deliveries(
    status: Annotated[
        str | None, typer.Option(help="pending, delivered, dead-lettered or suppressed.")
    ] = None,
    endpoint: Annotated[str | None, typer.Option(help="Of one endpoint.")] = None,
    finding: Annotated[str | None, typer.Option(help="About one finding.")] = None,
    data: Data = DEFAULT_DATA,
    limit: Limit = 100,
    output: Output = Format.TABLE,
) -> None:
    """List deliveries, by one condition newest first.

    Example: steward notify deliveries ls --status dead-lettered
    """
    query = {"status": status, "endpoint_id": endpoint, "finding_id": finding}
    rows = pages(Client(data), f"{ROOT}/deliveries", limit=limit, **query)
    flat = ({**row, "about": row["notice"]["title"]} for row in rows)
    columns = ("id", "status", "endpoint_id", "tried", "about", "next_at", "reason")
    show(flat, columns=columns, output=output)


@deliveries.command("show")
def show_delivery(
    delivery: DeliveryId, data: Data = DEFAULT_DATA, output: Output = Format.TABLE
) -> None:
    """Show a delivery with every attempt."""
    show_one(Client(data).get(f"{ROOT}/deliveries/{delivery}"), output=output)


@deliveries.command("replay")
def replay_delivery(
    delivery: DeliveryId, data: Data = DEFAULT_DATA, output: Output = Format.TABLE
) -> None:
    """Send a finished delivery again, under the same webhook id."""
    show_one(Client(data).post(f"{ROOT}/deliveries/{delivery}/replay", {}), output=output)


def _new(name: str, destination: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "destination": destination}


def _issued(client: Client, draft: dict[str, Any], *, output: Format) -> None:
    _print_issued(client.post(f"{ROOT}/endpoints", draft), output=output)


def _print_issued(issued: dict[str, Any], *, output: Format) -> None:
    show_one({**issued["endpoint"], "secret": issued["secret"]}, output=output)
    if issued["secret"] is not None:
        note("The secret is shown this once; give it to the receiver now.")


def _remove(client: Client, path: str, *, apply: bool) -> None:
    if not apply:
        found = client.get(path)
        note(f"Would remove {found['name']!r} ({found['id']}); add --apply to do it.")
        return
    client.request("DELETE", path)


def _pair(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise typer.BadParameter(f"{text!r}: write KEY=VALUE", param_hint="--tag")
    return key, value
