"""When registries are asked: after which happening, in which stage, and on which basis.

Policy says it (``[questions]``). Nothing is asked of a registry that is not connected, in a stage without a
basis, or after the benefit has ended where policy names no basis for that.
"""

from datetime import date, timedelta

from pydantic import Field

from domain.base import Frozen
from domain.calendars import civil_date, say
from domain.declaration import OPEN_STAGES, ActSpec
from domain.draft import Draft
from domain.findings import Finding, Outcome
from domain.happenings import Act, LookUp, Refused
from domain.journey import Stage
from domain.policy import Asked
from domain.questions import QUESTIONS, REGISTRY_NAMES, QuestionName
from domain.roles import ANYONE
from domain.topics import moments
from domain.topics.routing import facts_of

_AGAIN = "~"
"""Between the id of a question and how often it was asked again after silence."""


class RegistratieBevraagd(Frozen):
    vraag: QuestionName = Field(description="Wat er gevraagd wordt, zoals brp_persoon of duo_onderwijs")


def ask_what_follows(draft: Draft) -> None:
    """Ask what policy lets follow the last happening, each question once per happening."""
    state = draft.state
    if not state.log or not draft.policy.questions or state.stage is Stage.GESLOTEN:
        return
    last = state.log[-1]
    if last.act is not None:
        if last.withdrawn:
            return
        moment, ref = last.act.name, last.act.id
    elif last.finding is not None and last.finding.outcome is Outcome.FOUND:
        moment, ref = last.finding.question, last.finding.id
    else:
        if last.finding is not None and last.finding.outcome is Outcome.NO_ANSWER:
            _ask_again(draft, last.finding)
        return
    for question in draft.policy.asked_after.get(moment, ()):
        asked = draft.policy.questions[question]
        if not why_not(draft, question, asked) and not _asked_lately(draft, question, asked.again_days):
            _ask(draft, question, ref)


def _ask_again(draft: Draft, finding: Finding) -> None:
    """A person looks by hand by now, and what was asked is still wanted: an outage ends one day."""
    asked = draft.policy.questions.get(finding.question)
    if asked is None or why_not(draft, finding.question, asked) or _under_way(draft, finding.question):
        return
    first, _, times = finding.id.partition(_AGAIN)
    _put(
        draft,
        LookUp(id=f"{first}{_AGAIN}{int(times or 0) + 1}", question=finding.question, asked_at=draft.known),
    )


def why_not(draft: Draft, question: str, asked: Asked) -> str:
    """Why a question cannot be asked now, as a sentence; empty: it can."""
    state, named = draft.state, QUESTIONS[question]
    if named.registry not in state.connected:
        return f"er is hier geen koppeling met {REGISTRY_NAMES[named.registry]}"
    if not state.resident.has_bsn:
        return "van deze inwoner is geen burgerservicenummer bekend"
    if state.stage.value not in asked.stages:
        return f"in de fase {state.stage.value} is er geen grondslag voor; wel in: {', '.join(asked.stages)}"
    ended = _benefit_ended(draft)
    if ended is not None and not asked.after_benefit:
        return f"de uitkering is geëindigd per {say(ended)}, en het beleid noemt geen grondslag om daarna te vragen"
    if asked.below_age is not None:
        reached = facts_of(state).reached(asked.below_age, draft.today, draft.policy)
        if reached is not False:
            return f"de vraag gaat alleen over wie zeker jonger is dan {asked.below_age}"
    return ""


def _benefit_ended(draft: Draft) -> date | None:
    benefit = draft.state.income.benefit
    if benefit is None or benefit.ended_on is None or benefit.ended_on > draft.today:
        return None
    return benefit.ended_on


def _asked_lately(draft: Draft, question: str, days: int) -> bool:
    """Whether an answer is under way, or came not long ago. What failed may be asked at the next moment."""
    if _under_way(draft, question):
        return True
    since = draft.today - timedelta(days=days)
    return any(
        item.finding.question == question
        and item.finding.outcome in (Outcome.FOUND, Outcome.NOT_FOUND)
        and civil_date(item.at) > since
        for item in reversed(draft.state.log)
        if item.finding is not None
    )


def _ask(draft: Draft, question: str, ref: str, by: str = "") -> None:
    asked_id = f"{question}/{ref}"
    if any(item.finding is not None and item.finding.id == asked_id for item in draft.state.log):
        return
    _put(draft, LookUp(id=asked_id, question=question, asked_at=draft.known, by=by))


def _under_way(draft: Draft, question: str) -> bool:
    return any(one.question == question for one in draft.state.look_ups)


def _put(draft: Draft, look_up: LookUp) -> None:
    draft.set(look_ups=(*draft.state.look_ups, look_up))
    draft.look_ups.append(look_up)


def registratie_bevraagd(draft: Draft, act: Act, data: RegistratieBevraagd) -> None:
    """Somebody wants to know now. The basis is the same as when the program asks by itself."""
    asked = draft.policy.questions.get(data.vraag)
    if asked is None:
        raise Refused(
            f"'Registratie bevraagd' is geweigerd: het beleid van {draft.policy.municipality} noemt geen grondslag voor "
            f"de vraag {data.vraag}. Wel voor: {', '.join(draft.policy.questions) or 'geen enkele vraag'}."
        )
    label = QUESTIONS[data.vraag].label
    if why := why_not(draft, data.vraag, asked):
        raise Refused(f"'{label}' wordt niet gevraagd: {why}. Er is niets vastgelegd.")
    if _under_way(draft, data.vraag):
        raise Refused(f"'{label}' is al gevraagd; het antwoord is onderweg. Er is niets vastgelegd.")
    _ask(draft, data.vraag, act.id, by=act.by.code)


moments.SETTLED.append(ask_what_follows)

ACTS = (
    ActSpec(
        name="registratie_bevraagd",
        label="Registratie bevraagd",
        origin="eigen",
        roles=ANYONE,
        stages=OPEN_STAGES,
        data=RegistratieBevraagd,
        rule=registratie_bevraagd,
        why="Wie twijfelt aan een gegeven vraagt het opnieuw, met dezelfde grondslag als het programma",
    ),
)
