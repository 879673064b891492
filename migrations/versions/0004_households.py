"""Households: numbers of the same series as clients, who belongs to which, and who belongs together.

A person has one open membership at a time. ``related`` holds what a registry said about who belongs together as
keyed hashes, so that a partner who has not reported is found when they do, and has no name here until then. So is
where somebody lives: it only says who lives there too.
"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

APP_ROLE = "meedoen_app"

_STATEMENTS = (
    """
    ALTER TABLE client
        ADD COLUMN kind text NOT NULL DEFAULT 'persoon' CHECK (kind IN ('persoon', 'huishouden')),
        ADD COLUMN address_hash bytea
    """,
    "CREATE INDEX client_at_address ON client (gemeente, address_hash) WHERE address_hash IS NOT NULL",
    """
    CREATE TABLE household_member (
        number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        gemeente text NOT NULL,
        client_number bigint NOT NULL,
        household_number bigint NOT NULL,
        since timestamptz NOT NULL DEFAULT now(),
        until timestamptz,
        FOREIGN KEY (gemeente, client_number) REFERENCES client,
        FOREIGN KEY (gemeente, household_number) REFERENCES client (gemeente, client_number)
    )
    """,
    """
    CREATE UNIQUE INDEX household_member_one_at_a_time ON household_member (gemeente, client_number)
        WHERE until IS NULL
    """,
    """
    CREATE INDEX household_member_of ON household_member (gemeente, household_number) WHERE until IS NULL
    """,
    """
    CREATE TABLE related (
        gemeente text NOT NULL,
        identity_hash bytea NOT NULL,
        other_hash bytea NOT NULL,
        source text NOT NULL CHECK (source IN ('brp', 'inwoner')),
        PRIMARY KEY (gemeente, identity_hash, other_hash)
    )
    """,
    "CREATE INDEX related_other ON related (gemeente, other_hash)",
    # Of every household: from when to when one plan and one regisseur demonstrably were there, and what was not.
    """
    CREATE TABLE evidence_row (
        generation integer NOT NULL,
        journey_id text NOT NULL REFERENCES journey,
        id text NOT NULL,
        since date NOT NULL,
        until date,
        held boolean NOT NULL,
        alone boolean NOT NULL,
        plan boolean NOT NULL,
        missing text[] NOT NULL,
        PRIMARY KEY (generation, journey_id, id)
    )
    """,
    """
    CREATE VIEW evidence AS
    SELECT e.*, j.gemeente FROM evidence_row e JOIN journey j USING (journey_id)
    WHERE generation = (SELECT active FROM read_model)
    """,
    f"GRANT SELECT, INSERT, UPDATE, DELETE ON evidence_row TO {APP_ROLE}",
    f"GRANT SELECT ON evidence TO {APP_ROLE}",
    f"GRANT SELECT, INSERT, UPDATE ON household_member TO {APP_ROLE}",
    f"GRANT SELECT, INSERT, DELETE ON related TO {APP_ROLE}",
)


def upgrade() -> None:
    """Add what households need."""
    for statement in _STATEMENTS:
        op.execute(statement)
