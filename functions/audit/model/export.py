"""An exported trail: lines of JSON or of CSV that hold all it takes to verify them without a server.

Lines are of five kinds: ``export`` (whose trail, and the keys at the time), ``entry``, ``damaged``
(what stands where an entry stood), ``head`` and ``more`` (the number to go on from, where a part ends).
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, Literal, NamedTuple, TypeAlias

from pydantic import ValidationError

from functions.audit.model.canonical import canonical
from functions.audit.model.chain import Link, told
from functions.audit.model.signed import Sealed, SignedHead
from functions.audit.model.verification import Verdict, Walk
from steward.contracts.event import first_fault
from steward.errors import BadInput
from steward.signing import PublicKey

Format: TypeAlias = Literal["jsonl", "csv"]
Line: TypeAlias = dict[str, Any]

COLUMNS: Final = (
    "kind",
    "n",
    "when",
    "who",
    "function",
    "changes",
    "request",
    "prev",
    "hash",
    "content",
)


class File(NamedTuple):
    """What a file came to: the verdict, and by which keys."""

    tenant: str
    verdict: Verdict
    keys: tuple[str, ...]
    pinned: bool
    """Whether the keys were given, and not taken from the file itself."""
    first: int
    last: int


def export_line(tenant: str, keys: Iterable[PublicKey]) -> Line:
    """What a file begins with."""
    return {"kind": "export", "tenant": tenant, "keys": [key._asdict() for key in keys]}


def entry_line(link: Link) -> Line:
    """An entry, its content as it was hashed; what is none any more goes out as the evidence it is."""
    if told(link.text) is None:
        beside = {"n": link.n, "commit": link.commit, "prev": link.prev, "hash": link.hash}
        return {"kind": "damaged", **beside, "text": link.text}
    return {
        "kind": "entry",
        "prev": link.prev,
        "hash": link.hash,
        "content": link.facts,
    }


def head_line(sealed: Sealed) -> Line:
    """A signed head with its leaves."""
    return {"kind": "head", "head": sealed.head.model_dump(), "leaves": list(sealed.leaves)}


def as_jsonl(line: Line) -> str:
    """A line of JSON."""
    return json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n"


def as_csv(line: Line) -> str:
    """A line of CSV; what has no column of its own is in ``content``."""
    row = dict.fromkeys(COLUMNS, "") | {"kind": line["kind"]}
    if line["kind"] == "entry":
        content = line["content"]
        row |= {
            "n": content["n"],
            "when": content["when"],
            "who": content["who"],
            "function": content["function"],
            "changes": "; ".join(_change(each) for each in content["entries"]),
            "request": content.get("request", {}).get("id", ""),
            "prev": line["prev"],
            "hash": line["hash"],
            "content": canonical(content),
        }
    else:
        row["content"] = canonical({name: v for name, v in line.items() if name != "kind"})
    text = io.StringIO()
    csv.DictWriter(text, COLUMNS, lineterminator="\n").writerow(row)
    return text.getvalue()


WRITERS: Final[dict[Format, Callable[[Line], str]]] = {"jsonl": as_jsonl, "csv": as_csv}


def read(lines: Iterable[str]) -> Iterator[Line]:
    """The lines of a file of either format.

    Raises:
        BadInput: a line that is none of ours; its number is named.
    """
    source = iter(lines)
    first = next(source, "")
    if first.startswith("{"):
        yield from _read_jsonl(first, source)
    else:
        yield from _read_csv(first, source)


def verify_lines(lines: Iterable[Line], keys: tuple[PublicKey, ...]) -> File:
    """Verify an exported trail by these keys, or else by those that it says it was signed with.

    Raises:
        BadInput: it does not begin as an export does, or a line lacks a field.
    """
    source = iter(lines)
    start = next(source, {})
    if start.get("kind") != "export":
        raise BadInput("file: does not begin with an 'export' line; give what 'audit export' wrote")
    try:
        tenant = str(start["tenant"])
        trusted = keys or tuple(PublicKey(**key) for key in start["keys"])
        walk, sealed = _taken(source, tenant)
    except (KeyError, TypeError) as error:
        raise BadInput(
            f"file: {error!r} is missing or malformed; export the trail again"
        ) from error
    covered = walk.hold_against(sealed, trusted)
    verdict = walk.verdict(heads=len(sealed), covered=covered)
    ids = tuple(key.id for key in trusted)
    return File(tenant, verdict, ids, bool(keys), walk.first, walk.last)


def _taken(lines: Iterator[Line], tenant: str) -> tuple[Walk, list[Sealed]]:
    walk, sealed = None, []
    for line in lines:
        if line["kind"] == "entry":
            content = line["content"]
            text = canonical(content)
            link = Link(content["n"], content["commit"], line["prev"], line["hash"], text, content)
            walk = walk or _begin(tenant, link)
            walk.add(link)
        elif line["kind"] == "damaged":
            link = Link(line["n"], line["commit"], line["prev"], line["hash"], line["text"], {})
            walk = walk or _begin(tenant, link)
            walk.add(link)
        elif line["kind"] == "head":
            sealed.append(_sealed(line))
        elif line["kind"] == "more":
            raise BadInput("file: ends where a part does; export the whole again")
    return walk or Walk(tenant), sealed


def _begin(tenant: str, link: Link) -> Walk:
    # A trail may be exported from any entry on; what that one follows is the heads' to say.
    return Walk(tenant) if link.n == 1 else Walk(tenant, link.n, link.prev)


def _sealed(line: Line) -> Sealed:
    try:
        return Sealed(head=SignedHead.model_validate(line["head"]), leaves=tuple(line["leaves"]))
    except ValidationError as error:
        raise BadInput(f"file: signed head: {first_fault(error)}") from error


def _change(entry: Line) -> str:
    return f"{entry['verb']} {entry['table']}/{entry['collection']}/{entry['id']}"


def _read_jsonl(first: str, rest: Iterator[str]) -> Iterator[Line]:
    for number, text in enumerate(_chained(first, rest), start=1):
        try:
            line = json.loads(text)
            line["kind"]
        except (ValueError, KeyError, TypeError) as error:
            raise BadInput(
                f"file, line {number}: no line of an exported trail ({error!r})"
            ) from error
        yield line


def _chained(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


def _read_csv(first: str, rest: Iterator[str]) -> Iterator[Line]:
    if first.strip() != ",".join(COLUMNS):
        raise BadInput("file: neither JSON lines nor our CSV; give what 'audit export' wrote")
    # A whole audit part may stand in one cell.
    csv.field_size_limit(2**31 - 1)
    for row in csv.DictReader(rest, COLUMNS):
        try:
            content = json.loads(row["content"])
        except (ValueError, TypeError) as error:
            raise BadInput(f"file: content of a {row['kind']!r} row: {error}") from error
        if row["kind"] == "entry":
            yield {"kind": "entry", "prev": row["prev"], "hash": row["hash"], "content": content}
        else:
            yield {"kind": row["kind"], **content}
