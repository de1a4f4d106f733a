from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from functions.policy.model.rule import Pack
from functions.policy.service.evaluation import BATCH
from tests.contracts import backends
from tests.contracts.backends import Backend
from tests.functional.policy.policy_world import PolicyWorld, kinds, made_rule, resource

# moto copies the whole table in every transaction: a thousand take minutes there.
SIZES = [
    ("sqlite", 1_000),
    ("postgresql", 1_000),
    ("dynamodb", 2 * BATCH + 5),
    pytest.param(("dynamodb", 1_000), marks=pytest.mark.nightly, id="dynamodb-1000"),
]


@pytest.fixture(params=SIZES, ids=str)
def stored(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Backend, int]]:
    kind, count = request.param
    if kind == "sqlite":
        sqlite = backends.SqliteBackend(tmp_path / "steward.db")
        yield sqlite, count
        sqlite.database.close()
    elif kind == "postgresql":
        database = request.getfixturevalue("postgres")
        yield backends.PostgresBackend(request.getfixturevalue("postgres_url"), database), count
    else:
        with backends.dynamodb(("policy", "directory")) as dynamo:
            yield dynamo, count


def test_many_findings_on_one_resource_have_one_evaluation_document(
    stored: tuple[Backend, int],
) -> None:
    store, count = stored
    pack = Pack([made_rule(f"synthetic-rule-{n:04d}") for n in range(count)])
    world = PolicyWorld(store.store, pack)
    assert kinds(world.judge(resource(1, open=True))) == ["opened"] * count
    assert len(world.staged) == -(-count // BATCH)
    kept = [
        item.collection for item in store.items() if item.collection in ("evaluations", "findings")
    ]
    assert (kept.count("evaluations"), kept.count("findings")) == (1, count)
    assert world.judge(resource(1, open=True)) == []
    assert kinds(world.judge(resource(2, open=False))) == ["resolved"] * count
