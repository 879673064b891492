"""What stands still in PostgreSQL: messages, the journal, the read model, a start that was cut off."""

from collections.abc import Sequence
from typing import Any

from activities import outbox
from watchdog.sources import POSTGRESQL, Check, Sources
from watchdog.trouble import MOST_EXAMPLES, Example, Trouble

STILL = "berichten-staan-stil"
UNTOLD = "bericht-niet-aangekomen"
REFUSED = "journaal-weigert"
BEHIND = "leesmodel-achter"
CUT_OFF = "start-afgebroken"


async def _messages(sources: Sources) -> Sequence[Trouble]:
    troubles = []
    overdue = await outbox.overdue(sources.database)
    if overdue is not None:
        troubles.append(
            Trouble(
                cause=STILL,
                sentence=overdue,
                remedy=(
                    "Beheer: kijk of de workers draaien en of de mailserver iets aanneemt. De berichten gaan "
                    "daarna vanzelf weg."
                ),
            )
        )
    rows = await sources.database.fetch(_UNTOLD, sources.grace, MOST_EXAMPLES)
    if rows:
        many = rows[0]["many"]
        what = "1 bericht aan een medewerker is" if many == 1 else f"{many} berichten aan medewerkers zijn"
        troubles.append(
            Trouble(
                cause=UNTOLD,
                sentence=f"{what} niet aangekomen, en nog niemand heeft daarvan een taak gekregen.",
                remedy=(
                    "Beheer: kijk of de workers draaien; zij maken de taak. Verbeter de adressen in de "
                    "medewerkerslijst (meedoen staff-load) en bel zolang de eigenaar van de klantroute."
                ),
                examples=_examples(rows),
            )
        )
    return troubles


async def _journal(sources: Sources) -> Sequence[Trouble]:
    troubles = []
    rows = await sources.database.fetch(_REFUSALS, MOST_EXAMPLES)
    if rows:
        many = rows[0]["many"]
        whose = "Het journaal van 1 klantroute" if many == 1 else f"Het journaal van {many} klantroutes"
        troubles.append(
            Trouble(
                cause=REFUSED,
                sentence=(
                    f"{whose} staat stil: op de plaats van een nieuwe regel staat al een andere. Dat komt voor "
                    "als PostgreSQL of Temporal is teruggezet."
                ),
                remedy="Beheer: draai 'meedoen reconcile', lees wat er verschilt, en herstel met --repair.",
                examples=tuple(
                    Example(
                        journey_id=row["journey_id"], why=f"regel {row['seq']}, {row['times']} keer geweigerd"
                    )
                    for row in rows
                ),
            )
        )
    rows = await sources.database.fetch(_BEHIND, MOST_EXAMPLES)
    if rows:
        many = rows[0]["many"]
        whose = "Van 1 klantroute toont" if many == 1 else f"Van {many} klantroutes tonen"
        troubles.append(
            Trouble(
                cause=BEHIND,
                sentence=f"{whose} de schermen minder dan er in het journaal staat.",
                remedy="Beheer: maak het leesmodel opnieuw met 'meedoen rebuild'.",
                examples=_examples(rows),
            )
        )
    return troubles


async def _starts(sources: Sources) -> Sequence[Trouble]:
    rows = await sources.database.fetch(_CUT_OFF, sources.grace, MOST_EXAMPLES)
    if not rows:
        return ()
    many = rows[0]["many"]
    whose = "1 inwoner is" if many == 1 else f"{many} inwoners zijn"
    return (
        Trouble(
            cause=CUT_OFF,
            sentence=f"{whose} aangemeld, maar de klantroute is nooit begonnen: de start is afgebroken.",
            remedy=(
                "Wie de start deed: doe precies dezelfde start of import nog eens; dubbel starten kan niet. "
                "Beheer: kijk of de workers draaien."
            ),
            examples=_examples(rows),
        ),
    )


def _examples(rows: Sequence[Any]) -> tuple[Example, ...]:
    return tuple(Example(journey_id=row["journey_id"]) for row in rows)


_UNTOLD = """
    SELECT journey_id, count(*) OVER () AS many
    FROM outbox
    WHERE reported_at IS NULL AND coalesce(bounced_at, failed_at) < now() - $1::interval
    ORDER BY id
    LIMIT $2
"""
# Recent ones only: one that was mended is not refused again.
_REFUSALS = """
    SELECT journey_id, max(seq) AS seq, sum(times) AS times, count(*) OVER () AS many
    FROM journal_refusal
    WHERE last_at > now() - interval '10 minutes'
    GROUP BY journey_id
    ORDER BY journey_id
    LIMIT $1
"""
# Both are written in one transaction, so at no moment may they differ.
_BEHIND = """
    SELECT j.journey_id, count(*) OVER () AS many
    FROM journey j JOIN overview o USING (journey_id)
    WHERE j.seq > o.seq
    ORDER BY j.journey_id
    LIMIT $1
"""
_CUT_OFF = """
    SELECT journey_id, count(*) OVER () AS many
    FROM overview
    WHERE status = 'aangemeld' AND registered_at < now() - $1::interval
    ORDER BY registered_at, journey_id
    LIMIT $2
"""

_DATABASE = frozenset({POSTGRESQL})
MESSAGES = Check("berichten", _messages, _DATABASE, (STILL, UNTOLD))
JOURNAL = Check("journaal en leesmodel", _journal, _DATABASE, (REFUSED, BEHIND))
STARTS = Check("afgebroken starts", _starts, _DATABASE, (CUT_OFF,))
