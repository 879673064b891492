"""Moving out, within and abroad, and a journey that goes on in another municipality."""

from datetime import date

import pytest

from domain.calendars import say
from domain.decide import Refused, begin, decide
from domain.draft import Draft
from domain.happenings import Act, Actor
from domain.journey import FlagKind, Resident, Stage, Track
from domain.topics.transfer import carry_over
from runtime.policies import load_policy
from tests.domain.story import Story, instant
from tests.domain.test_facts_from_outside_are_never_refused import at_stage


def kinds(story: Story) -> list[str]:
    return [task.kind for task in story.state.open_tasks()]


def test_a_move_ahead_is_work_for_now_and_the_right_ends_on_its_day() -> None:
    story = at_stage(Stage.PLAN).act("2026-05-06T10:00", "aanvraag_ingediend")
    story.act("2026-05-20T10:00", "verhuizing_gemeld", effective="2026-07-01", gemeentecode="0301")
    assert kinds(story) == ["verhuizing"]
    flag = story.state.flag(FlagKind.VERHUIZING)
    assert flag is not None
    assert flag.detail == "0301"
    story.until("2026-06-30T23:59")
    assert "recht_eindigt" not in kinds(story)
    story.until("2026-07-01T09:00")
    asked = {task.kind: task for task in story.state.open_tasks()}
    assert asked["recht_eindigt"].role == "inkomensconsulent"
    assert say(date(2026, 7, 1)) in asked["recht_eindigt"].text
    # A person ends it; nothing ended by itself.
    assert story.state.stage is Stage.PLAN


def test_a_move_that_does_not_happen_is_withdrawn_with_everything_that_hung_on_it() -> None:
    story = at_stage(Stage.PLAN)
    story.act("2026-05-20T10:00", "verhuizing_gemeld", effective="2026-07-01", act_id="v")
    story.act("2026-05-21T10:00", "handeling_ingetrokken", handeling="v", reden="gaat niet door")
    assert (kinds(story), story.state.planned, story.state.flags) == ([], (), ())


def test_a_move_within_the_municipality_is_another_address_and_no_more() -> None:
    story = at_stage(Stage.PLAN).act("2026-05-20T10:00", "verhuizing_gemeld", gemeentecode="0150")
    assert kinds(story) == ["adres"]
    assert story.state.flag(FlagKind.VERHUIZING) is None


def test_who_emigrates_needs_an_ending() -> None:
    story = at_stage(Stage.MNA).act("2026-05-06T10:00", "aanvraag_ingediend")
    story.act("2026-05-20T10:00", "emigratie_gemeld")
    assert kinds(story) == ["emigratie", "recht_eindigt"]


def test_four_weeks_abroad_and_a_day_is_a_question_for_a_person() -> None:
    """Away from Mon 1 June 2026: 29 June is the last day of four weeks."""
    story = at_stage(Stage.MNA).act("2026-06-01T10:00", "verblijf_buitenland_gemeld", tot="2026-06-20")
    assert str(story.term("buitenland-1").due) == "2026-06-29"
    story.until("2026-06-29T23:59")
    assert "buitenland" not in kinds(story)
    story.until("2026-06-30T09:00")
    assert "buitenland" in kinds(story)
    # It is the resident's stay and no term of ours: no ladder runs on it.
    story.until("2026-07-03T09:00")
    assert [what for _, _, what in story.told("escalated", term="buitenland")] == []


def test_who_comes_back_in_time_leaves_nothing_behind() -> None:
    story = at_stage(Stage.MNA).act("2026-06-01T10:00", "verblijf_buitenland_gemeld")
    assert story.state.flag(FlagKind.PAUZE) is not None
    story.act("2026-06-15T10:00", "terug_uit_buitenland_gemeld", effective="2026-06-13")
    assert story.term("buitenland-1").status == "vervallen"
    assert story.state.flag(FlagKind.PAUZE) is None
    assert kinds(story) == []


def test_earlier_stays_in_the_same_year_count_and_those_of_another_year_do_not() -> None:
    """12 days in June leave 16: away again from 1 Sep 2026, 17 Sep is the last day. A new year starts anew."""
    story = at_stage(Stage.MNA).act("2026-06-01T10:00", "verblijf_buitenland_gemeld")
    story.act("2026-06-13T10:00", "terug_uit_buitenland_gemeld")
    story.act("2026-09-01T10:00", "verblijf_buitenland_gemeld")
    assert str(story.term("buitenland-2").due) == "2026-09-17"
    story.act("2026-09-10T10:00", "terug_uit_buitenland_gemeld")
    story.act("2027-02-01T10:00", "verblijf_buitenland_gemeld")
    assert str(story.term("buitenland-3").due) == "2027-03-01"


def test_a_long_stay_that_is_told_beforehand_is_asked_about_at_once() -> None:
    story = at_stage(Stage.MNA).act("2026-06-01T10:00", "verblijf_buitenland_gemeld", tot="2026-08-01")
    assert "buitenland" in kinds(story)


def test_who_was_back_before_the_leaving_was_told_left_in_time() -> None:
    story = at_stage(Stage.MNA).act("2026-06-20T10:00", "terug_uit_buitenland_gemeld")
    assert kinds(story) == ["buitenland_onbekend"]
    story.act("2026-06-25T10:00", "verblijf_buitenland_gemeld", effective="2026-06-01")
    assert kinds(story) == []
    assert [(str(stay.since), str(stay.back)) for stay in story.state.stays_abroad] == [
        ("2026-06-01", "2026-06-20")
    ]


# -- handover ------------------------------------------------------------------------------------------


def accepted() -> Story:
    story = at_stage(Stage.MNA).act("2026-05-18T10:00", "trede_gemeten", trede=3)
    story.act("2026-05-20T10:00", "gemeenteoverdracht_aangeboden", naar="zutphen")
    return story.act("2026-05-26T10:00", "gemeenteoverdracht_aanvaard", door="zutphen")


def test_an_offer_waits_five_opening_days_for_an_answer_and_then_escalates() -> None:
    story = at_stage(Stage.MNA).act("2026-05-20T10:00", "gemeenteoverdracht_aangeboden", naar="zutphen")
    # After Wed 20 May; Mon 25 May is tweede pinksterdag.
    assert str(story.term("overdracht_gemeente-1").due) == "2026-05-28"
    story.until("2026-06-02T10:00")
    assert [role for _, _, role in story.told("escalated", term="overdracht_gemeente")] == [
        "eigenaar",
        "teamleider",
    ]


def test_a_handover_closes_the_journey_here_only_after_it_was_accepted() -> None:
    new = {"naar": "zutphen", "klantroute": "klantroute-zutphen-3-1"}
    story = at_stage(Stage.MNA).act("2026-05-20T10:00", "gemeenteoverdracht_aangeboden", naar="zutphen")
    with pytest.raises(Refused, match="geen aanbod aanvaard"):
        story.act("2026-05-21T10:00", "overgedragen", **new)
    with pytest.raises(Refused, match="Er ligt al een aanbod"):
        story.act("2026-05-21T10:00", "gemeenteoverdracht_aangeboden", naar="lochem")
    story.act("2026-05-26T10:00", "gemeenteoverdracht_aanvaard", door="zutphen")
    assert kinds(story) == ["overdracht_uitvoeren"]
    story.act("2026-05-27T10:00", "overgedragen", **new)
    assert (story.state.stage, story.state.exit, kinds(story)) == (Stage.GESLOTEN, "verhuizing", [])
    assert story.state.handover is not None
    assert story.state.handover.journey == "klantroute-zutphen-3-1"


def test_a_handover_waits_for_the_decision_on_an_application() -> None:
    story = accepted().act("2026-05-26T11:00", "aanvraag_ingediend")
    with pytest.raises(Refused, match="er loopt nog een aanvraag"):
        story.act("2026-05-27T10:00", "overgedragen", naar="zutphen", klantroute="klantroute-zutphen-3-1")


def test_who_declines_leaves_the_journey_here_with_a_person_who_acts() -> None:
    story = at_stage(Stage.MNA).act("2026-05-20T10:00", "gemeenteoverdracht_aangeboden", naar="zutphen")
    story.act("2026-05-22T10:00", "gemeenteoverdracht_geweigerd", door="zutphen")
    assert kinds(story) == ["overdracht_geweigerd"]
    assert story.state.stage is Stage.MNA
    story.act("2026-05-26T10:00", "gemeenteoverdracht_aangeboden", naar="lochem")
    assert story.term("overdracht_gemeente-2").status == "loopt"


def test_an_answer_to_no_offer_is_a_question() -> None:
    story = at_stage(Stage.MNA).act("2026-05-20T10:00", "gemeenteoverdracht_aanvaard", door="lochem")
    assert kinds(story) == ["overdracht_past_niet"]


def test_what_travels_is_route_stage_ladder_and_dates_of_the_inburgering() -> None:
    story = accepted()
    # Three years of inburgering from the PIP of 1 Feb 2026 (Wet inburgering 2021 art. 11).
    policy = load_policy("deventer")
    draft = Draft(story.state, policy, instant("2026-05-26T11:00"))
    draft.arm("inburgering", date(2026, 2, 1), track=Track.INBURGERING)
    transfer = carry_over(draft.state, date(2026, 5, 27))
    assert transfer.model_dump(mode="json") == {
        "van": "klantroute-deventer-1-1",
        "route": "regulier",
        "fase": "mna",
        "trede": 3,
        "huishouden": "onbekend",
        "inburgering": [{"termijn": "inburgering", "begin": "2026-02-01", "einde": "2029-02-01"}],
    }
    melding = Act(
        id="melding-1",
        name="melding",
        by=Actor(code="toegang", role="toegang"),
        effective=date(2026, 5, 27),
        data={"kanaal": "overdracht", "overgedragen_van": transfer.model_dump(mode="json")},
    )
    there = begin("zutphen", 3, 1, route=transfer.route, resident=Resident(household=transfer.huishouden))
    state = decide(there, melding, instant("2026-05-27T10:00"), policy).state
    assert (state.stage, state.ladder_step, state.came_from) == (Stage.INTAKE, 3, "klantroute-deventer-1-1")
    # A talk within a week there too, and the end of the inburgering has not moved.
    due = {term.term: str(term.due) for term in state.open_terms() if term.term != "taak"}
    assert due == {"eerste_gesprek": "2026-06-03", "inburgering": "2029-02-01"}
    assert state.placements == ()
    (task,) = [task for task in state.open_tasks() if task.kind == "overgenomen"]
    assert task.reasons == ("inburgering",)


def test_the_same_handover_arriving_twice_starts_nothing_twice() -> None:
    transfer = carry_over(accepted().state, date(2026, 5, 27)).model_dump(mode="json")
    story = Story()
    for number in (1, 2):
        story.act(f"2026-05-27T10:0{number}", "melding", kanaal="overdracht", overgedragen_van=transfer)
    assert kinds(story).count("overgenomen") == 1
    assert [term.term for term in story.state.terms if term.term != "taak"] == ["eerste_gesprek"]
