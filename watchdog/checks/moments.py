"""A next moment that has passed: what a term, a rung or a planned act should have done did not happen."""

from collections.abc import Sequence

from domain.calendars import AMSTERDAM
from domain.journey import Stage
from watchdog.sources import POSTGRESQL, TEMPORAL, Check, Sources
from watchdog.temporal_view import how_it_stands, ids
from watchdog.trouble import MOST_EXAMPLES, Example, Trouble
from workflows.messages import IS_FILE

CAUSE = "ogenblik-voorbij"

_LISTENING = f"{IS_FILE} AND ExecutionStatus = 'Running' AND Fase = '{Stage.GESLOTEN.value}'"


async def _look(sources: Sources) -> Sequence[Trouble]:
    client, real = sources.temporal, sources.now()
    clock = sources.clock(sources.settings)
    # In real time, whatever the speed: a worker of a demo may also take a minute to come back.
    limit = clock.now(real - sources.grace)
    # Of a journey that has closed and has nothing open the last moment only ends its listening, and it
    # leaves no entry: that it passed is trouble only while Temporal still runs it.
    listening = await ids(client, _LISTENING)
    rows = await sources.database.fetch(_PASSED, limit, listening, MOST_EXAMPLES)
    if not rows:
        return ()
    examples = [
        Example(journey_id=row["journey_id"], why=await how_it_stands(client, row["journey_id"], real))
        for row in rows
    ]
    many, oldest = rows[0]["many"], rows[0]["next_wake"].astimezone(AMSTERDAM)
    whose = "1 klantroute heeft" if many == 1 else f"{many} klantroutes hebben"
    return (
        Trouble(
            cause=CAUSE,
            sentence=(
                f"{whose} een ogenblik laten voorbijgaan waarop iets moest gebeuren, het oudste van "
                f"{oldest:%d-%m-%Y %H:%M}. Termijnen van deze inwoners worden nu niet bewaakt."
            ),
            remedy=(
                "Beheer: kijk of de workers draaien (docker compose ps worker, of /gezond van de worker) en "
                "start ze zo nodig. Draaien ze, volg dan wat hieronder bij elke klantroute staat."
            ),
            examples=tuple(examples),
        ),
    )


_PASSED = """
    SELECT journey_id, next_wake, count(*) OVER () AS many
    FROM overview o
    WHERE next_wake < $1 AND (
        status = 'open' OR journey_id = ANY ($2::text[])
        OR EXISTS (SELECT FROM term t WHERE t.journey_id = o.journey_id AND t.ended_on IS NULL)
    )
    ORDER BY next_wake, journey_id
    LIMIT $3
"""

MOMENTS = Check("voorbije ogenblikken", _look, frozenset({POSTGRESQL, TEMPORAL}), (CAUSE,))
