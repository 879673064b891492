"""The application: advance, completion, decision and default notice (spoor inkomen)."""

from datetime import date
from typing import Literal

from pydantic import Field

from domain.acts import Nothing, Reason
from domain.base import Frozen
from domain.calendars import say
from domain.declaration import ALL_STAGES, OPEN_STAGES, ActSpec
from domain.draft import Draft
from domain.happenings import Act, Refused
from domain.journey import Deadline, JourneyState, Owner, TermStatus, Track
from domain.roles import ANYONE, DECIDES, INCOME
from domain.terms import suspended_days, unused_days


class AanvullingGevraagd(Frozen):
    uiterlijk: date = Field(description="Laatste dag om aan te vullen")
    stukken: tuple[str, ...] = Field(min_length=1, description="Codes van de gevraagde stukken")


class AanvullingOntvangen(Frozen):
    compleet: bool = True


class Besluit(Frozen):
    uitkomst: Literal["toegekend", "afgewezen", "buiten_behandeling"]
    reden: str = Field(default="", max_length=200)


class Ingebrekestelling(Frozen):
    termijn: str = Field(default="besluit_aanvraag", description="Welke termijn verstreken zou zijn")


class VoorschotGestopt(Frozen):
    reden: str = Reason


def aanvraag_ingediend(draft: Draft, act: Act, data: Nothing) -> None:
    state = draft.state
    if state.open_terms("besluit_aanvraag"):
        draft.open_task(
            "tweede_aanvraag",
            act.id,
            "Er is een tweede aanvraag terwijl er al een loopt. Bekijk of het dezelfde is.",
            role="consulent",
        )
        return
    draft.set(
        application_on=act.effective,
        decision="",
        owners={Track.INKOMEN: Owner(team=draft.policy.income_team), **state.owners},
    )
    draft.arm("voorschot", act.effective, track=Track.INKOMEN)
    draft.arm("besluit_aanvraag", act.effective, track=Track.INKOMEN)


def voorschot_betaald(draft: Draft, act: Act, data: Nothing) -> None:
    """The next advance counts from the earlier of payment and raw due date, or it drifts (Pw 52 lid 1)."""
    for paid in draft.meet("voorschot", act.effective):
        if draft.state.open_terms("besluit_aanvraag"):
            draft.arm("voorschot", min(act.effective, paid.dates.raw_end), track=Track.INKOMEN)


def check_advance(state: JourneyState, act: Act, data: Nothing) -> None:
    if not state.open_terms("voorschot"):
        raise Refused(
            "Een voorschot kan nu niet geboekt worden: er loopt geen aanvraag waarop een voorschot hoort. "
            "Leg eerst de aanvraag vast."
        )


def _decision_term(state: JourneyState) -> Deadline:
    found = state.open_terms("besluit_aanvraag")
    if not found:
        raise Refused("Er loopt geen aanvraag waarover nog besloten moet worden. Leg eerst de aanvraag vast.")
    return found[0]


def check_aanvulling_gevraagd(state: JourneyState, act: Act, data: AanvullingGevraagd) -> None:
    term = _decision_term(state)
    if term.status is TermStatus.SUSPENDED:
        raise Refused(
            "De beslistermijn staat al stil. Leg eerst vast dat de aanvulling binnen is, of trek de vorige "
            "vraag om aanvulling in."
        )
    if act.effective > term.due:
        raise Refused(
            f"Vragen om aanvulling kan alleen zolang de beslistermijn loopt: die liep af op {say(term.due)}. "
            "Besluit op wat er ligt."
        )
    if data.uiterlijk <= act.effective:
        raise Refused(
            f"De laatste dag om aan te vullen ({say(data.uiterlijk)}) moet na de dag van de brief liggen "
            f"({say(act.effective)}). Kies een latere dag."
        )


def aanvulling_gevraagd(draft: Draft, act: Act, data: AanvullingGevraagd) -> None:
    """Awb 4:5 with 4:15 lid 1: the decision term stands still from the day after the invitation."""
    term = _decision_term(draft.state)
    if term.status is not TermStatus.SUSPENDED:
        draft.suspend(
            term, since=act.effective, until=data.uiterlijk, by=act.by, why="aanvulling gevraagd (Awb 4:5)"
        )


def aanvulling_ontvangen(draft: Draft, act: Act, data: AanvullingOntvangen) -> None:
    """Invited I, completed C: the term stood still C - I - 1 days (reading opschorting_aanvulling)."""
    open_terms = draft.state.open_terms("besluit_aanvraag")
    found = [term for term in open_terms if term.status is TermStatus.SUSPENDED]
    if not found or not data.compleet:
        for term in open_terms:
            line = term.suspensions[-1] if term.suspensions else None
            if data.compleet and line and line.ended == line.until and act.effective <= line.until:
                # In time but recorded after the completion term: the law counts the day of receipt.
                days = suspended_days(line.since, act.effective, _reading(draft, line.since))
                draft.resume(term, ended=act.effective, days=days)
                return
        if not found:
            draft.open_task("stukken", act.id, "Er zijn stukken binnen waar geen vraag om liep. Bekijk ze.")
        return
    line = found[0].suspensions[-1]
    ended = min(max(act.effective, line.since), line.until)
    days = suspended_days(line.since, ended, _reading(draft, line.since))
    draft.resume(found[0], ended=ended, days=days)


def _reading(draft: Draft, invited: date) -> str:
    return draft.policy.on(invited).readings.get("opschorting_aanvulling", "")


def completion_ran_out(draft: Draft, term: Deadline) -> None:
    """The completion term passed unused: the clock goes on, H - I days later, and a person decides."""
    line = term.suspensions[-1]
    draft.resume(term, ended=line.until, days=unused_days(line.since, line.until))
    draft.open_task(
        "aanvulling_uitgebleven",
        f"{term.id}/{len(term.suspensions)}",
        f"De gevraagde aanvulling is op {say(line.until)} niet binnen. Besluit op wat er ligt, of laat de "
        "aanvraag buiten behandeling (Awb 4:5 lid 4: binnen vier weken bekendmaken).",
        role="consulent",
    )


def check_besluit(state: JourneyState, act: Act, data: Besluit) -> None:
    _decision_term(state)
    if data.uitkomst != "toegekend" and not data.reden:
        raise Refused(
            f"Een besluit {data.uitkomst.replace('_', ' ')} heeft een reden nodig: vul 'reden' in. "
            "Dit besluit neemt een mens en moet te begrijpen zijn."
        )


def besluit_bekendgemaakt(draft: Draft, act: Act, data: Besluit) -> None:
    draft.meet("besluit_aanvraag", act.effective)
    draft.cancel(("voorschot", "ingebrekestelling"), "er is besloten op de aanvraag")
    draft.set(decision=data.uitkomst)


def aanvraag_ingetrokken(draft: Draft, act: Act, data: Nothing) -> None:
    if not draft.state.open_terms("besluit_aanvraag"):
        draft.open_task(
            "aanvraag", act.id, "Een aanvraag is ingetrokken, maar er liep er geen. Zoek uit wat bedoeld is."
        )


def ingebrekestelling_ontvangen(draft: Draft, act: Act, data: Ingebrekestelling) -> None:
    """The afdelingshoofd hears the same day, with the amount (Awb 4:17)."""
    running = draft.state.open_terms(data.termijn)
    premature = not any(term.status is TermStatus.BREACHED for term in running)
    if running and not premature:
        armed = draft.arm("ingebrekestelling", act.effective, track=Track.INKOMEN)
        text = (
            f"Ingebrekestelling over {data.termijn}. Besluit uiterlijk {say(armed.due)}; daarna loopt de "
            f"dwangsom op tot ten hoogste € {draft.policy.on(armed.due).dwangsom.maximum_euro}."
        )
    else:
        text = (
            f"Ingebrekestelling over {data.termijn}, maar die termijn is niet verstreken. "
            "Beantwoord de brief."
        )
    ladder = draft.policy.ladders[draft.policy.term("ingebrekestelling").term_class]
    for role in ladder.on_default_notice:
        draft.tell_story("escalated", role=role, term="ingebrekestelling", text=text, act_id=act.id)
        draft.send(f"ingebrekestelling/{act.id}/{role}", role, "termijn", text=text, track=Track.INKOMEN)
    if premature:
        draft.open_task("ingebrekestelling", act.id, text, role="consulent")


ACTS = (
    ActSpec(
        name="aanvraag_ingediend",
        label="Aanvraag ingediend",
        origin="van_buiten",
        roles=ANYONE,
        stages=OPEN_STAGES,
        rule=aanvraag_ingediend,
        plannable=False,
        why="Participatiewet art. 41; start voorschot en beslistermijn, ook als UWV hem laat doorgeeft",
    ),
    ActSpec(
        name="aanvraag_ingetrokken",
        label="Aanvraag ingetrokken",
        origin="van_buiten",
        roles=ANYONE,
        stages=ALL_STAGES,
        rule=aanvraag_ingetrokken,
        cancels=("voorschot", "besluit_aanvraag", "ingebrekestelling"),
        why="De inwoner ziet er zelf van af",
    ),
    ActSpec(
        name="aanvulling_ontvangen",
        label="Aanvulling ontvangen",
        origin="van_buiten",
        roles=ANYONE,
        stages=ALL_STAGES,
        data=AanvullingOntvangen,
        rule=aanvulling_ontvangen,
        why="Awb art. 4:15: de beslistermijn loopt weer",
    ),
    ActSpec(
        name="ingebrekestelling_ontvangen",
        label="Ingebrekestelling ontvangen",
        origin="van_buiten",
        roles=ANYONE,
        stages=ALL_STAGES,
        data=Ingebrekestelling,
        rule=ingebrekestelling_ontvangen,
        why="Awb art. 4:17: na twee weken loopt een dwangsom",
    ),
    ActSpec(
        name="voorschot_betaald",
        label="Voorschot betaald",
        origin="eigen",
        roles=INCOME | {"uitkeringsadministratie"},
        stages=ALL_STAGES,
        check=check_advance,
        rule=voorschot_betaald,
        why="Participatiewet art. 52: betaald, niet klaargezet",
    ),
    ActSpec(
        name="voorschot_gestopt",
        label="Voorschot gestopt",
        origin="eigen",
        roles=DECIDES,
        stages=ALL_STAGES,
        data=VoorschotGestopt,
        check=check_advance,
        cancels=("voorschot",),
        negative=True,
        why="Participatiewet art. 52 lid 1 a en b: een gemotiveerd besluit van een mens",
    ),
    ActSpec(
        name="aanvulling_gevraagd",
        label="Aanvulling gevraagd",
        origin="eigen",
        roles=INCOME,
        stages=ALL_STAGES,
        data=AanvullingGevraagd,
        check=check_aanvulling_gevraagd,
        rule=aanvulling_gevraagd,
        why="Awb art. 4:5 en 4:15: de beslistermijn staat stil",
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
        why="Awb art. 3:41: verzonden, niet klaargelegd; altijd door een mens",
    ),
)
