"""Synthesise both flavours and hold them to every rule: ``python -m cdk.synth``, or ``make synth``.

One process, because loading the CDK costs seconds and an app tenths of one; cfn-lint reads the first
flavour while the second is made.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aws_cdk import App

from cdk import app as stewards
from cdk import checks, nag
from steward.manifest import STORES, Function, load_functions

# The CDK's own template rules, as errors rather than warnings.
_STRICT = {"@aws-cdk/core:validateAgainstDefaultRules": True}

Templates = dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Synthesised:
    """One flavour: where it is, its templates by stack name, and what nag found."""

    store: str
    folder: Path
    templates: Templates
    findings: list[nag.Finding]


def synthesise(
    *, store: str, env: str, folder: Path, functions: tuple[Function, ...]
) -> Synthesised:
    """Write the flavour's templates and assets into the folder."""
    app = App(outdir=str(folder), analytics_reporting=False, context=_STRICT)
    stewards.build(app, env=env, store=store, functions=functions)
    findings = nag.check(app)
    left = nag.unaccepted(findings)
    # With a finding open, synthesis itself would fail with a long report: ours is shorter.
    if not left:
        app.synth()
    return Synthesised(store, folder, read_templates(folder), findings)


def read_templates(folder: Path) -> Templates:
    """The templates of a synthesised flavour, by the name of their stack."""
    suffix = ".template.json"
    return {
        path.name.removesuffix(suffix): json.loads(path.read_text())
        for path in sorted(folder.glob(f"*{suffix}"))
    }


def lint(folder: Path) -> subprocess.Popen[str]:
    """cfn-lint over the flavour's templates, started and not waited for."""
    templates = [str(path) for path in sorted(folder.glob("*.template.json"))]
    return subprocess.Popen(
        [Path(sys.executable).with_name("cfn-lint"), "--regions", "us-east-1", "--", *templates],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def run(*, env: str, out: Path, stores: Iterable[str], functions: tuple[Function, ...]) -> int:
    """Make, check and report; the number of problems."""
    started = time.monotonic()
    flavours = []
    linters = []
    for store in stores:
        flavour = synthesise(store=store, env=env, folder=out / store, functions=functions)
        flavours.append(flavour)
        linters.append(lint(flavour.folder))
    found = sum(report(*each) for each in zip(flavours, linters, strict=True))
    print(f"{found} problems, {time.monotonic() - started:.1f} s")
    return found


def report(flavour: Synthesised, linter: subprocess.Popen[str]) -> int:
    """Print what came of one flavour; the number of its problems."""
    left = nag.unaccepted(flavour.findings)
    wrong = [f"nag: {finding.id} at {finding.path}: {finding.description}" for finding in left]
    wrong += [f"check: {problem}" for problem in checks.problems(flavour.templates)]
    output, _ = linter.communicate()
    if linter.returncode:
        wrong.append(f"cfn-lint:\n{output}")
    resources = sum(len(template["Resources"]) for template in flavour.templates.values())
    print(
        f"{flavour.store}: {len(flavour.templates)} stacks, {resources} resources, "
        f"{len(flavour.findings) - len(left)} findings accepted by {len(nag.ACCEPTED)} rows"
    )
    for line in wrong:
        print(f"  {line}")
    return len(wrong)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m cdk.synth", description=__doc__)
    parser.add_argument("--env", default="dev", help="dev, staging or production")
    parser.add_argument("--out", type=Path, default=Path("cdk.out"), help="one folder a store")
    options = parser.parse_args()
    found = run(env=options.env, out=options.out, stores=STORES, functions=load_functions())
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
