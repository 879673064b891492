"""Maatregel and boete: only by a person, and only after the resident was heard (Pw 18 and 18a, Awb 4:8)."""

from datetime import date
from typing import Literal

from pydantic import Field

from domain.acts import Reason
from domain.base import Frozen
from domain.calendars import say
from domain.declaration import ALL_STAGES, ActSpec, Arms
from domain.draft import ONLY_WHILE_OPEN, Draft
from domain.happenings import Act, Refused
from domain.income import Hearing, Sanction
from domain.journey import Deadline, JourneyState, Track
from domain.roles import COACH, DECIDES
from domain.terms import compute, say_length
from domain.topics import moments
from domain.topics.dispatch import check_signed, send_decision
from domain.topics.sent_decisions import went_out

About = Literal["maatregel", "boete", "boete_inburgering", "intrekking"]


class ZienswijzeGevraagd(Frozen):
    over: About = "maatregel"


class ZienswijzeGehoord(Frozen):
    over: About = "maatregel"
    afgezien: bool = Field(default=False, description="De inwoner zag ervan af")


class Maatregel(Frozen):
    tot: date = Field(description="Laatste dag van de maatregel")
    reden: str = Reason


class Heroverwogen(Frozen):
    uitkomst: Literal["voortgezet", "beeindigd"]
    reden: str = Reason


class Boete(Frozen):
    uitkomst: Literal["opgelegd", "waarschuwing", "geen_boete"]
    reden: str = Reason


def zienswijze_gevraagd(draft: Draft, act: Act, data: ZienswijzeGevraagd) -> None:
    """The time to answer is the resident's; when it has passed a person looks how to hear him after all."""
    draft.arm("zienswijze", act.effective, track=Track.INKOMEN, quiet=True)


def zienswijze_gehoord(draft: Draft, act: Act, data: ZienswijzeGehoord) -> None:
    draft.meet("zienswijze", act.effective)
    income = draft.state.income
    heard = Hearing(act=act.id, about=data.over, on=act.effective)
    draft.set(income=income.model_copy(update={"hearings": (*income.hearings, heard)}))


def not_answered(draft: Draft, term: Deadline) -> None:
    draft.open_task(
        "zienswijze_uitgebleven",
        term.id,
        f"Er kwam tot en met {say(term.due)} geen zienswijze. Zoek zelf contact; zwijgen is geen schuld. Leg vast of "
        "de inwoner gehoord is of ervan afziet.",
        role="inkomensconsulent",
    )


def check_heard(state: JourneyState, about: str) -> None:
    """Nobody is sanctioned unheard.

    Raises:
        Refused: no hearing about this that was not used for an earlier decision.
    """
    if not any(item.about == about and not item.used_by for item in state.income.hearings):
        raise Refused(
            f"Een {about.replace('_', ' om de ')} kan pas na een zienswijze: de inwoner is hierover nog niet gehoord "
            f"(Awb 4:8). Hoor de inwoner en leg 'Zienswijze gehoord' vast, over {about}."
        )


def use_hearing(draft: Draft, about: str, act: Act) -> None:
    """One hearing carries one decision."""
    income = draft.state.income
    hearings = tuple(
        item.model_copy(update={"used_by": act.id}) if item.about == about and not item.used_by else item
        for item in income.hearings
    )
    draft.set(income=income.model_copy(update={"hearings": hearings}))


# -- maatregel -----------------------------------------------------------------------------------------


RUNS, REPEATED = "maatregel_loopt", "herhaling_maatregel"


def _running(state: JourneyState, on: date) -> Sanction | None:
    """The maatregel that runs on a day: also one that has run out since, where something is recorded late."""
    for item in state.income.sanctions:
        ran_out = item.ended_on == item.until
        if (item.ended_on is None or (ran_out and item.since <= on)) and on <= item.until:
            return item
    return None


def _unreviewed(state: JourneyState, on: date) -> Sanction | None:
    """The maatregel that a review is about. One of before release 0.4 did not end by itself."""
    waiting = [item for item in state.income.sanctions if item.ended_on is None]
    return _running(state, on) or next(iter(waiting), None)


def _replace(draft: Draft, changed: Sanction) -> None:
    income = draft.state.income
    sanctions = tuple(changed if item.act == changed.act else item for item in income.sanctions)
    draft.set(income=income.model_copy(update={"sanctions": sanctions}))


def maatregel_over(draft: Draft, term: Deadline) -> None:
    """Its last day has passed, as was decided: there is nothing left to review (Pw 18 lid 3)."""
    for item in draft.state.income.sanctions:
        if item.ended_on is None and (item.since, item.until) == (term.dates.start, term.due):
            _replace(draft, item.model_copy(update={"ended_on": item.until}))
            review = draft.state.term(item.review)
            if review is not None and review.is_open:
                draft.cancel_term(review, "de maatregel is voorbij", on=item.until)


def check_maatregel(state: JourneyState, act: Act, data: Maatregel) -> None:
    check_heard(state, "maatregel")
    if data.tot < act.effective:
        raise Refused(
            f"De laatste dag ({say(data.tot)}) ligt voor de eerste dag ({say(act.effective)}). Controleer ze."
        )
    if _running(state, act.effective):
        raise Refused("Er loopt al een maatregel. Heroverweeg die eerst (Participatiewet art. 18 lid 3).")
    check_signed(state, "maatregel", "opgelegd")


def maatregel_opgelegd(draft: Draft, act: Act, data: Maatregel) -> None:
    use_hearing(draft, "maatregel", act)
    review = draft.arm("heroverweging_maatregel", act.effective, track=Track.INKOMEN)
    if draft.knows(RUNS):
        draft.arm(RUNS, act.effective, track=Track.INKOMEN, until=data.tot, quiet=True)
    _perhaps_again(draft, act)
    income = draft.state.income
    imposed = Sanction(act=act.id, since=act.effective, until=data.tot, review=review.id)
    draft.set(income=income.model_copy(update={"sanctions": (*income.sanctions, imposed)}))
    send_decision(draft, act, "maatregel", "opgelegd")


def _perhaps_again(draft: Draft, act: Act) -> None:
    """Within a year of the one before it may be a repetition, which lasts longer (Pw 18 lid 6 to 8)."""
    if not draft.knows(REPEATED):
        return
    rule = draft.policy.term(REPEATED)
    imposed = [item.since for item in draft.state.income.sanctions]
    before = [
        since for since in imposed if since < act.effective <= compute(rule, since, draft.days).legal_end
    ]
    if before:
        draft.open_task(
            REPEATED,
            act.id,
            f"Er was al een maatregel per {say(max(before))}, in de {say_length(rule.length, rule.unit)} hiervoor. "
            "Beoordeel of dit een herhaling is en of de duur daarbij past (Participatiewet art. 18 lid 6 tot en met 8).",
            role="kwaliteitstoetser",
        )
    draft.cancel((REPEATED,), "de laatste maatregel telt")
    draft.arm(REPEATED, max((act.effective, *imposed)), track=Track.INKOMEN, quiet=True)


def check_heroverwogen(state: JourneyState, act: Act, data: Heroverwogen) -> None:
    if _unreviewed(state, act.effective) is None:
        raise Refused("Er loopt geen maatregel om te heroverwegen. Leg eerst vast welke er is opgelegd.")


def maatregel_heroverwogen(draft: Draft, act: Act, data: Heroverwogen) -> None:
    """Continued, it is reviewed again within three months; ended or run out, it is over (Pw 18 lid 3)."""
    running = _unreviewed(draft.state, act.effective)
    assert running is not None
    review = draft.state.term(running.review)
    if review is not None and review.is_open:
        draft.fulfil(review, act.effective)
    if data.uitkomst == "beeindigd" or running.until <= act.effective:
        _replace(draft, running.model_copy(update={"ended_on": min(act.effective, running.until)}))
        for term in draft.state.open_terms(RUNS):
            if (term.dates.start, term.due) == (running.since, running.until):
                draft.cancel_term(term, "de maatregel is beëindigd", on=act.effective)
    elif running.ended_on is None:
        again = draft.arm("heroverweging_maatregel", act.effective, track=Track.INKOMEN)
        _replace(draft, running.model_copy(update={"review": again.id}))
    went_out(draft, act, "maatregel_heroverweging", data.uitkomst)


# -- boete ---------------------------------------------------------------------------------------------


def check_boete_rapport(state: JourneyState, act: Act, data: Frozen) -> None:
    if state.open_terms("boete_besluit"):
        raise Refused("Er loopt al een termijn voor een boetebesluit. Besluit daar eerst over.")


def check_boete(state: JourneyState, act: Act, data: Boete) -> None:
    if not state.open_terms("boete_besluit"):
        raise Refused("Er is geen rapport waarop een boetebesluit kan volgen. Leg eerst het rapport vast.")
    if data.uitkomst == "opgelegd":
        check_heard(state, "boete")
    check_signed(state, "boete", data.uitkomst)


def boete_besloten(draft: Draft, act: Act, data: Boete) -> None:
    draft.meet("boete_besluit", act.effective)
    if data.uitkomst == "opgelegd":
        use_hearing(draft, "boete", act)
    send_decision(draft, act, "boete", data.uitkomst)


ONLY_WHILE_OPEN |= {REPEATED}
moments.LAPSED["zienswijze"] = not_answered
moments.LAPSED[RUNS] = maatregel_over


ACTS = (
    ActSpec(
        name="zienswijze_gevraagd",
        label="Zienswijze gevraagd",
        origin="eigen",
        roles=DECIDES | COACH,
        stages=ALL_STAGES,
        data=ZienswijzeGevraagd,
        rule=zienswijze_gevraagd,
        may_arm=("zienswijze",),
        why="Awb art. 4:8: eerst horen, dan besluiten",
    ),
    ActSpec(
        name="zienswijze_gehoord",
        label="Zienswijze gehoord",
        origin="eigen",
        roles=DECIDES | COACH,
        stages=ALL_STAGES,
        data=ZienswijzeGehoord,
        rule=zienswijze_gehoord,
        why="Zonder zienswijze kan geen maatregel of boete vastgelegd worden",
    ),
    ActSpec(
        name="maatregel_opgelegd",
        label="Maatregel opgelegd",
        origin="eigen",
        roles=DECIDES,
        stages=ALL_STAGES,
        data=Maatregel,
        check=check_maatregel,
        rule=maatregel_opgelegd,
        negative=True,
        may_arm=("bezwaar_indienen", "heroverweging_maatregel", REPEATED, RUNS),
        why="Participatiewet art. 18: alleen door een mens, na zienswijze",
    ),
    ActSpec(
        name="maatregel_heroverwogen",
        label="Maatregel heroverwogen",
        origin="eigen",
        roles=DECIDES,
        stages=ALL_STAGES,
        data=Heroverwogen,
        check=check_heroverwogen,
        rule=maatregel_heroverwogen,
        negative=True,
        may_arm=("bezwaar_indienen", "heroverweging_maatregel"),
        why="Participatiewet art. 18 lid 3: binnen drie maanden",
    ),
    ActSpec(
        name="boete_rapport",
        label="Rapport voor boete opgemaakt",
        origin="eigen",
        roles=DECIDES,
        stages=ALL_STAGES,
        check=check_boete_rapport,
        arms=(Arms(term="boete_besluit", track=Track.INKOMEN),),
        why="Awb art. 5:51: binnen dertien weken na het rapport",
    ),
    ActSpec(
        name="boete_besloten",
        label="Besloten over boete",
        origin="eigen",
        roles=DECIDES,
        stages=ALL_STAGES,
        data=Boete,
        check=check_boete,
        rule=boete_besloten,
        negative=True,
        may_arm=("bezwaar_indienen",),
        why="Participatiewet art. 18a: alleen door een mens, na zienswijze",
    ),
)
