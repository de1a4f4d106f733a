"""One generated history ends in the same state on every store."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from steward.store.postgres import PostgresDatabase
from tests.contracts import backends, trace
from tests.contracts.backends import Backend, PostgresBackend, SqliteBackend
from tests.contracts.trace import Command, Outcome, commands

SEED = 20260302


def _sqlite(path: Path, history: list[Command]) -> Outcome:
    backend = SqliteBackend(path / "trace.db")
    try:
        return trace.play(backend, history)
    finally:
        backend.database.close()


def _on_every_store(
    history: list[Command], path: Path, url: str, database: PostgresDatabase
) -> list[Outcome]:
    with backends.dynamodb(trace.TABLES) as dynamo:
        in_aws = trace.play_in_segments(dynamo, history, length=50)
    return [_sqlite(path, history), trace.play(PostgresBackend(url, database), history), in_aws]


def _assert_alike(outcomes: list[Outcome]) -> None:
    first, *others = outcomes
    for other in others:
        assert other.told == first.told
        assert (other.snapshot, other.alive) == (first.snapshot, first.alive)


@pytest.mark.slow
def test_a_thousand_commands_end_alike_on_every_store(
    tmp_path: Path, postgres_url: str, postgres: PostgresDatabase
) -> None:
    history = commands(1_000, seed=SEED)
    _assert_alike(_on_every_store(history, tmp_path, postgres_url, postgres))


@pytest.mark.nightly
def test_ten_thousand_commands_end_alike_on_every_store(
    tmp_path: Path, postgres_url: str, postgres: PostgresDatabase
) -> None:
    history = commands(10_000, seed=SEED)
    _assert_alike(_on_every_store(history, tmp_path, postgres_url, postgres))


def test_the_history_is_the_same_for_the_same_seed_and_meets_every_outcome(tmp_path: Path) -> None:
    history = commands(1_000, seed=SEED)
    assert history == commands(2_000, seed=SEED)[:1_000]
    assert history != commands(1_000, seed=SEED + 1)
    told = Counter(line.rpartition(" ")[2] for line in _sqlite(tmp_path, history).told)
    for outcome in ("applied", "already-processed", "stale-version", "already-exists"):
        assert told[outcome] > 15, told


def test_one_changed_command_changes_the_snapshot(tmp_path: Path) -> None:
    history = commands(200, seed=SEED)
    last = next(n for n in reversed(range(200)) if history[n].kind == "put")
    other = list(history)
    other[last] = Command(
        **{**vars(history[last]), "part": history[last].part.model_copy(update={"note": "?"})}
    )
    outcomes = []
    for name, commands_ in (("a", history), ("b", other)):
        (tmp_path / name).mkdir()
        outcomes.append(_sqlite(tmp_path / name, commands_))
    assert outcomes[0].told == outcomes[1].told
    assert outcomes[0].snapshot != outcomes[1].snapshot


def test_parking_between_segments_changes_nothing() -> None:
    history = commands(60, seed=SEED)
    outcomes: list[Outcome] = []
    for length in (15, 60):
        with backends.dynamodb(trace.TABLES) as backend:
            outcomes.append(trace.play_in_segments(backend, history, length=length))
    with backends.dynamodb(trace.TABLES) as backend:
        whole: Backend = backend
        outcomes.append(trace.play(whole, history))
    _assert_alike(outcomes)
