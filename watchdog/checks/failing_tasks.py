"""A workflow task that keeps failing: the journey stands still until the code or its state is mended.

Temporal itself marks a workflow after five failures in a row (server key
``system.numConsecutiveWorkflowTaskProblemsToTriggerSearchAttribute``) and takes the mark away at the first
task that succeeds.
"""

from collections.abc import Sequence

from watchdog.sources import TEMPORAL, Check, Sources
from watchdog.temporal_view import count, first, reported_problem
from watchdog.trouble import MOST_EXAMPLES, Example, Trouble

CAUSE = "taak-mislukt"


async def _look(sources: Sources) -> Sequence[Trouble]:
    query = (
        'TemporalReportedProblems IS NOT NULL AND ExecutionStatus = "Running" '
        f'AND TaskQueue = "{sources.settings.task_queue}"'
    )
    found = await first(sources.temporal, query, MOST_EXAMPLES)
    if not found:
        return ()
    many = max(len(found), await count(sources.temporal, query))
    whose = "De taak van 1 klantroute mislukt" if many == 1 else f"De taken van {many} klantroutes mislukken"
    return (
        Trouble(
            cause=CAUSE,
            sentence=f"{whose} steeds opnieuw. Er is niets verloren, maar ze staan stil tot dit is hersteld.",
            remedy=(
                "Beheer met de makers van Meedoen: zoek in het logboek van de worker op het nummer van de "
                "klantroute. Kwam dit na een nieuwe versie, zet dan de vorige worker terug: de klantroutes "
                "gaan vanzelf verder."
            ),
            examples=tuple(
                Example(journey_id=info.execution.workflow_id, why=reported_problem(info)) for info in found
            ),
        ),
    )


FAILING_TASKS = Check("mislukkende taken", _look, frozenset({TEMPORAL}), (CAUSE,))
