"""Mutated rule files, coverage-guided: each is a rule or one clear error, at once."""

from __future__ import annotations

import os
import re
import subprocess
import time
from pathlib import Path
from typing import Any

from benchmarks.harness import PEERS, ROOT, BenchmarkError, environment, folder, rounded

ATHERIS = "3.0.0"
PATIENCE = 5
RUNS = 1_000_000
LONGEST = 1_200
SEEDS = 60


def run(*, runs: int = RUNS) -> dict[str, Any]:
    """How many inputs were tried, and that none crashed or hung.

    Raises:
        BenchmarkError: one did; its bytes are in the message.
    """
    python = environment("atheris", [f"atheris=={ATHERIS}", "pyyaml", "pydantic", "orjson"])
    with folder("fuzz") as place:
        _seed(place)
        arguments = [f"-atheris_runs={runs}", f"-timeout={PATIENCE}", f"-max_len={LONGEST}"]
        arguments += [f"-artifact_prefix={place}/", "-seed=7"]
        arguments.append(str(place))
        started = time.perf_counter()
        done = subprocess.run(
            [str(python), str(PEERS / "fuzz_rules.py"), *arguments],
            check=False,
            capture_output=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'layers/steward/python'}"},
        )
        said = done.stderr.decode("utf-8", "replace") + done.stdout.decode("utf-8", "replace")
        if done.returncode:
            raise BenchmarkError(f"a rule file broke the reader: {said[-3000:]}")
    tried = [int(number) for number in re.findall(r"^#(\d+)", said, re.MULTILINE)]
    if not tried or max(tried) < runs / 2:
        raise BenchmarkError(f"the fuzzer stopped early: {said[-1000:]}")
    covered = re.findall(r"cov: (\d+)", said)
    return {
        "name": "policy-fuzz",
        "unit": "inputs without a crash or a hang",
        "ours": float(runs),
        "peer": float(runs),
        "ratio": 1.0,
        "runs": {},
        "versions": {"atheris": ATHERIS},
        "detail": {
            "seconds": rounded(time.perf_counter() - started),
            "edges covered": int(covered[-1]) if covered else 0,
            "longest seconds allowed": PATIENCE,
        },
    }


def _seed(place: Path) -> None:
    """Shipped rules, their conditions alone, and filters, to start from."""
    rules = sorted((ROOT / "functions" / "policy" / "rules").rglob("*.yaml"))
    rules = [rule for rule in rules if not rule.name.endswith(".cases.yaml")][:SEEDS]
    for number, rule in enumerate(rules):
        text = rule.read_text("utf-8")
        (place / f"rule{number}").write_bytes(b"\x00" + text.encode()[:LONGEST])
        when = re.search(r"^when: \|\n((?:  .*\n)+)", text, re.MULTILINE)
        if when:
            (place / f"when{number}").write_bytes(b"\x01" + when.group(1).encode()[:LONGEST])
    (place / "filters").write_bytes(
        b"\x02- or: [{a.b[]: absent}, {tag:Owner: ana}]\n- {type: value, key: 'a[?c].d', op: in,"
        b" value: [x], value_type: swap}\n- {type: list-item, key: a, attrs: [{b: 1}]}"
    )
