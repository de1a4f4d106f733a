"""``python -m benchmarks``: list the benchmarks, run one, or run all and write the page."""

from __future__ import annotations

import argparse
import importlib
import inspect
import json
import os
import platform
import re
import sys
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from datetime import datetime
from pathlib import Path
from types import ModuleType, NoneType
from typing import Any, get_args, get_type_hints

from benchmarks.harness import ROOT, BenchmarkError

PAGE = ROOT / "docs" / "benchmarks.md"
IN_THE_TABLE = {"name", "unit", "ours", "peer", "ratio"}
NOT_BENCHMARKS = {"__init__", "__main__"}
_ROW = re.compile(r"^\| `([a-z0-9-]+)` \|.*$", re.MULTILINE)
_SECTION = re.compile(r"^## ([a-z0-9-]+)\n.*?(?=^## |\Z)", re.MULTILINE | re.DOTALL)


def names() -> list[str]:
    """Every benchmark: each module here that has ``run``."""
    here = Path(__file__).parent
    found = [p.stem for p in here.glob("*.py") if p.stem not in NOT_BENCHMARKS]
    return sorted(stem.replace("_", "-") for stem in found if "\ndef run(" in _source(here, stem))


def _source(folder: Path, stem: str) -> str:
    return (folder / f"{stem}.py").read_text("utf-8")


def claim(name: str) -> str:
    """What a benchmark claims: the first line of its module."""
    return (_module(name).__doc__ or "").partition("\n")[0]


def run(name: str, options: Sequence[str] = ()) -> dict[str, Any]:
    """Run one benchmark; its options are the keyword arguments of its ``run``, such as ``--rows 1000``."""
    module = _module(name)
    measured: dict[str, Any] = module.run(**_options(name, module, options))
    return measured


def _module(name: str) -> ModuleType:
    return importlib.import_module(f"benchmarks.{name.replace('-', '_')}")


def _options(name: str, module: ModuleType, arguments: Sequence[str]) -> dict[str, Any]:
    parser = argparse.ArgumentParser(prog=f"python -m benchmarks {name}")
    types = get_type_hints(module.run)
    for parameter in inspect.signature(module.run).parameters.values():
        parser.add_argument(
            f"--{parameter.name.replace('_', '-')}",
            type=_read_as(types[parameter.name]),
            default=parameter.default,
        )
    return vars(parser.parse_args(arguments))


def _read_as(kind: Any) -> Callable[[str], Any]:
    """How the text of an option of that type, or of that type or None, is read."""
    (plain,) = [one for one in get_args(kind) or (kind,) if one is not NoneType]
    return datetime.fromisoformat if plain is datetime else plain


def page(results: Sequence[dict[str, Any]], before: str = "") -> str:
    """The benchmarks as a Markdown page; of those not measured now it says what it said before."""
    rows = {found[1]: found[0] for found in _ROW.finditer(before)}
    sections = {found[1]: found[0].strip() for found in _SECTION.finditer(before)}
    machine = f"{os.cpu_count()} CPUs, {platform.system()} {platform.machine()}"
    load = f"{os.getloadavg()[2]:.1f}"
    for each in results:
        rest = {key: value for key, value in each.items() if key not in IN_THE_TABLE}
        rows[each["name"]] = _row(each)
        sections[each["name"]] = (
            f"## {each['name']}\n\n"
            f"Load average over the last quarter of an hour: {load}.\n\n"
            f"```json\n{json.dumps(rest, indent=1)}\n```"
        )
    head = (
        "# Benchmarks\n\n"
        "Written by `make bench`, or by `python -m benchmarks NAME --write` for one. Medians of interleaved\n"
        "runs, each peer in an environment of its own on the same machine; a ratio above 1 means that\n"
        f"Steward is ahead. Machine: {machine}, Python {platform.python_version()}.\n\n"
        "| name | claim | ours | peer | unit | ratio |\n|---|---|---:|---:|---|---:|\n"
    )
    table = "\n".join(rows[name] for name in sorted(rows))
    return "\n\n".join([head + table, *(sections[name] for name in sorted(sections))]) + "\n"


def _row(each: dict[str, Any]) -> str:
    figures = [f"{each[key]:g}" if key in each else "" for key in ("ours", "peer")]
    ratio = f"{each['ratio']:g}" if "ratio" in each else ""
    cells = (f"`{each['name']}`", claim(each["name"]), *figures, each.get("unit", ""), ratio)
    return f"| {' | '.join(cells)} |"


def main(arguments: Sequence[str]) -> int:
    """Answer the command line; 0 done, 1 a benchmark cannot run here, 2 wrong usage."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("name", nargs="?", choices=names(), help="the benchmark to run")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--all", action="store_true", help="run every benchmark")
    parser.add_argument("--write", action="store_true", help=f"put it on {PAGE.relative_to(ROOT)}")
    chosen, options = parser.parse_known_args(arguments)
    if chosen.name is None and not chosen.all:
        for name in names():
            print(f"{name:18} {claim(name)}")
        return 0
    try:
        # Standard output is for the results: functions that run here write their metrics to it, too.
        with redirect_stdout(sys.stderr):
            results = [run(name) for name in names()] if chosen.all else [run(chosen.name, options)]
    except BenchmarkError as error:
        print(f"benchmarks: {error}", file=sys.stderr)
        return 1
    for each in results:
        print(json.dumps(each) if chosen.json else _line(each))
    if chosen.write:
        before = PAGE.read_text("utf-8") if PAGE.exists() else ""
        PAGE.write_text(page(results, before), "utf-8")
    return 0


def _line(each: dict[str, Any]) -> str:
    if "ratio" not in each:
        return json.dumps(each, indent=1)
    return (
        f"{each['name']}: {each['ours']:g} against {each['peer']:g} {each['unit']}, "
        f"ratio {each['ratio']:g}"
    )


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
