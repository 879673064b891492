"""A hand-over between teams: asked, accepted or refused within a term, and never nobody's in between."""

import pytest

from domain.decide import Refused
from domain.journey import Track
from tests.domain.story import Story, due, open_tasks


def offered(**more: object) -> Story:
    story = Story().act("2026-04-30T10:00", "melding").act("2026-05-04T10:00", "gesprek_gevoerd")
    return story.act(
        "2026-05-06T10:00", "overdracht_aangeboden", team="sociaal_team", reden="zorg in het gezin", **more
    )


def team(story: Story, track: Track = Track.TRAJECT) -> str:
    owner = story.state.owners.get(track) or story.state.owners[Track.TRAJECT]
    return owner.team


def test_whoever_hands_over_stays_responsible_until_the_other_team_accepts() -> None:
    """Five opening days after Wed 6 May 2026: Wed 13 May."""
    story = offered()
    assert (due(story, "overdracht-1"), team(story)) == ("2026-05-13", "toegang")
    story.act("2026-05-12T10:00", "overdracht_aanvaard", persoon="s.jansen")
    assert story.state.owners[Track.TRAJECT].person == "s.jansen"
    assert (story.term("overdracht-1").status, team(story)) == ("gehaald", "sociaal_team")
    told = [m for m in story.messages if m.key.startswith("overgenomen/")]
    assert [(m.to.team, m.params["tekst"]) for m in told] == [
        ("toegang", "Team sociaal_team neemt spoor traject over.")
    ]


def test_silence_climbs_to_the_ketenoverleg_and_the_owner_stays() -> None:
    """Breach Thu 14 May (Hemelvaart): owner Fri 15, teamleider Mon 18, ketenoverleg Wed 20 May."""
    story = offered().until("2026-05-20T12:00")
    assert story.told("escalated", term="overdracht") == [
        ("2026-05-15 08:30", "escalated", "eigenaar"),
        ("2026-05-18 08:30", "escalated", "teamleider"),
        ("2026-05-20 08:30", "escalated", "ketenoverleg"),
    ]
    assert team(story) == "toegang"


def test_a_refusal_goes_to_the_ketenoverleg_and_is_about_its_own_track_only() -> None:
    story = offered().act(
        "2026-05-06T11:00", "overdracht_aangeboden", team="gezinscoaches", spoor="zorg", reden="kinderen"
    )
    story.act("2026-05-08T10:00", "overdracht_geweigerd", door="sociaal_team", reden="geen plek")
    assert [term.track for term in story.state.open_terms("overdracht")] == [Track.ZORG]
    assert "ketenoverleg" in open_tasks(story)
    assert team(story) == "toegang"
    story.act("2026-05-08T11:00", "overdracht_aanvaard", spoor="zorg")
    assert (team(story), team(story, Track.ZORG)) == ("toegang", "gezinscoaches")


def test_what_cannot_be_is_refused_in_a_sentence() -> None:
    story = Story().act("2026-04-30T10:00", "melding")
    with pytest.raises(Refused, match="Er is geen overdracht van spoor traject aangeboden die wacht"):
        story.act("2026-05-06T10:00", "overdracht_aanvaard")
    with pytest.raises(Refused, match="Team toegang heeft spoor traject al"):
        story.act("2026-05-06T10:00", "overdracht_aangeboden", team="toegang", reden="zelf doen")
    with pytest.raises(Refused, match="Er is geen overdracht van spoor schulden"):
        offered().act("2026-05-07T10:00", "overdracht_aanvaard", spoor="schulden")


@pytest.mark.parametrize(
    ("act", "data"),
    [
        ("eigenaar_toegewezen", {"team": "werktalent"}),
        (
            "doorzettingsmacht_besluit",
            {
                "besluit": "eigenaar",
                "team": "werktalent",
                "mandaat": "MB-2026-7",
                "reden": "knoop doorgehakt",
            },
        ),
    ],
)
def test_an_owner_who_was_named_another_way_ends_the_waiting(act: str, data: dict[str, object]) -> None:
    story = offered().act("2026-05-08T10:00", act, **data)
    assert (story.state.open_terms("overdracht"), team(story)) == ([], "werktalent")


def test_another_offer_takes_the_place_of_the_first() -> None:
    story = offered().act(
        "2026-05-08T10:00", "overdracht_aangeboden", team="gezinscoaches", reden="toch daar"
    )
    assert [term.id for term in story.state.open_terms("overdracht")] == ["overdracht-2"]
    story.act("2026-05-11T10:00", "overdracht_aanvaard")
    assert team(story) == "gezinscoaches"


def test_the_team_that_is_asked_hears_of_it() -> None:
    (told,) = [m for m in offered().messages if m.key.startswith("aangeboden/")]
    assert (told.to.team, told.to.role) == ("sociaal_team", "teamleider")
    assert told.params["tekst"].endswith("Aanvaard of weiger uiterlijk woensdag 13 mei 2026.")


def test_a_refusal_of_another_team_leaves_the_offer_that_waits() -> None:
    story = offered().act(
        "2026-05-08T10:00", "overdracht_aangeboden", team="gezinscoaches", reden="toch daar"
    )
    story.act("2026-05-11T10:00", "overdracht_geweigerd", door="sociaal_team")
    story.act("2026-05-11T11:00", "overdracht_aanvaard")
    assert team(story) == "gezinscoaches"


def test_who_refused_is_no_part_of_later_ladders() -> None:
    story = offered().act("2026-05-08T10:00", "overdracht_geweigerd", door="sociaal_team")
    assert "sociaal_team" not in story.state.teams


def test_a_regisseur_who_accepts_ends_the_waiting() -> None:
    story = offered().act("2026-05-07T10:00", "regisseur_aangewezen", team="werktalent", persoon="c.smit")
    story.act("2026-05-08T10:00", "regisseur_aanvaard", by="c.smit")
    assert story.state.open_terms("overdracht") == []
    with pytest.raises(Refused, match="die wacht"):
        story.act("2026-05-09T10:00", "overdracht_aanvaard")


def test_who_takes_over_the_direction_owns_the_whole() -> None:
    story = offered(spoor="regie").act("2026-05-08T10:00", "overdracht_aanvaard", spoor="regie")
    assert (team(story), team(story, Track.REGIE)) == ("sociaal_team", "sociaal_team")
