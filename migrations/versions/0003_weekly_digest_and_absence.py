"""Messages that wait for the weekly digest of their reader, and absences that people record.

A message for the digest waits until infinity, so that a worker of an earlier release leaves it alone.
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

APP_ROLE = "meedoen_app"

_STATEMENTS = (
    """
    ALTER TABLE outbox
        ADD COLUMN bundled boolean NOT NULL DEFAULT false,
        ADD COLUMN digest text,
        ADD COLUMN gathered_at timestamptz,
        ADD COLUMN lapsed_at timestamptz,
        ADD CHECK ((digest IS NULL) = (gathered_at IS NULL)),
        ADD CHECK (bundled OR (digest IS NULL AND lapsed_at IS NULL)),
        ADD CHECK (lapsed_at IS NULL OR (sent_at IS NULL AND failed_at IS NULL))
    """,
    "DROP INDEX outbox_waiting",
    """
    CREATE INDEX outbox_waiting ON outbox (not_before, id)
        WHERE sent_at IS NULL AND failed_at IS NULL AND lapsed_at IS NULL
    """,
    "CREATE INDEX outbox_digest ON outbox (digest) WHERE digest IS NOT NULL",
    # Beside what the file says of somebody; loading the file leaves these alone. Never why somebody is away.
    """
    CREATE TABLE absence (
        number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        gemeente text NOT NULL,
        code text NOT NULL,
        since date NOT NULL,
        until date,
        deputy text,
        recorded_by text NOT NULL,
        recorded_at timestamptz NOT NULL DEFAULT now(),
        withdrawn_by text,
        withdrawn_at timestamptz,
        CHECK (until IS NULL OR until >= since),
        CHECK ((withdrawn_by IS NULL) = (withdrawn_at IS NULL))
    )
    """,
    "CREATE INDEX absence_of ON absence (gemeente, code) WHERE withdrawn_at IS NULL",
    f"GRANT SELECT, INSERT, UPDATE ON absence TO {APP_ROLE}",
)


def upgrade() -> None:
    """Add what the digest and absences need."""
    for statement in _STATEMENTS:
        op.execute(statement)
