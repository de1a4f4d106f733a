"""A trail of 100,000 entries verified, every tampering found at its entry, a proof checked by an outsider."""

from __future__ import annotations

import json
import os
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.harness import ROOT, BenchmarkError, folder, rounded, versions_of
from functions.audit.adapters.archive import LockedArchive
from functions.audit.adapters.offline import without_more
from functions.audit.manifest import FUNCTIONS
from functions.audit.model.canonical import canonical
from functions.audit.model.chain import ENTRIES, GENESIS, HEAD, HEADS, Entry, Head, entry_of
from functions.audit.model.verification import Verdict
from functions.audit.ports import Books, books_of
from functions.audit.service import export
from functions.audit.service.heads import Desk, sign_next
from functions.audit.service.verify import verify
from steward.manifest import Function
from steward.objects import folder as bucket
from steward.secrets import FileSecrets
from steward.signing import FileSigner
from steward.store.migrate import migrate
from steward.store.sql import SqliteDatabase, SqlStore
from steward.store.work import MemoryClaims, Scope, Work

COUNT = 100_000
RUNS = 3
LIMIT_SECONDS = 5.0
TENANT = "acme"
STAGED = 80
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
WRONG = 54_321
"""The entry at which each tampering is done."""

SIGNING = next(function for function in FUNCTIONS if function.name == "sign-heads")


class Estate:
    """One tenant's trail in a folder."""

    def __init__(self, path: Path) -> None:
        self.path = path / "steward.db"
        migrate(f"sqlite:///{self.path}")
        self.database = SqliteDatabase(self.path)
        self.store = SqlStore(self.database)
        self.signer = FileSigner(FileSecrets(path / "secrets"), "signers/audit")
        self.other = FileSigner(FileSecrets(path / "secrets"), "signers/other")
        self.archive = LockedArchive(lambda: bucket(path / "objects"), TENANT)

    def work(self, function: Function = SIGNING) -> Work:
        return Work(
            Scope(
                store=self.store,
                claims=MemoryClaims(),
                function=function,
                tenant=TENANT,
                now=NOON + timedelta(hours=1),
                commit_id=os.urandom(16).hex(),
                actor="benchmark",
                correlation_id="benchmark",
            )
        )

    def books(self) -> Books:
        return books_of(self.work().table("audit"))

    def build(self) -> None:
        """Chain the entries in large commits, and sign their heads."""
        prev, n = GENESIS, 0
        while n < COUNT:
            work = self.work()
            entries = work.table("audit").of(ENTRIES)
            for _ in range(min(STAGED, COUNT - n)):
                n += 1
                entry = entry_of(_content(n), prev)
                prev = entry.hash
                entries.add(entry)
            heads = work.table("audit").of(HEADS)
            heads.get(HEAD)
            heads.put(Head(n=n, hash=prev, at=NOON))
            work.commit()
        while self._sign():
            pass

    def _sign(self) -> bool:
        work = self.work()
        desk = Desk(
            tenant=TENANT,
            books=books_of(work.table("audit")),
            archive=self.archive,
            signer=self.signer,
            publish=work.publish,
            now=work.now,
        )
        more = sign_next(desk)
        work.commit()
        return more

    def verify(self) -> Verdict:
        keys = (self.signer.public_key(),)
        return verify(
            self.books(), self.archive, keys, tenant=TENANT, now=NOON + timedelta(hours=1)
        )


def run() -> dict[str, Any]:
    """Seconds to verify the whole trail from the store; the limit stands where a peer would."""
    with folder("audit") as path:
        estate = Estate(path)
        estate.build()
        times = [_timed(estate) for _ in range(RUNS)]
        tampered = {name: _tampered(estate, change) for name, change in TAMPERINGS.items()}
        offline = _offline(estate, path)
        estate.database.close()
    seconds = statistics.median(times)
    return {
        "name": "audit",
        "unit": f"s for {COUNT} entries",
        "ours": rounded(seconds),
        "peer": LIMIT_SECONDS,
        "ratio": rounded(LIMIT_SECONDS / seconds),
        "runs": {"ours": [rounded(value) for value in times]},
        "versions": {"python": sys.version.split()[0], **versions_of("cryptography", "rfc8785")},
        "detail": {
            "peer": "no peer: the limit that is promised",
            "entries a second": round(COUNT / seconds),
            "tampering": tampered,
            "offline": offline,
        },
    }


def _timed(estate: Estate) -> float:
    started = time.perf_counter()
    verdict = estate.verify()
    seconds = time.perf_counter() - started
    if not verdict.intact or verdict.entries != COUNT or verdict.covered != COUNT:
        raise BenchmarkError(f"the untouched trail does not verify: {verdict}")
    return seconds


def _tampered(estate: Estate, change: Callable[[Estate, sqlite3.Connection], int]) -> Any:
    with _copied(estate), closing(sqlite3.connect(estate.path)) as connection:
        expected = change(estate, connection)
        connection.commit()
        found = estate.verify().findings
    if not found or found[0].n != expected:
        raise BenchmarkError(f"{change.__name__}: done at {expected}, found {found[:3]}")
    return {"at": expected, "found": found[0].fault}


@contextmanager
def _copied(estate: Estate) -> Iterator[None]:
    """Whatever is done meanwhile is undone afterwards."""
    kept = estate.path.with_suffix(".kept")
    if not kept.exists():
        with closing(sqlite3.connect(estate.path)) as source, closing(sqlite3.connect(kept)) as to:
            source.backup(to)
    try:
        yield
    finally:
        with (
            closing(sqlite3.connect(kept)) as source,
            closing(sqlite3.connect(estate.path)) as here,
        ):
            source.backup(here)


def _offline(estate: Estate, path: Path) -> dict[str, Any]:
    """The trail and a proof, exported, then verified by fresh processes that have nothing else."""
    trail, proof, pem = path / "trail.jsonl", path / "proof.json", path / "key.pem"
    key = estate.signer.public_key()
    pem.write_text(key.pem)
    document = export.proof(WRONG, books=estate.books(), archive=estate.archive, key=key)
    proof.write_text(json.dumps(document))
    _export(estate, trail)
    started = time.perf_counter()
    verdict = _steward("audit", "verify", str(trail), "--key", str(pem), "-o", "json")
    seconds = time.perf_counter() - started
    proved = _steward("audit", "verify-proof", str(proof), "--key", str(pem), "-o", "json")
    if not (verdict["intact"] and verdict["covered"] == COUNT and proved["holds"]):
        raise BenchmarkError(f"offline: {verdict}, {proved}")
    return {
        "trail": f"{trail.stat().st_size // 1_000_000} MB in {seconds:.1f} s with the start",
        "proof of entry": proved["n"],
        "proof bytes": proof.stat().st_size,
    }


def _export(estate: Estate, trail: Path) -> None:
    span = export.Span()
    key = estate.signer.public_key()
    with trail.open("w", encoding="utf-8") as file:
        while True:
            text = export.part(
                "jsonl",
                span,
                tenant=TENANT,
                books=estate.books(),
                archive=estate.archive,
                key=key,
            )
            body, more = without_more(text, "jsonl")
            file.write(body)
            if not more:
                return
            span = export.Span(
                after=more.get("after", span.after), head=more.get("head", span.head)
            )


def _steward(*arguments: str) -> Any:
    code = "from steward.cli.main import main; main()"
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=ROOT)
    if done.returncode:
        raise BenchmarkError(f"steward {arguments[0]} {arguments[1]}: {done.stderr[-300:]}")
    return json.loads(done.stdout)


def _content(n: int) -> dict[str, Any]:
    body = {"id": f"e{n}", "status": "open", "owner": "team-a", "score": n % 97, "note": "x" * 80}
    return {
        "n": n,
        "tenant": TENANT,
        "commit": f"{n:032x}",
        "function": "policy.evaluate-change",
        "who": f"user:{n % 50}",
        "when": (NOON - timedelta(seconds=COUNT - n)).isoformat(),
        "correlation": f"r{n}",
        "causation": f"c{n - 1}-0",
        "request": {"id": f"r{n}"},
        "entries": [
            {
                "verb": "put",
                "table": "policy",
                "collection": "findings",
                "id": f"e{n}",
                "version": 2,
                "before": body | {"status": "new"},
                "after": body,
            }
        ],
    }


# Seven ways to tamper with the database: each answers the entry at which it was done.


# As the index has them: otherwise each of a hundred thousand statements would read the whole table.
_AT = f"tenant = '{TENANT}' AND space = 'audit' AND collection = 'entries' AND p1 = 'chain'"


def _entry(connection: sqlite3.Connection, n: int) -> Entry:
    row = connection.execute(
        f"SELECT body FROM items INDEXED BY items_slot_1 WHERE {_AT} AND s1 = ?", (f"{n:012d}",)
    ).fetchone()
    return Entry.model_validate_json(row[0])


def _put(connection: sqlite3.Connection, n: int, entry: Entry) -> None:
    connection.execute(
        f"UPDATE items INDEXED BY items_slot_1 SET body = ? WHERE {_AT} AND s1 = ?",
        (entry.model_dump_json(), f"{n:012d}"),
    )


def _add(connection: sqlite3.Connection, entry: Entry) -> None:
    connection.execute(
        "INSERT INTO items (tenant, space, collection, id, version, body, p1, s1) "
        "VALUES (?, 'audit', 'entries', ?, 1, ?, 'chain', ?)",
        (TENANT, entry.commit, entry.model_dump_json(), f"{entry.n:012d}"),
    )


def _forged(entry: Entry, prev: str, **changes: Any) -> Entry:
    return entry_of(json.loads(entry.content or "") | changes, prev)


def edit(_: Estate, connection: sqlite3.Connection) -> int:
    """Another status in one body, and nothing else."""
    entry = _entry(connection, WRONG)
    text = canonical(json.loads((entry.content or "").replace('"open"', '"shut"')))
    _put(connection, WRONG, entry.model_copy(update={"content": text}))
    return WRONG


def delete(_: Estate, connection: sqlite3.Connection) -> int:
    """One entry less."""
    connection.execute(
        f"DELETE FROM items INDEXED BY items_slot_1 WHERE {_AT} AND s1 = ?", (f"{WRONG:012d}",)
    )
    return WRONG


def insert(_: Estate, connection: sqlite3.Connection) -> int:
    """One more, properly hashed, and every later one moved up a place."""
    prev = _entry(connection, WRONG).prev
    fresh = _forged(_entry(connection, WRONG), prev, commit="planted")
    for n in range(COUNT, WRONG - 1, -1):
        entry = _entry(connection, n).model_copy(update={"n": n + 1})
        connection.execute(
            f"UPDATE items INDEXED BY items_slot_1 SET body = ?, s1 = ? WHERE {_AT} AND s1 = ?",
            (entry.model_dump_json(), f"{n + 1:012d}", f"{n:012d}"),
        )
    _add(connection, fresh)
    return WRONG


def reorder(_: Estate, connection: sqlite3.Connection) -> int:
    """Two neighbours in each other's place."""
    one, two = _entry(connection, WRONG), _entry(connection, WRONG + 1)
    _put(connection, WRONG, two)
    _put(connection, WRONG + 1, one)
    return WRONG


def truncate(_: Estate, connection: sqlite3.Connection) -> int:
    """The end cut off, and the chain's head set back to match."""
    connection.execute(
        f"DELETE FROM items INDEXED BY items_slot_1 WHERE {_AT} AND s1 >= ?", (f"{WRONG:012d}",)
    )
    last = _entry(connection, WRONG - 1)
    head = Head(n=last.n, hash=last.hash, at=NOON).model_dump_json()
    connection.execute("UPDATE items SET body = ? WHERE collection = 'chains'", (head,))
    return WRONG


def fork(_: Estate, connection: sqlite3.Connection) -> int:
    """A second entry that follows the same one."""
    entry = _entry(connection, WRONG)
    _add(connection, _forged(entry, entry.prev, commit="rival"))
    return WRONG


def resign(estate: Estate, connection: sqlite3.Connection) -> int:
    """All from one entry on written anew, and the heads that are shown signed by another key."""
    prev = _entry(connection, WRONG).prev
    for n in range(WRONG, COUNT + 1):
        changes = {"who": "user:mallory"} if n == WRONG else {}
        entry = _forged(_entry(connection, n), prev, **changes)
        prev = entry.hash
        _put(connection, n, entry)
    head = Head(n=COUNT, hash=prev, at=NOON).model_dump_json()
    connection.execute("UPDATE items SET body = ? WHERE collection = 'chains'", (head,))
    _sign_anew(estate, connection)
    return WRONG


def _sign_anew(estate: Estate, connection: sqlite3.Connection) -> None:
    key = estate.other.public_key()
    for sealed in iter(_all(estate)):
        if sealed.last >= WRONG:
            forged = sealed.model_copy(update={"key_id": key.id, "signature": ""})
            value = estate.other.sign(forged.statement).value
            body = forged.model_copy(update={"signature": value}).model_dump_json()
            connection.execute(
                "UPDATE items SET body = ? WHERE collection = 'heads' AND id = ?",
                (body, f"{sealed.seq:012d}"),
            )


def _all(estate: Estate) -> list[Any]:
    heads, seq = [], 1
    while (sealed := estate.archive.sealed(seq)) is not None:
        heads.append(sealed.head)
        seq += 1
    return heads


TAMPERINGS: dict[str, Callable[[Estate, sqlite3.Connection], int]] = {
    "edit": edit,
    "delete": delete,
    "insert": insert,
    "reorder": reorder,
    "truncate": truncate,
    "fork": fork,
    "re-sign": resign,
}
