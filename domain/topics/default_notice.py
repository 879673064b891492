"""Default notice (ingebrekestelling) and the dwangsom that may come of it (Awb 4:17 to 4:19)."""

from datetime import date, timedelta
from typing import Literal

from pydantic import Field

from domain.base import Frozen
from domain.calendars import ONE_DAY, say
from domain.declaration import ALL_STAGES, ActSpec
from domain.draft import Draft
from domain.dwangsom import FIRST_DAY_READING, Dwangsom, first_day
from domain.happenings import PROGRAM, Act, Refused
from domain.income import DefaultNotice
from domain.journey import Deadline, JourneyState, Task, TermStatus, Track
from domain.policy import Policy
from domain.roles import ANYONE, DECIDES, LEAD
from domain.topics import moments

DAY_OF_DECISION = "dwangsom_dag_van_besluit"
"""Reading: whether the day on which the late decision goes out is itself a day in default."""


class Ingebrekestelling(Frozen):
    termijn: str = Field(default="besluit_aanvraag", description="Welke termijn verstreken zou zijn")


class DwangsomVastgesteld(Frozen):
    uitkomst: Literal["verschuldigd", "niet_verschuldigd"]
    reden: str = Field(
        default="", max_length=200, description="Nodig als er niets verschuldigd is (4:17 lid 6)"
    )


def penalty_days(notice: DefaultNotice, on: date, policy: Policy) -> int:
    """For how many days a dwangsom is owed, seen at the end of a day.

    Args:
        notice: the default notice.
        on: the day; also one on which the decision was already there.
        policy: the amounts and the readings.
    """
    if notice.first_day is None or on < notice.first_day:
        return 0
    last = on if notice.last_day is None else min(on, notice.last_day)
    return min((last - notice.first_day).days + 1, policy.dwangsom.days)


def penalty_euro(notice: DefaultNotice, on: date, policy: Policy) -> int:
    """What is owed in whole euros, seen at the end of a day. Never kept in a journey: computed when asked."""
    return policy.dwangsom.after(penalty_days(notice, on, policy))


def _late(state: JourneyState, key: str) -> Deadline | None:
    """The term that a notice is about: the application's whatever its regeling, or one by its key."""
    found = [term for term in state.open_terms(key) if not term.quiet]
    application = state.application_term()
    if key == "besluit_aanvraag" and not found and application is not None:
        found = [application]
    late = [term for term in found if term.status is TermStatus.BREACHED]
    return next(iter(late or found), None)


def _replace(draft: Draft, changed: DefaultNotice) -> None:
    income = draft.state.income
    notices = tuple(changed if item.act == changed.act else item for item in income.notices)
    draft.set(income=income.model_copy(update={"notices": notices}))


def _tell(draft: Draft, ref: str, text: str, track: Track) -> None:
    """The afdelingshoofd, or who policy names, hears the same day."""
    ladder = draft.policy.ladders[draft.policy.term("ingebrekestelling").term_class]
    for role in ladder.on_default_notice:
        draft.tell_story("escalated", role=role, term="ingebrekestelling", text=text, act_id=ref)
        draft.send(f"ingebrekestelling/{ref}/{role}", role, "termijn", text=text, track=track)


def ingebrekestelling_ontvangen(draft: Draft, act: Act, data: Ingebrekestelling) -> None:
    """The afdelingshoofd hears the same day, with the amount. All applicants share one dwangsom (lid 6)."""
    state, amounts = draft.state, draft.policy.dwangsom
    term = _late(state, data.termijn)
    track = term.track if term else Track.INKOMEN
    if term is None or term.status is not TermStatus.BREACHED or act.effective <= term.due:
        if term is None:
            why = "er loopt geen termijn met die naam"
        elif term.status is TermStatus.SUSPENDED:
            why = f"die termijn staat stil tot en met {say(term.suspensions[-1].until)}"
        else:
            why = f"die termijn is niet verstreken; hij loopt tot en met {say(term.due)}"
        text = f"Ingebrekestelling over {data.termijn}, maar {why}. Beantwoord de brief."
        _tell(draft, act.id, text, track)
        draft.open_task("ingebrekestelling", act.id, text, role="consulent")
        return
    if draft.knows("dwangsom") and not draft.rule_of(term).penalty:
        text = (
            f"Ingebrekestelling over {data.termijn}, maar te laat zijn met die termijn kost geen dwangsom (Awb 4:17). "
            "Doe alsnog wat er moest gebeuren en beantwoord de brief."
        )
        _tell(draft, act.id, text, track)
        draft.open_task("ingebrekestelling", act.id, text, role="consulent")
        return
    if running := next((item for item in state.income.notices if item.term == term.id), None):
        draft.open_task(
            "ingebrekestelling",
            act.id,
            f"Er is al een ingebrekestelling over {data.termijn} van {say(running.received_on)}. Beantwoord deze; "
            "er komt geen tweede dwangsom (Awb 4:17 lid 6).",
            role="consulent",
        )
        return
    answer = draft.arm("ingebrekestelling", act.effective, track=track)
    notice = DefaultNotice(
        act=act.id, key=term.term, term=term.id, received_on=act.effective, answer=answer.id
    )
    income = draft.state.income
    draft.set(income=income.model_copy(update={"notices": (*income.notices, notice)}))
    _tell(
        draft,
        act.id,
        f"Ingebrekestelling over {data.termijn}. Besluit uiterlijk {say(answer.due)}; daarna loopt de "
        f"dwangsom op tot ten hoogste € {amounts.maximum_euro}.",
        track,
    )


def _too_early_after_all(draft: Draft, notice: DefaultNotice, late: Deadline) -> None:
    """The term turned out to have had more time when the notice came, so nothing comes of it (Awb 4:17 lid 3)."""
    income = draft.state.income
    draft.set(
        income=income.model_copy(
            update={"notices": tuple(item for item in income.notices if item.act != notice.act)}
        )
    )
    why = "de ingebrekestelling kwam te vroeg"
    answer = draft.state.term(notice.answer)
    if answer is not None and answer.is_open:
        draft.cancel_term(answer, why, on=notice.received_on)
    for term in draft.state.open_terms("dwangsom"):
        if term.dates.start == notice.first_day:
            draft.cancel_term(term, why, on=notice.first_day)
    draft.open_task(
        "ingebrekestelling",
        notice.act,
        f"De ingebrekestelling over {notice.key} van {say(notice.received_on)} kwam te vroeg: die termijn loopt tot "
        f"en met {say(late.due)}. Beantwoord de brief.",
        role="consulent",
    )


def two_weeks_over(draft: Draft, term: Deadline) -> None:
    """From here every day costs money, until the decision goes out or the maximum is reached."""
    notice = next((item for item in draft.state.income.notices if item.answer == term.id), None)
    if notice is None or notice.ended_on is not None or notice.first_day is not None:
        return
    if not draft.knows("dwangsom"):
        return
    first = first_day(term.due, draft.policy.readings[FIRST_DAY_READING])
    draft.arm("dwangsom", first, track=term.track, quiet=True)
    _replace(draft, notice.model_copy(update={"first_day": first}))
    _tell(draft, f"{notice.act}/dwangsom", _costs(draft.policy.dwangsom, notice.key, first), term.track)


def _costs(amounts: Dwangsom, key: str, first: date) -> str:
    steps = "; ".join(
        f"€ {line.euro_per_day} per dag tot en met {say(line.through)}" for line in amounts.lines(first)
    )
    return f"Vanaf {say(first)} loopt een dwangsom over {key}: {steps}. Besluit zo snel mogelijk."


def maximum_reached(draft: Draft, term: Deadline) -> None:
    for notice in draft.state.income.notices:
        if notice.first_day == term.dates.start and notice.last_day is None:
            _fix(draft, notice.model_copy(update={"last_day": term.due}), term.track)


def _fix(draft: Draft, notice: DefaultNotice, track: Track) -> None:
    """The amount is fixed by a decision within two weeks of the last day (Awb 4:18)."""
    assert notice.last_day is not None
    _replace(draft, notice)
    fixed_by = draft.arm("dwangsom_besluit", notice.last_day, track=track)
    days = penalty_days(notice, notice.last_day, draft.policy)
    draft.open_task(
        "dwangsom_besluit",
        notice.act if not _asked(draft.state, notice) else f"{notice.act}/{notice.last_day}",
        f"De dwangsom over {notice.key} liep {days} {'dag' if days == 1 else 'dagen'}: "
        f"€ {penalty_euro(notice, notice.last_day, draft.policy)}. Stel haar vast bij besluit, uiterlijk "
        f"{say(fixed_by.due)} (Awb 4:18).",
        role="inkomensconsulent",
    )


def _asked(state: JourneyState, notice: DefaultNotice) -> list[Task]:
    """The tasks to fix an amount; a second one where the first amount turned out to be too high."""
    name = f"dwangsom_besluit:{notice.act}"
    return [task for task in state.tasks if task.id == name or task.id.startswith(f"{name}/")]


def _open(tasks: list[Task]) -> list[Task]:
    return [task for task in tasks if task.done_on is None]


def _ask_again(draft: Draft, notice: DefaultNotice) -> None:
    """Take back the question for an amount that was too high."""
    why = "de dwangsom eindigde eerder"
    for term in draft.state.open_terms("dwangsom_besluit"):
        if term.dates.start == notice.last_day:
            draft.cancel_term(term, why, on=notice.last_day)
    for task in _open(_asked(draft.state, notice)):
        draft.close_task(task, by=PROGRAM, on=draft.today, outcome=why)


def settle_notices(draft: Draft) -> None:
    """A late term that was met, or need not be any more, ends what came of its default notice."""
    for notice in draft.state.income.notices:
        if notice.ended_on is not None:
            continue
        late = draft.state.term(notice.term)
        if late is None:
            continue
        if late.is_open:
            if late.status is TermStatus.RUNNING and notice.received_on <= late.due and not notice.last_day:
                _too_early_after_all(draft, notice, late)
            continue
        on = late.ended_on or draft.today
        answer = draft.state.term(notice.answer)
        if answer is not None and answer.is_open:
            draft.fulfil(answer, on)
        track = answer.track if answer else Track.INKOMEN
        if answer is not None and notice.first_day is None and on > answer.due and draft.knows("dwangsom"):
            # Its two weeks had passed before anybody here knew of the notice: it cost money all the same.
            first = first_day(answer.due, draft.policy.readings[FIRST_DAY_READING])
            notice = notice.model_copy(update={"first_day": first})
        last = _last_day(notice, on, draft.policy)
        if notice.last_day is not None and (notice.fixed_on or notice.last_day == last):
            _replace(draft, notice.model_copy(update={"ended_on": on}))
            continue
        if notice.last_day is not None:
            # The maximum seemed reached; only now it is known that it had ended before.
            _ask_again(draft, notice)
        for term in draft.state.open_terms("dwangsom"):
            if term.dates.start == notice.first_day:
                draft.cancel_term(term, "er is besloten")
        if last is None:
            # Decided in time after all, or recorded late: no day was in default.
            nothing = {"ended_on": on, "first_day": None, "last_day": None}
            _replace(draft, notice.model_copy(update=nothing))
        else:
            _fix(draft, notice.model_copy(update={"ended_on": on, "last_day": last}), track)


def _last_day(notice: DefaultNotice, decided: date, policy: Policy) -> date | None:
    """The last day in default when the decision went out on a day; None: there was none."""
    if notice.first_day is None:
        return None
    counts = policy.readings.get(DAY_OF_DECISION) != "telt_niet_mee"
    longest = notice.first_day + timedelta(days=policy.dwangsom.days - 1)
    last = min(decided if counts else decided - ONE_DAY, longest)
    return last if last >= notice.first_day else None


def _to_fix(state: JourneyState) -> DefaultNotice | None:
    return next((item for item in state.income.notices if item.last_day and not item.fixed_on), None)


def check_vastgesteld(state: JourneyState, act: Act, data: DwangsomVastgesteld) -> None:
    if _to_fix(state) is None:
        raise Refused(
            "Er is geen dwangsom om vast te stellen. Dat kan als de laatste dag van een dwangsom geweest is."
        )
    if data.uitkomst == "niet_verschuldigd" and not data.reden:
        raise Refused("Niets verschuldigd heeft een reden nodig (Awb 4:17 lid 6): vul 'reden' in.")


def dwangsom_vastgesteld(draft: Draft, act: Act, data: DwangsomVastgesteld) -> None:
    notice = _to_fix(draft.state)
    assert notice is not None
    draft.meet("dwangsom_besluit", act.effective)
    _replace(draft, notice.model_copy(update={"fixed_on": act.effective, "outcome": data.uitkomst}))
    for task in _open(_asked(draft.state, notice)):
        draft.close_task(task, by=act.by, on=act.effective, outcome=data.uitkomst)
    if data.uitkomst == "verschuldigd":
        draft.arm("dwangsom_betalen", act.effective, track=Track.INKOMEN)


def check_betaald(state: JourneyState, act: Act, data: Frozen) -> None:
    if not state.open_terms("dwangsom_betalen"):
        raise Refused("Er staat geen dwangsom open om te betalen. Stel haar eerst vast.")


moments.BREACHED["ingebrekestelling"] = two_weeks_over
moments.LAPSED["dwangsom"] = maximum_reached
moments.SETTLED.append(settle_notices)
moments.RUNS_ON |= {"ingebrekestelling", "dwangsom", "dwangsom_besluit", "dwangsom_betalen"}


ACTS = (
    ActSpec(
        name="ingebrekestelling_ontvangen",
        label="Ingebrekestelling ontvangen",
        origin="van_buiten",
        roles=ANYONE,
        stages=ALL_STAGES,
        data=Ingebrekestelling,
        rule=ingebrekestelling_ontvangen,
        retells=True,
        follows=(
            "aanvraag_ingediend",
            "bezwaar_ontvangen",
            "loonwaarde_vastgesteld",
            "voorziening_gevraagd",
            "wmo_aangevraagd",
            "wmo_gemeld",
        ),
        why="Awb art. 4:17: na twee weken loopt een dwangsom",
    ),
    ActSpec(
        name="dwangsom_vastgesteld",
        label="Dwangsom vastgesteld",
        origin="eigen",
        roles=DECIDES | LEAD | {"bezwaarjurist"},
        stages=ALL_STAGES,
        data=DwangsomVastgesteld,
        check=check_vastgesteld,
        rule=dwangsom_vastgesteld,
        negative=True,
        why="Awb art. 4:18: bij besluit, binnen twee weken na de laatste dag",
    ),
    ActSpec(
        name="dwangsom_betaald",
        label="Dwangsom betaald",
        origin="eigen",
        roles=DECIDES | {"uitkeringsadministratie"},
        stages=ALL_STAGES,
        check=check_betaald,
        meets=("dwangsom_betalen",),
        why="Awb art. 4:87: binnen zes weken na het besluit",
    ),
)
