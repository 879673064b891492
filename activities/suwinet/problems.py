"""Why an answer is of no use to us. Neither error ever holds any of the answer's data."""

import re

_CODE = re.compile("[A-Za-z0-9]{1,20}")
_LIKE_A_NUMBER_OF_A_PERSON = re.compile("[0-9]{8}")


class NotUnderstood(Exception):
    """Says in a few Dutch words what is wrong with an answer."""


class Refused(Exception):
    """Suwinet will not answer us, and says so.

    Attributes:
        what: what happened, in a few Dutch words: "weigert onze vraag".
        mend: what somebody has to look at.
    """

    def __init__(self, what: str, mend: str) -> None:
        super().__init__(what)
        self.what = what
        self.mend = mend


def code_of(text: str | None) -> str:
    """A code as it may stand in a sentence: letters and digits only, and nothing like a burgerservicenummer.

    Returns:
        The code, or "onbekend" when what came may hold more than a code.
    """
    code = (text or "").strip()
    if _CODE.fullmatch(code) is None or _LIKE_A_NUMBER_OF_A_PERSON.search(code):
        return "onbekend"
    return code
