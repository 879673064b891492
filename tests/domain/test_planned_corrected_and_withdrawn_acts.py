"""Planned is not happened; corrections are acts too, recompute what follows and keep what was."""

import pytest

from domain.decide import Refused
from domain.journey import FlagKind, Stage
from tests.domain.story import Story, other_policy

YEAR = {"grond": "dringende_redenen", "tot": "2027-05-31"}
LONG = {"grond": "dringende_redenen", "tot": "2027-08-11"}


def in_mna() -> Story:
    story = Story().act("2026-04-30T10:00", "melding").act("2026-05-04T10:00", "gesprek_gevoerd")
    story.act("2026-05-11T10:00", "plan_vastgesteld", akkoord=True)
    return story.act("2026-05-12T10:00", "mna_gestart", vorm="vrijwilligerswerk", plek="buurthuis")


def policy_halves_exemptions(story: Story) -> None:
    """From now on an exemption lasts six months at most."""
    shorter = story.policy.terms["ontheffing_einde"].model_copy(update={"length": 6})
    story.policy = other_policy(terms={**story.policy.terms, "ontheffing_einde": shorter})


def test_a_job_from_the_first_takes_effect_on_the_first() -> None:
    story = in_mna().act(
        "2026-05-20T10:00", "uitstroom_vastgesteld", effective="2026-06-01", bestemming="werk_regulier"
    )
    assert story.state.stage is Stage.MNA
    story.until("2026-05-31T23:59")
    assert story.state.stage is Stage.MNA
    story.until("2026-06-01T00:00")
    assert story.state.stage is Stage.NAZORG
    # 1 July, 1 September, 1 December 2026: 1, 3 and 6 months after 1 June.
    assert [str(story.term(f"nazorg_{n}-1").due) for n in (1, 3, 6)] == [
        "2026-07-01",
        "2026-09-01",
        "2026-12-01",
    ]


def test_a_planned_act_can_be_withdrawn_and_nothing_happens() -> None:
    story = in_mna().act(
        "2026-05-20T10:00",
        "uitstroom_vastgesteld",
        effective="2026-06-01",
        act_id="baan",
        bestemming="werk_regulier",
    )
    story.act("2026-05-28T10:00", "handeling_ingetrokken", handeling="baan", reden="werkgever ziet ervan af")
    story.until("2026-06-05T10:00")
    assert story.state.stage is Stage.MNA
    assert story.state.planned == ()
    assert [kept.act.id for kept in story.state.superseded] == ["baan"]


def test_a_planned_act_that_fits_no_more_becomes_a_question() -> None:
    story = in_mna().act("2026-05-20T10:00", "mna_gestopt", effective="2026-06-01", reden="project loopt af")
    story.act("2026-05-25T10:00", "uitstroom_vastgesteld", bestemming="onderwijs").until("2026-06-01T12:00")
    assert [task.kind for task in story.state.open_tasks()] == ["geplande_handeling"]


def test_a_plan_that_policy_forbids_is_refused_when_it_is_made() -> None:
    """Twelve months from 1 June 2026 is 1 June 2027."""
    story = in_mna()
    with pytest.raises(Refused, match="dinsdag 1 juni 2027"):
        story.act("2026-05-20T10:00", "ontheffing_verleend", effective="2026-06-01", **LONG)
    assert story.state.planned == ()


def test_a_planned_act_that_policy_forbids_by_then_is_a_question_and_nothing_happened() -> None:
    story = in_mna().act(
        "2026-05-20T10:00", "ontheffing_verleend", effective="2026-06-01", act_id="pas", **YEAR
    )
    policy_halves_exemptions(story)
    story.until("2026-06-01T12:00")
    (task,) = story.state.open_tasks("geplande_handeling")
    assert "dinsdag 1 december 2026" in task.text
    assert story.state.flag(FlagKind.ONTHEFFING) is None
    assert story.state.open_terms("ontheffing_einde") == []
    accepted = [event for event in story.events if event.event == "act_accepted" and event.act_id == "pas"]
    assert [event.text for event in accepted] == ["Ontheffing verleend: gepland voor maandag 1 juni 2026."]


def test_a_talk_that_still_has_to_happen_is_no_talk() -> None:
    story = Story().act("2026-04-30T10:00", "melding")
    with pytest.raises(Refused, match="moet nog gebeuren"):
        story.act("2026-05-01T10:00", "gesprek_gevoerd", effective="2026-05-06")


def test_a_later_talk_at_the_residents_request_moves_the_promise() -> None:
    story = Story().act("2026-04-30T10:00", "melding")
    story.act("2026-05-01T10:00", "gesprek_gepland", datum="2026-05-11", op_verzoek=True)
    assert str(story.term("eerste_gesprek-1").due) == "2026-05-11"
    story.act("2026-05-11T10:00", "gesprek_gevoerd")
    assert story.told("term_breached") == []


def test_a_wrong_date_is_corrected_and_everything_follows() -> None:
    """The application was of 6 May, not 4 May: advance 3 June, decision 1 July."""
    story = Story().act("2026-04-30T10:00", "melding")
    story.act("2026-05-06T10:00", "aanvraag_ingediend", effective="2026-05-04", act_id="aanvraag")
    story.act(
        "2026-05-07T10:00",
        "handeling_gecorrigeerd",
        handeling="aanvraag",
        ingang="2026-05-06",
        reden="typefout",
    )
    assert str(story.term("voorschot-1").due) == "2026-06-03"
    assert str(story.term("besluit_aanvraag-1").due) == "2026-07-01"
    assert [str(kept.act.effective) for kept in story.state.superseded] == ["2026-05-04"]


def test_a_correction_gives_the_state_as_if_the_right_act_had_come() -> None:
    wrong = Story().act("2026-04-30T10:00", "melding")
    wrong.act("2026-05-06T10:00", "aanvraag_ingediend", effective="2026-05-04", act_id="aanvraag")
    wrong.act("2026-05-20T10:00", "gesprek_gevoerd")
    wrong.act(
        "2026-05-21T10:00",
        "handeling_gecorrigeerd",
        handeling="aanvraag",
        ingang="2026-05-06",
        reden="typefout",
    )
    right = Story().act("2026-04-30T10:00", "melding")
    right.act("2026-05-06T10:00", "aanvraag_ingediend", effective="2026-05-06", act_id="aanvraag")
    right.act("2026-05-20T10:00", "gesprek_gevoerd").until("2026-05-21T10:00")
    for name in ("stage", "terms", "tasks", "planned", "owners", "application_on"):
        assert getattr(wrong.state, name) == getattr(right.state, name), name


def test_rungs_that_were_delivered_are_not_delivered_again_after_a_correction() -> None:
    story = Story().act("2026-04-30T10:00", "melding", act_id="m").until("2026-05-11T12:00")
    before = story.told("escalated")
    assert len(before) == 2
    # The melding was a day earlier: the promise ended on 6 May and the third rung comes on 12 May.
    story.act(
        "2026-05-11T13:00", "handeling_gecorrigeerd", handeling="m", ingang="2026-04-29", reden="typefout"
    )
    assert story.told("escalated") == before
    story.until("2026-05-20T10:00")
    assert story.told("escalated")[2:] == [("2026-05-12 08:30", "escalated", "afdelingshoofd")]


def test_a_correction_that_brings_a_breach_to_light_tells_it_now() -> None:
    story = Story().act("2026-04-30T10:00", "melding")
    story.act("2026-05-06T10:00", "gesprek_gevoerd", act_id="g").until("2026-05-12T10:00")
    assert story.told("escalated") == []
    # The talk turns out to be another resident's.
    story.act("2026-05-12T11:00", "handeling_ingetrokken", handeling="g", reden="verkeerde persoon")
    assert story.state.stage is Stage.INTAKE
    assert [role for _, _, role in story.told("escalated")] == ["eigenaar", "teamleider"]
    assert all(m.at == story.decisions[-1].at for m in story.decisions[-1].messages)


def test_a_correction_that_would_throw_later_acts_out_is_refused_by_name() -> None:
    story = in_mna()
    story.until("2026-05-20T10:00")
    state = story.state
    with pytest.raises(Refused, match=r"plan_vastgesteld@2026-05-11T10:00.*past dan niet meer"):
        story.act(
            "2026-05-20T10:00",
            "handeling_ingetrokken",
            handeling="gesprek_gevoerd@2026-05-04T10:00",
            reden="fout",
        )
    with pytest.raises(Refused, match="moet nog komen"):
        story.act(
            "2026-05-20T10:00",
            "handeling_gecorrigeerd",
            handeling="gesprek_gevoerd@2026-05-04T10:00",
            ingang="2027-05-04",
            reden="typefout",
        )
    with pytest.raises(Refused, match="niet mee akkoord"):
        story.act(
            "2026-05-20T10:00",
            "handeling_gecorrigeerd",
            handeling="plan_vastgesteld@2026-05-11T10:00",
            gegevens={"akkoord": False},
            reden="typefout",
        )
    assert story.state is state


def test_who_may_not_do_an_act_may_not_correct_it() -> None:
    story = Story().act("2026-04-30T10:00", "melding").act("2026-05-04T10:00", "aanvraag_ingediend")
    story.act("2026-05-20T10:00", "besluit_bekendgemaakt", act_id="b", uitkomst="toegekend")
    changed = {"handeling": "b", "gegevens": {"uitkomst": "afgewezen", "reden": "x"}, "reden": "anders"}
    with pytest.raises(Refused, match="toegang mag 'Besluit bekendgemaakt' niet corrigeren"):
        story.act("2026-05-21T10:00", "handeling_gecorrigeerd", role="toegang", **changed)
    assert story.state.decision == "toegekend"


def test_a_withdrawn_death_opens_what_it_closed_and_asks_again() -> None:
    story = Story(bsn=True).act("2026-04-30T10:00", "melding")
    story.act("2026-05-04T10:00", "overlijden_gemeld", act_id="dood")
    assert story.state.look_ups == ()
    story.act("2026-05-05T10:00", "handeling_ingetrokken", handeling="dood", reden="verkeerde persoon")
    assert story.state.stage is Stage.INTAKE
    assert story.state.open_terms("eerste_gesprek")
    assert [question.id for question in story.decisions[-1].look_ups] == ["brp_persoon-1"]


def test_what_cannot_be_put_right_says_why() -> None:
    story = Story().act("2026-04-30T10:00", "melding", act_id="m")
    for data, sentence in (
        ({"handeling": "bestaat-niet", "reden": "typefout"}, "staat niet in deze klantroute"),
        ({"handeling": "m", "reden": "verkeerd"}, "Beëindig de klantroute"),
    ):
        with pytest.raises(Refused, match=sentence):
            story.act("2026-05-01T10:00", "handeling_ingetrokken", **data)
    with pytest.raises(Refused, match="vul 'ingang' of 'gegevens' in"):
        story.act("2026-05-01T10:00", "handeling_gecorrigeerd", handeling="m", reden="iets")


def test_a_wrongly_registered_breach_needs_a_second_person() -> None:
    story = Story().act("2026-04-30T10:00", "melding").until("2026-05-08T12:00")
    wrong = {"termijn": "eerste_gesprek-1", "reden": "gesprek was op 6 mei"}
    with pytest.raises(Refused, match="door niemand betwist"):
        story.act("2026-05-08T13:00", "breuk_vervallen_verklaard", role="teamleider", by="a", **wrong)
    story.act("2026-05-08T13:00", "breuk_betwist", role="teamleider", by="a", **wrong)
    with pytest.raises(Refused, match="Vraag een tweede persoon"):
        story.act("2026-05-08T14:00", "breuk_vervallen_verklaard", role="teamleider", by="a", **wrong)
    story.act("2026-05-08T14:00", "breuk_vervallen_verklaard", role="teamleider", by="b", **wrong)
    term = story.term("eerste_gesprek-1")
    assert term.breached_at is not None
    assert term.annulled_by.code == "b"
    # The ladder stops, the term does not: the owner is reminded until the right act is recorded.
    story.until("2026-05-29T12:00")
    assert [role for _, _, role in story.told("escalated")] == ["eigenaar"]
    assert "wacht nog op u" in story.messages[-1].params["tekst"]
    story.act("2026-06-01T10:00", "gesprek_gevoerd", effective="2026-05-06")
    assert story.term("eerste_gesprek-1").status == "tijdig_laat_geregistreerd"


def test_a_late_death_is_recorded_also_after_a_planned_act_that_policy_outgrew() -> None:
    story = in_mna().act("2026-05-20T10:00", "ontheffing_verleend", effective="2026-06-01", **YEAR)
    policy_halves_exemptions(story)
    story.until("2026-06-01T12:00")
    story.act("2026-06-10T10:00", "overlijden_gemeld", effective="2026-06-05")
    assert story.state.stage is Stage.GESLOTEN


def test_a_late_death_is_recorded_also_after_an_act_that_policy_would_refuse_by_now() -> None:
    story = in_mna().act("2026-05-20T10:00", "ontheffing_verleend", **{**YEAR, "tot": "2027-05-20"})
    policy_halves_exemptions(story)
    story.act("2026-06-10T10:00", "overlijden_gemeld", effective="2026-06-05")
    assert story.state.stage is Stage.GESLOTEN
    # It could not take its place, so a person looks at what came in between.
    assert story.state.open_tasks("laat_feit")
