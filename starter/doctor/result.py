"""What a check says."""

from enum import StrEnum
from typing import Literal, NamedTuple

from domain.base import Frozen

Who = Literal["", "applicatiebeheer", "netwerk- of systeembeheer", "contractbeheerder", "leverancier"]
"""Who can mend it; empty: there is nothing to mend."""

APPLICATION: Who = "applicatiebeheer"
NETWORK: Who = "netwerk- of systeembeheer"
CONTRACT: Who = "contractbeheerder"
SUPPLIER: Who = "leverancier"


class Verdict(StrEnum):
    """How a check ends."""

    RIGHT = "goed"
    NOTE = "let op"
    """It works, and somebody has to do something in time."""
    WRONG = "fout"
    SKIPPED = "niet bekeken"


class Told(NamedTuple):
    """What one check found."""

    verdict: Verdict
    sentence: str
    who: Who = ""


class Result(Frozen):
    """What one check found, with which check it was."""

    check: str
    """``group.part``, such as ``brp.vraag``."""
    label: str
    verdict: Verdict
    sentence: str
    who: Who = ""


def right(sentence: str) -> Told:
    return Told(Verdict.RIGHT, sentence)


def note(sentence: str, who: Who) -> Told:
    return Told(Verdict.NOTE, sentence, who)


def wrong(sentence: str, who: Who) -> Told:
    return Told(Verdict.WRONG, sentence, who)


def skipped(sentence: str, who: Who = "") -> Told:
    return Told(Verdict.SKIPPED, sentence, who)
