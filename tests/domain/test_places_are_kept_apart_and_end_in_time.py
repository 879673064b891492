"""Places: proposed, begun, paused, stopped, side by side, each with its own legal face and terms."""

from datetime import date

import pytest

from domain.decide import Refused
from domain.mna import Measurement, Pause, Period, Placement, count_days, ladder_delta
from domain.topics.placements import days_of, face_of
from tests.domain.story import Story


def with_plan() -> Story:
    story = Story().act("2026-04-30T10:00", "melding").act("2026-05-04T10:00", "gesprek_gevoerd")
    return story.act("2026-05-11T10:00", "plan_vastgesteld", akkoord=True)


def taking_part(**more: object) -> Story:
    return with_plan().act(
        "2026-05-18T10:00", "mna_gestart", vorm="vrijwilligerswerk", plek="buurthuis", **more
    )


def due(story: Story, key: str) -> list[str]:
    return [str(term.due) for term in story.state.open_terms(key)]


def test_what_the_city_and_what_the_resident_get_stand_side_by_side() -> None:
    story = taking_part(
        sector="groen",
        categorie="voor_de_stad",
        bijdrage="natuur_en_milieu",
        eigen_winst="dagritme",
        grond="aangeboden",
        uren=12,
    )
    (place,) = story.state.placements
    assert (place.id, place.contribution, place.own_gain, place.hours) == (
        "mna-1",
        "natuur_en_milieu",
        "dagritme",
        12,
    )


def test_a_partner_answers_a_proposal_within_its_term() -> None:
    """Five opening days after Tue 12 May 2026: 13, 15, 18, 19, 20 May (14 May is Hemelvaart)."""
    story = with_plan().act(
        "2026-05-12T10:00", "plek_voorgesteld", vorm="werkervaringsplaats", plek="KonnecteD", uren=20
    )
    assert due(story, "plaatsing_reactie") == ["2026-05-20"]
    story.act("2026-05-15T10:00", "plek_voorgesteld", vorm="stadswerkplaats", plek="Stadswerkplaats")
    story.act("2026-05-18T10:00", "reactie_partner", voorstel="voorstel-1", antwoord="afgewezen", reden="vol")
    assert [task.kind for task in story.state.open_tasks()] == ["plek_afgewezen"]
    assert len(due(story, "plaatsing_reactie")) == 1
    story.act("2026-05-19T10:00", "reactie_partner", antwoord="aangenomen")
    assert not due(story, "plaatsing_reactie")
    story.act(
        "2026-05-20T10:00",
        "mna_gestart",
        vorm="stadswerkplaats",
        plek="Stadswerkplaats",
        voorstel="voorstel-2",
    )
    assert [proposal.answer for proposal in story.state.proposals] == ["afgewezen", "begonnen"]


def test_what_was_agreed_with_the_partner_holds_at_the_start() -> None:
    story = with_plan()
    story.act(
        "2026-05-12T10:00",
        "plek_voorgesteld",
        vorm="werkervaringsplaats",
        plek="KonnecteD",
        uren=20,
        grond="aangeboden",
    )
    story.act(
        "2026-05-18T10:00",
        "mna_gestart",
        vorm="werkervaringsplaats",
        plek="KonnecteD",
        voorstel="voorstel-1",
        uren=16,
    )
    (place,) = story.state.placements
    assert (place.hours, place.ground, place.proposal) == (16, "aangeboden", "voorstel-1")


def test_a_partner_that_reacts_to_nothing_we_know_is_heard() -> None:
    story = with_plan().act("2026-05-12T10:00", "reactie_partner", antwoord="aangenomen")
    assert [task.kind for task in story.state.open_tasks()] == ["reactie_zonder_voorstel"]


def test_only_a_person_imposes_and_the_law_names_it_by_its_day() -> None:
    """Pw 9(1)(c): tegenprestatie, from 1 January 2027 maatschappelijke participatie."""
    story = with_plan()
    with pytest.raises(Refused, match="besluit van een mens"):
        story.act(
            "2026-05-12T10:00", "mna_gestart", vorm="vrijwilligerswerk", plek="buurthuis", grond="opgedragen"
        )
    story.act(
        "2026-05-12T10:00",
        "tegenprestatie_opgedragen",
        vorm="vrijwilligerswerk",
        plek="buurthuis",
        reden="besluit",
    )
    story.act(
        "2026-05-18T10:00", "mna_gestart", vorm="vrijwilligerswerk", plek="buurthuis", voorstel="voorstel-1"
    )
    (place,) = story.state.placements
    assert face_of(place, date(2026, 12, 31), story.policy)[0] == "tegenprestatie"
    assert face_of(place, date(2027, 1, 1), story.policy)[0] == "maatschappelijke_participatie"
    assert face_of(place.model_copy(update={"ground": "aangeboden"}), date(2026, 6, 1), story.policy) == (
        "aangeboden_voorziening",
        "Participatiewet art. 9 lid 1 onder b",
    )


def test_a_new_place_is_looked_for_only_when_nothing_else_runs() -> None:
    """Two places; after the second stop, on Mon 6 July, four weeks: Mon 3 August."""
    story = taking_part().act(
        "2026-05-20T10:00", "mna_gestart", vorm="stadswerkplaats", plek="Stadswerkplaats"
    )
    story.act(
        "2026-06-29T10:00",
        "mna_gestopt",
        plaatsing="mna-1",
        reden="plek gestopt",
        door="partner",
        oorzaak="past_niet",
    )
    assert not due(story, "herplaatsing")
    story.act("2026-07-06T10:00", "mna_gestopt", reden="was te zwaar", door="inwoner", oorzaak="te_zwaar")
    assert due(story, "herplaatsing") == ["2026-08-03"]
    assert [(p.stopped_by, p.cause) for p in story.state.placements] == [
        ("partner", "past_niet"),
        ("inwoner", "te_zwaar"),
    ]
    with pytest.raises(Refused, match=r"geen activiteit.*Lopende plaatsingen: geen"):
        story.act("2026-07-07T10:00", "mna_gestopt", reden="nog eens")


def test_a_pause_has_a_day_on_which_somebody_looks() -> None:
    story = taking_part().act(
        "2026-07-13T10:00", "mna_gepauzeerd", reden="partner_gesloten", verwacht_tot="2026-08-07"
    )
    assert due(story, "mna_hervatting") == ["2026-08-08"]
    assert not due(story, "herplaatsing")
    with pytest.raises(Refused, match="al gepauzeerd"):
        story.act("2026-07-14T10:00", "mna_gepauzeerd", reden="vakantie")
    story.act("2026-08-10T10:00", "mna_hervat")
    (place,) = story.state.placements
    assert not due(story, "mna_hervatting")
    assert [place.active_on(date(2026, 7, day)) for day in (12, 13)] == [True, False]
    assert [place.active_on(date(2026, 8, day)) for day in (9, 10)] == [False, True]


def test_the_old_place_ends_only_after_the_new_one_has_begun() -> None:
    """Continueringsplicht: the contract ends on Tue 30 June, so a new place has begun by then."""
    story = taking_part().act(
        "2026-06-01T10:00", "voorziening_eindigt", per="2026-06-30", reden="contract_eindigt"
    )
    assert due(story, "nieuwe_plek") == ["2026-06-30"]
    stop = {
        "plaatsing": "mna-1",
        "reden": "contract voorbij",
        "door": "gemeente",
        "oorzaak": "voorziening_eindigt",
    }
    with pytest.raises(Refused, match="continueringsplicht"):
        story.act("2026-06-15T10:00", "mna_gestopt", **stop)
    story.act("2026-06-22T10:00", "mna_gestart", vorm="werkervaringsplaats", plek="Cambio")
    assert story.term("nieuwe_plek-1").status == "gehaald"
    story.act("2026-06-30T10:00", "mna_gestopt", **stop)
    assert [p.running for p in story.state.placements] == [False, True]
    assert not due(story, "herplaatsing")


def test_a_place_that_is_gone_is_gone_and_a_new_one_is_looked_for() -> None:
    story = taking_part().act(
        "2026-06-01T10:00", "voorziening_eindigt", per="2026-06-30", reden="partner_stopt"
    )
    story.act(
        "2026-06-30T10:00",
        "mna_gestopt",
        reden="partner is gestopt",
        door="partner",
        oorzaak="voorziening_eindigt",
    )
    assert due(story, "herplaatsing") == ["2026-07-28"]
    assert not due(story, "nieuwe_plek")


def test_a_participatieplaats_has_the_terms_of_the_law() -> None:
    """Pw 10a from Mon 7 September 2026: schooling and premium after 6 months, a look at 9, an end at 12 when it
    brings nothing, at most two years (that day counts): through 6 September 2028."""
    story = with_plan().act("2026-09-07T10:00", "mna_gestart", vorm="participatieplaats", plek="Cambio")
    assert {
        key: due(story, f"participatieplaats_{key}")
        for key in ("scholing", "premie", "toets", "stop", "maximum")
    } == {
        "scholing": ["2027-03-07"],
        "premie": ["2027-03-07"],
        "toets": ["2027-06-07"],
        "stop": ["2027-09-07"],
        "maximum": ["2028-09-06"],
    }
    good = {"uitkomst": True, "reden": "goed gewerkt"}
    story.act("2027-03-01T10:00", "participatieplaats_beoordeeld", onderwerp="scholing", **good)
    story.act("2027-03-01T10:05", "participatieplaats_beoordeeld", onderwerp="premie", **good)
    assert due(story, "participatieplaats_premie") == ["2027-09-07"]
    story.act("2027-06-01T10:00", "participatieplaats_beoordeeld", onderwerp="kans_op_werk", **good)
    assert not due(story, "participatieplaats_stop")


def test_a_participatieplaats_gets_a_year_more_twice_and_by_a_decision() -> None:
    """Pw 10a(9) and (10): through 6 September 2029, and through 6 September 2030."""
    story = with_plan().act("2026-09-07T10:00", "mna_gestart", vorm="participatieplaats", plek="Cambio")
    story.act(
        "2028-08-21T10:00", "participatieplaats_verlengd", role="inkomensconsulent", reden="kans op werk"
    )
    assert due(story, "participatieplaats_maximum") == ["2029-09-06"]
    story.act(
        "2028-08-22T10:00", "participatieplaats_verlengd", role="inkomensconsulent", reden="kans op werk"
    )
    assert due(story, "participatieplaats_maximum") == ["2030-09-06"]
    with pytest.raises(Refused, match="al 2 keer verlengd"):
        story.act(
            "2028-08-23T10:00", "participatieplaats_verlengd", role="inkomensconsulent", reden="nog een jaar"
        )
    with pytest.raises(Refused, match="Participatieplaats verlengd"):
        story.act(
            "2028-08-23T10:00",
            "termijn_verlengd",
            termijn="participatieplaats_maximum",
            tot="2031-01-01",
            reden="langer",
        )


def test_stopping_a_participatieplaats_ends_its_terms_and_no_others() -> None:
    story = with_plan().act("2026-09-07T10:00", "mna_gestart", vorm="participatieplaats", plek="Cambio")
    story.act("2026-09-14T10:00", "mna_gestart", vorm="participatieplaats", plek="KonnecteD")
    story.act("2026-10-05T10:00", "mna_gestopt", plaatsing="mna-1", reden="past niet")
    assert due(story, "participatieplaats_maximum") == ["2028-09-13"]
    assert story.term("participatieplaats_maximum-1").status == "gehaald"
    assert story.term("participatieplaats_scholing-1").status == "vervallen"


def test_a_proefplaats_lasts_two_months_and_at_most_six() -> None:
    """Pw 8a(2)d from Mon 7 September 2026: Sat 7 November rolls to Mon 9 November (ATW 1); in all by 7 March."""
    story = with_plan().act("2026-09-07T10:00", "mna_gestart", vorm="proefplaats", plek="bakkerij")
    assert (due(story, "proefplaats"), due(story, "proefplaats_maximum")) == (["2026-11-09"], ["2027-03-07"])
    with pytest.raises(Refused, match="7 maart 2027"):
        story.act(
            "2026-11-02T10:00",
            "proefplaats_verlengd",
            role="inkomensconsulent",
            tot="2027-03-08",
            reden="langer",
        )
    story.act(
        "2026-11-02T10:00", "proefplaats_verlengd", role="inkomensconsulent", tot="2027-03-07", reden="langer"
    )
    assert due(story, "proefplaats") == ["2027-03-07"]


def test_days_without_an_activity_are_counted_by_what_they_were() -> None:
    """June 2026: capable from the 3rd, exempt 21 through 25, a place from the 8th until the 29th that was closed
    from the 15th until the 18th. Not capable: 2 days."""
    place = Placement(
        kind="vrijwilligerswerk",
        place="buurthuis",
        since=date(2026, 6, 8),
        until=date(2026, 6, 29),
        pauses=(Pause(since=date(2026, 6, 15), reason="partner_gesloten", ended=date(2026, 6, 18)),),
    )
    june = Period(date(2026, 6, 1), date(2026, 6, 30))
    days = count_days(
        [place],
        over=june,
        capable=[Period(date(2026, 6, 3))],
        exempt=[Period(date(2026, 6, 21), date(2026, 6, 25))],
    )
    # Active 8-14, 18-20, 26-28; paused 15-17; without 3-7 and 29-30.
    assert days._asdict() == {"active": 13, "paused": 3, "without": 7, "exempt": 5, "unknown": 0}


def test_the_days_of_a_journey_know_its_places_and_exemptions() -> None:
    """June 2026: a place since 18 May, closed from Mon 15 June until Mon 22 June, exempt from Thu 25 June."""
    story = taking_part().act("2026-06-15T10:00", "mna_gepauzeerd", reden="partner_gesloten")
    story.act("2026-06-22T10:00", "mna_hervat")
    story.act("2026-06-25T10:00", "ontheffing_verleend", grond="dringende_redenen", tot="2026-12-31")
    june = Period(date(2026, 6, 1), date(2026, 6, 30))
    days = days_of(story.state, june, [Period(date(2026, 1, 1))])
    assert days._asdict() == {"active": 17, "paused": 7, "without": 0, "exempt": 6, "unknown": 0}


def test_what_nobody_knows_is_held_against_nobody() -> None:
    june = Period(date(2026, 6, 1), date(2026, 6, 30))
    assert count_days([], over=june, capable=None)._asdict() == {
        "active": 0,
        "paused": 0,
        "without": 0,
        "exempt": 0,
        "unknown": 30,
    }


def test_the_ladder_is_measured_at_the_start_every_half_year_and_at_the_end() -> None:
    """First by Mon 25 May 2026 (two weeks after the plan is tweede pinksterdag: Tuesday 26), then half a year after
    20 May: Fri 20 November, and after 16 November Sun 16 May, Pinksteren: Tuesday 18; the last by four weeks after Mon 7 December: Mon 4 January."""
    story = with_plan()
    assert due(story, "trede_nulmeting") == ["2026-05-26"]
    story.act("2026-05-20T10:00", "trede_gemeten", trede=2)
    assert due(story, "trede_meting") == ["2026-11-20"]
    story.act("2026-11-16T10:00", "trede_gemeten", trede=4)
    assert due(story, "trede_meting") == ["2027-05-18"]
    story.act("2026-12-07T10:00", "uitstroom_vastgesteld", bestemming="werk_regulier")
    assert not due(story, "trede_meting")
    assert due(story, "trede_eindmeting") == ["2027-01-04"]
    story.act("2026-12-21T10:00", "trede_gemeten", trede=6)
    assert not due(story, "trede_eindmeting")
    assert [m.step for m in story.state.measurements] == [2, 4, 6]


def test_a_measurement_that_is_heard_of_late_hides_no_newer_one() -> None:
    story = with_plan().act("2026-05-20T10:00", "trede_gemeten", trede=4)
    story.act("2026-05-21T10:00", "trede_gemeten", effective="2026-05-12", trede=2)
    assert story.state.ladder_step == 4
    assert [m.step for m in story.state.measurements] == [2, 4]


def test_a_treetje_hoger_needs_two_measurements_of_which_the_last_is_valid() -> None:
    first, last = Measurement(on=date(2026, 5, 20), step=2), Measurement(on=date(2026, 11, 16), step=4)
    today, half_year_ago = date(2027, 5, 16), date(2026, 11, 16)
    found = ladder_delta([last, first], on=today, valid_from=half_year_ago)
    assert found is not None
    assert (found.start, found.latest, found.steps) == (2, 4, 2)
    assert ladder_delta([first], on=today, valid_from=half_year_ago) is None
    assert ladder_delta([last, first], on=date(2027, 5, 17), valid_from=date(2026, 11, 17)) is None
