"""What the clouds' manifests say: which files make up a statement, of which period, and when it was made.

Sources: AWS Data Exports user guide, "Understanding export delivery"; AWS CUR user guide, "Cost and Usage
Report manifest files"; Azure Cost Management, "Export data manifest".
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from steward.errors import BadInput

OWN: Final = "steward-manifest.json"
FILES: Final = 1000
"""Files that one statement consists of at most."""
_NAME = re.compile(r"(.*-)?manifest\.json", re.IGNORECASE)
_PART_OF_MORE = re.compile(
    r"/BILLING_PERIOD=\d{4}-\d{2}/|/\d{8}-\d{8}/|[-_.]\d{5,12}(\.snappy)?\.(csv|json|parquet)(\.gz)?$"
    r"|(^|/)part[-_]\d+[^/]*$",
    re.IGNORECASE,
)
_AWS_PERIOD = re.compile(r"BILLING_PERIOD=(\d{4}-\d{2})")


class Manifest(NamedTuple):
    """The files of one statement as its maker names them; ``period`` as 2026-01 when there is one alone."""

    files: tuple[str, ...]
    period: str | None
    issued_at: datetime | None
    kind: str | None = None


def is_manifest(key: str) -> bool:
    """Whether an object lists the files of a statement instead of being one."""
    return _NAME.fullmatch(key.rpartition("/")[2]) is not None


def is_part(key: str) -> bool:
    """Whether a file by its place or name is one of several: it counts once a manifest names it."""
    return _PART_OF_MORE.search(key) is not None


def read_manifest(key: str, body: bytes) -> Manifest:
    """The manifest of that key.

    Raises:
        BadInput: it is none that is known, or names no file.
    """
    try:
        said = json.loads(body.decode("utf-8-sig"))
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise BadInput(f"manifest {key[-120:]!r}: not JSON ({error}); deliver it anew") from error
    found = _of(key, said) if isinstance(said, dict) else None
    if found is None or not found.files:
        raise BadInput(
            f"manifest {key[-120:]!r}: names no files; AWS ones have dataFiles or reportKeys, Azure ones "
            f"blobs, and {OWN} has files"
        )
    if len(found.files) > FILES:
        raise BadInput(f"manifest {key[-120:]!r}: names {len(found.files)} files; at most {FILES}")
    return found


def resolve(name: str, *, manifest: str, root: str, there: Collection[str]) -> str | None:
    """The object that a manifest means by a name; None when it is not there.

    The name is a path or URL of the bucket that the cloud wrote to, of which a tail lies beside the
    manifest or below a folder that holds it; ``root`` is the source's folder.
    """
    segments = [one for one in name.rpartition("://")[2].split("/") if one]
    folders = list(_above(manifest, root))
    for start in range(len(segments)):
        tail = "/".join(segments[start:])
        found = next((f"{folder}{tail}" for folder in folders if f"{folder}{tail}" in there), None)
        if found is not None:
            return found
    return None


def _above(key: str, root: str) -> Iterable[str]:
    folder = key.rpartition("/")[0]
    while len(folder) + 1 >= len(root):
        yield f"{folder}/"
        folder = folder.rpartition("/")[0]


def _of(key: str, said: Mapping[str, Any]) -> Manifest | None:
    if isinstance(said.get("blobs"), list):
        return _azure(said)
    if isinstance(said.get("reportKeys"), list):
        period = said.get("billingPeriod") or {}
        return Manifest(_texts(said["reportKeys"]), _month(period.get("start")), None)
    if isinstance(said.get("dataFiles"), list):
        found = _AWS_PERIOD.search(key)
        made = said.get("createdAt") or said.get("executionCreationTime")
        return Manifest(_texts(said["dataFiles"]), found and found[1], _instant(made))
    if isinstance(said.get("files"), list):
        return Manifest(_texts(said["files"]), said.get("period"), _instant(said.get("issuedAt")))
    return None


def _azure(said: Mapping[str, Any]) -> Manifest:
    run = said.get("runInfo") or {}
    start, end = _month(run.get("startDate")), _month(run.get("endDate"))
    files = _texts(one.get("blobName") for one in said["blobs"] if isinstance(one, dict))
    issued = _instant(run.get("submittedTime"))
    kind = (said.get("exportConfig") or {}).get("type")
    return Manifest(files, start if start == end else None, issued, kind and str(kind))


def _texts(values: Iterable[Any]) -> tuple[str, ...]:
    return tuple(str(value) for value in values if value)


def _month(said: object) -> str | None:
    digits = re.sub(r"\D", "", str(said or ""))[:6]
    return f"{digits[:4]}-{digits[4:]}" if len(digits) == len("202601") else None


def _instant(said: object) -> datetime | None:
    if not said:
        return None
    try:
        found = datetime.fromisoformat(str(said))
    except ValueError as error:
        raise BadInput(f"manifest: issued at {str(said)[:40]!r}; use RFC 3339") from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)
