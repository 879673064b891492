"""When registries are asked: after which happening, in which stage, and on which basis.

Policy says it (``[questions]``). Nothing is asked of a registry that is not connected, in a stage without a
basis, or after the benefit has ended where policy names no basis for that.
"""

import re
from datetime import date, timedelta

from pydantic import Field

from domain.base import Frozen
from domain.calendars import civil_date, say
from domain.declaration import OPEN_STAGES, ActSpec
from domain.draft import Draft
from domain.findings import Finding, Outcome
from domain.happenings import Act, LookUp, Refused
from domain.journey import Logged, Stage
from domain.policy import Asked
from domain.questions import QUESTIONS, REGISTRY_NAMES, QuestionName
from domain.roles import ANYONE
from domain.topics import moments
from domain.topics.exits import may_have_benefit
from domain.topics.routing import facts_of, is_first_of_brp

_STILL_WANTED = (Outcome.NO_ANSWER, Outcome.REFUSED_US, Outcome.INCOMPREHENSIBLE)
_AGAIN = "~"
"""Between the id of a question and how often it was asked again."""


class RegistratieBevraagd(Frozen):
    vraag: QuestionName = Field(description="Wat er gevraagd wordt, zoals brp_persoon of duo_onderwijs")


def ask_what_follows(draft: Draft) -> None:
    """Ask what policy lets follow the happening of this moment, and ask no longer what has lost its basis.

    A story that is told again asks nothing: what was asked was asked, on the basis of then.
    """
    state = draft.state
    if draft.retold is not None or not state.log or not draft.policy.questions:
        return
    if state.look_ups:
        _drop_without_basis(draft)
    if state.stage is Stage.GESLOTEN:
        return
    item = _what_happened(draft)
    if item is None or item.withdrawn:
        return
    if item.act is not None:
        # What is planned is followed when it comes.
        if item.act.effective <= draft.today:
            ask_after(draft, item.act.name, item.act.id)
    elif item.finding is not None and item.finding.outcome is Outcome.FOUND:
        ask_after(draft, item.finding.question, item.finding.id)
    elif item.finding is not None and item.finding.outcome in _STILL_WANTED:
        _ask_again(draft, item.finding)


def ask_after(draft: Draft, moment: str, ref: str) -> None:
    """Ask what follows an act or an answer, each question once."""
    for question in draft.policy.asked_after.get(moment, ()):
        asked = draft.policy.questions[question]
        if not why_not(draft, question, asked) and not _asked_lately(draft, question, asked.again_days):
            _ask(draft, question, ref)


def _what_happened(draft: Draft) -> Logged | None:
    """The act or answer of this moment; a late fact stands in its own place. None: time passed."""
    log = draft.state.log
    if _id_of(log[-1]) == draft.cause:
        return log[-1]
    if not draft.told_again:
        return None
    return next((item for item in reversed(log) if _id_of(item) == draft.cause), None)


def _id_of(item: Logged) -> str:
    return item.act.id if item.act is not None else item.finding.id if item.finding is not None else ""


def _drop_without_basis(draft: Draft) -> None:
    """A question that waits is not asked any longer once the stage, the benefit or the connection has ended.

    Who somebody is, asked at the very start, is wanted until the journey closes.
    """
    kept = []
    for one in draft.state.look_ups if draft.state.stage is not Stage.GESLOTEN else ():
        asked = draft.policy.questions.get(one.question)
        if asked is None or is_first_of_brp(one) or not why_not(draft, one.question, asked):
            kept.append(one)
    if len(kept) < len(draft.state.look_ups):
        draft.set(look_ups=tuple(kept))


def _ask_again(draft: Draft, finding: Finding) -> None:
    """A person looks by hand by now, and what was asked is still wanted: an outage ends, a refusal is mended."""
    asked = draft.policy.questions.get(finding.question)
    if asked is None or why_not(draft, finding.question, asked) or _under_way(draft, finding.question):
        return
    patience = draft.policy.patience_of(QUESTIONS[finding.question].registry)
    silent = finding.outcome is Outcome.NO_ANSWER
    first, times = first_asked(finding.id)
    look_up = LookUp(
        id=f"{first}{_AGAIN}{times + 1}",
        question=finding.question,
        asked_at=draft.known,
        # Never at once: whoever answers nonsense in a moment would be asked without end.
        not_before=draft.known
        + (timedelta(minutes=patience.longest_retry_minutes) if silent else patience.whole),
    )
    _put(draft, look_up)


def first_asked(question_id: str) -> tuple[str, int]:
    """The id under which a question was asked the first time, and how often it was asked again after that."""
    found = re.fullmatch(rf"(.*){_AGAIN}([0-9]{{1,9}})", question_id, re.DOTALL)
    return (question_id, 0) if found is None else (found[1], int(found[2]))


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
    if asked.benefit_only and not may_have_benefit(state):
        return "de inwoner heeft geen uitkering en heeft er geen gevraagd"
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
    """Whether it is being asked; one that only waits for its time makes room for who asks now."""
    return any(one.question == question and not _waits(draft, one) for one in draft.state.look_ups)


def _waits(draft: Draft, look_up: LookUp) -> bool:
    return look_up.not_before is not None and look_up.not_before > draft.now


def _put(draft: Draft, look_up: LookUp) -> None:
    others = [one for one in draft.state.look_ups if one.question != look_up.question]
    draft.set(look_ups=(*others, look_up))
    draft.look_ups.append(look_up)


def registratie_bevraagd(draft: Draft, act: Act, data: RegistratieBevraagd) -> None:
    """Somebody wants to know now. The basis is the same as when the program asks by itself."""
    if draft.retold is not None:
        return  # asked then, on the basis of then
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
