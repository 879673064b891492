"""The journal gives the state of a journey back, at its end and at any entry, without the rules."""

from datetime import timedelta

import pytest

from activities.clients import Clients
from activities.journal import Journal
from domain.change import change_between, state_from
from domain.journey import JourneyState
from tests.activities.told import Told, breached, closed, register


def eventful(told: Told) -> Told:
    """Acts that add, change, plan, withdraw and correct."""
    return (
        told.act("2026-05-04T11:00", "aanvraag_ingediend", act_id="aanvraag")
        .act("2026-05-06T11:00", "gesprek_gevoerd")
        .act("2026-05-07T11:00", "plan_vastgesteld", akkoord=True)
        .act("2026-05-08T11:00", "mna_gestart", vorm="vrijwilligerswerk", plek="buurthuis")
        .act(
            "2026-05-11T10:00",
            "handeling_gecorrigeerd",
            handeling="aanvraag",
            ingang="2026-05-01",
            reden="datum UWV",
        )
        .until("2026-08-01T12:00")
    )


async def test_every_entry_leads_to_the_state_that_was_decided(clients: Clients) -> None:
    told = eventful(Told(await register(clients)).act("2026-05-01T09:00", "melding", kanaal="balie"))
    changes = [entry.change for entry in told.entries()]

    for number, decision in enumerate(told.decisions, start=1):
        assert state_from(changes[:number]) == decision.state


async def test_the_state_is_read_back_from_the_database(clients: Clients, journal: Journal) -> None:
    for number, story in enumerate((breached, closed)):
        told = story(await register(clients, bsn=None, identity=f"kenmerk:{number}"))
        assert await journal.state(told.state.id) is None
        await journal.write(told.entries())
        assert await journal.state(told.state.id) == told.state


async def test_a_run_that_goes_on_tells_the_whole_again(clients: Clients, journal: Journal) -> None:
    told = breached(await register(clients))
    entries = told.entries()
    # As after continue-as-new: the run knows nothing of what the one before it told.
    middle = len(entries) // 2
    whole = entries[middle].model_copy(update={"change": change_between(None, told.decisions[middle].state)})
    await journal.write([*entries[:middle], whole, *entries[middle + 1 :]])

    assert await journal.state(told.state.id) == told.state


async def test_entries_without_a_state_tell_none(clients: Clients, journal: Journal) -> None:
    told = breached(await register(clients))
    await journal.write([entry.model_copy(update={"change": {}}) for entry in told.entries()])

    assert await journal.state(told.state.id) is None


@pytest.mark.parametrize("field", ["terms", "log", "tasks"])
def test_a_change_holds_what_changed_and_no_more(field: str) -> None:
    told = Told().act("2026-05-01T09:00", "melding", kanaal="balie").until("2026-05-12T23:00")
    before, after = told.decisions[-2].state, told.decisions[-1].state

    change = change_between(before, after)

    changed = sum(
        new is not old for old, new in zip(getattr(before, field), getattr(after, field), strict=False)
    ) + max(0, len(getattr(after, field)) - len(getattr(before, field)))
    assert len(change["items"].get(field, {"at": {}})["at"]) <= changed  # type: ignore[union-attr,index,call-overload,arg-type]


def test_nothing_changed_is_nothing_to_tell() -> None:
    state = JourneyState(gemeente="deventer", client_number=1, journey_number=1)

    assert change_between(state, state.model_copy()) == {"set": {}, "items": {}}


def test_late_handling_changes_no_state(clients: Clients) -> None:
    told = Told().act("2026-05-01T09:00", "melding", kanaal="balie")

    assert [entry.change for entry in told.entries(late=timedelta(days=3))] == [
        entry.change for entry in told.entries()
    ]
