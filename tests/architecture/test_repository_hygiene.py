"""The repository runs on any machine and holds no unfinished work."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from steward.check.repository import open_repository

ROOT = open_repository().root
TEXT = {".cfg", ".json", ".md", ".py", ".sh", ".toml", ".yaml", ".yml", ""}
# Samples of what clouds send hold whatever the clouds sent.
RECORDED = ("events/", "uv.lock", "tests/samples/")
LOCAL_PATH = re.compile(r"(?<![\w.:/-])/(?:home|root|Users|mnt|wor" + r"k)/\w")
UNFINISHED = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|X" + r"XX|raise NotImplemented" + r"Error)\b")
LINK = re.compile(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)")


def tracked() -> Iterator[Path]:
    """Every text file under version control that this project wrote itself."""
    done = subprocess.run(
        ["git", "ls-files"],
        check=True,
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    for name in done.stdout.splitlines():
        path = ROOT / name
        if path.suffix in TEXT and not name.startswith(RECORDED) and path.is_file():
            yield path


def places(pattern: re.Pattern[str]) -> list[str]:
    """Where the pattern stands: file, line number and the words found."""
    return [
        f"{path.relative_to(ROOT)}:{number}: {found.group()}"
        for path in tracked()
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        for found in pattern.finditer(line)
    ]


def test_no_file_knows_the_machine_it_was_written_on() -> None:
    assert places(LOCAL_PATH) == []


def test_nothing_unfinished_is_kept() -> None:
    assert places(UNFINISHED) == []


def test_decision_records_fit_on_one_page_and_say_what_would_change_them() -> None:
    for path in sorted((ROOT / "docs" / "adr").glob("*.md")):
        text = path.read_text("utf-8")
        assert len(text.splitlines()) <= 60, path.name
        for heading in ("## Context", "## Decision", "## Consequences", "## What would change"):
            assert heading in text, f"{path.name} lacks {heading!r}"


def test_every_relative_link_in_the_documentation_leads_somewhere() -> None:
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in tracked()
        if page.suffix == ".md"
        for target in LINK.findall(page.read_text("utf-8"))
        if not (page.parent / target).exists()
    ]
    assert broken == []
