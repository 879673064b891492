"""Is the application complete? The completion term (hersteltermijn) and what else stops the decision's clock."""

from collections.abc import Iterable
from datetime import date
from typing import Literal

from pydantic import Field

from domain.acts import Reason
from domain.base import Frozen
from domain.calendars import ONE_DAY, say
from domain.declaration import ALL_STAGES, ActSpec
from domain.draft import Draft
from domain.happenings import Act, Actor, Refused
from domain.income import Application, Document
from domain.journey import Deadline, JourneyState, Suspension, TermStatus, Track
from domain.policy import Policy
from domain.roles import ANYONE, INCOME
from domain.terms import suspended_days, unused_days
from domain.topics import moments
from domain.topics.income import decision_term, repairs

COMPLETION = "aanvulling"


class AanvullingGevraagd(Frozen):
    uiterlijk: date | None = Field(
        default=None, description="Laatste dag om aan te vullen; leeg: wat het beleid geeft"
    )
    stukken: tuple[str, ...] = Field(min_length=1, description="Codes van de gevraagde stukken")


class AanvullingOntvangen(Frozen):
    compleet: bool = Field(default=True, description="Alles wat gevraagd was is er")
    stukken: tuple[str, ...] = Field(
        default=(), description="Codes van wat kwam; leeg: alles wat gevraagd was"
    )
    deels: tuple[str, ...] = Field(default=(), description="Codes van wat voor een deel kwam")


class AanvullingUitstel(Frozen):
    uiterlijk: date = Field(description="Nieuwe laatste dag om aan te vullen")
    reden: str = Reason


class Opgeschort(Frozen):
    grond: Literal["instemming", "toedoen_aanvrager", "overmacht"]
    tot: date = Field(description="Laatste dag waarop de termijn stilstaat, zo ver als nu bekend")
    termijn: str = Field(default="", description="Welke termijn; leeg: die van het besluit op de aanvraag")
    medegedeeld: bool = Field(default=False, description="De aanvrager heeft bericht gekregen")
    reden: str = Reason


class Hervat(Frozen):
    termijn: str = Field(default="", description="Welke termijn; leeg: die van het besluit op de aanvraag")


def days_still(invited: date, completed: date, policy: Policy) -> int:
    """How many days a decision term stood still, by the reading that policy chose (Awb 4:15 lid 1)."""
    return suspended_days(invited, completed, policy.readings["opschorting_aanvulling"])


# -- documents -----------------------------------------------------------------------------------------


def check_aanvulling_gevraagd(state: JourneyState, act: Act, data: AanvullingGevraagd) -> None:
    term = decision_term(state)
    if term.status is TermStatus.SUSPENDED and term.suspensions[-1].ground != COMPLETION:
        raise Refused(
            f"De beslistermijn staat al stil tot en met {say(term.suspensions[-1].until)} om een andere reden. "
            "Leg eerst vast dat de termijn weer loopt."
        )
    if act.effective > term.due and term.status is not TermStatus.SUSPENDED:
        raise Refused(
            f"Vragen om aanvulling kan alleen zolang de beslistermijn loopt: die liep af op {say(term.due)}. "
            "Besluit op wat er ligt."
        )
    if data.uiterlijk is not None:
        _after_letter(data.uiterlijk, act.effective)


def _refuse_what_is_known(policy: Policy, codes: Iterable[str]) -> None:
    for key, where in (("niet_opvragen_brp", "de BRP"), ("niet_opvragen_polis", "de polisadministratie")):
        listed = policy.values.get(key)
        known = [code for code in codes if isinstance(listed, list) and code in listed]
        if known:
            raise Refused(
                f"{' en '.join(known)} mag niet gevraagd worden: dat staat in {where}, en wat de overheid al "
                "heeft vraagt zij niet nog eens (Participatiewet art. 53a lid 1). Kijk daar en laat dit uit de brief."
            )


def _after_letter(last: date, letter: date) -> None:
    if last <= letter:
        raise Refused(
            f"De laatste dag om aan te vullen ({say(last)}) moet na de dag van de brief liggen "
            f"({say(letter)}). Kies een latere dag."
        )


def aanvulling_gevraagd(draft: Draft, act: Act, data: AanvullingGevraagd) -> None:
    """Awb 4:5 with 4:15 lid 1: the letter starts the completion term and stops the decision's clock.

    A second letter while the first still runs asks for more and sets a later last day.
    """
    _refuse_what_is_known(draft.policy, data.stukken)
    term = decision_term(draft.state)
    draft.cancel(("buiten_behandeling",), "er is opnieuw om aanvulling gevraagd")
    _ask(draft, data.stukken, act.effective)
    until = _repair_until(draft, act, data)
    if term.status is TermStatus.SUSPENDED:
        _stand_still_until(draft, term, max(until, term.suspensions[-1].until))
    else:
        draft.suspend(term, since=act.effective, until=until, by=act.by, why="aanvulling gevraagd (Awb 4:5)")


def _repair_until(draft: Draft, act: Act, data: AanvullingGevraagd) -> date:
    """Start the completion term with the letter; of two letters the longest term holds."""
    if not draft.knows("hersteltermijn"):
        if data.uiterlijk is None:
            raise Refused(
                "Er is geen vaste hersteltermijn. Vul bij 'uiterlijk' de laatste dag om aan te vullen in."
            )
        return data.uiterlijk
    before = next(iter(repairs(draft)), None)
    fresh = draft.arm("hersteltermijn", act.effective, track=Track.INKOMEN, until=data.uiterlijk, quiet=True)
    if before is None:
        return fresh.due
    draft.cancel_term(before, "er is een tweede brief")
    if before.due > fresh.due:
        fresh = draft.move(fresh, set_end=before.due, text="de langste hersteltermijn van twee brieven")
    return fresh.due


def _stand_still_until(draft: Draft, term: Deadline, until: date) -> None:
    line = term.suspensions[-1].model_copy(update={"until": until})
    draft.set_term(term.model_copy(update={"suspensions": (*term.suspensions[:-1], line)}))


def _application(draft: Draft) -> Application | None:
    return draft.state.income.application


def _keep(draft: Draft, documents: dict[str, Document]) -> None:
    application = _application(draft)
    if application is not None:
        kept = application.model_copy(update={"documents": tuple(documents.values())})
        draft.set(income=draft.state.income.model_copy(update={"application": kept}))


def _documents(draft: Draft) -> dict[str, Document]:
    application = _application(draft)
    return {item.code: item for item in application.documents} if application else {}


def _ask(draft: Draft, codes: Iterable[str], on: date) -> None:
    """Write down what a letter asks; what came whole before and is asked again is missing again."""
    documents = _documents(draft)
    for code in dict.fromkeys(codes):
        before = documents.get(code)
        documents[code] = Document(code=code, asked_on=on, partly_on=before.partly_on if before else None)
    _keep(draft, documents)


def _receive(draft: Draft, data: AanvullingOntvangen, on: date) -> bool:
    """Write down what came. Returns whether everything that was asked is there."""
    documents = _documents(draft)
    application = _application(draft)
    asked = application.missing() if application else []
    whole = data.stukken or (tuple(asked) if data.compleet and not data.deels else ())
    for code in whole:
        documents[code] = documents.get(code, Document(code=code)).model_copy(update={"received_on": on})
    for code in data.deels:
        documents[code] = documents.get(code, Document(code=code)).model_copy(update={"partly_on": on})
    _keep(draft, documents)
    application = _application(draft)
    if application is None or not application.documents:
        return data.compleet and not data.deels
    return data.compleet and not application.missing()


def aanvulling_ontvangen(draft: Draft, act: Act, data: AanvullingOntvangen) -> None:
    """Invited I, completed C: the term stood still C - I - 1 days (reading opschorting_aanvulling)."""
    complete = _receive(draft, data, act.effective)
    term = draft.state.application_term()
    line = _last_completion(term)
    if term is None or line is None:
        _unasked(draft, act)
        return
    if term.status is TermStatus.SUSPENDED:
        if complete:
            ended = min(max(act.effective, line.since), line.until)
            draft.resume(term, ended=ended, days=days_still(line.since, ended, draft.policy))
            for repair in repairs(draft):
                draft.fulfil(repair, ended)
        return
    if line.ended == line.until and act.effective <= line.until:
        if complete:
            _in_time_after_all(draft, term, line, act)
        return
    if not complete and line.ended != line.until:
        return
    _unasked(draft, act)


def _last_completion(term: Deadline | None) -> Suspension | None:
    line = term.suspensions[-1] if term and term.suspensions else None
    return line if line and line.ground == COMPLETION else None


def _unasked(draft: Draft, act: Act) -> None:
    draft.open_task(
        "stukken",
        act.id,
        "Er zijn stukken binnen waar geen vraag meer om liep. Bekijk ze en betrek ze bij het besluit.",
    )


def _in_time_after_all(draft: Draft, term: Deadline, line: Suspension, act: Act) -> None:
    """In time but recorded after the completion term: the law counts the day of receipt."""
    draft.resume(term, ended=act.effective, days=days_still(line.since, act.effective, draft.policy))
    draft.cancel(("buiten_behandeling",), "de aanvulling was op tijd")
    _close(draft, f"aanvulling_uitgebleven:{term.id}/{len(term.suspensions)}", act.by, act.effective)


def _close(draft: Draft, task_id: str, by: Actor, on: date) -> None:
    draft.close_tasks(task_id, by=by, on=on, outcome="alsnog op tijd ontvangen")


def completion_ran_out(draft: Draft, term: Deadline) -> None:
    """The completion term passed unused: the clock goes on, H - I days later, and a person decides."""
    line = term.suspensions[-1]
    draft.resume(term, ended=line.until, days=unused_days(line.since, line.until))
    for repair in repairs(draft):
        draft.lapse(repair)
    draft.cancel(("buiten_behandeling",), "er liep een nieuwe hersteltermijn af")
    untreated = ""
    if draft.knows("buiten_behandeling"):
        last = draft.arm("buiten_behandeling", line.until, track=Track.INKOMEN)
        untreated = f": bekendmaken uiterlijk {say(last.due)}"
    application = _application(draft)
    missing = application.missing() if application else []
    what = f"Niet binnen: {', '.join(missing)}. " if missing else ""
    draft.open_task(
        "aanvulling_uitgebleven",
        f"{term.id}/{len(term.suspensions)}",
        f"De gevraagde aanvulling is op {say(line.until)} niet binnen. {what}Besluit op wat er ligt, of laat de "
        f"aanvraag buiten behandeling (Awb 4:5 lid 4{untreated}).",
        role="consulent",
    )


def too_late_to_leave_untreated(draft: Draft, term: Deadline) -> None:
    draft.open_task(
        "besluit_op_inhoud",
        term.id,
        f"De aanvraag buiten behandeling laten kon tot en met {say(term.due)} en kan nu niet meer (Awb 4:5 "
        "lid 4). Besluit op de inhoud.",
        role="consulent",
    )
    draft.cancel_term(draft.state.term(term.id) or term, "nu is een besluit op de inhoud nodig")


def check_uitstel(state: JourneyState, act: Act, data: AanvullingUitstel) -> None:
    term = decision_term(state)
    line = _last_completion(term)
    if line is None or term.status is not TermStatus.SUSPENDED:
        raise Refused(
            "Er loopt geen hersteltermijn die langer kan worden. Vraag opnieuw om aanvulling met een nieuwe brief."
        )
    if data.uiterlijk <= line.until:
        raise Refused(
            f"De nieuwe laatste dag ({say(data.uiterlijk)}) moet na de huidige liggen ({say(line.until)}). "
            "Kies een latere dag."
        )


def aanvulling_uitstel(draft: Draft, act: Act, data: AanvullingUitstel) -> None:
    term = decision_term(draft.state)
    _stand_still_until(draft, term, data.uiterlijk)
    for repair in repairs(draft):
        draft.move(repair, set_end=data.uiterlijk, text=f"hersteltermijn: tot en met {say(data.uiterlijk)}")


# -- other reasons to stand still (Awb 4:15 lid 2) -----------------------------------------------------


def _chosen(state: JourneyState, key: str) -> Deadline:
    if not key:
        return decision_term(state)
    found = state.open_terms(key)
    if not found:
        keys = ", ".join(dict.fromkeys(term.term for term in state.open_terms())) or "geen"
        raise Refused(f"Termijn {key!r} loopt niet. Lopende termijnen: {keys}. Kies een daarvan.")
    return found[0]


def check_opgeschort(state: JourneyState, act: Act, data: Opgeschort) -> None:
    term = _chosen(state, data.termijn)
    if term.status is TermStatus.SUSPENDED:
        raise Refused(
            f"Deze termijn staat al stil tot en met {say(term.suspensions[-1].until)}. Leg eerst vast dat hij "
            "weer loopt."
        )
    if act.effective > term.due:
        raise Refused(
            f"Opschorten kan alleen zolang de termijn loopt: die liep af op {say(term.due)}. "
            "Besluit op wat er ligt."
        )
    if data.tot < act.effective:
        raise Refused(
            f"De laatste dag ({say(data.tot)}) ligt voor de eerste dag ({say(act.effective)}). Controleer ze."
        )


def beslistermijn_opgeschort(draft: Draft, act: Act, data: Opgeschort) -> None:
    """The effective day is the first one on which the clock stands still, and it counts."""
    term = _chosen(draft.state, data.termijn)
    rule = draft.rule_of(term)
    if not rule.suspendable:
        raise Refused(
            f"{rule.description} kan niet opgeschort worden ({rule.source}). Rond af wat open staat."
        )
    draft.suspend(
        term, since=act.effective - ONE_DAY, until=data.tot, by=act.by, why=data.reden, ground=data.grond
    )
    if data.grond != "instemming" and not data.medegedeeld:
        draft.open_task(
            "opschorting_meedelen",
            act.id,
            f"{rule.description} staat stil vanaf {say(act.effective)}. Deel dit de aanvrager zo snel mogelijk "
            "mee (Awb 4:15 lid 3).",
            role="consulent",
        )


def check_hervat(state: JourneyState, act: Act, data: Hervat) -> None:
    term = _chosen(state, data.termijn)
    line = term.suspensions[-1] if term.suspensions else None
    if term.status is not TermStatus.SUSPENDED or line is None:
        raise Refused("Deze termijn staat niet stil. Er is niets te hervatten.")
    if line.ground == COMPLETION:
        raise Refused(
            "Deze termijn wacht op aanvulling. Leg vast dat de aanvulling is ontvangen; dan loopt hij weer."
        )
    if act.effective <= line.since:
        raise Refused(
            f"De termijn stond pas stil vanaf {say(line.since + ONE_DAY)}. Kies een latere dag, of trek de "
            "opschorting in."
        )


def beslistermijn_hervat(draft: Draft, act: Act, data: Hervat) -> None:
    """The effective day is the first one on which the clock runs again."""
    term = _chosen(draft.state, data.termijn)
    _run_again(draft, term, min(act.effective - ONE_DAY, term.suspensions[-1].until))


def stood_still_to_the_end(draft: Draft, term: Deadline) -> None:
    _run_again(draft, term, term.suspensions[-1].until)


def _run_again(draft: Draft, term: Deadline, last: date) -> None:
    line = term.suspensions[-1]
    draft.resume(term, ended=last, days=unused_days(line.since, last))
    moved = draft.state.term(term.id) or term
    draft.open_task(
        "termijn_meedelen",
        f"{term.id}/{len(term.suspensions)}",
        f"De beslistermijn loopt weer, tot en met {say(moved.due)}. Deel dit de aanvrager mee (Awb 4:15 lid 4). "
        "Duurt de oorzaak voort? Leg dan een nieuwe opschorting vast.",
        role="consulent",
    )


moments.STILL_OVER[COMPLETION] = completion_ran_out
for _ground in ("instemming", "toedoen_aanvrager", "overmacht"):
    moments.STILL_OVER[_ground] = stood_still_to_the_end
moments.BREACHED["buiten_behandeling"] = too_late_to_leave_untreated


ACTS = (
    ActSpec(
        name="aanvulling_ontvangen",
        label="Aanvulling ontvangen",
        origin="van_buiten",
        roles=ANYONE,
        stages=ALL_STAGES,
        data=AanvullingOntvangen,
        rule=aanvulling_ontvangen,
        why="Awb art. 4:15: de beslistermijn loopt weer als alles er is",
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
        may_arm=("hersteltermijn",),
        why="Awb art. 4:5 en 4:15: de brief gaat uit en de beslistermijn staat stil",
    ),
    ActSpec(
        name="aanvulling_uitstel",
        label="Uitstel voor aanvulling gegeven",
        origin="eigen",
        roles=INCOME,
        stages=ALL_STAGES,
        data=AanvullingUitstel,
        check=check_uitstel,
        rule=aanvulling_uitstel,
        why="De inwoner vraagt meer tijd; de beslistermijn staat langer stil",
    ),
    ActSpec(
        name="beslistermijn_opgeschort",
        label="Beslistermijn opgeschort",
        origin="eigen",
        roles=INCOME | {"bezwaarjurist"},
        stages=ALL_STAGES,
        data=Opgeschort,
        check=check_opgeschort,
        rule=beslistermijn_opgeschort,
        why="Awb art. 4:15 lid 2: schriftelijke instemming, toedoen van de aanvrager of overmacht",
    ),
    ActSpec(
        name="beslistermijn_hervat",
        label="Beslistermijn loopt weer",
        origin="eigen",
        roles=INCOME | {"bezwaarjurist"},
        stages=ALL_STAGES,
        data=Hervat,
        check=check_hervat,
        rule=beslistermijn_hervat,
        why="Awb art. 4:15 lid 4: de oorzaak is weg",
    ),
)
