"""What handlers import is in the layer that they are deployed with."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, packages_distributions, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from cdk.assets import ROOT
from cdk.layers import (
    DEPENDENCIES,
    OWN_CODE,
    UNZIPPED_LIMIT,
    LayerTooLarge,
    check_functions,
    names,
)
from steward.manifest import load_functions

# These run on one machine only, or at deployment; no function imports them.
_NEVER_DEPLOYED = ("steward/cli/", "steward/local/", "steward/store/migrat", "steward/check")
# These run in other clouds, each with a requirements.txt of its own.
_ELSEWHERE = ("functions/azure/", "functions/gcp/")
_OURS = {"functions", "steward"}


def _sources() -> Iterator[Path]:
    for folder in (ROOT / "functions", ROOT / "layers" / "steward" / "python"):
        for path in folder.rglob("*.py"):
            if not any(part in path.as_posix() for part in (*_NEVER_DEPLOYED, *_ELSEWHERE)):
                yield path


def _imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add((node.module or "").partition(".")[0])
    return names - set(sys.stdlib_module_names) - _OURS


def _layer(name: str) -> set[str]:
    """The layer's distributions: those named, and all that they need."""
    lines = (DEPENDENCIES / name / "requirements.txt").read_text().splitlines()
    waiting = [Requirement(line) for line in lines if line and not line.startswith("#")]
    found: set[str] = set()
    while waiting:
        wanted = waiting.pop()
        name = canonicalize_name(wanted.name)
        found.add(name)
        waiting += [need for need in _needs(wanted) if canonicalize_name(need.name) not in found]
    return found


def _needs(wanted: Requirement) -> Iterator[Requirement]:
    try:
        needed = requires(wanted.name) or []
    except PackageNotFoundError:
        return
    for line in needed:
        need = Requirement(line)
        extras = wanted.extras or {""}
        if need.marker is None or any(need.marker.evaluate({"extra": e}) for e in extras):
            yield need


def test_every_third_party_that_a_function_imports_is_in_its_layer() -> None:
    # Which functions have more than the base's, their manifests say; here any layer will do.
    layer = set().union(*(_layer(name) for name in names()))
    distributions = packages_distributions()
    missing = {
        f"{path.relative_to(ROOT)} imports {name}"
        for path in _sources()
        for name in _imported(path)
        if not layer & {canonicalize_name(each) for each in distributions.get(name, [name])}
    }
    assert missing == set()


def test_no_layer_carries_what_only_one_machine_needs() -> None:
    for name in names():
        assert not _layer(name) & {"uvicorn", "starlette", "typer", "rich", "alembic"}


def test_no_two_layers_carry_the_same() -> None:
    assert not _layer("base") & _layer("analytics")


def test_a_function_whose_layers_are_too_large_together_is_named() -> None:
    each = (UNZIPPED_LIMIT - OWN_CODE) // 2
    functions = [one for one in load_functions() if len(one.layers) == 2]
    check_functions(functions, size=lambda name: each)
    with pytest.raises(LayerTooLarge, match=functions[0].id):
        check_functions(functions, size=lambda name: each + 1)


def test_who_searches_or_builds_snapshots_has_the_layer_for_it() -> None:
    with_it = {one.name for one in load_functions(["inventory"]) if "analytics" in one.layers}
    assert {"inventory-api", "search-api", "views-api", "build-snapshots"} <= with_it
