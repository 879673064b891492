"""The log of look-ups becomes a Logboek dataverwerkingen, and one gate for all workers before every registry.

A look-up is written before the call and completed after it. What earlier releases wrote stays as it is, and a worker of
an earlier release may go on writing that way during an upgrade.
"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

APP_ROLE = "meedoen_app"

_STATEMENTS = (
    # -- the log: `at` is its start_time and `question` its name -----------------------------------------
    """
    ALTER TABLE look_up
        ALTER COLUMN outcome DROP NOT NULL,
        ADD COLUMN trace_id bytea CHECK (octet_length(trace_id) = 16),
        ADD COLUMN operation_id bytea CHECK (octet_length(operation_id) = 8),
        ADD COLUMN parent_operation_id bytea CHECK (octet_length(parent_operation_id) = 8),
        ADD COLUMN foreign_operation jsonb,
        ADD COLUMN resource jsonb,
        ADD COLUMN end_time timestamptz,
        ADD COLUMN status_code smallint CHECK (status_code IN (0, 1, 2)),
        ADD COLUMN processing_activity_id text,
        ADD COLUMN data_subject_id bytea,
        ADD CHECK ((trace_id IS NULL) = (operation_id IS NULL)),
        ADD CHECK ((trace_id IS NULL) = (status_code IS NULL)),
        ADD CHECK (trace_id IS NOT NULL OR outcome IS NOT NULL),
        ADD CHECK (trace_id IS NULL OR (status_code = 0) = (end_time IS NULL))
    """,
    "CREATE UNIQUE INDEX look_up_operation ON look_up (trace_id, operation_id) WHERE trace_id IS NOT NULL",
    """
    CREATE FUNCTION look_up_ends_once() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'Een afgesloten regel van het logboek verandert niet meer: % is geweigerd.', TG_OP;
    END
    $$
    """,
    """
    CREATE TRIGGER look_up_ends_once BEFORE UPDATE ON look_up
    FOR EACH ROW WHEN (OLD.trace_id IS NULL OR OLD.end_time IS NOT NULL) EXECUTE FUNCTION look_up_ends_once()
    """,
    f"GRANT UPDATE (end_time, status_code, outcome) ON look_up TO {APP_ROLE}",
    # -- a move is seen also when the answer is kept twice, or the address was unknown for a while ------------
    "ALTER TABLE client ADD COLUMN address_before bytea, ADD COLUMN address_question text",
    # -- the gate ----------------------------------------------------------------------------------------
    """
    CREATE TABLE registry_gate (
        gemeente text NOT NULL,
        registry text NOT NULL,
        epoch bigint NOT NULL DEFAULT 0,
        failures integer NOT NULL DEFAULT 0,
        since timestamptz,
        pauses integer NOT NULL DEFAULT 0,
        until timestamptz,
        asked boolean NOT NULL DEFAULT false,
        probe_until timestamptz,
        last_call timestamptz,
        PRIMARY KEY (gemeente, registry)
    )
    """,
    """
    CREATE TABLE registry_turn (
        gemeente text NOT NULL,
        registry text NOT NULL,
        key text NOT NULL,
        at timestamptz NOT NULL,
        PRIMARY KEY (gemeente, registry, key)
    )
    """,
    "CREATE INDEX registry_turn_in_order ON registry_turn (gemeente, registry, at)",
    """
    CREATE TABLE registry_call (
        gemeente text NOT NULL,
        registry text NOT NULL,
        at timestamptz NOT NULL
    )
    """,
    "CREATE INDEX registry_call_in_order ON registry_call (gemeente, registry, at)",
    f"GRANT SELECT, INSERT, UPDATE, DELETE ON registry_gate, registry_turn, registry_call TO {APP_ROLE}",
)


def upgrade() -> None:
    """Extend the log and add the gate."""
    for statement in _STATEMENTS:
        op.execute(statement)
