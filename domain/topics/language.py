"""The language requirement (taaleis, Participatiewet 18b): a test, a notice, and time to start learning.

What is not met is a question for a person. No reduction follows from anything here.
"""

from typing import Literal

from domain.acts import Nothing
from domain.base import Frozen
from domain.calendars import say
from domain.declaration import ALL_STAGES, OPEN_STAGES, ActSpec, Arms
from domain.draft import Draft
from domain.happenings import Act, Refused
from domain.journey import Deadline, JourneyState, Track
from domain.roles import ANYONE, INCOME
from domain.topics import moments

TEST, NOTICE, LEARN = "taaltoets", "taaltoets_kennisgeving", "taal_leren"


class TaaltoetsGedaan(Frozen):
    uitslag: Literal["voldoende", "onvoldoende"]


def check_nodig(state: JourneyState, act: Act, data: Nothing) -> None:
    if state.application_on is None:
        raise Refused(
            "Er is nog geen aanvraag. De taaltoets telt vanaf de aanvraag (Participatiewet art. 18b lid 2): leg die "
            "eerst vast."
        )
    if any(state.open_terms(key) for key in (TEST, NOTICE, LEARN)):
        raise Refused("De taaltoets loopt al. Leg de uitslag, de kennisgeving of het begin met leren vast.")


def taaltoets_nodig(draft: Draft, act: Act, data: Nothing) -> None:
    start = draft.state.application_on
    assert start is not None
    draft.arm(TEST, start, track=Track.INKOMEN)


def check_gedaan(state: JourneyState, act: Act, data: TaaltoetsGedaan) -> None:
    if not state.open_terms(TEST):
        raise Refused("Er loopt geen taaltoets. Leg eerst vast dat die nodig is.")


def taaltoets_gedaan(draft: Draft, act: Act, data: TaaltoetsGedaan) -> None:
    """Who speaks Dutch well enough is left alone; the others are told within eight weeks (18b lid 4)."""
    if data.uitslag == "onvoldoende":
        draft.arm(NOTICE, act.effective, track=Track.INKOMEN)


def check_verzonden(state: JourneyState, act: Act, data: Nothing) -> None:
    if not state.open_terms(NOTICE):
        raise Refused("Er is geen kennisgeving nodig. Leg eerst de uitslag van de taaltoets vast.")


def not_started(draft: Draft, term: Deadline) -> None:
    """Whether somebody is to blame, and what then, is for a person to judge (Pw 18b lid 6 to 10)."""
    draft.open_task(
        "taal_niet_begonnen",
        term.id,
        f"Van de inwoner is niet bekend dat het leren van de taal uiterlijk {say(term.due)} begon. Vraag hoe het "
        "staat en wat nodig is. Heeft de inwoner geen verwijt, dan volgt er niets (Participatiewet art. 18b); een "
        "verlaging is altijd een besluit van een mens.",
        role="inkomensconsulent",
        track=Track.INKOMEN,
    )


moments.ENDED[LEARN] = not_started

ACTS = (
    ActSpec(
        name="taaltoets_nodig",
        label="Taaltoets nodig",
        origin="eigen",
        roles=INCOME,
        stages=OPEN_STAGES,
        check=check_nodig,
        rule=taaltoets_nodig,
        may_arm=(TEST,),
        why="Participatiewet art. 18b lid 2: bij een redelijk vermoeden, binnen acht weken na de aanvraag",
    ),
    ActSpec(
        name="taaltoets_gedaan",
        label="Taaltoets gedaan",
        origin="eigen",
        roles=INCOME,
        stages=OPEN_STAGES,
        data=TaaltoetsGedaan,
        meets=(TEST,),
        check=check_gedaan,
        rule=taaltoets_gedaan,
        may_arm=(NOTICE,),
        why="Participatiewet art. 18b lid 4: bij onvoldoende hoort de inwoner dat binnen acht weken",
    ),
    ActSpec(
        name="kennisgeving_taaltoets_verzonden",
        label="Kennisgeving taaltoets",
        origin="eigen",
        roles=INCOME,
        stages=OPEN_STAGES,
        meets=(NOTICE,),
        arms=(Arms(term=LEARN, track=Track.INKOMEN),),
        check=check_verzonden,
        why="Participatiewet art. 18b lid 6: daarna een maand om te beginnen met leren",
    ),
    ActSpec(
        name="taal_leren_gestart",
        label="Begonnen met taal leren",
        origin="van_buiten",
        roles=ANYONE,
        stages=ALL_STAGES,
        meets=(LEARN,),
        retells=True,
        why="Participatiewet art. 18b lid 6: wie begint, voldoet",
    ),
)
