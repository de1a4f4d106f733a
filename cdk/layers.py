"""Build the third-party layers from the lock file: wheels for Lambda's platform, no container."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from cdk.assets import ARCHITECTURE, BUILT, ROOT, RUNTIME

DEPENDENCIES = ROOT / "layers" / "dependencies"
# Python 3.14 runs on Amazon Linux 2023, whose glibc is 2.34.
PLATFORM = {"arm64": "aarch64-manylinux_2_28", "x86_64": "x86_64-manylinux_2_28"}
UNZIPPED_LIMIT = 250 * 1024 * 1024
"""What Lambda allows for a function and all its layers together, in bytes."""


class LayerTooLarge(Exception):
    """A layer that Lambda would refuse; the message says how large it is."""


def build(name: str) -> Path:
    """The layer's folder, built unless the lock and the list are those of the last build.

    Raises:
        LayerTooLarge: with it a function would not fit.
    """
    target = BUILT / name
    stamp = BUILT / f"{name}.stamp"
    wanted = _digest(name)
    if not stamp.exists() or stamp.read_text() != wanted:
        shutil.rmtree(target, ignore_errors=True)
        _install(name, target / "python")
        stamp.write_text(wanted)
    _check_size(name, target)
    return target


def _digest(name: str) -> str:
    parts = (
        (ROOT / "uv.lock").read_bytes(),
        _requirements(name).read_bytes(),
        RUNTIME.name.encode(),
    )
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def _requirements(name: str) -> Path:
    return DEPENDENCIES / name / "requirements.txt"


def _install(name: str, target: Path) -> None:
    target.mkdir(parents=True)
    locked = BUILT / "locked.txt"
    _uv(
        "export",
        "--frozen",
        "--all-extras",
        "--no-dev",
        "--no-emit-project",
        "--no-hashes",
        "-qo",
        str(locked),
    )
    _uv(
        *("pip", "install", "--quiet", "--target", str(target)),
        *("--requirements", str(_requirements(name)), "--constraints", str(locked)),
        *("--python-platform", PLATFORM[ARCHITECTURE.name]),
        *("--python-version", RUNTIME.name.removeprefix("python")),
        *("--only-binary", ":all:"),
    )


def _uv(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "uv", *arguments], cwd=ROOT, check=True)


def _check_size(name: str, target: Path) -> None:
    size = sum(path.stat().st_size for path in target.rglob("*") if path.is_file())
    if size > UNZIPPED_LIMIT:
        raise LayerTooLarge(
            f"layer {name!r} holds {size} bytes; Lambda takes {UNZIPPED_LIMIT} with the function: "
            f"take something out of {_requirements(name)}"
        )


def names() -> list[str]:
    """The layers there are."""
    return sorted(path.parent.name for path in DEPENDENCIES.glob("*/requirements.txt"))


def main() -> None:
    """Build every layer."""
    for name in names():
        print(f"{name}: {build(name)}")


if __name__ == "__main__":
    main()
