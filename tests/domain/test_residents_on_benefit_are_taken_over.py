"""Who was on benefit already is taken over: guarded from the first day, and late with nothing of the past."""

from datetime import date, timedelta
from typing import Any

import pytest

from domain.decide import Refused
from domain.journey import Stage, Track
from domain.routes import ROUTES
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
    today = date(2026, 5, 1)
    for number, (name, days, choice) in enumerate(steps):
        today += timedelta(days=days)
        data = dict((DATA.get(name) or [{}])[choice % len(DATA.get(name) or [{}])])
        if name in ("handeling_gecorrigeerd", "handeling_ingetrokken", "taak_afgerond"):
            continue
        try:
            story.act(
                f"{today}T{10 + number % 6}:00",
                name,
                role="teamleider" if "teamleider" in ROUTES["regulier"].act(name).roles else "",
                act_id=f"{number}",
                **data,
            )
        except Refused as refusal:
            assert str(refusal).endswith(".")  # noqa: PT017
        guarded(story)
    story.until(f"{today + timedelta(days=200)}T10:00")
    guarded(story)
