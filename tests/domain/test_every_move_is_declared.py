"""An act takes a journey only to stages that its declaration names: pictures and screens rely on it."""

from datetime import date, timedelta

from hypothesis import HealthCheck, given, settings

from domain.decide import Refused
from domain.happenings import Act
from domain.routes import ROUTES
from tests.domain.story import Story
from tests.domain.test_nothing_is_forgotten import DATA, STEPS


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(STEPS)
def test_no_act_leads_where_its_declaration_does_not_say(steps: list[tuple[str, int, int]]) -> None:
    story = Story().act("2026-04-30T10:00", "melding")
    today = date(2026, 4, 30)
    for number, (name, days, choice) in enumerate(steps):
        if name in ("handeling_gecorrigeerd", "handeling_ingetrokken", "taak_afgerond"):
            continue
        today += timedelta(days=days)
        spec = ROUTES["regulier"].act(name)
        data = dict((DATA.get(name) or [{}])[choice % len(DATA.get(name) or [{}])])
        story.until(f"{today}T{10 + number % 6}:00")
        before = story.state.stage
        try:
            story.act(f"{today}T{10 + number % 6}:00", name, act_id=f"{number}", **data)
        except Refused:
            continue
        after = story.state.stage
        assert after is before or after in spec.leads_to, (
            f"{name} took a journey from {before} to {after}. Declare it with may_lead_to (and moves_from)."
        )
        if after is not before and after in (spec.moves_to, *spec.may_lead_to) and spec.moves_from:
            assert before in spec.moves_from, f"{name} moved a journey from {before}, outside its moves_from."
        assert isinstance(story.decisions[-1].happening, Act)
