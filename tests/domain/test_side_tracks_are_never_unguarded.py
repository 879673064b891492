"""Random sequences of integration, supported work, sheltered places and debt help, on every route.

Whatever comes in whatever order: no exception, every refusal is a sentence, nothing stands still, and a
side track that asks something of us has a term or a task.
"""

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.decide import Refused
from domain.journey import Track
from domain.routes import ROUTES
from domain.topics import debts, integration, sheltered, work_limits
from tests.domain.story import Story
from tests.domain.test_nothing_is_forgotten import guarded

MINE = (*integration.ACTS, *work_limits.ACTS, *sheltered.ACTS, *debts.ACTS)
STAGES = (
    "gesprek_gevoerd",
    "plan_vastgesteld",
    "mna_gestart",
    "uitstroom_vastgesteld",
    "werk_gestopt",
    "klantroute_afgesloten",
    "klantroute_beeindigd",
    "verhuizing_gemeld",
    "route_gekozen",
    "handeling_ingetrokken",
    "handeling_gecorrigeerd",
)
NAMES = sorted({spec.name for spec in MINE} | set(STAGES))
DATA: dict[str, list[dict[str, object]]] = {
    "inburgering_overgenomen": [{"leerroute": "b1", "pip_op": "2025-03-10"}],
    "duo_einddatum": [{"einddatum": "2028-03-10"}, {"einddatum": "2026-01-31"}],
    "inburgering_uitslag": [{"onderdeel": "knm", "behaald": True}],
    "inburgering_afgerond": [{"wijze": "voldaan"}],
    "brede_intake_opgeroepen": [{"datum": "2027-03-01"}, {"datum": "2027-03-01", "verzet": True}],
    "brede_intake_afgerond": [{}, {"in_afwezigheid": True}],
    "pip_vastgesteld": [{"leerroute": "b1", "akkoord": True}],
    "pip_wacht_op_derde": [{"op": "school"}],
    "leerroute_gewijzigd": [{"naar": "z", "reden": "past beter"}],
    "ontzorgen_gestopt": [{"reden": "bijstand stopt"}],
    "participatie_gestart": [{"vorm": "vrijwilligerswerk"}],
    "participatie_gestopt": [{"vorm": "vrijwilligerswerk", "reden": "klaar"}],
    "lks_groep_vastgesteld": [{"hoort_erbij": True}, {"hoort_erbij": False}],
    "lks_besloten": [
        {"uitkomst": "toegekend", "vorm": "forfaitair"},
        {"uitkomst": "toegekend"},
        {"uitkomst": "afgewezen", "reden": "hoort niet tot de groep"},
    ],
    "voorziening_besloten": [{"uitkomst": "toegekend"}],
    "jobcoach_gestopt": [{"reden": "gaat goed"}],
    "beschut_advies_ontvangen": [{"uitkomst": "positief"}, {"uitkomst": "negatief"}],
    "beschut_vastgesteld": [{"uitkomst": "beschut"}, {"uitkomst": "niet_beschut", "reden": "kan meer"}],
    "plek_gestart": [
        {"soort": "dagbesteding", "plek": "zorgboerderij"},
        {"soort": "beschut_werk", "plek": "KonnecteD"},
    ],
    "plek_gestopt": [{"reden": "aanbieder sluit"}],
    "wmo_gemeld": [{}, {"spoed": True}],
    "wmo_besloten": [{"uitkomst": "toegekend"}],
    "stap_omhoog": [{"naar": "beschut_werk"}],
    "schuldhulp_gevraagd": [{}, {"bedreigend": True}],
    "schuld_besluit_genomen": [
        {"uitkomst": "toegelaten"},
        {"uitkomst": "geweigerd", "reden": "kan het zelf"},
    ],
    "schuld_traject_gestopt": [{"reden": "komt afspraken niet na"}],
    "plan_vastgesteld": [{"akkoord": True}],
    "mna_gestart": [{"vorm": "vrijwilligerswerk", "plek": "buurthuis"}],
    "uitstroom_vastgesteld": [{"bestemming": "beschut_werk"}],
    "klantroute_afgesloten": [{"reden": "eerder klaar"}],
    "klantroute_beeindigd": [{"exit": "vrijwillig", "reden": "eigen verzoek"}],
    "route_gekozen": [{"route": route, "reden": "past beter"} for route in ROUTES],
}
STEPS = st.lists(st.tuples(st.sampled_from(NAMES), st.integers(0, 60), st.integers(0, 99)), max_size=16)


def owed(story: Story) -> None:
    """What a side track asks of us runs under a term of its own or lies with a person."""
    stage = debts.stage_of(story.state)
    if stage in ("gesprek", "besluit", "plan", "nazorg"):
        assert any(term.track is Track.SCHULDEN for term in story.state.open_terms()), stage
    known = story.state.integration
    if known and known.noticed_on and known.pip_on is None and known.done_on is None and not closed(story):
        assert any(term.track is Track.INBURGERING for term in story.state.open_terms())


def closed(story: Story) -> bool:
    """Closed now or once: closing ends what ran, and what comes later is placed anew."""
    return any(event.event == "journey_closed" for event in story.events)


@pytest.mark.parametrize("route", list(ROUTES))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(STEPS)
def test_no_sequence_of_side_tracks_stands_still(route: str, steps: list[tuple[str, int, int]]) -> None:
    story = Story().act("2026-02-02T10:00", "melding")
    story.act("2026-02-02T11:00", "route_gekozen", route=route, reden="om te beginnen")
    today = date(2026, 2, 3)
    for number, (name, days, choice) in enumerate(steps):
        today += timedelta(days=days)
        options = DATA.get(name) or [{}]
        data = dict(options[choice % len(options)])
        if name in ("handeling_gecorrigeerd", "handeling_ingetrokken"):
            done = [item.act.id for item in story.state.log if item.act]
            data = {"handeling": done[choice % len(done)], "reden": "typefout"}
            if name == "handeling_gecorrigeerd":
                data["ingang"] = (today - timedelta(days=choice % 20)).isoformat()
        roles = ROUTES[route].act(name).roles
        try:
            story.act(
                f"{today}T{10 + number % 6}:00",
                name,
                role="teamleider" if "teamleider" in roles else "",
                act_id=f"{number}",
                **data,
            )
        except Refused as refusal:
            assert str(refusal).endswith(".")  # noqa: PT017
        guarded(story)
        owed(story)
    story.until(f"{today + timedelta(days=400)}T10:00")
    guarded(story)
    owed(story)


@pytest.mark.parametrize("spec", MINE, ids=lambda spec: spec.name)
def test_every_route_has_the_acts_of_every_side_track(spec) -> None:  # type: ignore[no-untyped-def]
    for route in ROUTES.values():
        found = route.find(spec.name)
        assert found is not None
        assert found.rule is spec.rule
