"""``steward check``: hold the manifests, contracts and derived files to their rules."""

from __future__ import annotations

from typing import Annotated

import typer


def check(
    write: Annotated[bool, typer.Option("--write", help="Write what is derived first.")] = False,
) -> None:
    """Validate manifests and contracts; name every derived file that is stale."""
    from steward.check import run
    from steward.check.repository import open_repository
    from steward.manifest import ManifestError

    try:
        repository = open_repository()
    except ManifestError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    if write:
        for path in run.write(repository):
            typer.echo(f"wrote {path}")
    found = [*run.problems(repository), *run.stale(repository)]
    for problem in found:
        typer.echo(str(problem), err=True)
    if found:
        raise typer.Exit(1)
    typer.echo(f"{len(repository.functions)} functions: every rule holds", err=True)
