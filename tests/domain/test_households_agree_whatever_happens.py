"""Three residents and their households, and anything that may happen to them, in any order: they agree afterwards."""

import itertools
import os
import random
from datetime import timedelta

import pytest

from domain.calendars import AMSTERDAM
from domain.decide import Refused, next_moment
from domain.households import evidence, periods
from domain.journey import Stage
from tests.domain.story import instant
from tests.domain.world import World

SEEDS = int(os.environ.get("MEEDOEN_SEQUENCES", "60"))
STEPS = 22


class Lives:
    """Three people, of whom the first two are partners or not."""

    def __init__(self, seed: int) -> None:
        self.luck = random.Random(f"huishoudens {seed}")
        self.world = World()
        self.now = instant("2026-06-01T10:00")
        self.people = [self.world.resident(number) for number in (1, 2, 3)]
        if self.luck.random() < 0.6:
            self.world.register.relate(1, [2])
        self.tried: list[str] = []
        self.count = 0

    def local(self) -> str:
        return self.now.astimezone(AMSTERDAM).strftime("%Y-%m-%dT%H:%M:%S")

    def homes(self) -> list[str]:
        return [name for name, state in self.world.files.items() if state.household_file is not None]

    def step(self) -> None:
        luck = self.luck
        self.now += timedelta(hours=luck.choice((0, 1, 20, 24, 24 * 9, 24 * 40)))
        unborn = [one for one in self.people if not self.world.files[one].log]
        if unborn and luck.random() < 0.4:
            self.act(luck.choice(unborn), "melding", toegang=luck.choice(("dwt", "sociaal-team")))
            return
        born = [one for one in self.people if self.world.files[one].log]
        if not born:
            return
        at_home = self.homes() and luck.random() < 0.5
        (self.at_home if at_home else self.at_journey)(luck.choice(self.homes() if at_home else born))

    def at_journey(self, journey: str) -> None:
        luck = self.luck
        match luck.randrange(11):
            case 0:
                self.act(journey, "gesprek_gevoerd")
            case 1:
                self.act(journey, "plan_vastgesteld", akkoord=luck.random() < 0.8, reden="zo gekozen")
            case 2:
                self.act(
                    journey,
                    "regisseur_aangewezen",
                    team="gezinscoaches",
                    persoon=luck.choice(("r.smit", "k.bos")),
                )
            case 3:
                self.act(journey, "regisseur_aanvaard", by="regisseur", role="regisseur")
            case 4:
                self.act(journey, "regisseur_geweigerd", role="teamleider", reden="geen ruimte")
            case 5:
                what = luck.choice(("partner_erbij", "partner_weg", "kind_geboren", "kind_uit_huis"))
                self.act(journey, "huishouden_gewijzigd", wat=what)
            case 6 if luck.random() < 0.3:
                self.act(journey, "overlijden_gemeld")
            case 7 if luck.random() < 0.4:
                exit_ = luck.choice(("vrijwillig", "verhuizing"))
                self.act(journey, "klantroute_beeindigd", exit=exit_, reden="op eigen verzoek")
            case 8:
                self.withdraw(journey)
            case 9:
                self.act(journey, "melding")
            case _:
                self.act(journey, "ziek_gemeld")

    def at_home(self, home: str) -> None:
        luck = self.luck
        others = [int(one.rpartition("-")[2]) for one in self.homes()] or [101]
        match luck.randrange(11):
            case 0:
                self.act(home, "plan_voorgesteld", doelen=[{"domein": "werk", "doel": "een vaste baan"}])
            case 1:
                self.act(home, "plan_vastgesteld", akkoord=True, klant=luck.choice((None, 1, 2, 3)))
            case 2:
                self.act(
                    home,
                    "lid_vertrokken",
                    lid=luck.choice((1, 2, 3)),
                    reden=luck.choice(("uit_elkaar", "overleden")),
                )
            case 3:
                self.act(home, "huishoudens_samengevoegd", met=luck.choice(others), reden="wonen samen")
            case 4:
                self.act(home, "mogelijk_samen", huishouden=luck.choice(others))
            case 5:
                self.act(
                    home,
                    "koppeling_beoordeeld",
                    huishouden=luck.choice(others),
                    samen=luck.random() < 0.5,
                    reden="gevraagd",
                )
            case 6:
                day = (self.now + timedelta(days=luck.choice((0, 5, 30)))).date().isoformat()
                self.act(
                    home,
                    "actie_afgesproken",
                    domein="zorg",
                    wat="naar de huisarts",
                    wie="inwoner",
                    uiterlijk=day,
                )
            case 7:
                self.act(home, luck.choice(("actie_gedaan",)), actie=luck.choice((1, 2)))
            case 8:
                self.withdraw(home)
            case 9:
                self.act(home, "plan_beeindigd", reden="het is af")
            case _:
                tasks = self.world.files[home].open_tasks()
                if tasks:
                    self.act(home, "taak_afgerond", taak=luck.choice(tasks).id, uitkomst="bekeken")

    def withdraw(self, file: str) -> None:
        state = self.world.files[file]
        people = [
            item.act
            for item in state.log
            if item.act and item.act.by.role != "systeem" and not item.withdrawn
        ]
        if people:
            self.act(
                file,
                "handeling_ingetrokken",
                handeling=self.luck.choice(people).id,
                reden="verkeerde persoon",
            )

    def act(self, file: str, name: str, **data: object) -> None:
        self.count += 1
        self.tried.append(f"{self.local()} {file} {name} {data}")
        try:
            self.world.act(file, self.local(), name, act_id=f"a{self.count}", **data)  # type: ignore[arg-type]
        except Refused as refusal:
            self.tried[-1] += f" -> {refusal}"

    def guard(self) -> None:
        """What has to hold after anything."""
        self.world.agree()
        held: dict[int, str] = {}
        for name, state in self.world.files.items():
            if state.household_file is None:
                continue
            file = state.household_file
            assert sum(plan.until is None for plan in file.plans) <= 1
            assert sum(one.until is None for one in file.directors) <= 1
            if file.merged_into is not None:
                assert state.stage is Stage.GESLOTEN
                continue
            for member, _ in file.open_journeys:
                assert member.client is not None
                assert held.setdefault(member.client, name) == name, "in two households"
            for action in file.actions:
                term = state.term(action.term)
                assert term is not None
                assert term.is_open is action.is_open or state.stage is Stage.GESLOTEN
            if state.open_terms() and state.stage is not Stage.GESLOTEN:
                assert next_moment(state) is not None
            told = list(periods(file))
            assert all(
                one.until == two.since or one.until < two.since
                for one, two in itertools.pairwise(told)
                if one.until
            )
            assert evidence(file, self.now.date()) is not None
        for journey in self.people:
            state = self.world.files[journey]
            if state.log and state.stage is not Stage.GESLOTEN:
                assert held.get(state.client_number) == state.household_id, f"{journey} belongs nowhere"


@pytest.mark.parametrize("seed", range(SEEDS))
def test_files_agree_whatever_happens(seed: int) -> None:
    lives = Lives(seed)
    try:
        for _ in range(STEPS):
            lives.step()
            lives.guard()
    except Exception as error:
        told = "\n  ".join(lives.tried)
        raise AssertionError(f"seed {seed}: {error!r}\n  {told}") from error
