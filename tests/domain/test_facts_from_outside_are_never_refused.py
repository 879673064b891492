"""An application, an objection, a death or a move is recorded in any stage, also after closing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.decide import Refused
from domain.happenings import SYSTEM
from domain.journey import Stage
from domain.routes import ROUTES
from tests.domain.story import Story

FACTS = [spec for spec in ROUTES["regulier"].acts if spec.origin == "van_buiten"]
NEEDED = {
    "inburgering_overgenomen": {"leerroute": "b1", "pip_op": "2025-03-10"},
    "duo_einddatum": {"einddatum": "2028-03-10"},
    "inburgering_uitslag": {"onderdeel": "knm", "behaald": True},
    "inburgering_afgerond": {"wijze": "voldaan"},
    "verlenging_inburgering_besloten": {"uitkomst": "toegekend"},
    "beschut_advies_ontvangen": {"uitkomst": "positief"},
    "plek_gestart": {"soort": "dagbesteding", "plek": "zorgboerderij"},
    "plek_gestopt": {"reden": "aanbieder sluit"},
    "feit_vastgelegd": {"feit": "huishouden", "waarde": "paar"},
    "signaal_ontvangen": {"van": "woningcorporatie"},
    "reactie_partner": {"antwoord": "afgewezen"},
    "voorziening_eindigt": {"per": "2026-06-30"},
    "pauze_gemeld": {"reden": "detentie"},
    "verzuim_gemeld": {"sinds": "2026-05-11"},
    "werk_gemeld": {"per": "2026-06-01"},
    "einde_ww_gemeld": {"per": "2026-07-01"},
    "controle_gemeld": {"wat": "geen_moment", "week": "2026-W20"},
    "huishouden_gewijzigd": {"wat": "partner_erbij"},
    "huishouden_bericht": {"versie": 1, "feiten": {"household": "huishouden-deventer-7"}},
    "gemeenteoverdracht_aanvaard": {"door": "zutphen"},
    "gemeenteoverdracht_geweigerd": {"door": "zutphen"},
    "bericht_niet_aangekomen": {"bericht": "plan-1/1/eigenaar", "rol": "eigenaar", "reden": "geweigerd"},
}


def at_stage(stage: Stage) -> Story:
    story = Story().act("2026-04-30T10:00", "melding")
    if stage is Stage.INTAKE:
        return story
    story.act("2026-05-04T10:00", "gesprek_gevoerd")
    if stage is Stage.PLAN:
        return story
    story.act("2026-05-11T10:00", "plan_vastgesteld", akkoord=True)
    if stage is Stage.MNA:
        return story
    story.act("2026-05-12T10:00", "bemiddeling_gestart")
    if stage is Stage.UITSTROOM:
        return story
    story.act("2026-05-13T10:00", "uitstroom_vastgesteld", bestemming="werk_regulier")
    if stage is Stage.NAZORG:
        return story
    return story.act("2026-05-18T10:00", "klantroute_afgesloten", reden="op eigen verzoek eerder klaar")


@pytest.mark.parametrize("stage", list(Stage))
@pytest.mark.parametrize("fact", FACTS, ids=lambda spec: spec.name)
def test_a_fact_is_recorded_in_every_stage(stage: Stage, fact) -> None:  # type: ignore[no-untyped-def]
    story = at_stage(stage)
    assert story.state.stage is stage
    before = story.state.version
    story.act("2026-05-19T10:00", fact.name, **NEEDED.get(fact.name, {}))
    # What the program notices makes nobody's screen stale.
    assert story.state.version == before + (SYSTEM not in fact.roles)
    assert story.state.logged(f"{fact.name}@2026-05-19T10:00") is not None


def test_a_second_application_opens_a_question_and_leaves_the_first_term_alone() -> None:
    story = Story().act("2026-04-30T10:00", "melding").act("2026-05-04T10:00", "aanvraag_ingediend")
    story.act("2026-05-06T10:00", "aanvraag_ingediend")
    assert [term.id for term in story.state.open_terms("besluit_aanvraag")] == ["besluit_aanvraag-1"]
    assert story.told("task_opened") == [
        ("2026-05-06 10:00", "task_opened", "tweede_aanvraag:aanvraag_ingediend@2026-05-06T10:00")
    ]


def test_an_objection_after_closing_gets_a_person_with_a_term_of_its_own() -> None:
    story = at_stage(Stage.GESLOTEN).act("2026-06-10T10:00", "bezwaar_ontvangen")
    assert [task.role for task in story.state.open_tasks()] == ["bezwaarjurist"]
    # Five opening days after Wed 10 June: Wed 17 June.
    # Against what is not known: the decision on it is due six weeks after Wed 10 June (Awb 7:10).
    assert [(term.term, str(term.due)) for term in story.state.open_terms()] == [
        ("bezwaar_besluit", "2026-07-22"),
        ("taak", "2026-06-17"),
    ]
    story.until("2026-06-30T10:00")
    assert [role for _, _, role in story.told("escalated", term="taak")][:2] == ["eigenaar", "teamleider"]


def test_death_stops_every_term_at_once_and_asks_a_person_to_look_further() -> None:
    story = at_stage(Stage.PLAN).act("2026-05-20T10:00", "overlijden_gemeld")
    assert story.state.stage is Stage.GESLOTEN
    assert story.state.exit == "overlijden"
    assert {term.term for term in story.state.open_terms()} == {"taak"}
    assert [task.kind for task in story.state.open_tasks()] == ["overlijden"]


def test_a_fact_with_a_date_ahead_is_recorded_and_its_date_checked_by_a_person() -> None:
    story = at_stage(Stage.INTAKE).act("2026-05-01T10:00", "aanvraag_ingediend", effective="2026-06-01")
    assert story.state.open_terms("besluit_aanvraag")
    assert [task.kind for task in story.state.open_tasks()] == ["controleer_datum"]


def test_what_our_own_people_decide_can_be_not_now_and_says_what_first() -> None:
    story = at_stage(Stage.INTAKE)
    with pytest.raises(Refused, match=r"kan niet in de fase intake.*Voer het eerste gesprek"):
        story.act("2026-05-01T10:00", "plan_vastgesteld", akkoord=True)
    assert story.state.version == 1


def test_a_role_that_may_not_is_refused_with_who_may() -> None:
    story = at_stage(Stage.PLAN)
    with pytest.raises(Refused, match=r"toegang mag 'Besluit bekendgemaakt' niet.*kwaliteitstoetser"):
        story.act("2026-05-06T10:00", "besluit_bekendgemaakt", role="toegang", uitkomst="toegekend")


def test_a_negative_decision_needs_a_reason() -> None:
    story = at_stage(Stage.PLAN).act("2026-05-05T10:00", "aanvraag_ingediend")
    with pytest.raises(Refused, match="heeft een reden nodig"):
        story.act("2026-05-06T10:00", "besluit_bekendgemaakt", uitkomst="afgewezen")
    story.act("2026-05-06T10:00", "besluit_bekendgemaakt", uitkomst="afgewezen", reden="inkomen te hoog")
    assert story.state.decision == "afgewezen"


@given(
    st.dictionaries(
        st.text(max_size=8).map("x".__add__),
        st.one_of(st.integers(), st.text(max_size=8), st.none()),
        min_size=1,
    )
)
def test_wrong_fields_are_refused_by_name_and_change_nothing(data: dict[str, object]) -> None:
    story = Story().act("2026-04-30T10:00", "melding")
    state = story.state
    with pytest.raises(Refused, match="De velden zijn: geen"):
        story.act("2026-05-01T10:00", "gesprek_gevoerd", **data)
    assert story.state is state
