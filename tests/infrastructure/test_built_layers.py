"""Layers as they are deployed: built from the lock, small enough, and all that their functions import."""

from __future__ import annotations

import platform
import subprocess
import sys
from pathlib import Path

import pytest

from cdk.assets import ROOT
from cdk.layers import PLATFORM, build, built_size, check_functions, install
from steward.manifest import load_functions

pytestmark = pytest.mark.nightly

CLOUDS = [one for one in load_functions() if "clouds" in one.layers]
LAYERS = sorted({name for one in CLOUDS for name in one.layers})
# Read when a cloud is entered, not when a handler is loaded.
LATER = (
    "azure.identity",
    "azure.mgmt.resourcegraph",
    "google.auth.transport.requests",
    "google.cloud.asset_v1",
    "requests",
)
_IMPORTING = """
import importlib, sys
sys.path[:0] = sys.argv[1].split(":")
for name in sys.argv[2].split(","):
    importlib.import_module(name)
outside = [path for path in sys.path if "site-packages" in path]
assert not outside, outside
"""


def test_the_layers_of_other_clouds_fit_beside_each_other() -> None:
    for name in LAYERS:
        build(name)
    check_functions(CLOUDS, size=built_size)


def test_what_enters_other_clouds_imports_with_its_layers_alone(tmp_path: Path) -> None:
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    machine = {"aarch64": "arm64"}.get(platform.machine(), platform.machine())
    folders = [tmp_path / name / "python" for name in LAYERS]
    for folder in folders:
        install(folder.parent.name, folder, platform=PLATFORM[machine], version=version)
    paths = [str(ROOT), str(ROOT / "layers/steward/python"), *map(str, folders)]
    handlers = [one.handler.rpartition(".")[0] for one in CLOUDS]
    names = ",".join(dict.fromkeys((*handlers, *LATER)))
    # Without site-packages: only what is deployed, and the interpreter's own library.
    command = [sys.executable, "-I", "-S", "-c", _IMPORTING, ":".join(paths), names]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
