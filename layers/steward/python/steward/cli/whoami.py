"""``steward whoami``: as whom commands are sent."""

from __future__ import annotations

from steward.cli.client import DEFAULT_DATA, Client, Data
from steward.cli.output import Format, Output, show_one


def whoami(*, data: Data = DEFAULT_DATA, output: Output = Format.TABLE) -> None:
    """Show as whom, in which tenant and with which roles this command line is known."""
    show_one(Client(data).get("/api/v1/identity/session"), output=output)
