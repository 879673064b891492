"""``python -m tests.releases.record``: keep what journeys of this release carry, for every later release.

Do it when a release is made. What is kept stays for as long as journeys of that release may run.
"""

import json
from collections.abc import Iterator

from domain.clock import Clock
from domain.findings import Finding, Outcome
from domain.journey import JourneyState
from tests.domain.story import Story, instant
from tests.domain.world import World
from tests.releases.shape import shape_of
from tests.releases.version import FOLDER, PRESENT
from workflows.messages import StartJourney


def lives() -> Iterator[tuple[str, JourneyState]]:
    """Journeys at a moment of their lives, which together use everything that a state can hold."""
    yield "begonnen", _began().state
    story = _began()
    story.act("2026-05-04T11:00", "aanvraag_ingediend", act_id="aanvraag")
    story.act("2026-05-12T10:00", "gesprek_gevoerd")
    story.act("2026-05-13T10:00", "aanvulling_gevraagd", uiterlijk="2026-05-27", stukken=["bankafschrift"])
    yield "opgeschort", story.state
    story.act("2026-05-20T10:00", "aanvulling_ontvangen")
    story.act(
        "2026-05-20T11:00", "handeling_gecorrigeerd", handeling="aanvraag", ingang="2026-05-01", reden="UWV"
    )
    story.act("2026-05-21T10:00", "eigenaar_toegewezen", team="wijkteam", persoon="m.dekker")
    story.act("2026-05-21T11:00", "team_betrokken", team="schuldhulp")
    story.act("2026-05-21T12:00", "regisseur_aangewezen", team="wijkteam", persoon="m.dekker")
    story.act(
        "2026-06-24T10:00",
        "termijn_verlengd",
        termijn="besluit_aanvraag",
        tot="2026-07-31",
        reden="onderzoek",
    )
    yield "gecorrigeerd-en-verlengd", story.state
    story.act("2026-07-10T10:00", "besluit_bekendgemaakt", uitkomst="toegekend")
    story.act("2026-07-13T10:00", "plan_vastgesteld", akkoord=True, doelen=["werk"])
    story.act("2026-07-14T10:00", "mna_gestart", vorm="vrijwilligerswerk", plek="buurthuis")
    story.act("2026-07-14T11:00", "trede_gemeten", trede=2)
    story.until("2026-10-01T12:00")
    yield "activiteit-met-verstreken-termijn", story.state
    story.act("2026-10-02T10:00", "mna_gestopt", reden="gestopt")
    story.act("2026-10-05T10:00", "mna_gestart", vorm="werkervaringsplaats", plek="KonnecteD")
    story.act("2026-10-06T10:00", "uitstroom_vastgesteld", effective="2026-12-01", bestemming="onderwijs")
    yield "gepland", story.state
    story.act("2026-12-02T10:00", "nazorg_gesprek_gevoerd")
    story.act("2026-12-03T10:00", "klantroute_afgesloten", reden="op eigen verzoek eerder klaar")
    story.act("2026-12-10T10:00", "bezwaar_ontvangen")
    yield "gesloten-met-bezwaar", story.state
    asking = Story(bsn=True).act("2026-04-30T10:00", "melding")
    yield "vraag-bij-register", asking.state
    question = asking.state.look_ups[0]
    asking.found(
        "2026-05-02T11:00",
        Finding(
            id=question.id,
            question=question.question,
            outcome=Outcome.NO_ANSWER,
            answered_at=instant("2026-05-02T11:00"),
            reason="geen antwoord binnen de tijd die het beleid geeft",
        ),
    )
    asking.until("2026-06-30T12:00")
    yield "taak-na-stil-register", asking.state
    world = _two_together()
    journey, household = next(iter(world.files)), world.household_of(next(iter(world.files)))
    yield "klantroute-in-huishouden", world.files[journey]
    yield "huishouden", household


def _two_together() -> World:
    """A couple with a regisseur, a plan with an action, a child, and one who left."""
    world = World()
    first, second = world.resident(1), world.resident(2)
    world.register.relate(1, [2])
    world.act(first, "2026-06-01T10:00", "melding", toegang="dwt")
    world.act(second, "2026-06-03T10:00", "melding", toegang="sociaal-team")
    world.act(first, "2026-06-08T10:00", "regisseur_aangewezen", team="gezinscoaches", persoon="r.smit")
    world.act(first, "2026-06-09T10:00", "regisseur_aanvaard", role="regisseur", by="r.smit")
    world.act(first, "2026-06-09T11:00", "gesprek_gevoerd")
    world.act(first, "2026-06-10T10:00", "plan_vastgesteld", akkoord=True, doelen=["werk"])
    world.act(first, "2026-06-12T10:00", "huishouden_gewijzigd", wat="kind_geboren")
    home = world.household_of(first).id
    action = {"domein": "werk", "wat": "inschrijven", "wie": "inwoner", "uiterlijk": "2026-07-01"}
    world.act(home, "2026-06-15T10:00", "actie_afgesproken", **action)
    world.act(home, "2026-06-16T10:00", "mogelijk_samen", huishouden=140)
    return world.act(home, "2026-07-06T10:00", "lid_vertrokken", lid=2, reden="uit_elkaar")


def _began() -> Story:
    return Story().act("2026-04-30T10:00", "melding")


def record() -> None:
    folder = FOLDER / PRESENT
    folder.mkdir(exist_ok=True)
    for name, state in lives():
        start = StartJourney(
            gemeente=state.gemeente,
            client_number=state.client_number,
            journey_number=state.journey_number,
            route=state.route,
            clock=Clock(speed=1, real=instant("2026-04-30T10:00"), logical=instant("2026-04-30T10:00")),
            carried=state,
        )
        (folder / f"{name}.json").write_text(start.model_dump_json(indent=1) + "\n", encoding="utf-8")
    shape = json.dumps(shape_of(StartJourney), indent=1)
    (folder / "shape.json").write_text(shape + "\n", encoding="utf-8")


if __name__ == "__main__":
    record()
