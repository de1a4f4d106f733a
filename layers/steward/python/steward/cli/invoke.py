"""``steward invoke``: one call of one function."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from steward.cli.client import DEFAULT_DATA, Client, Data
from steward.cli.events import read_json


def invoke(
    name: Annotated[str, typer.Argument(help="The function's id, such as policy.evaluate-change.")],
    event: Annotated[
        Path, typer.Option(help="A JSON file with the event as AWS sends it; '-' reads stdin.")
    ],
    data: Data = DEFAULT_DATA,
) -> None:
    """Call a function of the running Steward and print its result as JSON.

    Example: steward invoke policy.evaluate-change --event event.json
    """
    answer = Client(data).post(f"/_steward/functions/{name}/invoke", read_json(event))
    sys.stdout.write(json.dumps(answer["result"], ensure_ascii=False, indent=2) + "\n")
