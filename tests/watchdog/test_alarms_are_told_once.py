"""Once per cause and once when it is over, whatever happens to the mail server and to the watchdog itself."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from runtime.settings import Settings
from tests.activities.postbus import Postbus, listening
from tests.watchdog.conftest import BEHEER, MAIL_DOMAIN
from watchdog.alarms import Alarms
from watchdog.trouble import Example, Looked, Trouble

NOON = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
CHECKS = frozenset({"workers", "schijven"})
NO_WORKER = Trouble(
    cause="geen-worker",
    sentence="Geen enkele worker vraagt Temporal om werk. Alle klantroutes staan stil.",
    remedy="Beheer: start de workers.",
    examples=(Example(journey_id="klantroute-deventer-7-1", why="haar taak wacht al 60 seconden"),),
)
FULL = Trouble(cause="schijf-vol:/", sentence="De schijf is bijna vol.", remedy="Maak ruimte.")


@pytest.fixture
def settings(postbus: Postbus, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(
        environment="test",
        smtp_port=postbus.port,
        mail_domain=MAIL_DOMAIN,
        alarm_to=f"{BEHEER} wacht@deventer.example",
        watchdog_folder=tmp_path_factory.mktemp("bewaking") / "map",
    )


class Minutes:
    """One round a minute."""

    def __init__(self) -> None:
        self.now = NOON

    def round(self, *troubles: Trouble, judged: frozenset[str] = CHECKS) -> Looked:
        self.now += timedelta(minutes=1)
        of = {"geen-worker": "workers", "schijf-vol:/": "schijven"}
        return Looked(at=self.now, troubles=tuple((of[t.cause], t) for t in troubles), judged=judged)


@pytest.fixture
def minutes() -> Minutes:
    return Minutes()


def subjects(postbus: Postbus) -> Sequence[str]:
    return [str(message["Subject"]) for _, message in postbus.taken]


BEGAN = "[Meedoen] alarm: geen-worker"
ENDED = "[Meedoen] voorbij: geen-worker"


async def test_a_cause_is_told_once_and_once_when_it_is_over(
    settings: Settings, postbus: Postbus, minutes: Minutes
) -> None:
    alarms = Alarms(settings)
    await alarms.follow(minutes.round(NO_WORKER))
    assert subjects(postbus) == []
    for _ in range(60):
        await alarms.follow(minutes.round(NO_WORKER))
    assert subjects(postbus) == [BEGAN]
    for _ in range(5):
        await alarms.follow(minutes.round())
    assert subjects(postbus) == [BEGAN, ENDED]

    (to, began), (_, ended) = postbus.taken
    assert to == (BEHEER, "wacht@deventer.example")
    assert "- klantroute-deventer-7-1: haar taak wacht al 60 seconden" in began.get_content()
    assert "Beheer: start de workers." in began.get_content()
    assert "Het duurde 61 minuten, van 25-11-2026 13:01:00 tot 25-11-2026 14:02:00." in ended.get_content()
    assert began["Message-ID"] != ended["Message-ID"]
    assert began["Auto-Submitted"] == "auto-generated"


async def test_a_worker_that_is_started_again_is_no_alarm(
    settings: Settings, postbus: Postbus, minutes: Minutes
) -> None:
    alarms = Alarms(settings)
    for _ in range(3):
        await alarms.follow(minutes.round(NO_WORKER))
        await alarms.follow(minutes.round())
    assert subjects(postbus) == []


async def test_what_comes_back_before_it_was_over_is_the_same_alarm(
    settings: Settings, postbus: Postbus, minutes: Minutes
) -> None:
    alarms = Alarms(settings)
    for troubles in ((NO_WORKER,), (NO_WORKER,), (), (NO_WORKER,), (), (NO_WORKER,)):
        await alarms.follow(minutes.round(*troubles))
    assert subjects(postbus) == [BEGAN]


async def test_two_causes_are_two_alarms_and_end_apart(
    settings: Settings, postbus: Postbus, minutes: Minutes
) -> None:
    alarms = Alarms(settings)
    for _ in range(2):
        await alarms.follow(minutes.round(NO_WORKER, FULL))
    for _ in range(2):
        await alarms.follow(minutes.round(FULL))
    assert sorted(subjects(postbus)) == sorted([BEGAN, "[Meedoen] alarm: schijf-vol:/", ENDED])


async def test_nothing_is_over_while_nobody_can_look(
    settings: Settings, postbus: Postbus, minutes: Minutes
) -> None:
    alarms = Alarms(settings)
    for _ in range(2):
        await alarms.follow(minutes.round(NO_WORKER))
    for _ in range(5):
        await alarms.follow(minutes.round(judged=frozenset({"schijven"})))
    assert subjects(postbus) == [BEGAN]


async def test_a_restarted_watchdog_does_not_tell_again_and_still_tells_the_end(
    settings: Settings, postbus: Postbus, minutes: Minutes
) -> None:
    for _ in range(2):
        # Between the first sight and the mail too: every round is a watchdog of its own.
        await Alarms(settings).follow(minutes.round(NO_WORKER))
    for _ in range(3):
        await Alarms(settings).follow(minutes.round(NO_WORKER))
    assert subjects(postbus) == [BEGAN]
    for _ in range(3):
        await Alarms(settings).follow(minutes.round())
    assert subjects(postbus) == [BEGAN, ENDED]
    folder = settings.watchdog_folder
    assert folder is not None
    assert (folder / "alarmen.json").stat().st_mode & 0o777 == 0o600


async def test_a_mail_that_could_not_go_goes_later_under_the_same_id(
    settings: Settings, postbus: Postbus, minutes: Minutes
) -> None:
    alarms = Alarms(settings)
    postbus.refuse(*["451 nu even niet"] * 4)
    for _ in range(3):
        await alarms.follow(minutes.round(NO_WORKER))
    assert subjects(postbus) == []
    # It may have been taken without our hearing of it: then the same one comes again.
    postbus.hang_ups = 1
    await alarms.follow(minutes.round(NO_WORKER))
    first = Alarms(settings).standing["geen-worker"]
    await alarms.follow(minutes.round(NO_WORKER))
    assert subjects(postbus) == [BEGAN]
    assert alarms.standing["geen-worker"].since == first.since == NOON + timedelta(minutes=1)


async def test_a_mail_server_that_was_away_gets_what_happened_meanwhile(
    settings: Settings, minutes: Minutes
) -> None:
    postbus = Postbus()
    async with listening(postbus):
        pass
    alarms = Alarms(settings.model_copy(update={"smtp_port": postbus.port}))
    for _ in range(3):
        await alarms.follow(minutes.round(NO_WORKER, FULL))
    for _ in range(3):
        await alarms.follow(minutes.round(FULL))
    async with listening(postbus):
        for _ in range(3):
            await alarms.follow(minutes.round(FULL))
    assert sorted(subjects(postbus)) == sorted([ENDED, "[Meedoen] alarm: schijf-vol:/"])
    ended = next(message for _, message in postbus.taken if "voorbij" in str(message["Subject"]))
    assert "Het bericht dat dit begon, kon toen niet weg." in ended.get_content()


async def test_one_wrong_address_keeps_nobody_from_being_told(
    settings: Settings, postbus: Postbus, minutes: Minutes
) -> None:
    postbus.refuse("550 onbekend", address="wacht@deventer.example")
    alarms = Alarms(settings)
    for _ in range(4):
        await alarms.follow(minutes.round(NO_WORKER))
    assert [to for to, _ in postbus.taken] == [(BEHEER,)]


async def test_without_receivers_the_log_tells_it_once_and_a_later_receiver_still_hears(
    settings: Settings, postbus: Postbus, minutes: Minutes
) -> None:
    silent = Alarms(settings.model_copy(update={"alarm_to": ""}))
    with capture_logs() as lines:
        for _ in range(4):
            await silent.follow(minutes.round(NO_WORKER))
    assert [(line["log_level"], line["oorzaak"]) for line in lines] == [("critical", "geen-worker")]
    assert subjects(postbus) == []
    await Alarms(settings).follow(minutes.round(NO_WORKER))
    assert subjects(postbus) == [BEGAN]


async def test_what_was_told_is_unreadable_or_cannot_be_kept_and_people_still_hear(
    settings: Settings, postbus: Postbus, minutes: Minutes
) -> None:
    folder = settings.watchdog_folder
    assert folder is not None
    folder.mkdir()
    (folder / "alarmen.json").write_text("{", encoding="utf-8")
    alarms = Alarms(settings)
    (folder / "alarmen.json").unlink()
    folder.rmdir()
    # A file in its place: nothing can be written there, also not by root.
    folder.write_text("in de weg", encoding="utf-8")
    for _ in range(3):
        await alarms.follow(minutes.round(NO_WORKER))
    assert subjects(postbus) == [BEGAN]
