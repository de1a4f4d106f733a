"""Tags that say when something is to be done: ``stop@2026/01/31``, ``off=(M-F,19);on=(M-F,7);tz=et``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

from functions.policy.model.language.dates import moment

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

Hours: TypeAlias = frozenset[tuple[int, int]]

MAX_TEXT = 256
_DAYS = "mtwhfsu"
_HOURS = 24
_ESCAPES = {f"u{ord(sign):x}": sign for sign in "()[],;=/-"}
_ZONES: Mapping[str, str] = {
    **dict.fromkeys(("pdt", "pt", "pst"), "America/Los_Angeles"),
    **dict.fromkeys(("ast", "at"), "America/Phoenix"),
    **dict.fromkeys(("est", "edt", "et"), "America/New_York"),
    **dict.fromkeys(("cst", "cdt", "ct"), "America/Chicago"),
    **dict.fromkeys(("mst", "mdt", "mt"), "America/Denver"),
    **dict.fromkeys(("gmt", "gt"), "Etc/GMT"),
    "bst": "Europe/London",
    "ist": "Europe/Dublin",
    "cet": "Europe/Berlin",
    "it": "Asia/Kolkata",
    "jst": "Asia/Tokyo",
    "kst": "Asia/Seoul",
    "sgt": "Asia/Singapore",
    "aet": "Australia/Sydney",
    "brt": "America/Sao_Paulo",
    "nzst": "Pacific/Auckland",
    "utc": "Etc/UTC",
}


def marked(value: Any, operation: str, now: datetime, ahead: timedelta) -> bool:
    """Whether a tag's text ends in ``<operation>@<moment>`` and the moment has come, but for ``ahead``."""
    if not isinstance(value, str) or ":" not in value or "@" not in value:
        return False
    action, _, when = value.rpartition(":")[2].strip().partition("@")
    due = moment(when.strip()) if action == operation else None
    if due is None:
        return False
    try:
        return now >= due - ahead
    except OverflowError:
        return True


@lru_cache(maxsize=256)
def zone(name: str) -> ZoneInfo | None:
    """A time zone by its short or its full name, in any case."""
    from zoneinfo import ZoneInfo

    for spelled in (_ZONES.get(name.lower(), name), name.title()):
        try:
            return ZoneInfo(spelled)
        except (ValueError, OSError, KeyError, ImportError):
            continue
    return None


def scheduled(
    value: Any, kind: str, now: datetime, usual: tuple[Hours, str], skipped: tuple[str, ...]
) -> bool:
    """Whether a tag's schedule turns something ``on`` or ``off`` in this hour.

    ``usual`` are the hours and the zone where the tag leaves them open.
    """
    if not isinstance(value, str) or len(value) > MAX_TEXT:
        return False
    read = _schedule(_cleaned(value), kind)
    if read is None:
        return False
    hours, zone_name = read
    where = zone(zone_name or usual[1])
    if where is None:
        return False
    local = now.astimezone(where)
    if local.strftime("%Y-%m-%d") in skipped:
        return False
    return (local.weekday(), local.hour) in (usual[0] if hours is None else hours)


def _cleaned(value: str) -> str:
    text = value.lower()
    for escape, sign in _ESCAPES.items():
        text = text.replace(escape, sign)
    return ";".join(filter(None, text.strip("'").strip('"').split(";")))


@lru_cache(maxsize=1024)
def _schedule(text: str, kind: str) -> tuple[Hours | None, str] | None:
    """The hours of ``kind`` (None: not said) and the zone ("": not said); None if it is opted out."""
    if text == "off":
        return None
    pairs = dict(
        piece.split("=") for piece in text.replace(" ", ";").split(";") if piece.count("=") == 1
    )
    if not set(pairs) <= {"on", "off", "tz"}:
        return None
    if kind not in pairs:
        return None, pairs.get("tz", "")
    if any(piece.count("=") != 1 for piece in text.split(";")):
        return None
    read: dict[str, Hours | None] = {}
    for name in set(pairs) - {"tz"}:
        read[name] = _hours(pairs[name])
    if None in read.values():
        return None
    return read[kind], pairs.get("tz", "")


def _hours(text: str) -> Hours | None:
    found: set[tuple[int, int]] = set()
    for each in text.replace("[", "").replace("]", "").split(",("):
        days, comma, hour = each.replace("(", "").replace(")", "").partition(",")
        told = _days(days)
        if not comma or not told or not (hour.isascii() and hour.isdigit()) or int(hour) >= _HOURS:
            return None
        found |= {(day, int(hour)) for day in told}
    return frozenset(found)


def _days(text: str) -> list[int]:
    """One day, or a range that may go on over Sunday."""
    numbers = [_DAYS.find(day) if len(day) == 1 else -1 for day in text.split("-")]
    if -1 in numbers or len(numbers) not in (1, 2):
        return []
    first, last = numbers[0], numbers[-1]
    return [day % 7 for day in range(first, last + 1 + (7 if last < first else 0))]
