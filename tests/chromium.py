"""The browser of the tests: where it is, or why there is none."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def chromium() -> str:
    """The path of a Chromium; without one the test is skipped, and says how to get one."""
    named = os.environ.get("STEWARD_CHROMIUM", "")
    found = named or next(filter(None, map(shutil.which, _NAMES)), None) or _of_playwright()
    if not found or not Path(found).exists():
        pytest.skip("no Chromium here: run scripts/chromium.sh, or name one in STEWARD_CHROMIUM")
    return found


def _of_playwright() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None
