"""The SQL schema: one table of items, keyed by tenant first, index slots beside the body."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    and_,
    literal_column,
)
from sqlalchemy.types import TypeEngine

from steward.store.records import OUTBOX, SLOTS

METADATA = MetaData()

# DynamoDB and SQLite order keys by their UTF-8 bytes; PostgreSQL does under the C collation.
_KEY: TypeEngine[str] = Text(collation="C").with_variant(Text(), "sqlite")


def _slot_columns() -> list[Column[str]]:
    columns: list[Column[str]] = []
    for slot in range(1, SLOTS):
        columns += [Column(f"p{slot}", _KEY), Column(f"s{slot}", _KEY)]
    return columns


ITEMS = Table(
    "items",
    METADATA,
    Column("tenant", _KEY, nullable=False),
    Column("space", _KEY, nullable=False),
    Column("collection", _KEY, nullable=False),
    Column("id", _KEY, nullable=False),
    Column("version", Integer, nullable=False),
    Column("expires", BigInteger),
    Column("body", Text, nullable=False),
    *_slot_columns(),
    PrimaryKeyConstraint("tenant", "space", "collection", "id"),
    sqlite_with_rowid=False,
)

for _slot in range(1, SLOTS):
    Index(
        f"items_slot_{_slot}",
        ITEMS.c.tenant,
        ITEMS.c.space,
        ITEMS.c.collection,
        ITEMS.c[f"p{_slot}"],
        ITEMS.c[f"s{_slot}"],
        ITEMS.c.id,
        sqlite_where=ITEMS.c[f"p{_slot}"].is_not(None),
        postgresql_where=ITEMS.c[f"p{_slot}"].is_not(None),
    )

Index(
    "items_expiry",
    ITEMS.c.expires,
    sqlite_where=ITEMS.c.expires.is_not(None),
    postgresql_where=ITEMS.c.expires.is_not(None),
)

_pending = and_(ITEMS.c.collection == literal_column(f"'{OUTBOX}'"), ITEMS.c.p1.is_not(None))
Index("items_pending", ITEMS.c.s1, ITEMS.c.id, sqlite_where=_pending, postgresql_where=_pending)
