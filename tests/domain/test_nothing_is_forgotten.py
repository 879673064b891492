"""Every open journey has an owner, a next step and an armed moment, whatever happens to it."""

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.calendars import start_of_day
from domain.decide import Refused, next_moment, route_of
from domain.journey import Stage, Track
from domain.projection import details, snapshot
from domain.routes import ROUTES, act_of_any_route
from tests.domain.story import Story

DATA: dict[str, list[dict[str, object]]] = {
    "gesprek_gepland": [{"datum": "2026-05-20"}, {"datum": "2026-05-20", "op_verzoek": True}],
    "aanvulling_gevraagd": [{"uiterlijk": "2026-08-01", "stukken": ["bankafschrift"]}],
    "besluit_bekendgemaakt": [{"uitkomst": "toegekend"}, {"uitkomst": "afgewezen", "reden": "inkomen"}],
    "voorschot_gestopt": [{"reden": "gegevens ontbreken"}],
    "plan_vastgesteld": [{"akkoord": True}],
    "mna_gestart": [{"vorm": "vrijwilligerswerk", "plek": "buurthuis"}],
    "mna_gestopt": [{"reden": "plek gestopt"}],
    "trede_gemeten": [{"trede": 3}],
    "uitstroom_vastgesteld": [{"bestemming": "werk_regulier"}],
    "klantroute_afgesloten": [{"reden": "eerder klaar"}],
    "klantroute_beeindigd": [{"exit": "vrijwillig", "reden": "eigen verzoek"}],
    "eigenaar_toegewezen": [{"team": "werktalent"}],
    "team_betrokken": [{"team": "gezinscoaches"}],
    "regisseur_aangewezen": [{"team": "werktalent", "persoon": "r.smit"}],
    "regisseur_geweigerd": [{"reden": "geen ruimte"}],
    "overdracht_geweigerd": [{"door": "gezinscoaches"}, {"door": "cambio", "soort": "partner"}],
    "doorzettingsmacht_ingeroepen": [
        {"aanleiding": "team_weigert", "gevraagd": "eigenaar", "reden": "niemand pakt het op"},
        {"aanleiding": "veiligheid", "gevraagd": "voorrang", "reden": "dit kan niet wachten"},
    ],
    "doorzettingsmacht_besluit": [
        {"besluit": "eigenaar", "team": "werktalent", "mandaat": "MB-2026-14", "reden": "duidelijkheid"},
        {
            "besluit": "voorrang",
            "uiterlijk": "2026-12-01",
            "mandaat": "MB-2026-14",
            "reden": "dit kan niet wachten",
        },
        {
            "besluit": "geschil",
            "team": "cambio",
            "buiten_gemeente": True,
            "mandaat": "MB-2026-14",
            "reden": "het duurt te lang",
        },
    ],
    "termijn_verlengd": [{"termijn": "plan", "tot": "2026-12-01", "reden": "ziekte"}],
    "signaal_ontvangen": [{"van": "woningcorporatie"}],
    "breuk_betwist": [{"termijn": "eerste_gesprek-1", "reden": "was op tijd"}],
    "breuk_vervallen_verklaard": [{"termijn": "eerste_gesprek-1", "reden": "was op tijd"}],
    "feit_vastgelegd": [
        {"feit": "huishouden", "waarde": "paar"},
        {"feit": "geboortedatum", "waarde": "2003-05-20"},
        {"feit": "vso_pro", "waarde": "vso"},
        {"feit": "vso_pro", "waarde": "nee"},
    ],
    "route_gekozen": [{"route": "jongere", "reden": "past beter"}, {"route": "regulier", "reden": "past"}],
    "school_onderzocht": [{"kan_naar_school": "nee"}, {"kan_naar_school": "ja", "reden": "plek op mbo"}],
    "houding_beoordeeld": [{"oordeel": "voldoende"}],
    "ondersteuning_jongere_gestart": [{"op_verzoek_school": True, "nodig": "dreigt uit te vallen"}],
    "zoektermijn_ingekort": [{"reden": "dreigende dakloosheid"}],
    "taak_afgerond": [],
    "handeling_gecorrigeerd": [],
    "handeling_ingetrokken": [],
    "bericht_niet_aangekomen": [
        {"bericht": "plan-1/1/eigenaar", "rol": "eigenaar", "termijn": "plan-1", "reden": "geweigerd"},
        {
            "bericht": "taak-1/trede-1/teamleider",
            "rol": "teamleider",
            "termijn": "taak-1",
            "reden": "opgegeven",
        },
    ],
}
NAMES = sorted({spec.name for route in ROUTES.values() for spec in route.acts})
BIRTHS = (date(1985, 1, 15), date(2003, 6, 1), date(1999, 6, 15), date(2008, 9, 1), None)
STEPS = st.lists(st.tuples(st.sampled_from(NAMES), st.integers(0, 40), st.integers(0, 99)), max_size=14)


def may(name: str) -> frozenset[str]:
    spec = act_of_any_route(name)
    assert spec is not None
    return spec.roles


def guarded(story: Story) -> None:
    """What must hold after every decision."""
    state = story.state
    assert state.owners[Track.TRAJECT].team
    assert route_of(state).stage(state.stage).next_step
    if state.stage is not Stage.GESLOTEN:
        assert state.open_terms(), f"nothing runs in {state.stage}"
    if state.stage is not Stage.GESLOTEN or state.open_terms():
        assert next_moment(state, story.policy) is not None
    assert details(snapshot(state, story.policy), state, story.policy)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(STEPS, st.sampled_from(BIRTHS), st.sampled_from(("alleenstaand", "paar", "onbekend")))
def test_no_sequence_of_acts_leaves_a_journey_unguarded(
    steps: list[tuple[str, int, int]], birth: date | None, household: str
) -> None:
    story = Story(birth=birth, household=household).act("2026-04-30T10:00", "melding")
    today = date(2026, 4, 30)
    for number, (name, days, choice) in enumerate(steps):
        today += timedelta(days=days)
        data = dict((DATA.get(name) or [{}])[choice % len(DATA.get(name) or [{}])])
        if name == "taak_afgerond":
            waiting = story.state.open_tasks()
            data = {"taak": waiting[choice % len(waiting)].id if waiting else "geen", "uitkomst": "gedaan"}
        if name in ("handeling_gecorrigeerd", "handeling_ingetrokken"):
            done = [item.act.id for item in story.state.log if item.act]
            data = {"handeling": done[choice % len(done)], "reden": "typefout"}
            if name == "handeling_gecorrigeerd":
                data["ingang"] = (today - timedelta(days=choice % 20)).isoformat()
        try:
            story.act(
                f"{today}T{10 + number % 6}:00",
                name,
                role="teamleider" if "teamleider" in may(name) else "",
                by=f"m{number % 2}",
                act_id=f"{number}",
                **data,
            )
        except Refused as refusal:
            assert str(refusal).endswith(".")  # noqa: PT017
        guarded(story)
    story.until(f"{today + timedelta(days=120)}T10:00")
    guarded(story)


def test_a_breach_declared_wrong_by_two_people_does_not_leave_the_journey_unguarded() -> None:
    story = Story().act("2026-04-30T10:00", "melding").until("2026-05-14T10:00")
    wrong = {"termijn": "eerste_gesprek-1", "reden": "was op tijd"}
    story.act("2026-05-15T10:00", "breuk_betwist", role="teamleider", by="a", **wrong)
    story.act("2026-05-15T11:00", "breuk_vervallen_verklaard", role="teamleider", by="b", **wrong)
    guarded(story)


def test_closing_silences_no_question_that_waits_for_a_person() -> None:
    story = Story().act("2026-04-30T10:00", "melding").act("2026-05-04T10:00", "bezwaar_ontvangen")
    story.act("2026-05-05T10:00", "klantroute_beeindigd", exit="vrijwillig", reden="op eigen verzoek")
    assert [term.task for term in story.state.open_terms()] == ["bezwaar:bezwaar_ontvangen@2026-05-04T10:00"]
    story.until("2026-05-29T10:00")
    assert story.told("escalated", term="taak")


def test_a_fact_that_lies_ahead_survives_closing() -> None:
    story = Story().act("2026-04-30T10:00", "melding")
    story.act("2026-05-04T10:00", "verhuizing_gemeld", effective="2026-08-01")
    story.act("2026-05-05T10:00", "klantroute_beeindigd", exit="vrijwillig", reden="op eigen verzoek")
    story.until("2026-08-01T12:00")
    assert [task.kind for task in story.state.open_tasks()] == ["past_niet", "verhuizing"] or [
        task.kind for task in story.state.open_tasks()
    ] == ["verhuizing"]


@pytest.mark.parametrize("stage", ["mna", "nazorg"])
def test_who_reports_again_half_way_has_a_talk_within_a_week_too(stage: str) -> None:
    story = Story().act("2026-04-30T10:00", "melding").act("2026-05-04T10:00", "gesprek_gevoerd")
    story.act("2026-05-11T10:00", "plan_vastgesteld", akkoord=True)
    if stage == "nazorg":
        story.act("2026-05-12T10:00", "uitstroom_vastgesteld", bestemming="onderwijs")
    story.act("2026-05-20T10:00", "melding")
    assert str(story.term("eerste_gesprek-2").due) == "2026-05-27"
    story.act("2026-05-26T10:00", "gesprek_gevoerd")
    assert story.term("eerste_gesprek-2").status == "gehaald"
    assert story.state.stage == stage


@pytest.mark.parametrize("year", ["1899", "2206", "9999"])
def test_a_year_that_nobody_means_is_refused(year: str) -> None:
    story = Story().act("2026-04-30T10:00", "melding")
    with pytest.raises(Refused, match="geen aannemelijke datum"):
        story.act("2026-05-01T10:00", "aanvraag_ingediend", effective=f"{year}-05-01")
    with pytest.raises(Refused, match="geen aannemelijke datum"):
        story.act("2026-05-01T10:00", "gesprek_gepland", datum=f"{year}-05-04")


def test_a_term_beyond_the_calendars_table_is_provisional_and_asks_the_administrator() -> None:
    story = Story().act("2028-11-01T10:00", "melding").act("2028-11-20T10:00", "aanvraag_ingediend")
    term = story.term("besluit_aanvraag-1")
    # 8 weeks after Mon 20 Nov 2028 = Mon 15 Jan 2029, outside the table.
    assert (str(term.due), term.provisional) == ("2029-01-15", True)
    assert [task.role for task in story.state.open_tasks() if task.kind == "kalender_aanvullen"] == ["beheer"]
    assert term.dates.breach_at == start_of_day(date(2029, 1, 16))
    guarded(story)
