"""Who was on benefit already is taken over: guarded from the first day, and late with nothing of the past."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from domain.decide import Refused
from domain.journey import Stage, TermStatus, Track
from domain.topics.stock import review_day, review_days
from runtime.policies import load_policy
from tests.domain.story import Story
from tests.domain.test_nothing_is_forgotten import guarded

# Friday 1 May 2026. The period: Mon 1 June through Wed 30 September 2026.
TAKEN = "2026-05-01T10:00"
PERIOD = {"herbeoordeling_van": "2026-06-01", "herbeoordeling_tot": "2026-09-30"}
WHOLE = {
    "fase": "mna",
    "uitkering_sinds": "1996-03-01",
    "activiteit": "vrijwilligerswerk",
    "plek": "buurthuis",
    "activiteit_sinds": "2024-09-02",
    "team": "werktalent",
    "persoon": "r.smit",
    "trede": 4,
    "trede_gemeten": "2026-02-10",
}


def taken_over(*without: str, **known: Any) -> Story:
    data = {name: value for name, value in WHOLE.items() if name not in without} | known
    return Story().act(TAKEN, "overname", **PERIOD, **data)


STAGES = ("intake", "plan", "mna", "uitstroom", "nazorg", None)
ACTIVITIES: tuple[dict[str, str], ...] = (
    {},
    {"activiteit": "geen"},
    {"activiteit": "stadswerkplaats"},
    {"plek": "KonnecteD"},
    {"activiteit": "vrijwilligerswerk", "plek": "buurthuis", "activiteit_sinds": "2024-09-02"},
)
OTHERS: tuple[dict[str, object], ...] = (
    {},
    {"team": "werktalent"},
    {"trede": 3},
    {name: WHOLE[name] for name in ("uitkering_sinds", "team", "persoon", "trede", "trede_gemeten")},
)


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("activity", ACTIVITIES, ids=lambda known: "+".join(known.values()) or "unknown")
@pytest.mark.parametrize("others", OTHERS, ids=lambda known: "+".join(known) or "unknown")
def test_whatever_is_unknown_the_journey_is_guarded_and_nothing_is_late(
    stage: str | None, activity: dict[str, str], others: dict[str, object]
) -> None:
    known: dict[str, Any] = {**activity, **others} | ({"fase": stage} if stage else {})
    story = Story().act(TAKEN, "overname", **PERIOD, **known)
    guarded(story)
    assert story.state.stage.value == stage or (
        stage is None
        and story.state.stage
        is (Stage.MNA if activity.get("activiteit") != "geen" and activity else Stage.INTAKE)
    )
    assert {term.term for term in story.state.terms} <= {"eerste_herbeoordeling", "check_in", "taak"}
    for term in story.state.terms:
        assert term.due > date(2026, 5, 1)
        assert all(signal.at > story.state.last_at for signal in term.signals if story.state.last_at)
    assert len(story.state.open_tasks()) <= 1
    # Nobody is told anything on the day itself, and nothing passes before its own day.
    assert story.messages == []
    review = story.term("eerste_herbeoordeling-1")
    story.until(f"{review.due}T10:00")
    assert {term.term for term in story.state.terms if term.breached_at} <= {"check_in"}


def test_everything_known_asks_nothing() -> None:
    state = taken_over().state
    assert state.open_tasks() == []
    assert state.unknown_facts == ()
    assert (state.stage, state.ladder_step, str(state.benefit_since)) == (Stage.MNA, 4, "1996-03-01")
    assert (state.owners[Track.TRAJECT].team, state.owners[Track.TRAJECT].person) == ("werktalent", "r.smit")
    assert [(p.kind, p.place, str(p.since)) for p in state.placements] == [
        ("vrijwilligerswerk", "buurthuis", "2024-09-02")
    ]


@pytest.mark.parametrize(
    ("since", "due"),
    [
        # Mon 2 September 2024 + 22 x 4 weeks (616 days) = Mon 11 May 2026; the 21st was 13 April.
        ("2024-09-02", "2026-05-11"),
        # Wed 8 April 2026 + 4 weeks = Wed 6 May. The warning, one opening day before, can still be given on the
        # 4th (the 5th is Bevrijdingsdag).
        ("2026-04-08", "2026-05-06"),
        # Mon 6 April + 4 weeks = Mon 4 May: its warning would be today. So the one after: Mon 1 June.
        ("2026-04-06", "2026-06-01"),
        # Thu 30 April + 4 weeks = Thu 28 May.
        ("2026-04-30", "2026-05-28"),
    ],
)
def test_check_ins_go_on_in_their_own_series_ahead(since: str, due: str) -> None:
    story = taken_over(activiteit_sinds=since)
    assert [str(term.due) for term in story.state.open_terms("check_in")] == [due]


def test_check_ins_of_places_without_a_known_start_are_spread_over_four_weeks() -> None:
    due = set()
    for number in range(1, 57):
        story = Story()
        story.state = story.state.model_copy(update={"client_number": number})
        story.act(TAKEN, "overname", **PERIOD, fase="mna", activiteit="stadswerkplaats")
        due.add(story.term("check_in-1").dates.raw_end)
    # 28 series; those that would come within two opening days begin one turn later.
    assert len(due) == 28
    assert min(due) > date(2026, 5, 4)
    assert max(due) <= date(2026, 6, 1)


@settings(max_examples=60, deadline=None)
@given(
    st.dates(date(2026, 5, 2), date(2028, 6, 30)),
    st.integers(0, 200),
    st.integers(1, 10**6),
    st.integers(1, 900),
)
def test_reviews_fall_on_opening_days_of_the_period_evenly(
    first: date, length: int, number: int, residents: int
) -> None:
    policy = load_policy("deventer")
    days = review_days(first, min(first + timedelta(days=length), date(2028, 12, 31)), policy.calendars)
    assume(days)
    per_day = dict.fromkeys(days, 0)
    for client in range(number, number + residents):
        day = review_day(client, days)
        assert policy.calendars.is_open(day)
        assert first <= day <= first + timedelta(days=length)
        assert review_day(client, days) == day
        per_day[day] += 1
    assert max(per_day.values()) - min(per_day.values()) <= 1


def test_a_review_lies_in_the_period_and_without_a_period_at_the_length_of_policy() -> None:
    story = taken_over()
    # Client number 1: the second opening day of the period, Tue 2 June 2026.
    assert str(story.term("eerste_herbeoordeling-1").due) == "2026-06-02"
    plain = Story().act(TAKEN, "overname", **WHOLE)
    # Six months after 1 May 2026 = 1 November; no roll-over of a policy promise.
    assert str(plain.term("eerste_herbeoordeling-1").due) == "2026-11-01"


def test_a_period_that_has_passed_by_the_time_of_the_act_arms_nothing_of_the_past() -> None:
    story = Story().act("2026-10-02T10:00", "overname", **PERIOD, **WHOLE)
    assert str(story.term("eerste_herbeoordeling-1").due) == "2027-04-02"
    half = Story().act("2026-09-29T10:00", "overname", **PERIOD, **WHOLE)
    assert str(half.term("eerste_herbeoordeling-1").due) == "2026-09-30"


def test_what_is_unknown_is_one_question_that_is_due_with_the_review() -> None:
    story = Story().act(TAKEN, "overname", **PERIOD)
    (task,) = story.state.open_tasks()
    assert task.reasons == ("fase", "uitkering_sinds", "activiteit", "team", "trede")
    assert "sinds wanneer de uitkering loopt" in task.text
    assert [str(term.due) for term in story.state.open_terms("taak")] == ["2026-06-02"]
    assert story.state.owners[Track.TRAJECT].team == "toegang"


def test_what_becomes_known_is_filled_in_bit_by_bit_until_nothing_is_asked() -> None:
    story = Story().act(TAKEN, "overname", **PERIOD)
    story.act("2026-05-11T10:00", "overname_aangevuld", fase="mna", uitkering_sinds="2015-06-01")
    assert story.state.stage is Stage.MNA
    assert story.state.open_tasks()[0].reasons == ("activiteit", "team", "trede")
    story.act("2026-05-12T10:00", "overname_aangevuld", activiteit="stadswerkplaats", plek="Stadswerkplaats")
    assert story.state.open_tasks()[0].reasons == ("team", "trede", "activiteit_sinds")
    assert len(story.state.open_terms("check_in")) == 1
    story.act(
        "2026-05-13T10:00", "overname_aangevuld", activiteit_sinds="2025-01-06", team="werktalent", trede=3
    )
    assert story.state.placements[0].since == date(2025, 1, 6)
    assert story.state.placements[0].place == "Stadswerkplaats"
    assert story.state.open_tasks()[0].reasons == ("trede_gemeten",)
    story.act("2026-05-15T10:00", "overname_aangevuld", trede_gemeten="2026-05-13")
    assert story.state.open_tasks() == []
    assert story.state.open_terms("taak") == []
    assert story.state.owners[Track.TRAJECT].team == "werktalent"
    guarded(story)


def test_filling_in_what_is_known_already_is_refused_with_what_to_do() -> None:
    story = taken_over("trede", "trede_gemeten")
    with pytest.raises(Refused, match=r"Al bekend: fase .*Corrigeer de overname"):
        story.act("2026-05-11T10:00", "overname_aangevuld", fase="plan")
    with pytest.raises(Refused, match=r"Nog onbekend: trede"):
        story.act("2026-05-11T10:00", "overname_aangevuld")
    with pytest.raises(Refused, match="niets aan te vullen"):
        taken_over().act("2026-05-11T10:00", "overname_aangevuld", trede=3)
    with pytest.raises(Refused, match="niets aan te vullen"):
        Story().act(TAKEN, "melding").act("2026-05-11T10:00", "overname_aangevuld", trede=3)


@pytest.mark.parametrize(
    ("stage", "activity", "after", "runs"),
    [
        # From Mon 11 May 2026: a plan within 6 weeks, a new activity within 4.
        ("intake", "geen", "plan", {"plan": "2026-06-22"}),
        ("plan", "geen", "plan", {"plan": "2026-06-22"}),
        # Measured on 10 February: again half a year later, on Mon 10 August.
        ("mna", "geen", "mna", {"herplaatsing": "2026-06-08", "trede_meting": "2026-08-10"}),
        ("uitstroom", "geen", "uitstroom", {"herplaatsing": "2026-06-08", "trede_meting": "2026-08-10"}),
        ("nazorg", "geen", "nazorg", {"afsluiting": "2026-05-25"}),
        # The place began on Mon 27 April; its series comes to Mon 25 May, tweede pinksterdag: Tue 26 May.
        ("mna", "vrijwilligerswerk", "mna", {"check_in": "2026-05-26", "trede_meting": "2026-08-10"}),
    ],
)
def test_after_the_review_the_journey_runs_as_any_other(
    stage: str, activity: str, after: str, runs: dict[str, str]
) -> None:
    where = {"plek": "buurthuis", "activiteit_sinds": "2026-04-27"} if activity != "geen" else {}
    story = taken_over("plek", "activiteit_sinds", fase=stage, activiteit=activity, **where)
    story.act("2026-05-11T10:00", "herbeoordeling_gevoerd")
    assert story.term("eerste_herbeoordeling-1").status is TermStatus.MET
    assert story.state.stage.value == after
    assert {term.term: str(term.due) for term in story.state.open_terms()} == runs
    guarded(story)
    with pytest.raises(Refused, match="geen eerste herbeoordeling open"):
        story.act("2026-05-12T10:00", "herbeoordeling_gevoerd")


def test_a_review_that_is_forgotten_is_heard_of() -> None:
    story = taken_over().until("2026-06-30T10:00")
    # Due Tue 2 June; heard on Wed 3 June, the teamleider five opening days later.
    assert story.told("escalated", term="eerste_herbeoordeling") == [
        ("2026-06-03 08:30", "escalated", "eigenaar"),
        ("2026-06-10 08:30", "escalated", "teamleider"),
    ]


def test_who_finds_work_needs_no_review_any_more() -> None:
    story = taken_over().act("2026-05-11T10:00", "uitstroom_vastgesteld", bestemming="werk_regulier")
    assert story.term("eerste_herbeoordeling-1").status is TermStatus.CANCELLED


@pytest.mark.parametrize(
    ("known", "words"),
    [
        ({"uitkering_sinds": "2026-05-02"}, "uitkering_sinds 2026-05-02 ligt na vrijdag 1 mei 2026"),
        ({"uitkering_sinds": "1964-12-31"}, "uitkering_sinds moet 1965-01-01 of meer zijn"),
        ({"activiteit_sinds": "2027-01-01"}, "activiteit_sinds 2027-01-01 ligt na"),
        ({"activiteit": "geen"}, "hoort geen plek"),
        ({"team": ""}, "bij een persoon hoort een team"),
        ({"trede": 7}, "trede moet 6 of minder zijn"),
        ({"fase": "gesloten"}, "fase moet een van deze zijn"),
        ({"herbeoordeling_van": "2026-10-01"}, "eerste dag van de periode ligt na de laatste"),
    ],
)
def test_what_cannot_be_is_refused_by_name(known: dict[str, Any], words: str) -> None:
    with pytest.raises(Refused, match=words):
        Story().act(TAKEN, "overname", **(PERIOD | WHOLE | known))


def test_a_journey_begins_with_a_melding_or_by_being_taken_over_and_that_stays() -> None:
    with pytest.raises(Refused, match="begint met een melding"):
        Story().act(TAKEN, "gesprek_gevoerd")
    story = taken_over()
    taken = story.state.log[0].act
    assert taken is not None
    with pytest.raises(Refused, match="overname waarmee de klantroute begon kan niet weg"):
        story.act("2026-05-11T10:00", "handeling_ingetrokken", handeling=taken.id, reden="vergissing")
    with pytest.raises(Refused, match="de overname is van vrijdag 1 mei 2026"):
        story.act("2026-05-11T10:00", "check_in_vastgelegd", effective="2026-04-30")


def test_being_taken_over_twice_is_a_question_and_changes_nothing() -> None:
    story = Story().act("2026-04-29T10:00", "melding")
    story.until(TAKEN)
    terms = story.state.terms
    story.act(TAKEN, "overname", **PERIOD, **WHOLE)
    assert [task.kind for task in story.state.open_tasks()] == ["overname_dubbel"]
    assert story.state.terms[: len(terms)] == terms
    assert story.state.stage is Stage.INTAKE
    assert story.state.placements == ()


def test_a_correction_gives_what_would_have_been() -> None:
    right = taken_over(fase="plan", activiteit_sinds="2025-01-06")
    wrong = taken_over()
    taken = wrong.state.log[0].act
    assert taken is not None
    wrong.act(
        "2026-05-04T10:00",
        "handeling_gecorrigeerd",
        handeling=taken.id,
        gegevens=PERIOD | WHOLE | {"fase": "plan", "activiteit_sinds": "2025-01-06"},
        reden="verkeerde regel",
    )
    for name in ("stage", "placements", "benefit_since", "terms", "owners", "unknown_facts"):
        assert getattr(wrong.state, name) == getattr(right.state, name), name


def test_who_has_a_bsn_is_asked_of_the_brp_like_anybody() -> None:
    story = Story(bsn=True).act(TAKEN, "overname", **PERIOD, **WHOLE)
    assert [question.question for question in story.state.look_ups] == ["brp_persoon"]


KNOWN = st.fixed_dictionaries(
    {},
    optional={name: st.just(value) for name, value in WHOLE.items() if name not in ("persoon", "fase")}
    | {"fase": st.sampled_from([stage for stage in STAGES if stage])},
)
