"""Put together what is deployed in another cloud: the functions of it, and the courier they stand on.

Usage: python scripts/bundle_native.py azure|gcp FOLDER
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
COURIER = ROOT / "layers/steward/python/steward/courier"
CLOUDS = ("azure", "gcp")
LEFT_OUT = frozenset({"__init__.py", "README.md"})


def bundle(cloud: str, folder: Path) -> list[str]:
    """Fill the folder anew; answers the files in it."""
    shutil.rmtree(folder, ignore_errors=True)
    package = folder / "steward" / "courier"
    package.mkdir(parents=True)
    (folder / "steward" / "__init__.py").touch()
    for source in sorted(COURIER.glob("*.py")):
        shutil.copy(source, package)
    for source in sorted((ROOT / "functions" / cloud).iterdir()):
        if source.is_file() and source.name not in LEFT_OUT:
            shutil.copy(source, folder)
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def main(arguments: list[str]) -> int:
    """Bundle what the command line says."""
    match arguments:
        case [cloud, folder] if cloud in CLOUDS:
            print("\n".join(bundle(cloud, Path(folder))))
            return 0
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
