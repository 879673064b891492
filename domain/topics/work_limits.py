"""Work with support: group and register, loonwaarde, loonkostensubsidie (LKS), guaranteed job, job coach.

Sources: Participatiewet (Pw) art. 10, 10c and 10d; Wfsv art. 38b. A journey knows dates and outcomes; the
loonwaarde itself and what limits somebody stand elsewhere.
"""

from datetime import date
from typing import Any, Literal

from pydantic import Field

from domain.acts import Nothing, Reason
from domain.base import Frozen
from domain.calendars import say
from domain.declaration import ALL_STAGES, OPEN_STAGES, ActSpec
from domain.draft import Draft
from domain.facts import JA, NEE
from domain.happenings import Act, Refused
from domain.journey import Deadline, JourneyState, Stage
from domain.roles import ANYONE, COACH, DECIDES
from domain.sides import SupportedWork
from domain.topics.exits import JOBS, reopen
from domain.topics.moments import ENDED
from domain.topics.routing import record
from domain.topics.sent_decisions import went_out

REVIEW = "doelgroep_jaarlijkse_toets"
Form = Literal["loonwaarde", "forfaitair"]


class Groep(Frozen):
    hoort_erbij: bool


class Loonwaarde(Frozen):
    afgezien: bool = Field(default=False, description="Van het vaststellen is afgezien (Pw art. 10d)")


class LksBesluit(Frozen):
    uitkomst: Literal["toegekend", "afgewezen"]
    vorm: Form = "loonwaarde"
    reden: str = Field(default="", max_length=200)


class Voorziening(Frozen):
    soort: Literal["jobcoach", "werkplekaanpassing", "vervoer", "meeneembare_voorziening", "andere"] = (
        "andere"
    )
    door: Literal["inwoner", "werkgever"] = "inwoner"


class VoorzieningBesluit(Frozen):
    uitkomst: Literal["toegekend", "afgewezen"]
    reden: str = Field(default="", max_length=200)


class JobcoachGestopt(Frozen):
    reden: str = Reason


def _known(state: JourneyState) -> SupportedWork:
    return state.supported_work or SupportedWork()


def _requests(state: JourneyState) -> list[Deadline]:
    """The requests for a provision; an application without benefit (nug) has the same term, and its own acts."""
    application = state.income.application
    own = application.term if application else ""
    return [term for term in state.open_terms("voorziening_besluit") if term.id != own]


def _keep(draft: Draft, **changes: Any) -> None:
    draft.set(supported_work=_known(draft.state).model_copy(update=changes))


# -- facts from outside --------------------------------------------------------------------------------


def lks_groep_verzocht(draft: Draft, act: Act, data: Nothing) -> None:
    """Once in twelve months (Pw 10c lid 2); an earlier one is recorded and judged by a person."""
    running = draft.state.open_terms("lks_groep_verzoek")
    if running:
        text = (
            f"Er is opnieuw gevraagd of de inwoner bij de doelgroep hoort, terwijl een nieuw verzoek kan vanaf "
            f"{say(running[0].due)} (Participatiewet art. 10c lid 2). Bekijk of er iets veranderd is."
        )
    else:
        draft.arm("lks_groep_verzoek", act.effective)
        text = (
            "Er is gevraagd of de inwoner bij de doelgroep loonkostensubsidie hoort (Participatiewet art. 10c). "
            "Stel het vast, zo nodig met UWV."
        )
    draft.open_task("lks_groep", act.id, text)


def lks_gevraagd(draft: Draft, act: Act, data: Nothing) -> None:
    """An application during a job is in time for six months after its start (Pw 10d lid 2)."""
    draft.meet("lks_achteraf", act.effective)
    draft.open_task(
        "loonwaarde",
        act.id,
        "Er is loonkostensubsidie gevraagd. Laat de loonwaarde vaststellen of zie daarvan af; daarna loopt de "
        "termijn van het besluit (Participatiewet art. 10d).",
    )


def lks_ingetrokken(draft: Draft, act: Act, data: Nothing) -> None:
    """A job that goes on without subsidy may still ask for it within its six months."""
    state = draft.state
    asked = state.open_tasks("loonwaarde")
    if not asked and not state.open_terms("lks_besluit"):
        draft.open_task(
            "lks", act.id, "Een verzoek om loonkostensubsidie is ingetrokken, maar er liep er geen."
        )
    draft.close_tasks("loonwaarde", by=act.by, on=act.effective, outcome="het verzoek is ingetrokken")
    draft.cancel(("lks_besluit",), "het verzoek is ingetrokken", on=act.effective)


def voorziening_gevraagd(draft: Draft, act: Act, data: Voorziening) -> None:
    draft.arm("voorziening_besluit", act.effective)


def voorziening_ingetrokken(draft: Draft, act: Act, data: Nothing) -> None:
    """One request, the oldest, goes; a term for each other one runs on."""
    running = _requests(draft.state)
    if running:
        draft.cancel_term(running[0], "het verzoek is ingetrokken", on=act.effective)
    else:
        draft.open_task(
            "voorziening", act.id, "Een verzoek om een voorziening is ingetrokken, maar er liep er geen."
        )


def ondersteunde_baan_gestart(draft: Draft, act: Act, data: Nothing) -> None:
    """A guaranteed job or one with LKS. Whether the journey moves to aftercare is the coach's own act."""
    if _known(draft.state).job_since is not None:
        draft.open_task(
            "tweede_baan",
            act.id,
            "Er start een tweede baan met ondersteuning. Bekijk wat voor welke baan geldt.",
        )
        return
    _keep(draft, job_since=act.effective)
    subsidy = _known(draft.state).subsidy
    if subsidy == "forfaitair":
        draft.arm("lks_forfaitair", act.effective)
    elif not subsidy and not draft.state.open_terms("lks_besluit"):
        draft.arm("lks_achteraf", act.effective)


def ondersteunde_baan_gestopt(draft: Draft, act: Act, data: Nothing) -> None:
    """The job is over and so is what hung on it. The resident is never left with a closed desk."""
    reopen(draft, act, "De baan met ondersteuning is gestopt", lost=JOBS)
    if _known(draft.state).job_since is None:
        draft.open_task(
            "baan_gestopt",
            act.id,
            "Er stopt een baan met ondersteuning die hier niet bekend is. Zoek het uit.",
        )
        return
    draft.cancel(
        ("lks_achteraf", "lks_forfaitair", "loonwaarde_herhaling"), "de baan met ondersteuning is gestopt"
    )
    _keep(draft, job_since=None, subsidy="", coach_since=None)
    draft.open_task(
        "baan_gestopt",
        act.id,
        "De baan met ondersteuning is gestopt. Bekijk met de inwoner wat nu past en meld het de werkgeverszijde.",
    )


# -- our own acts --------------------------------------------------------------------------------------


def lks_groep_vastgesteld(draft: Draft, act: Act, data: Groep) -> None:
    record(
        draft, "lks_doelgroep", JA if data.hoort_erbij else NEE, act.effective, source="dossier", act=act.id
    )
    draft.close_tasks("lks_groep", by=act.by, on=act.effective, outcome="vastgesteld")
    went_out(draft, act, "lks_groep", "hoort_erbij" if data.hoort_erbij else "hoort_er_niet_bij")


def loonwaarde_vastgesteld(draft: Draft, act: Act, data: Loonwaarde) -> None:
    """Set or set aside: five weeks for the decision (Pw 10d lid 12). Measuring again starts them again."""
    _keep(draft, measured_on=act.effective)
    asked = "loonwaarde", "loonwaarde_na_vast"
    draft.close_tasks(*asked, by=act.by, on=act.effective, outcome="de loonwaarde is bekend")
    draft.cancel(("loonwaarde_herhaling",), "er is opnieuw gemeten")
    if not draft.state.open_terms("lks_besluit"):
        draft.arm("lks_besluit", act.effective)


def check_lks_besluit(state: JourneyState, act: Act, data: LksBesluit) -> None:
    if data.uitkomst == "afgewezen" and not data.reden:
        raise Refused(
            "Een afwijzing heeft een reden nodig: vul 'reden' in. Dit besluit neemt een mens en moet te "
            "begrijpen zijn."
        )
    if data.vorm == "loonwaarde" and data.uitkomst == "toegekend" and _known(state).measured_on is None:
        raise Refused(
            "Loonkostensubsidie naar loonwaarde kan pas als de loonwaarde bekend is. Leg die eerst vast, of kies "
            "de vaste subsidie voor de eerste zes maanden (Participatiewet art. 10d lid 5)."
        )


def lks_besloten(draft: Draft, act: Act, data: LksBesluit) -> None:
    """Granted flat, it lasts six months from the start of the job; by loonwaarde, it is measured again."""
    went_out(draft, act, "lks", data.uitkomst)
    granted = data.uitkomst == "toegekend"
    _keep(draft, subsidy=data.vorm if granted else "afgewezen")
    draft.cancel(("lks_achteraf",), "er is besloten over loonkostensubsidie")
    job_since = _known(draft.state).job_since
    if granted and data.vorm == "forfaitair":
        if job_since is not None and not draft.state.open_terms("lks_forfaitair"):
            draft.arm("lks_forfaitair", job_since)
        return
    draft.cancel(("lks_forfaitair",), "er is besloten op de loonwaarde")
    if granted and not draft.state.open_terms("loonwaarde_herhaling"):
        draft.arm("loonwaarde_herhaling", _known(draft.state).measured_on or act.effective)


def check_voorziening(state: JourneyState, act: Act, data: VoorzieningBesluit) -> None:
    if not _requests(state):
        raise Refused("Er staat geen verzoek om een voorziening open. Leg eerst het verzoek vast.")
    if data.uitkomst == "afgewezen" and not data.reden:
        raise Refused(
            "Een afwijzing heeft een reden nodig: vul 'reden' in. Dit besluit neemt een mens en moet te "
            "begrijpen zijn."
        )


def voorziening_besloten(draft: Draft, act: Act, data: VoorzieningBesluit) -> None:
    draft.fulfil(_requests(draft.state)[0], act.effective)
    went_out(draft, act, "voorziening", data.uitkomst)


def jobcoach_ingezet(draft: Draft, act: Act, data: Nothing) -> None:
    _keep(draft, coach_since=act.effective)
    keep_review(draft, act.effective)


def check_jobcoach_stop(state: JourneyState, act: Act, data: JobcoachGestopt) -> None:
    if _known(state).coach_since is None:
        raise Refused("Er is geen jobcoach ingezet die kan stoppen. Leg eerst de inzet vast.")


def jobcoach_gestopt(draft: Draft, act: Act, data: JobcoachGestopt) -> None:
    _keep(draft, coach_since=None)
    went_out(draft, act, "jobcoach", "gestopt")


def keep_review(draft: Draft, start: date) -> None:
    """Support for work is looked at every year."""
    if not draft.state.open_terms(REVIEW):
        draft.arm(REVIEW, start)


def toets_gedaan(draft: Draft, act: Act, data: Nothing) -> None:
    """The series keeps its own dates."""
    met = draft.meet(REVIEW, act.effective)
    keep_review(draft, met[-1].dates.raw_end if met else act.effective)


def check_toets(state: JourneyState, act: Act, data: Nothing) -> None:
    if not state.open_terms(REVIEW):
        raise Refused(
            "Er staat geen jaarlijkse toets open. Leg eerst vast dat de inwoner bij de doelgroep hoort."
        )


# -- moments -------------------------------------------------------------------------------------------


def _flat_rate_over(draft: Draft, term: Deadline) -> None:
    """What comes after the flat rate is a decision: nothing stops by itself (Pw 10d lid 5)."""
    if draft.state.open_terms("lks_besluit"):
        return
    draft.open_task(
        "loonwaarde_na_vast",
        term.id,
        f"De vaste loonkostensubsidie liep tot en met {say(term.due)}. Stel de loonwaarde vast en besluit "
        "(Participatiewet art. 10d lid 5).",
    )


def _too_late_to_apply(draft: Draft, term: Deadline) -> None:
    draft.open_task(
        "lks_achteraf",
        term.id,
        f"Loonkostensubsidie kon gevraagd worden tot en met {say(term.due)} en dat is niet gebeurd "
        "(Participatiewet art. 10d lid 2). Bekijk of de baan zonder subsidie houdbaar is.",
    )


ENDED["lks_forfaitair"] = _flat_rate_over
ENDED["lks_achteraf"] = _too_late_to_apply

FACTS = (
    ActSpec(
        name="lks_groep_verzocht",
        label="Verzoek om bij de doelgroep loonkostensubsidie te horen",
        origin="van_buiten",
        roles=ANYONE,
        stages=OPEN_STAGES,
        rule=lks_groep_verzocht,
        may_arm=("lks_groep_verzoek",),
        why="Participatiewet art. 10c: van de inwoner of de werkgever, eens per twaalf maanden",
    ),
    ActSpec(
        name="lks_gevraagd",
        label="Loonkostensubsidie gevraagd",
        origin="van_buiten",
        roles=ANYONE,
        stages=OPEN_STAGES,
        rule=lks_gevraagd,
        why="Participatiewet art. 10d: ook tot zes maanden na de start van de baan",
    ),
    ActSpec(
        name="lks_ingetrokken",
        label="Verzoek om loonkostensubsidie ingetrokken",
        origin="van_buiten",
        roles=ANYONE,
        stages=ALL_STAGES,
        rule=lks_ingetrokken,
        why="Wie vroeg, ziet er zelf van af",
    ),
    ActSpec(
        name="voorziening_gevraagd",
        label="Voorziening gevraagd",
        origin="van_buiten",
        roles=ANYONE,
        stages=OPEN_STAGES,
        data=Voorziening,
        rule=voorziening_gevraagd,
        may_arm=("voorziening_besluit",),
        why="Participatiewet art. 10 lid 5: inwoner of werkgever vraagt; acht weken voor het besluit",
    ),
    ActSpec(
        name="voorziening_ingetrokken",
        label="Verzoek om een voorziening ingetrokken",
        origin="van_buiten",
        roles=ANYONE,
        stages=ALL_STAGES,
        rule=voorziening_ingetrokken,
        why="Wie vroeg, ziet er zelf van af",
    ),
    ActSpec(
        name="ondersteunde_baan_gestart",
        label="Garantiebaan of baan met loonkostensubsidie gestart",
        origin="van_buiten",
        roles=ANYONE,
        stages=OPEN_STAGES,
        rule=ondersteunde_baan_gestart,
        plannable=True,
        may_arm=(
            "lks_achteraf",
            "lks_forfaitair",
        ),
        why="Banenafspraak; de start van de baan is het begin van de termijnen voor loonkostensubsidie",
    ),
    ActSpec(
        name="ondersteunde_baan_gestopt",
        label="Garantiebaan of baan met loonkostensubsidie gestopt",
        origin="van_buiten",
        roles=ANYONE,
        stages=ALL_STAGES,
        rule=ondersteunde_baan_gestopt,
        plannable=True,
        moves_from=frozenset({Stage.NAZORG}),
        may_lead_to=frozenset({Stage.MNA}),
        may_arm=("herplaatsing", "trede_meting", "trede_nulmeting"),
        why="Wat aan de baan hing stopt; de inwoner wordt meteen weer geholpen",
    ),
)
"""What others tell us; fits in every route."""

OWN = (
    ActSpec(
        name="lks_groep_vastgesteld",
        label="Doelgroep loonkostensubsidie vastgesteld",
        origin="eigen",
        roles=DECIDES,
        stages=OPEN_STAGES,
        data=Groep,
        rule=lks_groep_vastgesteld,
        negative=True,
        may_arm=("bezwaar_indienen",),
        why="Participatiewet art. 10c: een mens stelt vast of de inwoner bij de doelgroep hoort",
    ),
    ActSpec(
        name="loonwaarde_vastgesteld",
        label="Loonwaarde vastgesteld",
        origin="eigen",
        roles=COACH,
        stages=OPEN_STAGES,
        data=Loonwaarde,
        rule=loonwaarde_vastgesteld,
        may_arm=("lks_besluit",),
        why="Participatiewet art. 10d lid 12: vijf weken voor het besluit; ook bij een nieuwe meting",
    ),
    ActSpec(
        name="lks_besloten",
        label="Besluit over loonkostensubsidie bekendgemaakt",
        origin="eigen",
        roles=DECIDES,
        stages=ALL_STAGES,
        data=LksBesluit,
        meets=("lks_besluit",),
        check=check_lks_besluit,
        rule=lks_besloten,
        negative=True,
        may_arm=(
            "bezwaar_indienen",
            "lks_forfaitair",
            "loonwaarde_herhaling",
        ),
        why="Participatiewet art. 10d: naar loonwaarde, of zes maanden vast; altijd door een mens",
    ),
    ActSpec(
        name="voorziening_besloten",
        label="Besluit over een voorziening bekendgemaakt",
        origin="eigen",
        roles=DECIDES,
        stages=ALL_STAGES,
        data=VoorzieningBesluit,
        check=check_voorziening,
        rule=voorziening_besloten,
        negative=True,
        may_arm=("bezwaar_indienen",),
        why="Participatiewet art. 10 lid 5; altijd door een mens",
    ),
    ActSpec(
        name="jobcoach_ingezet",
        label="Jobcoach ingezet",
        origin="eigen",
        roles=COACH,
        stages=OPEN_STAGES,
        rule=jobcoach_ingezet,
        plannable=True,
        why="Persoonlijke ondersteuning bij het werk (Participatiewet art. 10)",
    ),
    ActSpec(
        name="jobcoach_gestopt",
        label="Jobcoach gestopt",
        origin="eigen",
        roles=COACH,
        stages=OPEN_STAGES,
        data=JobcoachGestopt,
        check=check_jobcoach_stop,
        rule=jobcoach_gestopt,
        negative=True,
        may_arm=("bezwaar_indienen",),
        plannable=True,
        why="Een mens besluit, met een reden",
    ),
    ActSpec(
        name="jaarlijkse_toets_gedaan",
        label="Jaarlijkse toets gedaan",
        origin="eigen",
        roles=COACH,
        stages=OPEN_STAGES,
        check=check_toets,
        rule=toets_gedaan,
        why="Elk jaar: past de ondersteuning nog, en kan het een treetje hoger",
    ),
)
"""What our own people do for somebody who works with support."""

ACTS = (*FACTS, *OWN)
