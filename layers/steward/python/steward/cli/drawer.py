"""What the nouns of identity share: lists, one thing, plans before what cannot be taken back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer

from steward.cli.client import Client
from steward.cli.inventory import pages
from steward.cli.output import Format, note, show, show_one
from steward.errors import BadInput
from steward.identity import Role

ROOT = "/api/v1/identity"

Limit = Annotated[int, typer.Option(min=1, help="Stop after this many.")]
Apply = Annotated[bool, typer.Option("--apply", help="Do it; else it is only shown.")]
GrantWords = Annotated[
    list[str] | None,
    typer.Option("--grant", help="A role, or ROLE@PROJECT; may be given several times."),
]
Groups = Annotated[
    list[str] | None, typer.Option("--group", help="A group's id; may be given several times.")
]
Reason = Annotated[str, typer.Option(help="Why; others will read it.")]


def path(*parts: str) -> str:
    """A path below identity's API; each part is one segment, whatever it holds."""
    return "/".join([ROOT, *(quote(part, safe=":") for part in parts)])


def show_list(
    client: Client,
    place: str,
    *,
    columns: Sequence[str],
    limit: int,
    output: Format,
    **query: Any,
) -> None:
    """Print a list, page by page."""
    rows = (plain(row) for row in pages(client, place, limit=limit, **query))
    show(rows, columns=columns, output=output)


def show_thing(thing: Mapping[str, Any], output: Format) -> None:
    """Print one thing."""
    show_one(plain(thing), output=output)


def show_secret(thing: Mapping[str, Any], secret: str | None, what: str, output: Format) -> None:
    """Print one thing with the secret that came with it, this once."""
    show_one({**plain(thing), what: secret}, output=output)
    if secret is not None:
        note(f"The {what.replace('_', ' ')} is shown this once; keep it now.")


def remove(client: Client, place: str, *, what: str, apply: bool, shown: str = "") -> None:
    """Remove a thing, or say what would be removed."""
    found = client.get(shown or place)
    if not apply:
        note(f"Would {what} {found.get('name') or found['id']!r} ({found['id']}); add --apply.")
        return
    client.request("DELETE", place)


def act(
    client: Client,
    place: str,
    body: Mapping[str, Any],
    *,
    plan: str,
    apply: bool,
    output: Format,
) -> None:
    """Do something that shuts somebody out, or say what would be done."""
    if not apply:
        note(f"Would {plan}; add --apply to do it.")
        return
    show_thing(client.post(place, body), output)


def replace(client: Client, place: str, changes: Mapping[str, Any], fields: Sequence[str]) -> Any:
    """Change a thing from what it is now, and fail when somebody else was first."""
    now, tag = client.read(place)
    body = {name: now[name] for name in fields}
    body |= {name: value for name, value in changes.items() if value is not None}
    return client.request("PUT", place, body, match=tag)


def grants_of(words: Sequence[str] | None) -> list[dict[str, Any]] | None:
    """The grants that these words name; None when there are none.

    Raises:
        BadInput: a word names no role.
    """
    return None if not words else [_grant(word) for word in words]


def save(client: Client, place: str, files: Sequence[Mapping[str, Any]], folder: Path) -> int:
    """Write the files of an export into a folder; how many."""
    for file in files:
        answer = client.get(place, file=file["key"])
        target = folder / str(file["key"]).partition("/exports/")[2]
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(answer["text"], "utf-8")
    return len(files)


def plain(thing: Mapping[str, Any]) -> dict[str, Any]:
    """The thing with its grants as words."""
    shown = dict(thing)
    if isinstance(shown.get("grants"), list):
        shown["grants"] = ", ".join(_word(grant) for grant in shown["grants"])
    return shown


def tags_of(words: Sequence[str] | None) -> dict[str, str] | None:
    """Tags given as ``NAME=VALUE``.

    Raises:
        BadInput: a word has no '='.
    """
    if words is None:
        return None
    pairs = [word.partition("=") for word in words]
    for name, equals, _ in pairs:
        if not equals:
            raise BadInput(f"tag {name!r}: use NAME=VALUE")
    return {name: value for name, _, value in pairs}


def days_of(text: str) -> int:
    """A number of days.

    Raises:
        BadInput: not a number.
    """
    if not text.isdecimal():
        raise BadInput(f"days {text[:20]!r}: use a number")
    return int(text)


def manifest_files(client: Client, place: str, key: str) -> list[dict[str, Any]]:
    """The files that an export's manifest names, and itself."""
    manifest = json.loads(client.get(place, file=key)["text"])
    return [*manifest["files"], {"key": key}]


def _grant(word: str) -> dict[str, Any]:
    name, _, project = word.partition("@")
    if name not in {role.value for role in Role}:
        raise BadInput(f"grant {word!r}: {name!r} is no role; use one of {', '.join(Role)}")
    return {"role": name, "project": project or None}


def _word(grant: Mapping[str, Any]) -> str:
    project = grant.get("project")
    return f"{grant['role']}@{project}" if project else str(grant["role"])
