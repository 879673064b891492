"""What the side tracks of a journey keep: integration, supported work and care.

Dates and codes only. What somebody owes, earns or suffers from stands nowhere in a journey: a rule never
needs it, and who reads a journey has no business with it.
"""

from datetime import date

from domain.base import Carried


class Participation(Carried):
    """A period in which somebody takes part beside the language lessons."""

    kind: str
    since: date
    until: date | None = None


class Integration(Carried):
    """Inburgering of one resident (Wet inburgering 2021)."""

    registered_on: date | None = None
    """Registration in the BRP of this municipality."""
    noticed_on: date | None = None
    """Date of DUO's written notice that the resident has to integrate."""
    calls: int = 0
    """Calls for the brede intake; a call that moved on the resident's request is the same call."""
    missed: int = 0
    intake_on: date | None = None
    waiting: bool = False
    """The plan waits for information of somebody else (Besluit inburgering 5.3 lid 2)."""
    pip_on: date | None = None
    """Date of the first personal plan, here or in the municipality of before: the three years count from it."""
    taken_over: bool = False
    """Came from another municipality with a plan: leerroute and end stay (Wi 11 lid 3 and 15 lid 4)."""
    leerroute: str = ""
    ends_on: date | None = None
    """The end that DUO notified; it wins over the one that we compute."""
    achieved: tuple[str, ...] = ()
    """Codes of what was passed: exams, participatieverklaring, module arbeidsmarkt."""
    activities: tuple[Participation, ...] = ()
    done_on: date | None = None

    def participates(self, on: date) -> bool:
        """Whether the resident takes part in some activity on a day."""
        return any(item.since <= on and (item.until is None or on <= item.until) for item in self.activities)


class SupportedWork(Carried):
    """Work with loonkostensubsidie of one resident (Participatiewet 10c and 10d)."""

    measured_on: date | None = None
    """When the loonwaarde was last set or set aside. The loonwaarde itself stands in the employer's file."""
    subsidy: str = ""
    """``forfaitair``, ``loonwaarde``, ``afgewezen``; empty: nothing decided."""
    job_since: date | None = None
    coach_since: date | None = None


class Care(Carried):
    """Sheltered work and day activities of one resident (Participatiewet 10b, Wmo 2015)."""

    place: str = ""
    """``beschut_werk`` or ``dagbesteding`` while it lasts."""
    inquired_on: date | None = None
    """When the latest Wmo inquiry ended."""
    applied_early: date | None = None
    """A Wmo application that came before it could be made (Wmo 2.3.2 lid 9)."""
