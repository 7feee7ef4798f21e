"""How Alembic runs a migration of ours: on the connection, and in the schema, that it is given."""

from __future__ import annotations

from alembic import context

_GIVEN = context.config.attributes

context.configure(
    connection=_GIVEN["connection"],
    version_table_schema=_GIVEN["schema"],
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
