"""What alembic runs. The connection comes from ``migrations.run``, which also holds the lock."""

from alembic import context

connection = context.config.attributes.get("connection")
if connection is None:
    raise SystemExit("Werk de database bij met: python -m migrations (niet met het programma alembic zelf).")
context.configure(connection=connection, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
