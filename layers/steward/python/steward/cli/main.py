"""The command line: one table of nouns, each loaded only when it is used.

A module in the table offers either ``app`` (a `typer.Typer`, for ``steward NOUN VERB``) or a
function named as the noun (for ``steward NOUN``).
"""

from __future__ import annotations

import importlib
import os
import sys
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import typer
from typer import _click as click  # Typer brings its own click; another one would not fit
from typer.core import TyperCommand, TyperGroup

from steward.cli import exits
from steward.errors import StewardError

if TYPE_CHECKING:
    from typing_extensions import override
else:
    # Importing typing_extensions would cost a quarter of what `steward --help` takes.
    T = TypeVar("T")

    def override(method: T) -> T:
        """Leave the method as it is; type checkers look for the name."""
        return method


class Noun(NamedTuple):
    """Where a noun's commands live, and its line in the help."""

    module: str
    help: str


NOUNS: dict[str, Noun] = {
    "up": Noun("steward.cli.up", "Run Steward on this machine until it is told to stop."),
    "demo": Noun("steward.cli.demo", "Serve with a recorded day's events, and watch them work."),
    "accounts": Noun("steward.cli.accounts", "Say which cloud accounts are yours."),
    "inventory": Noun("steward.cli.inventory", "List resources, show one as it was, and why."),
    "cost": Noun("steward.cli.cost", "Take bills in, and find what could cost less."),
    "query": Noun("steward.cli.query", "Ask the inventory and the costs by SQL."),
    "policy": Noun("steward.cli.policy", "Rules, their cases, and findings."),
    "findings": Noun("steward.cli.findings", "Work on findings: assign, comment, waive."),
    "notify": Noun("steward.cli.notify", "Say who hears of findings, and follow the messages."),
    "audit": Noun("steward.cli.audit", "Search the audit trail, verify it, and take it out."),
    "hooks": Noun("steward.cli.hooks", "Say who may post to the public door."),
    "senders": Noun("steward.cli.senders", "Say which workloads of other clouds may deliver."),
    "login": Noun("steward.cli.login", "Sign in as a person."),
    "logout": Noun("steward.cli.logout", "End the sign-in of this machine."),
    "whoami": Noun("steward.cli.whoami", "Show as whom commands are sent."),
    "tenants": Noun("steward.cli.tenants", "Keep tenants, and close them."),
    "users": Noun("steward.cli.users", "Say who is known, and what they hold."),
    "invitations": Noun("steward.cli.invitations", "Invite people, and take it back."),
    "groups": Noun("steward.cli.groups", "Grants that several hold together."),
    "projects": Noun("steward.cli.projects", "Parts of a tenant, and who holds what in them."),
    "services": Noun("steward.cli.services", "Programs that sign in, and their secrets."),
    "sessions": Noun("steward.cli.sessions", "See and end browser sessions."),
    "privacy": Noun("steward.cli.privacy", "Export or erase what is kept about a person."),
    "keys": Noun("steward.cli.keys", "Issue, list, rotate and revoke API keys."),
    "limits": Noun("steward.cli.limits", "Give a tenant other rate limits than the rest."),
    "auth": Noun("steward.cli.auth", "Say who may do what, and why; set passwords."),
    "events": Noun("steward.cli.events", "Put, follow and replay events."),
    "queues": Noun("steward.cli.queues", "Look into queues and dead letters, and redrive them."),
    "functions": Noun("steward.cli.functions", "List the functions and what triggers them."),
    "invoke": Noun("steward.cli.invoke", "Call one function with an event from a file."),
    "check": Noun(
        "steward.cli.check", "Hold manifests, contracts and derived files to their rules."
    ),
    "doctor": Noun("steward.cli.doctor", "Check that this machine can run Steward."),
}


class LazyGroup(TyperGroup):
    """Lists the nouns without importing them."""

    @override
    def list_commands(self, ctx: click.Context) -> list[str]:
        """The nouns, in the table's order."""
        del ctx
        return list(NOUNS)

    @override
    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A stand-in with the noun's help, or the real thing when its parts are needed."""
        noun = NOUNS.get(cmd_name)
        if noun is None:
            return None
        if ctx.resilient_parsing:
            return load(cmd_name)
        return TyperCommand(cmd_name, help=noun.help)

    @override
    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The noun to run, imported."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, load(name) if name is not None and command is not None else command, rest


def load(name: str) -> click.Command:
    """The command of a noun."""
    module = importlib.import_module(NOUNS[name].module)
    app = getattr(module, "app", None)
    if app is None:
        app = typer.Typer(add_completion=False)
        app.command(name=name)(getattr(module, name))
    command: Any = typer.main.get_command(app)
    command.name = name
    return command  # type: ignore[no-any-return]  # typed by the older click stubs of Typer


app = typer.Typer(
    cls=LazyGroup,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def steward(
    context: typer.Context,
) -> None:
    """The serverless control plane for everything an organisation runs."""
    del context


def main() -> None:
    """Run the command line; an error is one line on standard error and an exit code."""
    try:
        app()
    except StewardError as error:
        sys.exit(fail(str(error), exits.of(error)))
    except BrokenPipeError:
        # The reader, such as `head`, has seen enough; nothing is left to flush to.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(exits.OK)
    except KeyboardInterrupt:
        sys.exit(exits.INTERRUPTED)


def fail(text: str, code: int) -> int:
    """Say what is wrong on standard error; the exit code."""
    sys.stderr.write(f"steward: {' '.join(text.split())}\n")
    return code
