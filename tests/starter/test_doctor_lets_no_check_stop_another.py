"""Checks run side by side, each within its time; one that breaks says so and stops nothing."""

import asyncio

from domain.base import Explained
from starter.doctor.examine import Check, examine, selected
from starter.doctor.result import NETWORK, Result, Told, Verdict, note, right, wrong


async def good() -> Told:
    return right("Goed.")


def names(results: list[Result]) -> dict[str, Verdict]:
    return {result.check: result.verdict for result in results}


async def test_a_check_that_breaks_or_hangs_becomes_a_result_without_the_words_of_the_error() -> None:
    async def breaks() -> Told:
        raise RuntimeError("wachtwoord geheim")

    async def explains() -> Told:
        raise Explained("Zo zit het.")

    async def hangs() -> Told:
        await asyncio.Event().wait()
        raise AssertionError

    heard: list[Result] = []
    results = await examine(
        [
            Check("a.breekt", "Breekt", breaks),
            Check("a.legt-uit", "Legt uit", explains, who=NETWORK),
            Check("a.hangt", "Hangt", hangs, seconds=0.1),
            Check("a.goed", "Goed", good),
        ],
        heard.append,
    )

    broken, explained, hung, fine = results
    assert (broken.verdict, broken.who) == (Verdict.WRONG, "leverancier")
    assert "RuntimeError" in broken.sentence
    assert "geheim" not in broken.sentence
    assert (explained.sentence, explained.who) == ("Zo zit het.", NETWORK)
    assert (hung.verdict, hung.who) == (Verdict.WRONG, NETWORK)
    assert fine.verdict is Verdict.RIGHT
    assert {result.check for result in heard} == {result.check for result in results}


async def test_all_checks_run_at_once() -> None:
    together = asyncio.Barrier(8)

    async def meets() -> Told:
        await together.wait()
        return right("Samen.")

    results = await examine([Check(f"a.{n}", "", meets, seconds=10) for n in range(8)], lambda _: None)

    assert {result.verdict for result in results} == {Verdict.RIGHT}


async def test_what_needs_a_check_that_went_wrong_is_not_looked_at_and_says_why() -> None:
    async def bad() -> Told:
        return wrong("Nee.", NETWORK)

    async def soon() -> Told:
        return note("Binnenkort.", NETWORK)

    async def never() -> Told:
        raise AssertionError("looked at all the same")

    results = await examine(
        [
            # Before what it needs, to prove that the order makes no odds.
            Check("b.derde", "Derde", never, ("b.tweede",)),
            Check("b.tweede", "Tweede", never, ("b.eerste",)),
            Check("b.eerste", "Eerste", bad),
            Check("b.na-let-op", "Na let op", good, ("b.let-op",)),
            Check("b.let-op", "Let op", soon),
        ],
        lambda _: None,
    )

    assert names(results) == {
        "b.derde": Verdict.SKIPPED,
        "b.tweede": Verdict.SKIPPED,
        "b.eerste": Verdict.WRONG,
        "b.na-let-op": Verdict.RIGHT,
        "b.let-op": Verdict.NOTE,
    }
    assert "'Eerste'" in results[1].sentence


def test_a_group_brings_along_what_it_needs() -> None:
    checks = [
        Check("a.een", "", good),
        Check("b.een", "", good, ("a.een",)),
        Check("b.twee", "", good, ("b.een",)),
        Check("c.een", "", good),
    ]

    assert [check.name for check in selected(checks, ["b"])] == ["a.een", "b.een", "b.twee"]
    assert selected(checks, []) == checks
