"""What is deployed in another cloud runs by itself, on the standard library and that cloud's own library."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
MODULES = {"azure": "function_app", "gcp": "main"}


@pytest.mark.parametrize("cloud", ["azure", "gcp"])
def test_a_bundle_imports_nothing_of_steward_but_the_courier(cloud: str, tmp_path: Path) -> None:
    script = [sys.executable, "scripts/bundle_native.py", cloud, str(tmp_path / "b")]
    subprocess.run(script, cwd=ROOT, check=True, capture_output=True)
    names = "sorted(n for n in sys.modules if n.startswith('steward'))"
    program = f"import sys, {MODULES[cloud]}; print(*{names})"
    found = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path / "b",
        env={"PYTHONPATH": str(tmp_path / "b")},
        check=True,
        capture_output=True,
        text=True,
    )
    loaded = found.stdout.split()
    assert "steward.courier.post" in loaded
    assert all(name == "steward" or name.startswith("steward.courier") for name in loaded)


def test_a_cloud_that_is_none_is_refused() -> None:
    done = subprocess.run(
        [sys.executable, "scripts/bundle_native.py", "moon", "x"],
        cwd=ROOT,
        check=False,
        capture_output=True,
    )
    assert done.returncode == 2
