"""Files and lines for the command line: verified with nothing but themselves and a key."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from functions.audit.model import export, proof
from functions.audit.model.export import File, Format, Line
from functions.audit.model.proof import Proved
from steward.errors import BadInput
from steward.signing import PublicKey, public_key


def keys_of(paths: Iterable[Path]) -> tuple[PublicKey, ...]:
    """The public keys in PEM files.

    Raises:
        BadInput: a file cannot be read, or holds no key.
    """
    return tuple(public_key(_read(path)) for path in paths)


def verify_file(path: Path, keys: tuple[PublicKey, ...] = ()) -> File:
    """Verify an exported trail.

    Raises:
        BadInput: it cannot be read, or is no exported trail.
    """
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            return export.verify_lines(export.read(lines), keys)
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(
            f"{path}: cannot be read ({error}); give what 'audit export' wrote"
        ) from error


def verify_proof(path: Path, keys: tuple[PublicKey, ...] = ()) -> Proved:
    """Check a proof.

    Raises:
        BadInput: it cannot be read, or is no proof.
    """
    try:
        document: Any = json.loads(_read(path))
    except ValueError as error:
        raise BadInput(f"{path}: not JSON ({error}); give what 'audit prove' wrote") from error
    if not isinstance(document, dict):
        raise BadInput(f"{path}: no JSON object; give what 'audit prove' wrote")
    return proof.check(document, keys)


def written(line: Line, form: Format) -> str:
    """A line of an exported trail as it stands in the file."""
    return export.WRITERS[form](line)


def heading(form: Format) -> str:
    """What a file of that format begins with."""
    return ",".join(export.COLUMNS) + "\n" if form == "csv" else ""


def without_more(text: str, form: Format) -> tuple[str, dict[str, int]]:
    """A part of an export without its line of kind ``more``, and what that one says to ask for next."""
    body, _, tail = text.removesuffix("\n").rpartition("\n")
    # A part that begins with the heading, or is nothing at all, says nothing of more.
    lines = [tail] if form == "jsonl" else [heading(form), tail]
    last = next(export.read(lines), {}) if tail and tail + "\n" != heading(form) else {}
    if last.get("kind") != "more":
        return text, {}
    return body + "\n", {name: int(value) for name, value in last.items() if name != "kind"}


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: cannot be read ({error})") from error
