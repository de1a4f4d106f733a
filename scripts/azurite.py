"""Install Azurite, Microsoft's emulator of Azure's storage, under .bench/; prints its program's path.

Usage: python scripts/azurite.py
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / ".bench" / "azurite"
PROGRAM = FOLDER / "node_modules" / ".bin" / "azurite-blob"
VERSION = "3.35.0"


def main() -> int:
    """Install it unless it is there."""
    if not PROGRAM.exists():
        npm = shutil.which("npm")
        if npm is None:
            print("azurite: npm is not on the PATH; install Node", file=sys.stderr)
            return 1
        FOLDER.mkdir(parents=True, exist_ok=True)
        command = [npm, "install", "--no-audit", "--no-fund", "--prefix", str(FOLDER)]
        done = subprocess.run([*command, f"azurite@{VERSION}"], check=False, stdout=sys.stderr)
        if done.returncode:
            return done.returncode
    print(PROGRAM)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
