"""For an inzageverzoek: every question about somebody to a registry, and nobody's number."""

import asyncio

from tests.starter.stand import Stand


async def test_what_was_asked_about_a_client_is_listed_with_purpose_and_outcome(
    product: Stand, bsns: dict[str, str]
) -> None:
    bsn = next(iter(bsns))
    await product.meedoen("start", "--bsn", bsn)
    async with asyncio.timeout(30):
        while not (said := await product.meedoen("lookups", "1", "--json")).json["lookups"]:
            await asyncio.sleep(0.1)
        while (said := await product.meedoen("lookups", "1", "--json")).json["lookups"][0]["outcome"] is None:
            await asyncio.sleep(0.1)

    [line] = said.json["lookups"]
    assert (line["question"], line["outcome"], line["status_code"]) == ("brp_persoon", "gevonden", 1)
    assert (line["about"], line["journey_id"]) == ("cliënt", "klantroute-deventer-1-1")
    shown = await product.meedoen("lookups", "deventer-1")
    for words in ("BRP: leeftijd", "cliënt", "Uitvoering Participatiewet", "gevonden"):
        assert words in shown.out, shown
    assert bsn not in said.out + shown.out + shown.err


async def test_a_client_about_whom_nothing_was_asked_and_one_who_is_not_there(product: Stand) -> None:
    await product.meedoen("start", "--kenmerk", "zonder-bsn-1")
    shown = await product.meedoen("lookups", "1")
    assert (shown.code, shown.out.strip()) == (
        0,
        "Over cliënt deventer-1 is niets aan een register gevraagd.",
    )

    unknown = await product.meedoen("lookups", "99")
    assert unknown.code == 2
    assert "99" in unknown.err
