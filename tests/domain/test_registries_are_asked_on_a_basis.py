"""A registry is asked after what policy names, in a stage that has a basis, and not after the benefit has ended.

Policy of Deventer (``policies/basis.toml``): the BRP after melding, aanvraag, plan and others, at most once in 14 days;
DUO after the BRP answered, about who is younger than 27; UWV income after an application.
"""

from typing import Any

import pytest

from domain.decide import Refused
from domain.findings import BrpPerson, Outcome, PartialDate, SchoolRecord
from domain.policy import Asked, Policy
from tests.domain.story import Story, instant, open_tasks, other_policy

ALL = ("brp", "uwv", "duo", "inlichtingenbureau")
OLD = BrpPerson(birth=PartialDate(year=1985, month=1, day=15), municipality_code="0150")
YOUNG = OLD.model_copy(update={"birth": PartialDate(year=2004, month=5, day=6)})


def asked(story: Story) -> list[str]:
    return [one.question for one in story.state.look_ups]


def reported(
    person: BrpPerson = OLD, connected: tuple[str, ...] = ALL, policy: Policy | None = None
) -> Story:
    story = Story(bsn=True, connected=connected, policy=policy).act("2026-05-04T10:00", "melding")
    return story.answer("2026-05-04T10:01", "brp_persoon", person=person)


def with_asked(question: str, **changes: Any) -> Policy:
    policy = other_policy()
    held: Asked = policy.questions[question]
    questions = {**policy.questions, question: held.model_copy(update=changes)}
    return policy.model_copy(update={"questions": questions})


def test_school_is_asked_about_who_is_surely_younger_than_27() -> None:
    assert asked(reported(YOUNG)) == ["duo_onderwijs"]
    assert asked(reported(OLD)) == []
    # Born in 1999, who knows when: 27 on a day in 2026 that nobody can tell.
    assert asked(reported(OLD.model_copy(update={"birth": PartialDate(year=1999)}))) == []


def test_a_registry_without_a_connection_is_not_asked() -> None:
    assert asked(reported(YOUNG, connected=("brp",))) == []


def test_an_application_is_followed_by_income_and_benefit_once() -> None:
    story = reported().act("2026-05-20T10:00", "aanvraag_ingediend")
    # The BRP was asked sixteen days ago, longer than the fourteen of the policy.
    assert asked(story) == ["brp_persoon", "uwv_inkomen", "bijstandsregelingen"]
    story.act("2026-05-21T10:00", "ziek_gemeld")
    assert len(asked(story)) == 3


def test_the_same_is_not_asked_again_within_the_days_of_policy() -> None:
    story = reported().act("2026-05-12T10:00", "aanvraag_ingediend")
    assert "brp_persoon" not in asked(story)


def test_what_has_no_basis_in_a_stage_is_not_asked() -> None:
    policy = with_asked("uwv_inkomen", stages=("mna",))
    story = reported(policy=policy).act("2026-05-20T10:00", "aanvraag_ingediend")
    assert "uwv_inkomen" not in asked(story)
    with pytest.raises(Refused, match="in de fase intake is er geen grondslag voor; wel in: mna"):
        story.act("2026-05-21T10:00", "registratie_bevraagd", vraag="uwv_inkomen")


def on_benefit_until_september(policy: Policy | None = None) -> Story:
    story = reported(policy=policy).act("2026-05-05T10:00", "gesprek_gevoerd")
    story.act("2026-05-06T10:00", "aanvraag_ingediend")
    for question in asked(story):
        story.answer("2026-05-07T10:00", question, Outcome.NOT_FOUND)
    story.act("2026-05-20T10:00", "besluit_bekendgemaakt", uitkomst="toegekend")
    story.act("2026-09-01T10:00", "uitkering_beeindigd", grond="werk", reden="werk", per="2026-09-01")
    return story


def test_after_the_benefit_has_ended_nothing_is_asked_without_a_basis_for_that() -> None:
    story = on_benefit_until_september()
    with pytest.raises(
        Refused, match=r"de uitkering is geëindigd per .*1 september 2026.* noemt geen grondslag"
    ):
        story.act("2026-10-01T10:00", "registratie_bevraagd", vraag="uwv_inkomen")
    story = on_benefit_until_september(with_asked("uwv_inkomen", after_benefit="Wet SUWI art. 33"))
    story.act("2026-10-01T10:00", "registratie_bevraagd", vraag="uwv_inkomen")
    assert asked(story) == ["uwv_inkomen"]


def test_whoever_asks_by_hand_is_named_with_the_question() -> None:
    story = reported().act(
        "2026-05-06T10:00", "registratie_bevraagd", by="a.jansen", vraag="gsd_reintegratie"
    )
    (look_up,) = story.state.look_ups
    assert (look_up.question, look_up.by) == ("gsd_reintegratie", "a.jansen")
    with pytest.raises(Refused, match="is al gevraagd; het antwoord is onderweg"):
        story.act("2026-05-06T11:00", "registratie_bevraagd", vraag="gsd_reintegratie")


def test_after_an_outage_one_person_was_asked_once_and_the_answer_still_comes() -> None:
    """Three times no answer within the patience of policy, and then there is one."""
    story = Story(bsn=True, connected=ALL).act("2026-05-04T10:00", "melding")
    for day in ("06", "08", "10"):
        story.answer(f"2026-05-{day}T10:00", "brp_persoon", Outcome.NO_ANSWER)
        assert open_tasks(story) == ["controleer_handmatig"]
        assert asked(story) == ["brp_persoon"]
    story.answer("2026-05-11T10:00", "brp_persoon", person=OLD)
    assert open_tasks(story) == []
    assert asked(story) == []
    # A week after the melding, whatever the BRP did.
    assert str(story.term("eerste_gesprek-1").due) == "2026-05-11"


@pytest.mark.parametrize("outcome", [Outcome.REFUSED_US, Outcome.INCOMPREHENSIBLE])
def test_what_has_to_be_mended_is_asked_again_later_or_by_whoever_knows_that_it_was(outcome: Outcome) -> None:
    story = (
        Story(bsn=True).act("2026-05-04T10:00", "melding").answer("2026-05-04T10:01", "brp_persoon", outcome)
    )
    (waiting,) = story.state.look_ups
    # Two days of patience (policies/deventer.toml): not at once, for the same answer would come without end.
    assert waiting.not_before == instant("2026-05-06T10:01")
    story.act("2026-05-05T10:00", "registratie_bevraagd", vraag="brp_persoon")
    (now,) = story.state.look_ups
    assert now.not_before is None
    story.answer("2026-05-05T10:01", "brp_persoon", person=OLD)
    assert "controleer_handmatig" not in open_tasks(story)


def test_whoever_looked_by_hand_is_not_asked_to_look_again() -> None:
    story = Story(bsn=True).act("2026-05-04T10:00", "melding")
    story.answer("2026-05-06T10:00", "brp_persoon", Outcome.NO_ANSWER)
    story.act(
        "2026-05-06T11:00", "taak_afgerond", taak="controleer_handmatig:brp_persoon-1", uitkomst="klopt"
    )
    for day in ("08", "10", "12"):
        story.answer(f"2026-05-{day}T12:00", "brp_persoon", Outcome.NO_ANSWER)
    assert open_tasks(story) == []


def test_nobody_looks_by_hand_at_what_was_not_asked() -> None:
    story = reported(YOUNG).answer("2026-05-04T10:02", "duo_onderwijs", Outcome.NOT_ASKED)
    assert "controleer_handmatig" not in open_tasks(story)
    assert asked(story) == []


def test_any_id_of_an_act_can_be_asked_again_after() -> None:
    story = reported().act("2026-05-20T10:00", "aanvraag_ingediend", act_id="brief~van~mei~7")
    story.answer("2026-05-23T10:00", "uwv_inkomen", Outcome.NO_ANSWER)
    assert "uwv_inkomen/brief~van~mei~8" in [one.id for one in story.state.look_ups]


def test_income_is_asked_only_about_who_wants_a_benefit_or_has_one() -> None:
    story = reported()
    with pytest.raises(Refused, match="heeft geen uitkering en heeft er geen gevraagd"):
        story.act("2026-05-05T10:00", "registratie_bevraagd", vraag="uwv_inkomen")


def test_time_that_passes_asks_nothing() -> None:
    """The plan came eight days after the BRP was asked; when a term passes later nothing is asked for that plan."""
    story = (
        reported()
        .act("2026-05-11T10:00", "gesprek_gevoerd")
        .act("2026-05-12T10:00", "plan_vastgesteld", akkoord=True, doelen=["werk"])
    )
    before = len(asked(story))
    story.until("2026-08-01T10:00")
    assert len(asked(story)) == before


def test_a_late_fact_is_followed_by_its_questions_although_it_stands_earlier_in_the_story() -> None:
    story = reported().act("2026-05-11T10:00", "gesprek_gevoerd")
    story.act("2026-05-22T10:00", "aanvraag_ingediend", effective="2026-05-06")
    assert "uwv_inkomen" in asked(story)


def test_a_correction_asks_nothing_that_was_not_asked_then() -> None:
    """The talk of May is put on another day in October: the benefit has ended and there is no basis any more."""
    story = on_benefit_until_september()
    story.state = story.state.model_copy(update={"connected": (*ALL, "later")})
    before = asked(story)
    story.act(
        "2026-10-01T10:00",
        "handeling_gecorrigeerd",
        role="teamleider",
        handeling="gesprek_gevoerd@2026-05-05T10:00",
        ingang="2026-05-04",
        reden="verkeerde dag",
    )
    assert asked(story) == before


def test_an_answer_under_way_arrives_after_a_correction() -> None:
    story = reported(YOUNG).act("2026-05-05T10:00", "gesprek_gevoerd", act_id="gesprek")
    waiting = asked(story)
    story.act(
        "2026-05-06T10:00",
        "handeling_gecorrigeerd",
        role="teamleider",
        handeling="gesprek",
        ingang="2026-05-04",
        reden="verkeerde dag",
    )
    assert asked(story) == waiting
    story.answer("2026-05-06T10:01", "duo_onderwijs", school=SchoolRecord(basic_qualification=True))
    assert [row.value for row in story.state.resident.facts if row.kind == "startkwalificatie"] == ["ja"]


def test_a_question_by_hand_stands_in_no_way_of_a_correction_after_the_connection_has_gone() -> None:
    story = reported().act("2026-05-05T10:00", "gesprek_gevoerd", act_id="gesprek")
    story.answer("2026-05-05T10:01", "gsd_reintegratie", Outcome.NOT_FOUND)
    story.act("2026-05-06T10:00", "registratie_bevraagd", vraag="gsd_reintegratie")
    story.state = story.state.model_copy(update={"connected": ("brp",)})
    story.act(
        "2026-05-07T10:00",
        "handeling_gecorrigeerd",
        role="teamleider",
        handeling="gesprek",
        ingang="2026-05-04",
        reden="verkeerde dag",
    )
    # And what waited is not asked any more: there is nobody to ask.
    assert "gsd_reintegratie" not in asked(story)


def test_a_closed_journey_asks_nothing() -> None:
    story = reported().act("2026-05-20T10:00", "aanvraag_ingediend")
    assert asked(story)
    story.act("2026-05-21T10:00", "overlijden_gemeld")
    assert asked(story) == []


def test_a_planned_act_is_followed_when_it_comes() -> None:
    story = reported().act("2026-05-11T10:00", "gesprek_gevoerd")
    for question in asked(story):
        story.answer("2026-05-11T10:05", question, Outcome.NOT_FOUND)
    story.act(
        "2026-07-01T10:00",
        "plan_vastgesteld",
        effective="2026-09-01",
        akkoord=True,
        doelen=["werk"],
        act_id="plan",
    )
    assert asked(story) == []
    story.until("2026-09-01T12:00")
    assert "brp_persoon" in asked(story)


def test_a_correction_asks_nothing_twice() -> None:
    story = reported(YOUNG).answer("2026-05-04T10:02", "duo_onderwijs", school=SchoolRecord())
    story.act("2026-05-05T10:00", "gesprek_gevoerd", act_id="gesprek")
    for question in asked(story):
        story.answer("2026-05-05T10:01", question, Outcome.NOT_FOUND)
    told = len([question for decision in story.decisions for question in decision.look_ups])
    story.act(
        "2026-05-06T10:00",
        "handeling_gecorrigeerd",
        role="teamleider",
        handeling="gesprek",
        ingang="2026-05-04",
        reden="verkeerde dag",
    )
    assert len([question for decision in story.decisions for question in decision.look_ups]) == told
    assert asked(story) == []
