"""Alembic's entry: runs the migrations on the connection that `steward.store.migrate` gives."""

from alembic import context

from steward.store.schema import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
with context.begin_transaction():
    context.run_migrations()
