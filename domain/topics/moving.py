"""Moving: out, within the municipality, abroad, and the handover to another municipality."""

from datetime import date, timedelta
from typing import Literal

from pydantic import Field

from domain.acts import Nothing
from domain.base import Frozen
from domain.calendars import say
from domain.declaration import ALL_STAGES, OPEN_STAGES, ActSpec
from domain.draft import Draft
from domain.happenings import Act, Refused
from domain.journey import Deadline, FlagKind, Handover, JourneyState, Stage, StayAbroad, Track
from domain.roles import ANYONE, COACH, LEAD
from domain.terms import compute
from domain.topics import moments
from domain.topics.exits import check_nothing_owed, close_journey, may_have_benefit
from domain.topics.interruptions import begin_pause, end_pause
from domain.topics.transfer import TRAVELLING_TERMS

ABROAD = "buitenland"
HANDOVER = "overdracht_gemeente"


class Verhuizing(Frozen):
    gemeentecode: str = Field(default="", pattern=r"^(\d{4})?$", description="Code van de nieuwe gemeente")


class VerblijfBuitenland(Frozen):
    tot: date | None = Field(default=None, description="Verwachte dag van terugkeer")


class OverdrachtAangeboden(Frozen):
    naar: str = Field(pattern=r"^[a-z][a-z0-9_-]{1,59}$", description="De gemeente, zoals haar beleid heet")


class OverdrachtBeantwoord(Frozen):
    door: str = Field(pattern=r"^[a-z][a-z0-9_-]{1,59}$", description="De gemeente die antwoordt")


class Overgedragen(Frozen):
    naar: str = Field(pattern=r"^[a-z][a-z0-9_-]{1,59}$")
    klantroute: str = Field(pattern=r"^klantroute-[a-z0-9_-]+$", max_length=120)


# -- moves ---------------------------------------------------------------------------------------------


def verhuizing_aangekondigd(draft: Draft, act: Act, data: Verhuizing) -> None:
    """A move is known: somebody finishes or hands over, before it comes to that."""
    if data.gemeentecode == draft.policy.municipality_code:
        return
    _under_way(draft, act, data.gemeentecode)
    draft.open_task(
        "verhuizing",
        act.id,
        f"De inwoner verhuist per {say(act.effective)}. Rond af of draag over (Participatiewet art. 40)."
        + _about_inburgering(draft),
        reasons=_travelling(draft),
    )


def verhuizing_gemeld(draft: Draft, act: Act, data: Verhuizing) -> None:
    """The right ends here from the move; that is a decision of a person."""
    if data.gemeentecode == draft.policy.municipality_code:
        adres_gewijzigd(draft, act, Nothing())
        return
    verhuizing_aangekondigd(draft, act, data)
    _right_ends(draft, act, "woont niet meer in deze gemeente", "Participatiewet art. 40")


def emigratie_aangekondigd(draft: Draft, act: Act, data: Nothing) -> None:
    """Who leaves the country needs an ending, not a handover."""
    _under_way(draft, act, ABROAD)
    draft.open_task(
        "emigratie",
        act.id,
        f"De inwoner vertrekt per {say(act.effective)} naar het buitenland. Rond de klantroute af."
        + _about_inburgering(draft),
        reasons=_travelling(draft),
    )


def emigratie_gemeld(draft: Draft, act: Act, data: Nothing) -> None:
    emigratie_aangekondigd(draft, act, data)
    _right_ends(draft, act, "woont niet meer in Nederland", "Participatiewet art. 11")


def adres_gewijzigd(draft: Draft, act: Act, data: Nothing) -> None:
    """The address itself stands in the BRP and never here."""
    draft.open_task(
        "adres",
        act.id,
        f"De inwoner woont per {say(act.effective)} op een ander adres in deze gemeente. Kijk of norm, kostendelers "
        "en het team van de wijk nog kloppen.",
        reasons=("norm", "kostendeler", "wijk"),
    )


def _under_way(draft: Draft, act: Act, where: str) -> None:
    if draft.state.stage is not Stage.GESLOTEN and draft.state.flag(FlagKind.VERHUIZING) is None:
        draft.flag(FlagKind.VERHUIZING, min(act.effective, draft.today), detail=where)


def _travelling(draft: Draft) -> tuple[str, ...]:
    return ("inburgering",) if any(draft.state.open_terms(key) for key in TRAVELLING_TERMS) else ()


def _about_inburgering(draft: Draft) -> str:
    if not _travelling(draft):
        return ""
    return (
        " De inburgering loopt door: leerroute en einddatum blijven, en de nieuwe gemeente maakt een nieuw PIP "
        "(Besluit inburgering art. 5.3 lid 3)."
    )


def _right_ends(draft: Draft, act: Act, why: str, source: str) -> None:
    if not may_have_benefit(draft.state):
        return
    draft.open_task(
        "recht_eindigt",
        act.id,
        f"De inwoner {why} vanaf {say(act.effective)}. Besluit over het recht op bijstand vanaf die dag ({source}).",
        role="inkomensconsulent",
    )


# -- abroad --------------------------------------------------------------------------------------------


def verblijf_buitenland_gemeld(draft: Draft, act: Act, data: VerblijfBuitenland) -> None:
    """More than four weeks abroad, at one go or in a calendar year, touches the right (Pw art. 13 lid 1 e)."""
    state = draft.state
    if any(stay.back is None for stay in state.stays_abroad):
        draft.open_task(
            "buitenland_dubbel",
            act.id,
            "Er is een verblijf in het buitenland gemeld terwijl er al een liep. Zoek uit wat klopt.",
            role="inkomensconsulent",
        )
        return
    last = _last_day_abroad(draft, act.effective)
    draft.set(stays_abroad=(*state.stays_abroad, StayAbroad(since=act.effective)))
    if state.stage is Stage.GESLOTEN:
        draft.open_task(
            "buitenland_gesloten",
            act.id,
            f"De inwoner verblijft per {say(act.effective)} in het buitenland; deze klantroute is gesloten. Kijk of "
            "er een uitkering loopt.",
            role="inkomensconsulent",
        )
        return
    if state.flag(FlagKind.PAUZE) is None:
        begin_pause(draft, act, ABROAD, act.effective, data.tot)
    term = draft.arm(ABROAD, act.effective, track=Track.INKOMEN, until=last)
    if data.tot is not None and data.tot > last + timedelta(days=1):
        _too_long(draft, term)


def _last_day_abroad(draft: Draft, since: date) -> date:
    """The last day that still leaves the right alone, with earlier stays of the same year counted in."""
    at_one_go = compute(draft.policy.term(ABROAD), since, draft.days).raw_end
    new_year = date(since.year, 1, 1)
    before = sum(
        (stay.back - max(stay.since, new_year)).days
        for stay in draft.state.stays_abroad
        if stay.back is not None and stay.back > new_year and stay.since < since
    )
    in_year = max(at_one_go - timedelta(days=before), since)
    return in_year if in_year.year == since.year else at_one_go


def too_long_abroad(draft: Draft, term: Deadline) -> None:
    """The days are used up. Whether a right ends is for a person, and no ladder runs on a resident's stay."""
    current = next(one for one in draft.state.terms if one.id == term.id)
    if current.is_open:
        draft.cancel_term(current, "de vier weken zijn voorbij; een medewerker kijkt ernaar", on=term.due)
    _too_long(draft, term)


def _too_long(draft: Draft, term: Deadline) -> None:
    draft.open_task(
        ABROAD,
        term.started_by,
        f"De inwoner is langer in het buitenland dan vier weken (laatste dag: {say(term.due)}). Besluit wat dit "
        "betekent voor het recht op bijstand (Participatiewet art. 13 lid 1 onder e).",
        role="inkomensconsulent",
    )


def terug_uit_buitenland(draft: Draft, act: Act, data: Nothing) -> None:
    away = next((stay for stay in draft.state.stays_abroad if stay.back is None), None)
    if away is None:
        draft.open_task(
            "buitenland_onbekend",
            act.id,
            "De inwoner is terug uit het buitenland, maar een vertrek was niet gemeld. Zoek uit hoe lang het was.",
            role="inkomensconsulent",
        )
        return
    back = away.model_copy(update={"back": act.effective})
    draft.set(stays_abroad=tuple(back if stay is away else stay for stay in draft.state.stays_abroad))
    draft.cancel((ABROAD,), "de inwoner is terug", on=act.effective)
    pause = draft.state.flag(FlagKind.PAUZE)
    if pause is not None and pause.detail == ABROAD:
        end_pause(draft, act, act.effective)


moments.OPENED[ABROAD] = too_long_abroad
moments.BREACHED[ABROAD] = too_long_abroad


# -- handover ------------------------------------------------------------------------------------------


def check_offer(state: JourneyState, act: Act, data: OverdrachtAangeboden) -> None:
    if data.naar == state.gemeente:
        raise Refused(f"De klantroute loopt al in {data.naar}. Kies de gemeente waar de inwoner gaat wonen.")
    if state.open_terms(HANDOVER):
        assert state.handover is not None
        raise Refused(
            f"Er ligt al een aanbod bij {state.handover.to}. Wacht het antwoord af, of trek dat aanbod eerst in."
        )


def overdracht_aangeboden(draft: Draft, act: Act, data: OverdrachtAangeboden) -> None:
    draft.set(handover=Handover(to=data.naar, offered_on=act.effective))
    _under_way(draft, act, data.naar)
    draft.arm(HANDOVER, act.effective)


def overdracht_aanvaard(draft: Draft, act: Act, data: OverdrachtBeantwoord) -> None:
    if not _answered(draft, act, data, "aanvaard"):
        return
    draft.open_task(
        "overdracht_uitvoeren",
        act.id,
        f"De gemeente {data.door} neemt de klantroute over. Laat beheer of de teamleider haar overdragen.",
    )


def overdracht_geweigerd(draft: Draft, act: Act, data: OverdrachtBeantwoord) -> None:
    if not _answered(draft, act, data, "geweigerd"):
        return
    draft.open_task(
        "overdracht_geweigerd",
        act.id,
        f"De gemeente {data.door} neemt de klantroute niet over. Zorg samen met de inwoner voor een goed vervolg "
        "en rond de klantroute dan af.",
    )


def _answered(
    draft: Draft, act: Act, data: OverdrachtBeantwoord, answer: Literal["aanvaard", "geweigerd"]
) -> bool:
    offer = draft.state.handover
    if offer is None or offer.to != data.door or offer.journey or draft.state.stage is Stage.GESLOTEN:
        draft.open_task(
            "overdracht_past_niet",
            act.id,
            f"De gemeente {data.door} heeft een overdracht {answer} waarvan hier geen aanbod openstaat. Neem contact "
            "op.",
        )
        return False
    draft.meet(HANDOVER, act.effective)
    draft.set(handover=offer.model_copy(update={"answer": answer}))
    return True


def check_overgedragen(state: JourneyState, act: Act, data: Overgedragen) -> None:
    offer = state.handover
    if offer is None or offer.to != data.naar or offer.answer != "aanvaard":
        raise Refused(
            f"De klantroute kan niet over naar {data.naar}: die gemeente heeft geen aanbod aanvaard. Bied haar eerst "
            "aan en leg het antwoord vast."
        )
    check_nothing_owed(state)


def overgedragen(draft: Draft, act: Act, data: Overgedragen) -> None:
    """The journey goes on elsewhere; here it closes with exit verhuizing."""
    offer = draft.state.handover
    assert offer is not None
    draft.set(handover=offer.model_copy(update={"journey": data.klantroute}), exit="verhuizing")
    draft.close_tasks(
        "overdracht_uitvoeren", "verhuizing", by=act.by, on=act.effective, outcome="overgedragen"
    )
    draft.unflag(FlagKind.VERHUIZING, act.effective)
    close_journey(draft, act.effective, f"overgedragen aan {data.naar}")


ACTS = (
    ActSpec(
        name="verhuizing_gemeld",
        label="Verhuizing gemeld",
        origin="van_buiten",
        roles=ANYONE,
        stages=ALL_STAGES,
        data=Verhuizing,
        rule=verhuizing_gemeld,
        announced=verhuizing_aangekondigd,
        plannable=True,
        retells=True,
        why="Participatiewet art. 40",
    ),
    ActSpec(
        name="adres_gewijzigd",
        label="Adres gewijzigd",
        origin="van_buiten",
        roles=ANYONE,
        stages=ALL_STAGES,
        rule=adres_gewijzigd,
        retells=True,
        why="Een ander adres in de gemeente kan norm, kostendelers en team veranderen",
    ),
    ActSpec(
        name="emigratie_gemeld",
        label="Emigratie gemeld",
        origin="van_buiten",
        roles=ANYONE,
        stages=ALL_STAGES,
        rule=emigratie_gemeld,
        announced=emigratie_aangekondigd,
        plannable=True,
        retells=True,
        why="Participatiewet art. 11: recht voor wie in Nederland woont",
    ),
    ActSpec(
        name="verblijf_buitenland_gemeld",
        label="Verblijf in het buitenland gemeld",
        origin="van_buiten",
        roles=ANYONE,
        stages=ALL_STAGES,
        data=VerblijfBuitenland,
        rule=verblijf_buitenland_gemeld,
        plannable=True,
        retells=True,
        may_arm=("buitenland", "pauze_einde"),
        why="Participatiewet art. 13 lid 1 onder e",
    ),
    ActSpec(
        name="terug_uit_buitenland_gemeld",
        label="Terug uit het buitenland",
        origin="van_buiten",
        roles=ANYONE,
        stages=ALL_STAGES,
        rule=terug_uit_buitenland,
        plannable=True,
        retells=True,
        why="Participatiewet art. 13 lid 1 onder e",
    ),
    ActSpec(
        name="gemeenteoverdracht_aangeboden",
        label="Overdracht aangeboden",
        origin="eigen",
        roles=COACH | LEAD,
        stages=OPEN_STAGES,
        data=OverdrachtAangeboden,
        check=check_offer,
        rule=overdracht_aangeboden,
        may_arm=("overdracht_gemeente",),
        why="Wie verhuist begint niet opnieuw: de andere gemeente aanvaardt of weigert",
    ),
    ActSpec(
        name="gemeenteoverdracht_aanvaard",
        label="Overdracht aanvaard",
        origin="van_buiten",
        roles=ANYONE,
        stages=ALL_STAGES,
        data=OverdrachtBeantwoord,
        rule=overdracht_aanvaard,
        why="Overdracht geldt pas na aanvaarding",
    ),
    ActSpec(
        name="gemeenteoverdracht_geweigerd",
        label="Overdracht geweigerd",
        origin="van_buiten",
        roles=ANYONE,
        stages=ALL_STAGES,
        data=OverdrachtBeantwoord,
        rule=overdracht_geweigerd,
        why="Dan blijft deze gemeente verantwoordelijk tot er een goed vervolg is",
    ),
    ActSpec(
        name="overgedragen",
        label="Overgedragen",
        origin="eigen",
        roles=COACH | LEAD,
        stages=OPEN_STAGES,
        data=Overgedragen,
        check=check_overgedragen,
        rule=overgedragen,
        closes=True,
        negative=True,
        why="De klantroute gaat verder in de nieuwe gemeente; 'meedoen transfer' doet beide kanten",
    ),
)
