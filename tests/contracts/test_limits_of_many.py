"""Laws of the rate limits on every store, with eight callers at once."""

from __future__ import annotations

import multiprocessing
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from steward.edge.buckets import Bucket
from steward.edge.limiter import Limiter, Name
from steward.edge.rates import Rate
from steward.store.postgres import PostgresDatabase
from steward.store.records import Store
from steward.store.sql import SqliteDatabase, SqlStore
from tests.contracts import backends
from tests.contracts.backends import Backend

CALLERS = 8
START = 1_800_000_000.0
NAME = Name("acme", "caller", "key:1")


@pytest.fixture(params=["sqlite", "postgresql", "dynamodb"])
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    if request.param == "dynamodb":
        with backends.dynamodb(("limits",)) as dynamo:
            yield dynamo
    elif request.param == "sqlite":
        yield backends.SqliteBackend(tmp_path / "steward.db")
    else:
        database = request.getfixturevalue("postgres")
        yield backends.PostgresBackend(request.getfixturevalue("postgres_url"), database)


def until_refused(store: Store, rate: Rate, together: Callable[[], object]) -> int:
    limiter, admitted = Limiter(store), 0
    together()
    while limiter.take(NAME, rate, now=START, closed=True).allowed:
        admitted += 1
    return admitted


def in_threads(call: Callable[[], int]) -> list[int]:
    with ThreadPoolExecutor(CALLERS) as pool:
        return [future.result() for future in [pool.submit(call) for _ in range(CALLERS)]]


def test_eight_callers_at_once_get_what_there_is_and_not_one_more(backend: Backend) -> None:
    together = Barrier(CALLERS)
    rate = Rate(300, 3600)
    admitted = in_threads(partial(until_refused, backend.store, rate, together.wait))
    assert rate.size - CALLERS * rate.block < sum(admitted) <= rate.size


def test_eight_callers_over_time_get_the_bucket_and_what_flows_in(backend: Backend) -> None:
    """Against the clock: never over the limit, and under it by no more than what is out on lease."""
    rate, together, length = Rate(40, 4), Barrier(CALLERS), 1.5
    spans: list[tuple[float, float]] = []
    asked: list[int] = []

    def hammer() -> int:
        limiter, admitted = Limiter(backend.store), 0
        together.wait()
        begun = now = time.time()
        while now < begun + length:
            asked.append(1)
            admitted += limiter.take(NAME, rate, now=now, closed=True).allowed
            time.sleep(0.001)
            now = time.time()
        spans.append((begun, now))
        return admitted

    admitted = sum(in_threads(hammer))
    span = max(end for _, end in spans) - min(begun for begun, _ in spans)
    assert admitted <= rate.size + span * rate.per_second
    # Where the store is so slow that nobody was refused, nobody asked for what there was.
    least = rate.size + length * rate.per_second - CALLERS * rate.block
    assert admitted >= min(least, len(asked))


def test_callers_of_two_tenants_have_nothing_to_do_with_each_other(backend: Backend) -> None:
    rate, limiter = Rate(20, 60), Limiter(backend.store)
    counts: Counter[str] = Counter()
    for tenant in ("acme", "umbrella") * 30:
        name = Name(tenant, "caller", "key:1")
        counts[tenant] += limiter.take(name, rate, now=START, closed=True).allowed
    assert counts == {"acme": 20, "umbrella": 20}


def test_a_row_expires_when_its_bucket_is_full_again(backend: Backend) -> None:
    rate = Rate(20, 60)
    Limiter(backend.store).take(NAME, rate, now=START, closed=True)
    (row,) = backend.items()
    assert (row.table, row.tenant, row.key) == ("limits", "acme", NAME.key)
    assert row.expires is not None
    assert START + 60 < row.expires < START + 300
    assert Bucket.model_validate_json(row.body).tokens < 20
    late = START + 1000
    assert Limiter(backend.store).take(NAME, rate, now=late, closed=True).allowed


def _sqlite(path: str, rate: Rate) -> int:
    return until_refused(SqlStore(SqliteDatabase(Path(path))), rate, lambda: None)


def _postgres(url: str, rate: Rate) -> int:
    return until_refused(SqlStore(PostgresDatabase(url)), rate, lambda: None)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_eight_processes_get_what_there_is_and_not_one_more(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    rate = Rate(500, 86400)
    if kind == "sqlite":
        path = tmp_path / "steward.db"
        backends.SqliteBackend(path)
        work = partial(_sqlite, str(path), rate)
    else:
        url = request.getfixturevalue("postgres_url")
        backends.PostgresBackend(url, request.getfixturevalue("postgres"))
        work = partial(_postgres, url, rate)
    with multiprocessing.get_context("fork").Pool(CALLERS) as pool:
        admitted = [pool.apply_async(work) for _ in range(CALLERS)]
        assert sum(result.get(timeout=60) for result in admitted) == rate.size
