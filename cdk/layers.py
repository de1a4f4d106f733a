"""Build the third-party layers from the lock file: wheels for Lambda's platform, no container."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from cdk.assets import ARCHITECTURE, BUILT, ROOT, RUNTIME
from steward.manifest import Function, load_functions

DEPENDENCIES = ROOT / "layers" / "dependencies"
# Python 3.14 runs on Amazon Linux 2023, whose glibc is 2.34.
PLATFORM = {"arm64": "aarch64-manylinux_2_28", "x86_64": "x86_64-manylinux_2_28"}
UNZIPPED_LIMIT = 250 * 1024 * 1024
"""What Lambda allows for a function and all its layers together, in bytes."""
OWN_CODE = 8 * 1024 * 1024
"""What the shared package and a concern's code take of that at most."""


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
        install(name, target / "python")
        stamp.write_text(wanted)
    _check_size(name)
    return target


def check_functions(functions: Iterable[Function], *, size: Callable[[str], int]) -> None:
    """Refuse layers that are too large together; ``size`` tells the bytes of one by its name.

    Raises:
        LayerTooLarge: Lambda would refuse the function; the message says which.
    """
    for function in functions:
        held = {name: size(name) for name in function.layers}
        if sum(held.values()) > UNZIPPED_LIMIT - OWN_CODE:
            listed = ", ".join(f"{name} {count}" for name, count in held.items())
            raise LayerTooLarge(
                f"function {function.id}: its layers hold {sum(held.values())} bytes ({listed}); with "
                f"Steward's own code Lambda takes {UNZIPPED_LIMIT}: take something out of one of them"
            )


def built_size(name: str) -> int:
    """The bytes of a layer as it was built."""
    return sum(path.stat().st_size for path in (BUILT / name).rglob("*") if path.is_file())


def _digest(name: str) -> str:
    parts = (
        (ROOT / "uv.lock").read_bytes(),
        _requirements(name).read_bytes(),
        RUNTIME.name.encode(),
    )
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def _requirements(name: str) -> Path:
    return DEPENDENCIES / name / "requirements.txt"


def install(
    name: str,
    target: Path,
    *,
    platform: str = PLATFORM[ARCHITECTURE.name],
    version: str = RUNTIME.name.removeprefix("python"),
) -> None:
    """Put a layer's packages into a folder, for Lambda's platform or another one."""
    target.mkdir(parents=True)
    locked = target.parent / "locked.txt"
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
        *("--python-platform", platform),
        *("--python-version", version),
        *("--only-binary", ":all:"),
    )
    locked.unlink()
    # What only the packages' own developers run.
    for tests in target.glob("*/**/tests"):
        shutil.rmtree(tests, ignore_errors=True)


def _uv(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "uv", *arguments], cwd=ROOT, check=True)


def _check_size(name: str) -> None:
    size = built_size(name)
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
    check_functions(load_functions(), size=built_size)


if __name__ == "__main__":
    main()
