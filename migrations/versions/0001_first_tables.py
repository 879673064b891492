"""The first tables.

What says something about a resident is bytea here: sealed with the key of that client. Texts that a
screen or an indicator must filter on stay readable; erasure empties those that are about a person.
"""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_TABLES = (
    # -- clients and their journeys --------------------------------------------------------------------
    """
    CREATE TABLE client_counter (
        gemeente text PRIMARY KEY,
        last_client_number bigint NOT NULL
    )
    """,
    """
    CREATE TABLE client (
        gemeente text NOT NULL,
        client_number bigint NOT NULL,
        identity_hash bytea,
        data_key_id text,
        data_key bytea,
        personal bytea,
        registered_at timestamptz NOT NULL,
        erased_at timestamptz,
        PRIMARY KEY (gemeente, client_number),
        UNIQUE (gemeente, identity_hash),
        CHECK ((data_key IS NULL) = (erased_at IS NOT NULL)),
        CHECK (erased_at IS NULL OR (identity_hash IS NULL AND personal IS NULL))
    )
    """,
    """
    CREATE TABLE journey (
        journey_id text PRIMARY KEY,
        gemeente text NOT NULL,
        client_number bigint NOT NULL,
        journey_number integer NOT NULL,
        status text NOT NULL CHECK (status IN ('aangemeld', 'open', 'gesloten')),
        current boolean NOT NULL,
        route text NOT NULL DEFAULT '',
        stage text NOT NULL DEFAULT '',
        next_step text NOT NULL DEFAULT '',
        team text NOT NULL DEFAULT '',
        person text NOT NULL DEFAULT '',
        regisseur text NOT NULL DEFAULT '',
        next_term text NOT NULL DEFAULT '',
        next_due date,
        next_wake timestamptz,
        escalation integer NOT NULL DEFAULT 0,
        open_tasks integer NOT NULL DEFAULT 0,
        version integer NOT NULL DEFAULT 0,
        secret boolean NOT NULL DEFAULT false,
        seq integer NOT NULL DEFAULT 0,
        last_hash bytea NOT NULL DEFAULT '',
        final_state bytea,
        registered_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        UNIQUE (gemeente, client_number, journey_number),
        FOREIGN KEY (gemeente, client_number) REFERENCES client,
        CHECK (current OR status <> 'aangemeld')
    )
    """,
    # One journey at a time per client. Not on the status itself: a closing that is withdrawn after the
    # client came back makes two journeys open, and a fact that happened may not be refused here.
    "CREATE UNIQUE INDEX journey_one_at_a_time ON journey (gemeente, client_number) WHERE current",
    "CREATE INDEX journey_worklist ON journey (gemeente, escalation DESC, next_due) WHERE status = 'open'",
    "CREATE INDEX journey_next_wake ON journey (next_wake) WHERE next_wake IS NOT NULL",
    # -- what happened -----------------------------------------------------------------------------------
    """
    CREATE TABLE journal (
        journey_id text NOT NULL REFERENCES journey,
        seq integer NOT NULL CHECK (seq > 0),
        kind text NOT NULL CHECK (kind IN ('act', 'finding', 'time')),
        name text NOT NULL,
        happening bytea,
        at timestamptz NOT NULL,
        handled_at timestamptz NOT NULL,
        late_seconds bigint NOT NULL,
        policy_hash text NOT NULL,
        events jsonb NOT NULL,
        written_at timestamptz NOT NULL,
        content_hash bytea,
        previous_hash bytea NOT NULL,
        hash bytea NOT NULL,
        PRIMARY KEY (journey_id, seq)
    )
    """,
    """
    CREATE FUNCTION journal_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'Het journaal groeit alleen: % is geweigerd.', TG_OP;
    END
    $$
    """,
    """
    CREATE TRIGGER journal_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON journal
    FOR EACH STATEMENT EXECUTE FUNCTION journal_is_append_only()
    """,
    # -- what screens, worklists and indicators read ---------------------------------------------------------
    """
    CREATE TABLE term (
        journey_id text NOT NULL REFERENCES journey,
        id text NOT NULL,
        term text NOT NULL,
        description text NOT NULL,
        source text NOT NULL,
        kind text NOT NULL,
        track text NOT NULL,
        status text NOT NULL,
        start date NOT NULL,
        raw_end date NOT NULL,
        legal_end date NOT NULL,
        target date NOT NULL,
        breach_at timestamptz,
        opens_at timestamptz,
        breached_at timestamptz,
        counts_as_breach boolean NOT NULL,
        rung integer NOT NULL,
        team text NOT NULL,
        person text NOT NULL,
        ended_on date,
        provisional boolean NOT NULL,
        why text[] NOT NULL,
        PRIMARY KEY (journey_id, id)
    )
    """,
    "CREATE INDEX term_open ON term (legal_end) WHERE ended_on IS NULL",
    """
    CREATE TABLE task (
        journey_id text NOT NULL REFERENCES journey,
        id text NOT NULL,
        kind text NOT NULL,
        role text NOT NULL,
        team text NOT NULL,
        text text NOT NULL,
        reasons text[] NOT NULL,
        opened_at timestamptz NOT NULL,
        due date,
        done_on date,
        outcome text NOT NULL,
        PRIMARY KEY (journey_id, id)
    )
    """,
    "CREATE INDEX task_open ON task (due) WHERE done_on IS NULL",
    """
    CREATE TABLE escalation (
        journey_id text NOT NULL,
        seq integer NOT NULL,
        position integer NOT NULL,
        at timestamptz NOT NULL,
        stage text,
        term text,
        term_id text,
        due date,
        rung integer,
        role text,
        text text NOT NULL,
        PRIMARY KEY (journey_id, seq, position),
        FOREIGN KEY (journey_id, seq) REFERENCES journal
    )
    """,
    "CREATE INDEX escalation_at ON escalation (at)",
    # -- messages to staff -----------------------------------------------------------------------------------
    """
    CREATE TABLE outbox (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        message_id text NOT NULL UNIQUE,
        journey_id text NOT NULL REFERENCES journey,
        key text NOT NULL,
        at timestamptz NOT NULL,
        role text NOT NULL,
        team text NOT NULL,
        person text NOT NULL,
        template text NOT NULL,
        params jsonb NOT NULL,
        created timestamptz NOT NULL DEFAULT now(),
        not_before timestamptz NOT NULL DEFAULT now(),
        subject text,
        attempts integer NOT NULL DEFAULT 0,
        delivered_to text[] NOT NULL DEFAULT '{}',
        sent_at timestamptz,
        failed_at timestamptz,
        last_error text NOT NULL DEFAULT '',
        UNIQUE (journey_id, key),
        CHECK (sent_at IS NULL OR failed_at IS NULL)
    )
    """,
    "CREATE INDEX outbox_waiting ON outbox (not_before, id) WHERE sent_at IS NULL AND failed_at IS NULL",
    """
    CREATE TABLE outbox_attempt (
        outbox_id bigint NOT NULL REFERENCES outbox,
        number integer NOT NULL,
        at timestamptz NOT NULL,
        outcome text NOT NULL CHECK (outcome IN ('verzonden', 'later', 'mislukt')),
        error text NOT NULL,
        PRIMARY KEY (outbox_id, number)
    )
    """,
    # -- staff -----------------------------------------------------------------------------------------------
    """
    CREATE TABLE team (
        gemeente text NOT NULL,
        code text NOT NULL,
        name text NOT NULL,
        mailbox text NOT NULL,
        PRIMARY KEY (gemeente, code)
    )
    """,
    """
    CREATE TABLE staff (
        gemeente text NOT NULL,
        code text NOT NULL,
        name text NOT NULL,
        email text NOT NULL,
        deputy text,
        absent_from date,
        absent_until date,
        PRIMARY KEY (gemeente, code),
        FOREIGN KEY (gemeente, deputy) REFERENCES staff DEFERRABLE INITIALLY DEFERRED
    )
    """,
    """
    CREATE TABLE staff_role (
        gemeente text NOT NULL,
        code text NOT NULL,
        role text NOT NULL,
        PRIMARY KEY (gemeente, code, role),
        FOREIGN KEY (gemeente, code) REFERENCES staff ON DELETE CASCADE
    )
    """,
    """
    CREATE TABLE staff_team (
        gemeente text NOT NULL,
        code text NOT NULL,
        team text NOT NULL,
        PRIMARY KEY (gemeente, code, team),
        FOREIGN KEY (gemeente, code) REFERENCES staff ON DELETE CASCADE,
        FOREIGN KEY (gemeente, team) REFERENCES team
    )
    """,
    # -- free text, and who was asked what -------------------------------------------------------------------
    """
    CREATE TABLE note (
        note_id text PRIMARY KEY,
        journey_id text NOT NULL REFERENCES journey,
        sealed bytea,
        written_at timestamptz NOT NULL
    )
    """,
    "CREATE INDEX note_of_journey ON note (journey_id)",
    """
    CREATE TABLE look_up (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        gemeente text NOT NULL,
        client_number bigint NOT NULL,
        journey_id text NOT NULL,
        question text NOT NULL,
        purpose text NOT NULL,
        at timestamptz NOT NULL,
        outcome text NOT NULL
    )
    """,
    "CREATE INDEX look_up_of_client ON look_up (gemeente, client_number, at)",
)


def upgrade() -> None:
    """Create everything."""
    for statement in _TABLES:
        op.execute(statement)
