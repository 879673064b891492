"""A journal that only grows, a read model that can be made again, and what watches over both.

``journey`` keeps what registers a journey and where its journal stands. What screens show moves to tables
with a generation: a rebuild fills the next generation beside the one in use, and one row says which counts.
The application's own role may add to the journal and read it, and nothing else.
"""

from alembic import op
from sqlalchemy import text

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

APP_ROLE = "meedoen_app"
"""The role that workers, commands and watchdog use. Made by whoever makes the database: roles belong to the
whole server, and the owner of one database may not make them."""

_SHOWN = (
    "status", "route", "stage", "next_step", "team", "person", "regisseur", "next_term", "next_due",
    "next_wake", "escalation", "open_tasks", "version", "secret", "updated_at",
)  # fmt: skip

_STATEMENTS = (
    # -- the read model, in generations ----------------------------------------------------------------
    """
    CREATE TABLE read_model (
        only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
        active integer NOT NULL
    )
    """,
    "INSERT INTO read_model (active) VALUES (1)",
    f"""
    CREATE TABLE journey_row (
        generation integer NOT NULL,
        journey_id text NOT NULL REFERENCES journey,
        status text NOT NULL CHECK (status IN ('open', 'gesloten')),
        route text NOT NULL,
        stage text NOT NULL,
        next_step text NOT NULL,
        team text NOT NULL,
        person text NOT NULL,
        regisseur text NOT NULL,
        next_term text NOT NULL,
        next_due date,
        next_wake timestamptz,
        escalation integer NOT NULL,
        open_tasks integer NOT NULL,
        version integer NOT NULL,
        secret boolean NOT NULL,
        updated_at timestamptz NOT NULL,
        seq integer NOT NULL,
        PRIMARY KEY (generation, journey_id)
    );
    INSERT INTO journey_row (generation, journey_id, seq, {", ".join(_SHOWN)})
    SELECT 1, journey_id, seq, {", ".join(_SHOWN)} FROM journey WHERE status <> 'aangemeld' AND seq > 0;
    CREATE INDEX journey_row_next_wake ON journey_row (generation, next_wake) WHERE next_wake IS NOT NULL
    """,
    *(
        f"""
        ALTER TABLE {name} RENAME TO {name}_row;
        ALTER TABLE {name}_row ADD COLUMN generation integer NOT NULL DEFAULT 1;
        ALTER TABLE {name}_row ALTER COLUMN generation DROP DEFAULT;
        ALTER TABLE {name}_row DROP CONSTRAINT {name}_pkey;
        ALTER TABLE {name}_row ADD PRIMARY KEY (generation, {key})
        """
        for name, key in (
            ("term", "journey_id, id"),
            ("task", "journey_id, id"),
            ("escalation", "journey_id, seq, position"),
        )
    ),
    """
    DROP INDEX term_open, task_open, escalation_at, journey_worklist, journey_next_wake;
    CREATE INDEX term_open ON term_row (generation, legal_end) WHERE ended_on IS NULL;
    CREATE INDEX task_open ON task_row (generation, due) WHERE done_on IS NULL;
    CREATE INDEX escalation_at ON escalation_row (generation, at)
    """,
    # A journey that is registered and has no entry in its journal yet is 'aangemeld'. What was sealed as the
    # final state of journeys that closed before the journal held states stays.
    *(f"ALTER TABLE journey DROP COLUMN {name}" for name in _SHOWN),
    """
    CREATE VIEW overview AS
    SELECT j.journey_id, j.gemeente, j.client_number, j.journey_number, j.current, j.registered_at,
        coalesce(s.status, CASE WHEN j.current THEN 'aangemeld' ELSE 'gesloten' END) AS status,
        coalesce(s.route, '') AS route, coalesce(s.stage, '') AS stage,
        coalesce(s.next_step, '') AS next_step, coalesce(s.team, '') AS team,
        coalesce(s.person, '') AS person, coalesce(s.regisseur, '') AS regisseur,
        coalesce(s.next_term, '') AS next_term, s.next_due, s.next_wake,
        coalesce(s.escalation, 0) AS escalation, coalesce(s.open_tasks, 0) AS open_tasks,
        coalesce(s.version, 0) AS version, coalesce(s.secret, false) AS secret,
        coalesce(s.seq, 0) AS seq, coalesce(s.updated_at, j.registered_at) AS updated_at
    FROM journey j
    LEFT JOIN journey_row s
        ON s.journey_id = j.journey_id AND s.generation = (SELECT active FROM read_model)
    """,
    *(
        f"""
        CREATE VIEW {name} AS SELECT * FROM {name}_row
        WHERE generation = (SELECT active FROM read_model)
        """
        for name in ("term", "task", "escalation")
    ),
    # -- the journal ---------------------------------------------------------------------------------------
    "ALTER TABLE journal DROP CONSTRAINT journal_kind_check",
    """
    ALTER TABLE journal ADD CONSTRAINT journal_kind_check
        CHECK (kind IN ('act', 'finding', 'time', 'herstel'))
    """,
    # An entry that another one keeps out of its place: for the watchdog, and for whoever reconciles.
    """
    CREATE TABLE journal_refusal (
        journey_id text NOT NULL,
        seq integer NOT NULL,
        first_at timestamptz NOT NULL DEFAULT now(),
        last_at timestamptz NOT NULL DEFAULT now(),
        times integer NOT NULL DEFAULT 1,
        PRIMARY KEY (journey_id, seq)
    )
    """,
    # The numbers that decisions were made by, under the fingerprint that stands beside every entry.
    """
    CREATE TABLE policy (
        hash text PRIMARY KEY,
        name text NOT NULL,
        content jsonb NOT NULL,
        first_used timestamptz NOT NULL DEFAULT now()
    )
    """,
    # -- messages ------------------------------------------------------------------------------------------
    """
    ALTER TABLE outbox
        ADD COLUMN bounced_at timestamptz,
        ADD COLUMN reported_at timestamptz;
    ALTER TABLE outbox_attempt DROP CONSTRAINT outbox_attempt_outcome_check;
    ALTER TABLE outbox_attempt ADD CONSTRAINT outbox_attempt_outcome_check
        CHECK (outcome IN ('verzonden', 'later', 'mislukt', 'geweigerd', 'opgegeven', 'teruggekomen'));
    CREATE INDEX outbox_to_report ON outbox (id)
        WHERE reported_at IS NULL AND (failed_at IS NOT NULL OR bounced_at IS NOT NULL)
    """,
    # -- workers -------------------------------------------------------------------------------------------
    """
    CREATE TABLE worker (
        instance text PRIMARY KEY,
        build_id text NOT NULL,
        started_at timestamptz NOT NULL,
        seen_at timestamptz NOT NULL,
        local_at timestamptz NOT NULL,
        stopped_at timestamptz
    )
    """,
    """
    CREATE TABLE worker_version (
        build_id text PRIMARY KEY,
        retired_at timestamptz NOT NULL
    )
    """,
)

_MAY = {
    # The journal only grows, and so does what was asked and tried.
    "SELECT, INSERT": ("journal", "look_up", "outbox_attempt", "policy"),
    "SELECT, INSERT, UPDATE": ("client", "client_counter", "journey", "note", "outbox", "read_model"),
    "SELECT, INSERT, UPDATE, DELETE": (
        "journey_row", "term_row", "task_row", "escalation_row", "journal_refusal", "team", "staff",
        "staff_role", "staff_team", "worker", "worker_version",
    ),
    "SELECT": ("overview", "term", "task", "escalation", "alembic_version"),
}  # fmt: skip


def upgrade() -> None:
    """Split the read model off, and give the application's role what it needs and no more."""
    known = op.get_bind().execute(text("SELECT 1 FROM pg_roles WHERE rolname = :name"), {"name": APP_ROLE})
    if known.first() is None:
        from migrations.run import MigrationError

        raise MigrationError(
            f"De rol {APP_ROLE} ontbreekt in PostgreSQL; daaronder werken workers en commando's, zonder recht "
            "om het journaal te veranderen. Laat de beheerder van PostgreSQL die rol maken (CREATE ROLE "
            f"{APP_ROLE} LOGIN PASSWORD '...') en probeer het opnieuw."
        )
    for block in _STATEMENTS:
        for statement in block.split(";"):
            if statement.strip():
                op.execute(statement)
    op.execute(f"GRANT USAGE ON SCHEMA public TO {APP_ROLE}")
    for rights, names in _MAY.items():
        op.execute(f"GRANT {rights} ON {', '.join(names)} TO {APP_ROLE}")
    # A registration that never became a journey may be taken back; one with a journal may not.
    op.execute(f"GRANT DELETE ON client, journey TO {APP_ROLE}")
