"""What changes in a household: partner, children, and the norm after a death.

Kept as little as the rules need: the form of the household, and for each child a number. A birth date
stands in the act that brought it and in the terms that wait for a birthday, and nowhere else.
"""

from datetime import date
from typing import Literal

from dateutil.relativedelta import relativedelta
from pydantic import Field, model_validator

from domain.acts import Reason
from domain.base import Frozen, put_back
from domain.calendars import say
from domain.declaration import ALL_STAGES, ActSpec
from domain.draft import OWNER, Draft
from domain.facts import birthday
from domain.happenings import Act
from domain.journey import Child, Deadline, Stage, Track
from domain.roles import ANYONE, COACH, DECIDES, INCOME
from domain.terms import TermRule
from domain.topics import moments
from domain.topics.routing import facts_of, record

BEFORE = {"kind_18": "kind_bijna_18", "kind_27": "kind_bijna_27"}
"""The terms that wait for a birthday of a child, and the warning before each."""

Change = Literal[
    "partner_erbij", "partner_weg", "kind_geboren", "kind_erbij", "kind_uit_huis", "kind_18", "kind_27"
]
_WITH_BIRTH = ("kind_geboren", "kind_erbij")
_SAID: dict[str, str] = {
    "partner_erbij": "er is een partner bij gekomen",
    "partner_weg": "de partner hoort niet meer bij het huishouden",
    "kind_geboren": "er is een kind geboren",
    "kind_erbij": "er is een kind bij gekomen",
    "kind_uit_huis": "een kind is uit huis gegaan",
    "kind_18": "een kind is 18 geworden",
    "kind_27": "een kind is 27 geworden",
}
_REASONS: dict[str, tuple[str, ...]] = {
    "partner_erbij": ("norm", "kostendeler", "route", "pw_gezin", "een_plan"),
    "partner_weg": ("norm", "kostendeler", "route", "pw_gezin", "een_plan"),
    "kind_geboren": ("norm", "kindpakket"),
    "kind_erbij": ("norm", "kostendeler", "kindpakket"),
    "kind_uit_huis": ("norm", "kostendeler"),
    "kind_18": ("norm", "doorgaande_lijn"),
    "kind_27": ("kostendeler", "doorgaande_lijn"),
}


class HuishoudenGewijzigd(Frozen):
    """Never a name."""

    wat: Change
    geboren: date | None = Field(
        default=None,
        description="Geboortedatum, alleen van een kind dat erbij komt: voor de 18e en 27e verjaardag",
    )
    kind: int | None = Field(default=None, ge=1, description="Welk kind: het volgnummer in deze klantroute")

    @model_validator(mode="after")
    def _no_more_than_needed(self) -> "HuishoudenGewijzigd":
        if self.geboren is not None and self.wat not in _WITH_BIRTH:
            raise ValueError("geboren hoort alleen bij kind_geboren of kind_erbij; laat het weg")
        return self


class HuishoudenVastgesteld(Frozen):
    vorm: Literal["alleenstaand", "alleenstaande_ouder", "paar"]


class NormHerzien(Frozen):
    reden: str = Reason


def household_on(draft: Draft, on: date) -> str:
    """The form of the household on a day, ``onbekend`` when nobody knows."""
    return facts_of(draft.state).household_on(on)


def set_household(draft: Draft, form: str, on: date, act_id: str = "") -> None:
    """The form of the household from a day on; the route is looked at again by itself."""
    if form != household_on(draft, on):
        record(draft, "huishouden", form, on, source="dossier", act=act_id)


def huishouden_gewijzigd(draft: Draft, act: Act, data: HuishoudenGewijzigd) -> None:
    """Place a change. Norm, kostendelers and route are judged by a person."""
    match data.wat:
        case "partner_erbij":
            set_household(draft, "paar", act.effective, act.id)
        case "partner_weg":
            set_household(draft, form_without_partner(draft), act.effective, act.id)
        case "kind_geboren" | "kind_erbij":
            birth = data.geboren or (act.effective if data.wat == "kind_geboren" else None)
            child_comes(draft, act.effective, birth)
        case "kind_uit_huis":
            if child := _which(draft, data.kind):
                _child_leaves(draft, child, act.effective)
        case "kind_18":
            if child := _which(draft, data.kind, adult=False):
                _comes_of_age(draft, child, act.effective)
                _reached(draft, child, ("kind_18", BEFORE["kind_18"]))
        case "kind_27":
            if child := _which(draft, data.kind):
                _reached(draft, child, ("kind_27", BEFORE["kind_27"]))
    form = household_on(draft, act.effective)
    unknown = form == "onbekend"
    draft.open_task(
        "huishouden",
        act.id,
        f"Het huishouden is gewijzigd per {say(act.effective)}: {_SAID[data.wat]}. Bereken norm en kostendelers "
        "opnieuw en kijk of route, zoektermijn en Pw-gezin nog kloppen (Participatiewet art. 20 tot en met 22a en 41 lid 4)."
        + (" Stel vast hoe het huishouden er nu uitziet: dat is onbekend." if unknown else ""),
        role="inkomensconsulent",
        reasons=(*_REASONS[data.wat], *(("huishouden_onbekend",) if unknown else ())),
    )
    if draft.state.stage is Stage.GESLOTEN:
        return
    if data.wat in ("partner_erbij", "partner_weg"):
        draft.open_task(
            "een_plan",
            act.id,
            "Eén gezin, één plan, één regisseur: kijk of het plan en de regisseur nog kloppen. Komen twee plannen "
            "samen, dan blijft het oudste en blijft de toegang van de eerste melding verantwoordelijk tot een "
            "regisseur aanvaardt.",
            role=OWNER,
        )
    if data.wat == "kind_geboren" and form in ("alleenstaande_ouder", "onbekend"):
        draft.open_task(
            "ontheffing_9a",
            act.id,
            "Bespreek met de inwoner of die als alleenstaande ouder ontheffing van de arbeidsplicht wil vragen "
            "(Participatiewet art. 9a). Die vraagt de inwoner zelf aan."
            + (" Of de inwoner alleenstaande ouder is, is niet bekend." if unknown else ""),
            role=OWNER,
        )


def huishouden_vastgesteld(draft: Draft, act: Act, data: HuishoudenVastgesteld) -> None:
    set_household(draft, data.vorm, act.effective, act.id)


def partner_overleden(draft: Draft, act: Act, on: date) -> None:
    """The old norm holds through one month after a death (Participatiewet art. 45 lid 5)."""
    armed = draft.arm("overlijden_partner", on, track=Track.INKOMEN)
    draft.open_task(
        "norm_partner",
        act.id,
        f"Na een overlijden blijft de norm van een paar gelden tot en met {say(armed.due)} (Participatiewet "
        "art. 45 lid 5). Besluit welke norm daarna geldt en leg vast dat de norm herzien is.",
        role="inkomensconsulent",
        reasons=("norm",),
    )


def norm_herzien(draft: Draft, act: Act, data: NormHerzien) -> None:
    draft.close_tasks("norm_partner", by=act.by, on=act.effective, outcome="norm herzien")


# -- children ------------------------------------------------------------------------------------------


def _at_home(draft: Draft) -> list[Child]:
    return [child for child in draft.state.children if child.left is None]


def _change_child(draft: Draft, changed: Child) -> None:
    draft.set(children=put_back(draft.state.children, changed))


def _which(draft: Draft, number: int | None, *, adult: bool | None = None) -> Child | None:
    """The child that is meant; None: nobody can say from here, and the person who looks at it will."""
    fitting = [child for child in _at_home(draft) if adult is None or child.adult is adult]
    if number is not None:
        return next((child for child in fitting if child.number == number), None)
    return fitting[0] if len(fitting) == 1 else None


def form_without_partner(draft: Draft) -> str:
    """Children of before the journey are not known, so only a known child makes it certain."""
    return "alleenstaande_ouder" if any(not child.adult for child in _at_home(draft)) else "onbekend"


def child_comes(draft: Draft, since: date, birth: date | None, *, ref: str = "") -> None:
    """A child belongs to the household from a day on; its birthdays are waited for when its birth date is known."""
    of_age = draft.policy.term("kind_18").length
    adult = birth is not None and birthday(birth, of_age, draft.policy) <= since
    child = Child(number=1 + len(draft.state.children), since=since, adult=adult, ref=ref)
    draft.set(children=(*draft.state.children, child))
    if household_on(draft, since) == "alleenstaand" and not adult and birth is not None:
        set_household(draft, "alleenstaande_ouder", since)
    if birth is None or draft.state.stage is Stage.GESLOTEN:
        return
    armed = []
    for key, warning in BEFORE.items():
        day = birthday(birth, draft.policy.term(key).length, draft.policy)
        if day <= since:
            continue
        before = draft.policy.term(warning)
        armed.append(draft.arm(before.key, since, until=_earlier(day, before)).id)
        armed.append(draft.arm(key, birth, until=day).id)
    _change_child(draft, child.model_copy(update={"terms": tuple(armed)}))


def _earlier(day: date, rule: TermRule) -> date:
    """A day so much earlier as a term is long, which policy gives in months."""
    return day - relativedelta(months=rule.length)


def _child_leaves(draft: Draft, child: Child, on: date) -> None:
    _change_child(draft, child.model_copy(update={"left": on, "terms": ()}))
    for term in draft.state.open_terms():
        if term.id in child.terms:
            draft.cancel_term(term, "het kind is uit huis", on=on)
    _perhaps_no_parent(draft, on)


def _comes_of_age(draft: Draft, child: Child, on: date) -> None:
    _change_child(draft, child.model_copy(update={"adult": True}))
    _perhaps_no_parent(draft, on)


def _perhaps_no_parent(draft: Draft, on: date) -> None:
    """Whether there are other children nobody told us, so it is a question and no answer."""
    if household_on(draft, on) == "alleenstaande_ouder" and all(child.adult for child in _at_home(draft)):
        set_household(draft, "onbekend", on)


def _reached(draft: Draft, child: Child, keys: tuple[str, ...]) -> None:
    """Somebody told of a birthday before its term opened, or knew it better."""
    for term in draft.state.open_terms():
        if term.id in child.terms and term.term in keys:
            draft.cancel_term(term, "de verjaardag is gemeld")


def _child_of(draft: Draft, term: Deadline) -> Child | None:
    return next((child for child in draft.state.children if term.id in child.terms), None)


def turned_18(draft: Draft, term: Deadline) -> None:
    """A child of the household is 18."""
    if child := _child_of(draft, term):
        _comes_of_age(draft, child, term.due)
    draft.open_task(
        "kind_18",
        term.started_by,
        f"Een kind in het huishouden is 18 geworden op {say(term.due)}. Bereken de norm opnieuw, en kijk of school, "
        "werk, zorg en inkomen van de jongere doorlopen.",
        role="inkomensconsulent",
        reasons=_REASONS["kind_18"],
    )


def turned_27(draft: Draft, term: Deadline) -> None:
    """A child of the household is 27 and may count as somebody who shares the costs."""
    draft.open_task(
        "kind_27",
        term.started_by,
        f"Een kind in het huishouden is 27 geworden op {say(term.due)}. Kijk of het als kostendeler meetelt "
        "(Participatiewet art. 22a).",
        role="inkomensconsulent",
        reasons=_REASONS["kind_27"],
    )


def _nearly(years: int) -> moments.Moment:
    def soon(draft: Draft, term: Deadline) -> None:
        draft.open_task(
            f"bijna_{years}",
            term.started_by,
            f"Een kind in het huishouden wordt binnenkort {years}. Bereid de overgang voor: school of werk, zorg, "
            "wonen en inkomen (doorgaande lijn van jeugd naar volwassenheid).",
            role=OWNER,
            reasons=("doorgaande_lijn",),
        )

    return soon


moments.OPENED.update(
    {"kind_18": turned_18, "kind_27": turned_27, "kind_bijna_18": _nearly(18), "kind_bijna_27": _nearly(27)}
)


ACTS = (
    ActSpec(
        name="huishouden_gewijzigd",
        label="Huishouden gewijzigd",
        origin="van_buiten",
        roles=ANYONE,
        stages=ALL_STAGES,
        data=HuishoudenGewijzigd,
        rule=huishouden_gewijzigd,
        retells=True,
        past=frozenset({"geboren"}),
        may_arm=("kind_18", "kind_27", "kind_bijna_18", "kind_bijna_27"),
        why="Norm, kostendelers, route en plan volgen het huishouden; een mens rekent en besluit",
    ),
    ActSpec(
        name="huishouden_vastgesteld",
        label="Huishouden vastgesteld",
        origin="eigen",
        roles=COACH | INCOME,
        stages=ALL_STAGES,
        data=HuishoudenVastgesteld,
        rule=huishouden_vastgesteld,
        why="Wat onbekend was heeft een mens nagegaan",
    ),
    ActSpec(
        name="norm_herzien",
        label="Norm herzien",
        origin="eigen",
        roles=DECIDES,
        stages=ALL_STAGES,
        data=NormHerzien,
        meets=("overlijden_partner",),
        rule=norm_herzien,
        negative=True,
        why="Participatiewet art. 45 lid 5: na een maand geldt een andere norm; een mens besluit welke",
    ),
)
