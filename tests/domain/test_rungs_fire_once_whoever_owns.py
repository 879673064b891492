"""A rung is delivered once, to whoever owns the journey at that moment, whatever changes meanwhile."""

from collections import Counter
from datetime import date, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.decide import Refused
from domain.journey import Track
from domain.policy import Ladder, Policy, Rung
from domain.routes import ROUTES
from domain.terms import TermClass
from runtime.policies import load_policy
from tests.domain.story import Story, other_policy

TEAMS = ("toegang", "werktalent", "sociaal_team")
CHANGES: list[tuple[str, dict[str, Any]]] = [
    *(("eigenaar_toegewezen", {"team": team, "persoon": f"p.{team}"}) for team in TEAMS),
    *(("team_betrokken", {"team": team}) for team in TEAMS),
    *(("regisseur_aangewezen", {"team": team, "persoon": "regisseur"}) for team in TEAMS),
    ("regisseur_aanvaard", {}),
    ("regisseur_geweigerd", {"reden": "geen ruimte"}),
    ("overdracht_geweigerd", {"door": "sociaal_team"}),
    *(
        (
            "doorzettingsmacht_besluit",
            {"besluit": "eigenaar", "team": team, "mandaat": "MB-2026-14", "reden": "niemand pakt het op"},
        )
        for team in TEAMS
    ),
]
STEPS = st.lists(
    st.tuples(st.integers(0, len(CHANGES) - 1), st.integers(0, 4), st.integers(0, 23)), max_size=12
)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(STEPS)
def test_any_sequence_of_reassignments_leaves_each_rung_delivered_once(
    steps: list[tuple[int, int, int]],
) -> None:
    """The talk of Thu 30 April 2026 is never held: rungs on 8, 11 and 13 May, while owners come and go."""
    story = Story().act("2026-04-30T10:00", "melding")
    day, hour = date(2026, 5, 1), 0
    for number, (choice, days, later) in enumerate(steps):
        hour = later if days else max(hour, later)
        day += timedelta(days=days)
        name, data = CHANGES[choice]
        role = "teamleider" if "teamleider" in ROUTES["regulier"].act(name).roles else ""
        try:
            story.act(f"{day}T{hour:02}:30", name, role=role, act_id=f"{number}", **data)
        except Refused:
            continue
    story.until("2026-07-31T10:00")

    rungs = [event for event in story.events if event.event == "escalated"]
    assert max(Counter((event.term_id, event.rung, event.role) for event in rungs).values()) == 1
    talk = [(event.rung, event.role) for event in rungs if event.term_id == "eerste_gesprek-1"]
    assert talk in (
        [(1, "eigenaar"), (2, "teamleider"), (3, "afdelingshoofd")],
        [(1, "eigenaar"), (2, "teamleider"), (3, "ketenoverleg")],
    )
    for decision in story.decisions:
        for message in decision.messages:
            if message.template == "trede":
                owner = decision.state.owners[Track.TRAJECT]
                assert message.to.team == owner.team
                if message.to.role == "eigenaar":
                    assert message.to.person == owner.person


def test_the_second_rung_goes_to_the_team_that_owns_it_by_then() -> None:
    """Owner on Fri 8 May 2026; handed over on Fri afternoon; the teamleider of the new team on Mon 11 May."""
    story = Story().act("2026-04-30T10:00", "melding")
    story.act("2026-05-08T15:00", "eigenaar_toegewezen", team="werktalent", persoon="s.tahiri")
    story.until("2026-05-12T10:00")
    told = [(m.to.role, m.to.team, m.to.person) for m in story.messages if m.template == "trede"]
    assert told == [("eigenaar", "toegang", ""), ("teamleider", "werktalent", "")]


def test_a_team_that_became_the_owner_itself_is_no_other_team() -> None:
    story = (
        Story()
        .act("2026-04-30T10:00", "melding")
        .act("2026-05-01T10:00", "team_betrokken", team="werktalent")
    )
    story.act("2026-05-02T10:00", "eigenaar_toegewezen", team="werktalent").until("2026-05-14T10:00")
    assert [role for _, _, role in story.told("escalated")][-1] == "afdelingshoofd"


def breached_decision(policy: Policy | None = None) -> Story:
    """Asked on 1 June until 8 June, nothing came: due Mon 6 July 2026, first rung on Tue 7 July."""
    story = Story(policy=policy).act("2026-04-30T10:00", "melding")
    story.act("2026-05-04T10:00", "aanvraag_ingediend").act("2026-05-05T10:00", "gesprek_gevoerd")
    story.act("2026-06-01T10:00", "aanvulling_gevraagd", uiterlijk="2026-06-08", stukken=["bankafschrift"])
    return story.until("2026-07-08T09:00")


def decision_rungs(story: Story) -> list[tuple[str, str]]:
    return [(at[5:], role) for at, _, role in story.told("escalated", term="besluit_aanvraag")]


def test_a_term_that_moves_tells_nobody_twice_and_goes_on_with_who_heard_nothing_yet() -> None:
    """On Wed 8 July it turns out that it came on 5 June: due 2 July. Three opening days after 8 July: Mon 13 July."""
    story = breached_decision()
    story.act("2026-07-08T10:00", "aanvulling_ontvangen", effective="2026-06-05").until("2026-08-31T10:00")
    assert decision_rungs(story) == [
        ("07-07 08:30", "eigenaar"),
        ("07-07 08:30", "teamleider"),
        ("07-13 08:30", "afdelingshoofd"),
    ]


def with_ladder(*after: tuple[int, str], at_breach: tuple[str, ...]) -> Policy:
    ladders = load_policy("deventer").ladders
    rungs = tuple(Rung(days=days, roles=(role,)) for days, role in after)
    changed = Ladder(at_breach=at_breach, after=rungs, again_days=5)
    return other_policy(ladders={**ladders, TermClass.STATUTORY_MONEY: changed})


def test_a_ladder_that_changed_meanwhile_leaves_nobody_out_and_tells_nobody_twice() -> None:
    """The same move, under a policy in which everybody stands one rung lower or higher."""
    longer = with_ladder((1, "teamleider"), (3, "afdelingshoofd"), at_breach=("eigenaar",))
    shorter = with_ladder((1, "afdelingshoofd"), at_breach=("eigenaar", "teamleider"))
    for before, after, last in ((None, longer, "07-13 08:30"), (longer, shorter, "07-09 08:30")):
        story = breached_decision(before).until("2026-07-08T09:00")
        story.policy = after
        story.act("2026-07-08T10:00", "aanvulling_ontvangen", effective="2026-06-05")
        story.until("2026-08-31T10:00")
        assert decision_rungs(story) == [
            ("07-07 08:30", "eigenaar"),
            ("07-07 08:30" if before is None else "07-08 08:30", "teamleider"),
            (last, "afdelingshoofd"),
        ]


def test_a_new_closing_day_moves_what_is_counted_from_the_delivery() -> None:
    """Closed on Fri 8 May 2026 after all: the owner hears on Mon 11 May, the others one and three days after."""
    story = Story().act("2026-04-30T10:00", "melding")
    days = story.policy.calendars
    closed = days.model_copy(update={"closed": {**days.closed, date(2026, 5, 8): "verhuizing"}})
    story.policy = other_policy(calendars=closed)
    story.until("2026-06-01T10:00")
    assert [(at[5:], role) for at, _, role in story.told("escalated", term="eerste_gesprek")] == [
        ("05-11 08:30", "eigenaar"),
        ("05-12 08:30", "teamleider"),
        ("05-15 08:30", "afdelingshoofd"),
    ]


def test_what_was_resolved_is_silent_whoever_owns_it() -> None:
    story = Story().act("2026-04-30T10:00", "melding").act("2026-05-08T12:00", "gesprek_gevoerd")
    story.act("2026-05-08T13:00", "eigenaar_toegewezen", team="werktalent").until("2026-06-01T10:00")
    assert [role for _, _, role in story.told("escalated", term="eerste_gesprek")] == ["eigenaar"]


def test_a_safety_term_that_moves_does_not_begin_again_for_the_teamleider() -> None:
    terms = load_policy("deventer").terms
    rule = terms["plan"].model_copy(update={"term_class": TermClass.SAFETY})
    story = Story(policy=other_policy(terms={**terms, "plan": rule}))
    story.act("2026-04-30T10:00", "melding").act("2026-05-04T10:00", "gesprek_gevoerd")
    story.until("2026-05-05T10:00")
    story.act("2026-05-06T10:00", "termijn_verlengd", termijn="plan", tot="2026-07-01", reden="op verzoek")
    story.until("2026-05-20T10:00")
    assert [m.to.role for m in story.messages if "is begonnen" in m.params["tekst"]] == ["teamleider"]
