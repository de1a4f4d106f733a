"""The table of items, its indexes and, on PostgreSQL, row-level security by tenant."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

KEYS = ("tenant", "space", "collection", "id")
SLOTS = (1, 2, 3, 4)


def upgrade() -> None:
    """Create the table; on PostgreSQL also the run-time roles and their policies."""
    postgresql = op.get_bind().dialect.name == "postgresql"
    key = sa.Text(collation="C") if postgresql else sa.Text()
    slots = [sa.Column(f"{letter}{slot}", key) for slot in SLOTS for letter in "ps"]
    op.create_table(
        "items",
        *(sa.Column(name, key, nullable=False) for name in KEYS),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("expires", sa.BigInteger),
        sa.Column("body", sa.Text, nullable=False),
        *slots,
        sa.PrimaryKeyConstraint(*KEYS),
        sqlite_with_rowid=False,
    )
    for slot in SLOTS:
        columns = ["tenant", "space", "collection", f"p{slot}", f"s{slot}", "id"]
        _index(f"items_slot_{slot}", columns, f"p{slot} IS NOT NULL")
    _index("items_expiry", ["expires"], "expires IS NOT NULL")
    _index("items_pending", ["s1", "id"], "collection = 'outbox' AND p1 IS NOT NULL")
    if postgresql:
        _secure()


def downgrade() -> None:
    """Remove the table with all it holds."""
    op.drop_table("items")


def _index(name: str, columns: list[str], where: str) -> None:
    condition = sa.text(where)
    op.create_index(name, "items", columns, sqlite_where=condition, postgresql_where=condition)


def _secure() -> None:
    # FORCE makes the policies hold for the table's owner too; functions run as the two roles.
    op.execute("""
        DO $$ BEGIN
            IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'steward_app') THEN
                CREATE ROLE steward_app NOLOGIN;
            END IF;
            IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'steward_relay') THEN
                CREATE ROLE steward_relay NOLOGIN;
            END IF;
        END $$
    """)
    op.execute("GRANT steward_app, steward_relay TO CURRENT_USER")
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON items TO steward_app")
    op.execute("GRANT SELECT, UPDATE, DELETE ON items TO steward_relay")
    op.execute("ALTER TABLE items ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE items FORCE ROW LEVEL SECURITY")
    op.execute("""
        CREATE POLICY tenant_only ON items TO steward_app
        USING (tenant = current_setting('app.tenant', true))
        WITH CHECK (tenant = current_setting('app.tenant', true))
    """)
    op.execute("CREATE POLICY outbox_only ON items TO steward_relay USING (collection = 'outbox')")
    op.execute("""
        CREATE POLICY expired_only ON items FOR DELETE TO steward_relay
        USING (expires <= extract(epoch FROM now()))
    """)
    # A DELETE that names its rows by a column must be allowed to see them.
    op.execute("""
        CREATE POLICY expired_shown ON items FOR SELECT TO steward_relay
        USING (expires <= extract(epoch FROM now()))
    """)
