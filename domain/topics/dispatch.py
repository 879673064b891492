"""Decisions: written, signed by a second person, sent, notified and delivered. Sending meets the term."""

from datetime import date
from typing import Literal

from pydantic import Field

from domain.base import Frozen
from domain.calendars import say
from domain.declaration import ALL_STAGES, ActSpec
from domain.draft import Draft
from domain.happenings import Act, Refused
from domain.income import Benefit, DraftedDecision, SentDecision
from domain.journey import JourneyState
from domain.roles import ANYONE, DECIDES
from domain.terms import compute
from domain.topics.income import cancel_repairs, decision_term
from domain.topics.sent_decisions import went_out

DecisionKind = Literal[
    "aanvraag", "intrekking", "beeindiging", "maatregel", "boete", "boete_inburgering", "bezwaar"
]
Channel = Literal["post", "digitaal", "uitgereikt"]
Outcome = Literal["toegekend", "afgewezen", "buiten_behandeling"]
OUTCOMES: dict[str, frozenset[str]] = {
    "aanvraag": frozenset({"toegekend", "afgewezen", "buiten_behandeling"}),
    "intrekking": frozenset({"ingetrokken"}),
    "beeindiging": frozenset({"beeindigd"}),
    "maatregel": frozenset({"opgelegd"}),
    "boete": frozenset({"opgelegd", "waarschuwing", "geen_boete"}),
    "boete_inburgering": frozenset({"opgelegd"}),
    "bezwaar": frozenset({"gegrond", "deels_gegrond", "ongegrond", "niet_ontvankelijk"}),
}
_FURTHEST_BACK = "bijstand_terug"
FAVOURABLE = frozenset({"toegekend", "gegrond", "geen_boete"})
SIGNS = frozenset({"kwaliteitstoetser", "bezwaarjurist", "teamleider"})
WRITES = DECIDES | {"bezwaarjurist"}


class BesluitOpgesteld(Frozen):
    soort: DecisionKind = "aanvraag"
    uitkomst: Literal[
        "toegekend",
        "afgewezen",
        "buiten_behandeling",
        "ingetrokken",
        "beeindigd",
        "opgelegd",
        "waarschuwing",
        "geen_boete",
        "gegrond",
        "deels_gegrond",
        "ongegrond",
        "niet_ontvankelijk",
    ]


class BesluitGetoetst(Frozen):
    soort: DecisionKind = "aanvraag"
    akkoord: bool = Field(default=True, description="Nee: het gaat terug naar wie het schreef")
    reden: str = Field(default="", max_length=200, description="Nodig als het niet akkoord is")


class Besluit(Frozen):
    uitkomst: Outcome
    reden: str = Field(default="", max_length=200)
    ingang: date | None = Field(default=None, description="Eerste dag van de uitkering")
    wijze: Channel = Field(default="post", description="Hoe het besluit de deur uit ging")


class Kennisgeving(Frozen):
    stuk: str = Field(
        default="", description="Kenmerk van de handeling die het stuk verzond; leeg: het laatste"
    )


class Bezorging(Frozen):
    stuk: str = Field(
        default="", description="Kenmerk van de handeling die het stuk verzond; leeg: het laatste"
    )
    aangekomen: bool = True


# -- written and signed --------------------------------------------------------------------------------


def _waiting(state: JourneyState, kind: str) -> DraftedDecision | None:
    found = [item for item in state.income.drafts if item.kind == kind and not item.sent]
    return found[-1] if found else None


def _replace(draft: Draft, changed: DraftedDecision) -> None:
    income = draft.state.income
    drafts = tuple(changed if item.act == changed.act else item for item in income.drafts)
    draft.set(income=income.model_copy(update={"drafts": drafts}))


def check_opgesteld(state: JourneyState, act: Act, data: BesluitOpgesteld) -> None:
    if data.uitkomst not in OUTCOMES[data.soort]:
        raise Refused(
            f"Een besluit over {data.soort} kent geen uitkomst {data.uitkomst.replace('_', ' ')}. Kies uit: "
            f"{', '.join(sorted(OUTCOMES[data.soort]))}."
        )
    if data.soort == "aanvraag":
        decision_term(state)


def besluit_opgesteld(draft: Draft, act: Act, data: BesluitOpgesteld) -> None:
    """A new text takes the place of the one before, and of its signature."""
    income = draft.state.income
    written = DraftedDecision(
        act=act.id, kind=data.soort, outcome=data.uitkomst, written_by=act.by.code, written_on=act.effective
    )
    kept = tuple(item for item in income.drafts if item.kind != data.soort or item.sent)
    draft.set(income=income.model_copy(update={"drafts": (*kept, written)}))
    if data.soort == "aanvraag":
        draft.meet("besluit_concept", act.effective)
    draft.open_task(
        "toets_besluit",
        act.id,
        f"Een besluit ({data.soort}: {data.uitkomst.replace('_', ' ')}) wacht op een tweede persoon. "
        "Toets en onderteken het, of geef het terug met een reden.",
        role="bezwaarjurist" if data.soort == "bezwaar" else "kwaliteitstoetser",
    )


def check_getoetst(state: JourneyState, act: Act, data: BesluitGetoetst) -> None:
    waiting = _waiting(state, data.soort)
    if waiting is None or waiting.returned_on is not None:
        raise Refused(
            f"Er ligt geen besluit ({data.soort}) om te toetsen. Leg eerst vast dat het is opgesteld."
        )
    if waiting.written_by == act.by.code:
        raise Refused(
            "Wie een besluit schrijft, ondertekent het niet zelf. Laat een tweede persoon het toetsen."
        )
    if not data.akkoord and not data.reden:
        raise Refused("Een besluit dat teruggaat heeft een reden nodig: vul 'reden' in.")


def besluit_getoetst(draft: Draft, act: Act, data: BesluitGetoetst) -> None:
    waiting = _waiting(draft.state, data.soort)
    assert waiting is not None
    outcome = "getoetst en ondertekend" if data.akkoord else "teruggegeven"
    draft.close_tasks(f"toets_besluit:{waiting.act}", by=act.by, on=act.effective, outcome=outcome)
    if data.akkoord:
        signed = {"signed_by": act.by.code, "signed_on": act.effective}
        _replace(draft, waiting.model_copy(update=signed))
        if data.soort == "aanvraag":
            draft.meet("besluit_toets", act.effective)
        return
    _replace(draft, waiting.model_copy(update={"returned_on": act.effective}))
    draft.open_task(
        "besluit_terug",
        act.id,
        f"Het besluit ({data.soort}) is teruggegeven: {data.reden}. Pas het aan en stel het opnieuw op.",
        role="bezwaarjurist" if data.soort == "bezwaar" else "inkomensconsulent",
    )


def check_signed(state: JourneyState, kind: str, outcome: str) -> None:
    """A decision that was written here goes out only as it was signed.

    Raises:
        Refused: it was not signed, was given back, or says something else.
    """
    waiting = _waiting(state, kind)
    if waiting is None:
        return
    if waiting.signed_on is None:
        raise Refused(
            "Dit besluit kan nog niet uit: een tweede persoon heeft het niet getoetst en ondertekend. "
            "Laat dat eerst doen."
        )
    if waiting.outcome != outcome:
        raise Refused(
            f"Ondertekend is een besluit met uitkomst {waiting.outcome.replace('_', ' ')}, niet "
            f"{outcome.replace('_', ' ')}. Stel het besluit opnieuw op en laat het toetsen."
        )


def send_decision(
    draft: Draft,
    act: Act,
    kind: str,
    outcome: str,
    *,
    channel: str = "post",
    remedy: str = "bezwaar_indienen",
) -> None:
    """A decision goes out: note it, close the signing, and start the time to object or appeal.

    Raises:
        Refused: policy wants a signature under every decision and this one has none.
    """
    waiting = _waiting(draft.state, kind)
    if waiting is not None:
        _replace(draft, waiting.model_copy(update={"sent": True}))
    elif draft.policy.readings.get("besluit_toets") == "altijd":
        raise Refused(
            "Dit besluit kan nog niet uit: hier tekent altijd een tweede persoon. Leg vast dat het is opgesteld "
            "en laat het toetsen."
        )
    elif outcome not in FAVOURABLE:
        draft.open_task(
            "toets_achteraf",
            act.id,
            f"Een besluit ({kind}: {outcome.replace('_', ' ')}) is verzonden zonder dat hier staat wie het "
            "toetste. Kijk of een tweede persoon heeft ondertekend.",
            role="bezwaarjurist" if kind == "bezwaar" else "kwaliteitstoetser",
        )
    went_out(draft, act, kind, outcome, channel=channel, remedy=remedy)


# -- the decision on the application -------------------------------------------------------------------


def check_besluit(state: JourneyState, act: Act, data: Besluit) -> None:
    decision_term(state)
    if data.uitkomst != "toegekend" and not data.reden:
        raise Refused(
            f"Een besluit {data.uitkomst.replace('_', ' ')} heeft een reden nodig: vul 'reden' in. "
            "Dit besluit neemt een mens en moet te begrijpen zijn."
        )
    if data.uitkomst == "buiten_behandeling":
        found = state.open_terms("buiten_behandeling")
        if not found or act.effective > found[0].due:
            raise Refused(
                "Buiten behandeling laten kan alleen binnen vier weken nadat een hersteltermijn is afgelopen "
                "(Awb art. 4:5 lid 4). Vraag eerst om aanvulling, of besluit op de inhoud."
            )
    check_signed(state, "aanvraag", data.uitkomst)


def besluit_bekendgemaakt(draft: Draft, act: Act, data: Besluit) -> None:
    """The effective day is the day of dispatch, and that is what meets the term."""
    term = decision_term(draft.state)
    application = draft.state.income.application
    if data.uitkomst == "buiten_behandeling":
        draft.meet("buiten_behandeling", act.effective)
    draft.fulfil(term, act.effective)
    draft.cancel(("voorschot", "buiten_behandeling"), "er is besloten op de aanvraag")
    cancel_repairs(draft, "er is besloten op de aanvraag")
    draft.set(decision=data.uitkomst)
    send_decision(draft, act, "aanvraag", data.uitkomst, channel=data.wijze)
    _not_too_far_back(draft, act, data)
    scheme = application.scheme if application else "pw"
    if data.uitkomst == "toegekend" and scheme != "nug":
        benefit = Benefit(scheme=scheme, since=data.ingang)
        draft.set(income=draft.state.income.model_copy(update={"benefit": benefit}))


def _not_too_far_back(draft: Draft, act: Act, data: Besluit) -> None:
    """A grant can reach back three months before the melding (Pw 44 lid 5), and no further."""
    reported = draft.state.benefit_reported_on
    if (
        data.uitkomst != "toegekend"
        or data.ingang is None
        or reported is None
        or not draft.knows(_FURTHEST_BACK)
    ):
        return
    earliest = compute(draft.policy.term(_FURTHEST_BACK), reported, draft.days).legal_end
    if data.ingang < earliest:
        draft.open_task(
            "ingangsdatum",
            act.id,
            f"De bijstand gaat in op {say(data.ingang)}, en dat is meer dan drie maanden voor de melding van "
            f"{say(reported)}: niet eerder dan {say(earliest)} (Participatiewet art. 44 lid 5). Controleer de datum.",
            role="kwaliteitstoetser",
        )


# -- notified and delivered ----------------------------------------------------------------------------


def _sent(state: JourneyState, act_id: str) -> SentDecision | None:
    sent = state.income.sent
    if not act_id:
        return sent[-1] if sent else None
    return next((item for item in sent if item.act == act_id), None)


def _note(draft: Draft, item: SentDecision, **changes: date) -> None:
    income = draft.state.income
    changed = item.model_copy(update=changes)
    sent = tuple(changed if other.act == item.act else other for other in income.sent)
    draft.set(income=income.model_copy(update={"sent": sent}))


def check_kennisgeving(state: JourneyState, act: Act, data: Kennisgeving) -> None:
    if _sent(state, data.stuk) is None:
        raise Refused(
            "Er is geen verzonden besluit waar deze kennisgeving bij hoort. Leg eerst vast dat het verzonden is."
        )


def kennisgeving_verzonden(draft: Draft, act: Act, data: Kennisgeving) -> None:
    item = _sent(draft.state, data.stuk)
    assert item is not None
    _note(draft, item, notified_on=act.effective)


def besluit_bezorgd(draft: Draft, act: Act, data: Bezorging) -> None:
    item = _sent(draft.state, data.stuk)
    if item is None:
        draft.open_task(
            "bezorging",
            act.id,
            "Er is bericht over de bezorging van een stuk dat hier niet bekend is. Zoek het uit.",
        )
        return
    if data.aangekomen:
        _note(draft, item, delivered_on=act.effective)
        return
    _note(draft, item, returned_on=act.effective)
    draft.open_task(
        "besluit_niet_bezorgd",
        act.id,
        f"Het besluit van {say(item.sent_on)} kwam niet aan. Controleer het adres en maak het opnieuw bekend; "
        "een te laat bezwaar wordt dan mogelijk niet tegengeworpen.",
        role="inkomensconsulent",
    )


ACTS = (
    ActSpec(
        name="besluit_opgesteld",
        label="Besluit opgesteld",
        origin="eigen",
        roles=WRITES,
        stages=ALL_STAGES,
        data=BesluitOpgesteld,
        check=check_opgesteld,
        rule=besluit_opgesteld,
        why="Geschreven is nog niet verzonden: de termijn loopt door",
    ),
    ActSpec(
        name="besluit_getoetst",
        label="Besluit getoetst",
        origin="eigen",
        roles=SIGNS,
        stages=ALL_STAGES,
        data=BesluitGetoetst,
        check=check_getoetst,
        rule=besluit_getoetst,
        why="Wie schrijft, ondertekent niet: een tweede persoon kijkt mee",
    ),
    ActSpec(
        name="besluit_bekendgemaakt",
        label="Besluit bekendgemaakt",
        origin="eigen",
        roles=DECIDES,
        stages=ALL_STAGES,
        data=Besluit,
        check=check_besluit,
        rule=besluit_bekendgemaakt,
        negative=True,
        may_arm=("bezwaar_indienen",),
        why="Awb art. 3:41: verzonden, niet klaargelegd; altijd door een mens",
    ),
    ActSpec(
        name="kennisgeving_verzonden",
        label="Kennisgeving verzonden",
        origin="eigen",
        roles=DECIDES | {"uitkeringsadministratie", "bezwaarjurist"},
        stages=ALL_STAGES,
        data=Kennisgeving,
        check=check_kennisgeving,
        rule=kennisgeving_verzonden,
        why="Awb art. 2:10 en 2:22: zonder kennisgeving wordt een te late reactie niet tegengeworpen",
    ),
    ActSpec(
        name="besluit_bezorgd",
        label="Besluit bezorgd of teruggekomen",
        origin="van_buiten",
        roles=ANYONE,
        stages=ALL_STAGES,
        data=Bezorging,
        rule=besluit_bezorgd,
        why="Verzonden, kennisgegeven en bezorgd zijn drie dingen",
    ),
)
