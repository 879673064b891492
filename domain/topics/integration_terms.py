"""Asking DUO for more time to integrate (Besluit inburgering 2021 art. 4.4 and 4.5).

DUO decides. What we keep is when it can be asked, when the answer is due, and the end that follows from it.
"""

from datetime import date
from typing import Literal

from pydantic import Field

from domain.acts import Nothing
from domain.base import Frozen
from domain.calendars import say
from domain.declaration import ALL_STAGES, ActSpec
from domain.draft import Draft
from domain.happenings import Act
from domain.journey import Deadline, Stage, Track
from domain.roles import ANYONE
from domain.terms import compute
from domain.topics import moments
from domain.topics.integration import Einddatum, duo_einddatum

WINDOW, ANSWER, MORE = (
    "inburgering_verlenging_aanvragen",
    "inburgering_verlenging_besluit",
    "inburgering_verlenging",
)
_TASK = "inburgering_verlenging"


class VerlengingBesloten(Frozen):
    uitkomst: Literal["toegekend", "afgewezen"]
    einddatum: date | None = Field(
        default=None, description="Nieuwe einddatum volgens DUO; leeg: zes maanden later"
    )


def _end(draft: Draft) -> date | None:
    """The end of the term that runs, where the journey is open."""
    running = draft.state.open_terms("inburgering")
    return running[0].due if running and draft.state.stage is not Stage.GESLOTEN else None


def _ask(draft: Draft, ref: str, text: str) -> None:
    draft.open_task(_TASK, ref, text, track=Track.INBURGERING)


def verlenging_gevraagd(draft: Draft, act: Act, data: Nothing) -> None:
    """The effective day is that on which DUO received the request."""
    end = _end(draft)
    if end is None:
        _ask(
            draft,
            act.id,
            "De inwoner vroeg DUO om meer tijd voor de inburgering, en hier loopt geen inburgeringstermijn. Bekijk "
            "wat nodig is.",
        )
        return
    window = compute(draft.policy.term(WINDOW), end, draft.days)
    if act.effective < window.legal_end:
        if not draft.state.open_terms(WINDOW):
            draft.arm(WINDOW, end, track=Track.INBURGERING)
        _ask(
            draft,
            act.id,
            f"De verlenging is gevraagd op {say(act.effective)}; dat kan vanaf {say(window.legal_end)} (Besluit "
            "inburgering 2021 art. 4.5). Vraag DUO of de aanvraag blijft staan.",
        )
    elif act.effective > end:
        _ask(
            draft,
            act.id,
            f"De verlenging is gevraagd op {say(act.effective)}, na het einde op {say(end)}. Vraag DUO wat dit "
            "betekent.",
        )
    if not draft.state.open_terms(ANSWER):
        draft.arm(ANSWER, act.effective, track=Track.INBURGERING)


def verlenging_besloten(draft: Draft, act: Act, data: VerlengingBesloten) -> None:
    """The end that DUO names wins; where it names none, the longest extension that the law has counts."""
    end = _end(draft)
    draft.cancel((WINDOW,), "DUO heeft besloten over de verlenging")
    if data.uitkomst == "afgewezen":
        _ask(
            draft,
            act.id,
            "DUO wees de verlenging van de inburgeringstermijn af. Bespreek met de inwoner wat nog kan, en wijs op "
            "bezwaar bij DUO.",
        )
    elif end is None:
        _ask(
            draft,
            act.id,
            "DUO verlengde de inburgeringstermijn, en hier loopt er geen. Bekijk of de inwoner nog inburgert en leg "
            "de einddatum van DUO vast.",
        )
    else:
        until = data.einddatum or compute(draft.policy.term(MORE), end, draft.days).legal_end
        if until <= end:
            _ask(
                draft,
                act.id,
                f"DUO verlengde de inburgeringstermijn, en de einddatum {say(until)} ligt niet na {say(end)}. "
                "Controleer de datum bij DUO.",
            )
            return
        duo_einddatum(draft, act, Einddatum(einddatum=until))


def can_be_asked(draft: Draft, term: Deadline) -> None:
    _ask(
        draft,
        term.id,
        f"Vanaf nu kan verlenging van de inburgeringstermijn worden gevraagd; die eindigt op "
        f"{say(term.dates.start)}. Vraag DUO of de eerdere aanvraag geldt, en help de inwoner anders opnieuw.",
    )


moments.OPENED[WINDOW] = can_be_asked

ACTS = (
    ActSpec(
        name="verlenging_inburgering_gevraagd",
        label="Verlenging inburgering gevraagd",
        origin="van_buiten",
        roles=ANYONE,
        stages=ALL_STAGES,
        rule=verlenging_gevraagd,
        may_arm=(WINDOW, ANSWER),
        why="Besluit inburgering 2021 art. 4.5: op zijn vroegst zes maanden voor het einde",
    ),
    ActSpec(
        name="verlenging_inburgering_besloten",
        label="DUO besliste over verlenging",
        origin="van_buiten",
        roles=ANYONE,
        stages=ALL_STAGES,
        data=VerlengingBesloten,
        meets=(ANSWER,),
        rule=verlenging_besloten,
        why="Besluit inburgering 2021 art. 4.4: hoogstens zes maanden; DUO besluit",
    ),
)
