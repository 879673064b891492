"""Tasks, terms, and putting right what was recorded wrong."""

from datetime import date

from pydantic import Field, JsonValue

from domain.acts import Reason
from domain.base import Frozen
from domain.calendars import say
from domain.declaration import ALL_STAGES, ActSpec
from domain.draft import Draft
from domain.happenings import Act, Refused
from domain.journey import Deadline, JourneyState, TermStatus
from domain.roles import ANYONE, COACH, DECIDES, LEAD
from domain.terms import compute
from domain.topics import moments


class TermijnVerlengd(Frozen):
    termijn: str
    tot: date = Field(description="Nieuwe laatste dag")
    reden: str = Reason


class TaakAfgerond(Frozen):
    taak: str
    uitkomst: str = Reason


class Breuk(Frozen):
    termijn: str = Field(description="Kenmerk van de termijn, bijvoorbeeld eerste_gesprek-1")
    reden: str = Reason


class Gecorrigeerd(Frozen):
    handeling: str = Field(description="Kenmerk van de handeling die fout staat")
    ingang: date | None = Field(default=None, description="De juiste ingangsdatum")
    gegevens: dict[str, JsonValue] | None = Field(default=None, description="De juiste gegevens")
    reden: str = Reason


class Ingetrokken(Frozen):
    handeling: str = Field(description="Kenmerk van de handeling")
    reden: str = Reason


def check_taak(state: JourneyState, act: Act, data: TaakAfgerond) -> None:
    if not any(task.id == data.taak for task in state.open_tasks()):
        open_ids = ", ".join(task.id for task in state.open_tasks()) or "geen"
        raise Refused(f"Taak {data.taak!r} staat niet open. Open taken: {open_ids}.")


def taak_afgerond(draft: Draft, act: Act, data: TaakAfgerond) -> None:
    task = next(task for task in draft.state.open_tasks() if task.id == data.taak)
    draft.close_task(task, by=act.by, on=act.effective, outcome=data.uitkomst)


def check_verlengd(state: JourneyState, act: Act, data: TermijnVerlengd) -> None:
    if own := moments.OWN_EXTENSION.get(data.termijn):
        raise Refused(own)
    found = state.open_terms(data.termijn)
    if not found:
        keys = ", ".join(dict.fromkeys(term.term for term in state.open_terms())) or "geen"
        raise Refused(f"Termijn {data.termijn!r} loopt niet. Lopende termijnen: {keys}.")
    term = found[0]
    # The day on which it was sent counts; where it was recorded late the breach was none.
    if act.effective > term.due:
        raise Refused(
            f"Verlengen kan alleen zolang de termijn loopt: {data.termijn} liep af op {say(term.due)} "
            "(voor een besluit: Awb art. 4:14). Rond af wat open staat."
        )
    if term.status is TermStatus.SUSPENDED:
        raise Refused("De termijn staat stil. Verlengen kan weer als hij loopt.")
    if data.tot <= term.due:
        raise Refused(f"De nieuwe laatste dag ({say(data.tot)}) moet na de huidige liggen ({say(term.due)}).")


def termijn_verlengd(draft: Draft, act: Act, data: TermijnVerlengd) -> None:
    rule = draft.rule_of(draft.state.open_terms(data.termijn)[0])
    if not rule.extendable:
        raise Refused(f"{rule.description} kan niet verlengd worden ({rule.source}). Rond af wat open staat.")
    term = draft.state.open_terms(data.termijn)[0]
    if longest := moments.EXTENDS_AT_MOST.get(data.termijn):
        most = draft.policy.term(longest)
        last = compute(most, term.due, draft.days).legal_end
        if term.extensions or data.tot > last:
            raise Refused(
                f"{rule.description} kan één keer verlengd worden, hoogstens tot en met {say(last)} "
                f"({most.source}). Kies een eerdere dag of rond af wat open staat."
            )
    draft.extend(term, until=data.tot, by=act.by, why=data.reden)


def _breached(state: JourneyState, data: Breuk) -> Deadline:
    for term in state.terms:
        if term.id == data.termijn and term.breached_at and not term.annulled_by:
            return term
    known = ", ".join(t.id for t in state.terms if t.breached_at and not t.annulled_by) or "geen"
    raise Refused(f"{data.termijn!r} is geen verstreken termijn van deze klantroute. Wel: {known}.")


def check_breuk_betwist(state: JourneyState, act: Act, data: Breuk) -> None:
    _breached(state, data)


def breuk_betwist(draft: Draft, act: Act, data: Breuk) -> None:
    term = _breached(draft.state, data)
    draft.set_term(term.model_copy(update={"disputed_by": act.by}))
    draft.open_task(
        "breuk_betwist",
        term.id,
        f"Volgens een collega is {term.id} ten onrechte als verstreken geboekt. Bevestig of wijs af.",
        role="teamleider",
    )


def check_breuk_vervallen(state: JourneyState, act: Act, data: Breuk) -> None:
    term = _breached(state, data)
    if term.disputed_by is None:
        raise Refused("Deze breuk is door niemand betwist. Laat eerst een collega vastleggen wat er fout is.")
    if term.disputed_by.code == act.by.code:
        raise Refused("Wie een breuk betwist, kan hem niet zelf bevestigen. Vraag een tweede persoon.")


def breuk_vervallen(draft: Draft, act: Act, data: Breuk) -> None:
    """The breach stays on record, marked as wrongly registered by two people, and its ladder stops.

    The term itself stays open until the right act is recorded, or nobody would ask for it any more.
    """
    term = _breached(draft.state, data)
    fired = tuple(signal for signal in term.signals if signal.fired_at)
    draft.set_term(term.model_copy(update={"annulled_by": act.by, "signals": fired}))
    if term.status is TermStatus.BREACHED:
        draft.remind_again(term.id)
    draft.close_tasks(f"breuk_betwist:{term.id}", by=act.by, on=act.effective, outcome="bevestigd")


ACTS = (
    ActSpec(
        name="termijn_verlengd",
        label="Termijn verlengd",
        origin="eigen",
        roles=COACH | DECIDES | {"toegang"},
        stages=ALL_STAGES,
        data=TermijnVerlengd,
        check=check_verlengd,
        rule=termijn_verlengd,
        why="Awb art. 4:14 voor een besluit; afspraken van de gemeente met een reden",
    ),
    ActSpec(
        name="taak_afgerond",
        label="Taak afgerond",
        origin="eigen",
        roles=ANYONE,
        stages=ALL_STAGES,
        data=TaakAfgerond,
        check=check_taak,
        rule=taak_afgerond,
        why="Een vraag aan een mens is beantwoord",
    ),
    ActSpec(
        name="breuk_betwist",
        label="Breuk betwist",
        origin="eigen",
        roles=ANYONE,
        stages=ALL_STAGES,
        data=Breuk,
        check=check_breuk_betwist,
        rule=breuk_betwist,
        why="Een termijn is ten onrechte als verstreken geboekt",
    ),
    ActSpec(
        name="breuk_vervallen_verklaard",
        label="Breuk vervallen verklaard",
        origin="eigen",
        roles=LEAD | {"kwaliteitstoetser"},
        stages=ALL_STAGES,
        data=Breuk,
        check=check_breuk_vervallen,
        rule=breuk_vervallen,
        why="Bevestiging door een tweede persoon",
    ),
    ActSpec(
        name="handeling_gecorrigeerd",
        label="Handeling gecorrigeerd",
        origin="eigen",
        roles=ANYONE,
        stages=ALL_STAGES,
        data=Gecorrigeerd,
        why="Fout vastgelegd: wat volgt wordt opnieuw bepaald, wat er stond blijft bewaard",
    ),
    ActSpec(
        name="handeling_ingetrokken",
        label="Handeling ingetrokken",
        origin="eigen",
        roles=ANYONE,
        stages=ALL_STAGES,
        data=Ingetrokken,
        why="Een geplande of ten onrechte vastgelegde handeling gaat terug",
    ),
)
