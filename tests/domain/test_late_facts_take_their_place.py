"""A fact that becomes known late gives the state as if it had come in time, and a task where it cannot."""

from datetime import date, timedelta
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.happenings import Act, Actor
from domain.journey import JourneyState, Stage
from domain.projection import snapshot
from domain.restoring import put_back
from domain.routes import ROUTES
from tests.domain.story import Story, instant
from tests.domain.test_facts_from_outside_are_never_refused import NEEDED, at_stage
from tests.domain.test_nothing_is_forgotten import guarded

LATE = [spec for spec in ROUTES["regulier"].acts if spec.retells]


def in_time_and_late(before: str, fact: str, day: str, known: str) -> tuple[Story, Story]:
    """The same journey told twice: the fact recorded on its own day, and much later."""
    stories = []
    for recorded in (f"{day}T17:00", known):
        story = Story().act("2026-04-30T10:00", "melding")
        if before == "plan":
            story.act("2026-05-04T10:00", "gesprek_gevoerd")
        stories.append(story.act(recorded, fact, effective=day, act_id="feit").until(known))
    return stories[0], stories[1]


def essence(state: JourneyState) -> dict[str, object]:
    """What a journey comes to, apart from when its questions were put and what its parts are called."""
    return {
        "stage": state.stage,
        "exit": state.exit,
        "terms": sorted(
            (term.term, str(term.dates.start), str(term.due), term.status, str(term.ended_on))
            for term in state.terms
            if term.term != "taak"
        ),
        "tasks": sorted((task.kind, task.id) for task in state.tasks if task.kind != "beoordeel_route"),
        "flags": sorted((flag.kind, flag.since, str(flag.ended)) for flag in state.flags),
        "stays": state.stays_abroad,
        "children": [child.model_copy(update={"terms": ()}) for child in state.children],
        "household": state.resident.facts and state.resident.facts[-1].value,
        "deceased": state.resident.deceased,
    }


@pytest.mark.parametrize("before", ["intake", "plan"])
def test_a_late_death_gives_the_state_as_if_it_had_been_told_in_time(before: str) -> None:
    right, late = in_time_and_late(before, "overlijden_gemeld", "2026-05-05", "2026-05-26T10:00")
    assert essence(late.state) == essence(right.state)
    held = late.state.logged("feit")
    assert held is not None
    assert held.act is not None
    # Both dates are kept.
    assert (str(held.act.effective), f"{held.at:%Y-%m-%d}") == ("2026-05-05", "2026-05-26")


def test_terms_that_passed_after_a_death_lapse_from_its_day_and_delivered_rungs_stay_delivered() -> None:
    story = Story().act("2026-04-30T10:00", "melding").until("2026-05-20T09:00")
    # The promise ended on Thu 7 May: owner on Fri 8, teamleider on Mon 11, afdelingshoofd on Wed 13 May.
    rungs = story.told("escalated")
    assert [(at[:10], role) for at, _, role in rungs] == [
        ("2026-05-08", "eigenaar"),
        ("2026-05-11", "teamleider"),
        ("2026-05-13", "afdelingshoofd"),
    ]
    story.act("2026-05-20T10:00", "overlijden_gemeld", effective="2026-05-05")
    term = story.term("eerste_gesprek-1")
    assert (term.status, str(term.ended_on), term.breached_at) == ("vervallen", "2026-05-05", None)
    assert story.told("escalated") == rungs
    assert story.state.exit == "overlijden"
    story.until("2026-05-27T12:00")
    assert story.told("escalated") == rungs


def test_people_have_the_whole_term_for_what_they_could_not_know() -> None:
    story = Story().act("2026-04-30T10:00", "melding")
    story.act("2026-05-20T10:00", "overlijden_gemeld", effective="2026-05-05")
    # Five opening days after Wed 20 May; Mon 25 May is tweede pinksterdag: Thu 28 May.
    (term,) = story.state.open_terms()
    assert (term.term, str(term.due)) == ("taak", "2026-05-28")
    assert f"{story.state.open_tasks()[0].opened_at:%Y-%m-%d}" == "2026-05-20"


def test_what_was_recorded_after_a_death_stays_and_a_person_looks_at_it() -> None:
    story = Story().act("2026-04-30T10:00", "melding").act("2026-05-12T10:00", "gesprek_gevoerd")
    story.act("2026-05-20T10:00", "overlijden_gemeld", effective="2026-05-05", act_id="dood")
    assert story.state.stage is Stage.GESLOTEN
    assert story.state.logged("gesprek_gevoerd@2026-05-12T10:00")
    (task,) = [task for task in story.state.open_tasks() if task.kind == "laat_feit"]
    assert "Gesprek gevoerd (dinsdag 12 mei 2026)" in task.text
    # The plan was never asked of a person who lived.
    assert (story.term("plan-1").status, str(story.term("plan-1").ended_on)) == ("vervallen", "2026-05-12")


def test_a_breach_before_the_death_stays_a_breach() -> None:
    story = Story().act("2026-04-30T10:00", "melding")
    story.act("2026-05-20T10:00", "overlijden_gemeld", effective="2026-05-12")
    term = story.term("eerste_gesprek-1")
    assert f"{term.breached_at:%Y-%m-%dT%H:%M}" == "2026-05-07T22:00"
    assert term.counts_as_breach


def test_a_death_of_the_wrong_person_gives_everything_back_and_tells_nothing_twice() -> None:
    story = Story().act("2026-04-30T10:00", "melding").until("2026-05-20T09:00")
    before, told = story.state, story.told("escalated")
    story.act("2026-05-20T10:00", "overlijden_gemeld", effective="2026-05-05", act_id="dood")
    keys = [message.key for message in story.messages]
    story.act("2026-05-20T11:00", "handeling_ingetrokken", handeling="dood", reden="verkeerde persoon")
    assert essence(story.state) == essence(before)
    assert not story.state.resident.deceased
    assert story.told("escalated") == told
    assert [message.key for message in story.messages][: len(keys)] == keys
    assert len({message.key for message in story.messages}) == len(story.messages)
    story.act("2026-05-21T10:00", "gesprek_gevoerd")
    assert story.term("eerste_gesprek-1").status == "te_laat_gehaald"


def test_the_wrong_day_of_a_late_death_is_corrected_and_the_terms_follow() -> None:
    story = Story().act("2026-04-30T10:00", "melding")
    story.act("2026-05-20T10:00", "overlijden_gemeld", effective="2026-05-05", act_id="dood")
    story.act(
        "2026-05-21T10:00", "handeling_gecorrigeerd", handeling="dood", ingang="2026-05-12", reden="akte"
    )
    term = story.term("eerste_gesprek-1")
    assert (term.status, str(term.ended_on), term.counts_as_breach) == ("vervallen", "2026-05-12", True)


def test_a_planned_act_that_took_effect_is_not_turned_into_a_question_by_a_late_fact() -> None:
    story = at_stage(Stage.NAZORG).act("2026-05-14T10:00", "eigenaar_toegewezen", effective="2026-06-01",
        team="werktalent")  # fmt: skip
    story.act("2026-06-10T10:00", "werk_gestopt", effective="2026-05-20")
    assert story.state.stage is Stage.MNA
    assert "geplande_handeling" not in [task.kind for task in story.state.open_tasks()]
    assert str(story.term("herplaatsing-1").dates.start) == "2026-05-20"


def test_who_closes_by_an_earlier_date_undoes_no_breach() -> None:
    story = Story().act("2026-04-30T10:00", "melding").until("2026-05-20T09:00")
    story.act(
        "2026-05-20T10:00", "klantroute_beeindigd", effective="2026-05-01", exit="vrijwillig", reden="verzoek"
    )
    (row,) = [row for row in snapshot(story.state, story.policy).terms if row.id == "eerste_gesprek-1"]
    assert row.counts_as_breach


@pytest.mark.parametrize("stage", list(Stage))
@pytest.mark.parametrize("fact", LATE, ids=lambda spec: spec.name)
def test_a_late_fact_is_recorded_in_every_stage(stage: Stage, fact) -> None:  # type: ignore[no-untyped-def]
    story = at_stage(stage)
    data = NEEDED.get(fact.name, {})
    story.act("2026-06-30T10:00", fact.name, effective="2026-05-08", act_id="feit", **data)
    held = story.state.logged("feit")
    assert held is not None
    assert f"{held.at:%Y-%m-%d}" == "2026-06-30"
    guarded(story)
    story.act("2026-07-01T10:00", "handeling_ingetrokken", role="teamleider", handeling="feit", reden="fout")
    assert story.state.stage is stage
    guarded(story)


def test_a_fact_of_before_the_melding_stands_right_after_it() -> None:
    story = Story().act("2026-04-30T10:00", "melding")
    story.act("2026-05-06T10:00", "adres_gewijzigd", effective="2026-03-01", act_id="adres")
    assert story.state.logged("adres").placed_at == story.state.log[0].at  # type: ignore[union-attr]
    assert [task.kind for task in story.state.open_tasks()] == ["adres"]


FACTS: list[tuple[str, dict[str, object]]] = [
    ("huishouden_gewijzigd", {"wat": "partner_erbij"}),
    ("huishouden_gewijzigd", {"wat": "partner_weg"}),
    ("huishouden_gewijzigd", {"wat": "kind_geboren"}),
    ("huishouden_gewijzigd", {"wat": "kind_uit_huis"}),
    ("verblijf_buitenland_gemeld", {}),
    ("terug_uit_buitenland_gemeld", {}),
    ("adres_gewijzigd", {}),
    ("verhuizing_gemeld", {"gemeentecode": "0301"}),
    ("overlijden_partner_gemeld", {}),
]


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(FACTS), st.integers(1, 60)),
        min_size=2,
        max_size=4,
        unique_by=lambda f: f[1],
    ),
    st.randoms(use_true_random=False),
)
def test_the_order_in_which_late_facts_come_makes_no_difference(facts, random) -> None:  # type: ignore[no-untyped-def]
    """In order, out of order: what counts is when things were so."""
    numbered = list(enumerate(facts))
    orders = list(permutations(numbered))
    ends = []
    for order in (orders[0], random.choice(orders)):
        story = Story().act("2026-04-30T10:00", "melding")
        for minute, (number, ((name, data), days)) in enumerate(order):
            day = date(2026, 4, 30) + timedelta(days=days)
            story.act(f"2026-07-10T10:{minute:02}", name, effective=str(day), act_id=f"feit-{number}", **data)
        ends.append(essence(story.until("2026-07-13T10:00").state))
    assert ends[0] == ends[1]


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(FACTS), st.integers(0, 40), st.integers(0, 60))
def test_a_fact_recorded_late_gives_what_it_gives_in_time(fact, day, wait) -> None:  # type: ignore[no-untyped-def]
    name, data = fact
    held, known = date(2026, 4, 30) + timedelta(days=day), date(2026, 4, 30) + timedelta(days=day + wait)
    ends = []
    for recorded in (held, known):
        story = Story().act("2026-04-30T10:00", "melding")
        story.act(f"{recorded}T17:00", name, effective=str(held), act_id="feit", **data)
        state = story.until(f"{known}T23:00").state
        ends.append(essence(state) | {"tasks": sorted({task.kind for task in state.tasks})})
    assert ends[0] == ends[1]


def test_a_story_that_cannot_be_told_again_takes_the_fact_where_it_came_and_asks_a_person() -> None:
    story = Story().act("2026-04-30T10:00", "melding").until("2026-05-20T09:00")
    # An earlier release counted a step on the ladder by a rule that is no more.
    story.state = story.state.model_copy(update={"ladder_step": 2})
    story.act("2026-05-20T10:00", "overlijden_gemeld", effective="2026-05-05", act_id="dood")
    assert story.state.ladder_step == 2
    term = story.term("eerste_gesprek-1")
    # The breach stays on record, and does not count: it lapsed before its end.
    assert (str(term.due), term.status, str(term.ended_on)) == ("2026-05-07", "vervallen", "2026-05-05")
    assert term.breached_at is not None
    assert not term.counts_as_breach
    assert {task.kind for task in story.state.open_tasks()} == {"overlijden", "laat_feit"}
    assert story.state.logged("dood").placed_at is None  # type: ignore[union-attr]


def test_what_people_were_asked_beside_the_story_is_still_asked() -> None:
    """After a restore a task says which act was lost; a late fact tells the story, and keeps the task."""
    story = Story().act("2026-04-30T10:00", "melding").until("2026-05-06T10:00")
    lost = Act(
        id="weg", name="gesprek_gevoerd", by=Actor(code="c", role="consulent"), effective=date(2026, 5, 4)
    )
    story.state, _ = put_back(
        story.state,
        story.policy,
        at=instant("2026-05-06T10:00"),
        by=Actor(code="b", role="beheer"),
        why="na een storing",
        since=1,
        not_repeated=[(lost, "Zij past niet meer.")],
    )
    story.act("2026-05-20T10:00", "adres_gewijzigd", effective="2026-05-05", act_id="adres")
    assert story.state.logged("adres").placed_at is not None  # type: ignore[union-attr]
    assert {task.kind for task in story.state.open_tasks()} == {"herstel_handeling", "adres"}
    assert len(story.state.open_terms("taak")) == 2
