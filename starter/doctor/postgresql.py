"""PostgreSQL: whether it is there, of this release, reached by the right role, and on time."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
from alembic.script import ScriptDirectory

import migrations
from activities.clients import Clients
from activities.gate import Gate
from domain.calendars import AMSTERDAM
from domain.questions import REGISTRY_NAMES
from runtime.keys import KeyRing, KeyRingError
from runtime.settings import Settings
from starter.doctor.examine import Check
from starter.doctor.own_files import KEYS
from starter.doctor.result import APPLICATION, NETWORK, SUPPLIER, Told, note, right, skipped, wrong
from starter.doctor.tools import Tools
from watchdog.checks.clocks import MOST, offset_of_postgresql
from watchdog.sources import Sources

_REACHED = "database.bereikbaar"
_APPEND_ONLY = ("journal", "look_up", "outbox_attempt", "policy")


def postgresql_checks(
    settings: Settings, tools: Tools, now: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> list[Check]:
    """The checks of the database, and of what has to agree with it.

    Args:
        settings: of this installation.
        tools: for the connection.
        now: the clock of this machine.
    """
    return [
        Check(_REACHED, "PostgreSQL", lambda: _database(tools), who=NETWORK),
        Check("database.bijgewerkt", "Tabellen", lambda: _migrated(tools), (_REACHED,)),
        Check("database.rechten", "Rechten in PostgreSQL", lambda: _rights(tools), (_REACHED,)),
        Check(
            "sleutels.passend",
            "Sleutels bij de gegevens",
            lambda: _keys_fit(settings, tools),
            (KEYS, _REACHED),
        ),
        Check("registraties.poort", "Poort voor registraties", lambda: _gates(tools), (_REACHED,)),
        Check("klok.postgresql", "Klok", lambda: _clock(Sources(settings, now=now), tools), (_REACHED,)),
    ]


async def _database(tools: Tools) -> Told:
    pool = await tools.pool()
    version = await pool.fetchval("SHOW server_version")
    return right(f"PostgreSQL {str(version).split()[0]} antwoordt.")


async def _migrated(tools: Tools) -> Told:
    pool = await tools.pool()
    try:
        there = await pool.fetchval("SELECT version_num FROM alembic_version")
    except asyncpg.UndefinedTableError:
        return wrong("De tabellen ontbreken. Voer 'python -m migrations' uit.", APPLICATION)
    except asyncpg.InsufficientPrivilegeError:
        return wrong(
            "Onze rol mag niet zien hoe ver de tabellen zijn. Voer 'python -m migrations' uit, dat geeft de rechten.",
            APPLICATION,
        )
    script = ScriptDirectory(str(Path(migrations.__file__).parent))
    wanted = script.get_current_head()
    if there == wanted:
        return right(f"De tabellen horen bij deze release (stand {there}).")
    known = {revision.revision for revision in script.walk_revisions()}
    if there in known:
        return wrong(
            f"De tabellen zijn van een eerdere release (stand {there}, nodig {wanted}). Maak een reservekopie en voer "
            "'python -m migrations' uit.",
            APPLICATION,
        )
    return wrong(
        f"De tabellen zijn van een latere release dan dit programma (nodig {wanted}). Zet de nieuwe release van "
        "Meedoen neer, of een reservekopie van toen terug.",
        APPLICATION,
    )


async def _rights(tools: Tools) -> Told:
    pool = await tools.pool()
    role = await pool.fetchrow(_ROLE)
    name = role["name"]
    for flag, power in (
        ("rolsuper", "is beheerder van PostgreSQL"),
        ("rolcreaterole", "mag rollen maken"),
        ("rolcreatedb", "mag databases maken"),
        ("rolbypassrls", "mag alle afscherming omzeilen"),
        ("owns", "is eigenaar van tabellen en kan het journaal veranderen"),
        ("creates", "mag tabellen maken"),
    ):
        if role[flag]:
            return wrong(
                f"De rol waaronder wij werken ({name}) {power}; dat is meer dan nodig. Zet in MEEDOEN_DATABASE_URL "
                "de rol meedoen_app (docs/production.md).",
                APPLICATION,
            )
    unreadable = [record["name"] for record in await pool.fetch(_UNREADABLE)]
    append_only = await pool.fetch(_RIGHTS, list(_APPEND_ONLY))
    missing = unreadable + [record["name"] for record in append_only if not record["adds"]]
    if missing:
        return wrong(
            f"De rol waaronder wij werken ({name}) mist rechten op {', '.join(sorted(set(missing)))}. Voer 'python -m "
            "migrations' uit als de eigenaar van de tabellen; dat geeft ze.",
            APPLICATION,
        )
    if changes := [record["name"] for record in append_only if record["changes"]]:
        return wrong(
            f"De rol waaronder wij werken ({name}) kan veranderen wat alleen mag groeien: {', '.join(changes)}. Laat de "
            "beheerder van PostgreSQL UPDATE, DELETE en TRUNCATE daarop intrekken.",
            APPLICATION,
        )
    return right(f"De rol {name} heeft de rechten die nodig zijn, en kan het journaal niet veranderen.")


async def _gates(tools: Tools) -> Told:
    """Whether a registry is left alone at this moment because it did not answer."""
    try:
        states = await Gate(await tools.pool()).states()
    except asyncpg.UndefinedTableError:
        return skipped("Welke registraties nu bevraagd worden is niet te zien: de tabellen ontbreken.")
    silent = [one for one in states if one.circuit != "closed"]
    if not silent:
        waiting = sum(one.waiting for one in states)
        return right(f"Geen registratie is buiten gebruik; {waiting} vragen wachten op hun beurt.")
    named = "; ".join(
        f"{REGISTRY_NAMES[one.registry]} ({one.gemeente}) sinds {one.since.astimezone(AMSTERDAM):%d-%m-%Y %H:%M}, "
        f"{one.waiting} vragen wachten"
        for one in silent
        if one.since is not None
    )
    return note(
        f"Zonder antwoord, en daarom even met rust gelaten: {named}. Dat gaat vanzelf weer open. Duurt het lang, "
        "vraag dan de leverancier wat er is.",
        SUPPLIER,
    )


async def _clock(sources: Sources, tools: Tools) -> Told:
    offset = await offset_of_postgresql(await tools.pool(), sources)
    seconds = abs(offset.ahead.total_seconds())
    if abs(offset.ahead) - offset.within > MOST:
        return wrong(
            f"De klok van PostgreSQL en die van deze machine verschillen {seconds:.0f} seconden; termijnen kunnen "
            "daardoor te vroeg of te laat vallen. Zet op beide machines de tijd gelijk (chrony of systemd-timesyncd).",
            NETWORK,
        )
    return right(f"De klok van PostgreSQL loopt gelijk met deze machine (verschil {seconds:.1f} seconden).")


async def _keys_fit(settings: Settings, tools: Tools) -> Told:
    """Open something of one client per key: a ring may have the right names and other keys."""
    ring, pool = KeyRing.load(settings.key_file), await tools.pool()
    clients = Clients(pool, ring)
    try:
        found = await pool.fetch(_ONE_PER_KEY)
    except asyncpg.UndefinedTableError:
        return skipped("Welke sleutels de gegevens nodig hebben is niet te zien: de tabellen ontbreken.")
    for record in found:
        try:
            await clients.bsn(record["gemeente"], record["client_number"])
        except KeyRingError as error:
            return wrong(
                f"Met dit sleutelbestand is niet te lezen wat met sleutel {record['data_key_id']} is versleuteld. Zet "
                f"het goede bestand terug uit de kluis. {error}",
                APPLICATION,
            )
    if not found:
        return right("Er is nog niets van cliënten bewaard, dus elk sleutelbestand past.")
    return right("Het sleutelbestand opent wat er van cliënten is bewaard.")


_ONE_PER_KEY = """
    SELECT DISTINCT ON (data_key_id) data_key_id, gemeente, client_number FROM client
    WHERE data_key_id IS NOT NULL AND data_key IS NOT NULL ORDER BY data_key_id, client_number DESC
"""
_ROLE = """
    SELECT rolname AS name, rolsuper, rolcreaterole, rolcreatedb, rolbypassrls,
        EXISTS (SELECT FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace
            AND pg_has_role(current_user, c.relowner, 'USAGE')) AS owns,
        has_schema_privilege('public', 'CREATE') AS creates
    FROM pg_roles WHERE rolname = current_user
"""
_UNREADABLE = """
    SELECT relname AS name FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v', 'p') AND NOT has_table_privilege(oid, 'SELECT')
"""
_RIGHTS = """
    SELECT relname AS name, has_table_privilege(oid, 'INSERT') AS adds,
        has_table_privilege(oid, 'UPDATE') OR has_table_privilege(oid, 'DELETE') OR has_table_privilege(oid, 'TRUNCATE')
            AS changes
    FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relname = ANY($1::text[])
"""
