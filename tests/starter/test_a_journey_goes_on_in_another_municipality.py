"""``meedoen transfer``: both sides, once, also when it was cut off half-way."""

from datetime import date
from pathlib import Path

from domain.happenings import Actor
from domain.topics.transfer import carry_over
from tests.starter.stand import stand

LEADER = Actor(code="teamleider", role="teamleider")


async def test_a_handover_that_was_cut_off_and_done_again_makes_one_journey_there(
    database: str, tmp_path: Path
) -> None:
    async with stand(database, tmp_path) as product:
        await product.meedoen("start", "--kenmerk", "D-17", "--huishouden", "paar")
        early = await product.meedoen(
            "transfer", "1", "--to", "zutphen", "--kenmerk", "Z-3", "--by", "teamleider"
        )
        assert early.code == 2
        assert "geen aanbod aanvaard" in early.err

        for act, field in (
            ("gemeenteoverdracht_aangeboden", "naar"),
            ("gemeenteoverdracht_aanvaard", "door"),
        ):
            said = await product.meedoen("act", "1", act, "--by", "teamleider", "--set", f"{field}=zutphen")
            assert said.code == 0, said.err
        async with product.office() as office:
            here = "klantroute-deventer-1-1"
            assert await office.worklist.wait_for(here, seq=3, timeout=10)
            state = await office.journal.state(here)
            assert state is not None
            # Only the first half: the program died before it closed the journey here.
            started = await office.journeys.start(
                gemeente="zutphen",
                by=LEADER,
                reference="Z-3",
                channel="overdracht",
                household="paar",
                transfer=carry_over(state, date(2026, 5, 27)),
            )
            await office.worklist.wait_for(started.journey_id, seq=started.seq, timeout=10)

        command = (
            "transfer",
            "deventer-1",
            "--to",
            "zutphen",
            "--kenmerk",
            "Z-3",
            "--by",
            "teamleider",
            "--json",
        )
        done = await product.meedoen(*command)
        assert done.json == {"journey": "klantroute-zutphen-1-1", "outcome": "overgedragen"}
        async with product.office() as office:
            there = await office.journal.state("klantroute-zutphen-1-1")
            assert there is not None
            assert (there.came_from, there.resident.household) == (here, "paar")
            assert [item.act.name for item in there.log if item.act] == ["melding"]
            # Melding, offer, answer, handed over.
            closed = await office.worklist.wait_for(here, seq=4, timeout=10)
            view = await office.worklist.journey(here)
            assert closed
            assert view is not None
            assert view.journey.stage == "gesloten"
        rows = (await product.meedoen("list", "--json")).json
        assert [row["journey_id"] for row in rows] == ["klantroute-zutphen-1-1"]
        again = await product.meedoen(*command)
        assert again.json == {"journey": "klantroute-zutphen-1-1", "outcome": "was_al_over"}
