"""Who a person is to us: a burgerservicenummer, or a reference of our own for who has none."""

import re

from stdnum.nl import bsn as _bsn

from domain.base import Explained


class WrongIdentity(Explained):
    """The identity cannot be used; the sentence says why and never repeats what was entered."""


def checked_bsn(text: str) -> str:
    """A burgerservicenummer as nine digits, or a sentence.

    Source: elfproef, Logisch Ontwerp BSN. Eight digits get their leading zero back.

    Raises:
        WrongIdentity: it is not a number of eight or nine digits, or it does not pass the elfproef.
    """
    digits = re.sub(r"[\s.-]", "", text)
    if not re.fullmatch(r"\d{8,9}", digits):
        raise WrongIdentity(
            "Het burgerservicenummer is geweigerd: het moet uit negen cijfers bestaan. Controleer het nummer."
        )
    number = digits.zfill(9)
    if not _bsn.is_valid(number):
        raise WrongIdentity(
            "Het burgerservicenummer is geweigerd: het voldoet niet aan de elfproef. Controleer het nummer op "
            "een tikfout."
        )
    return number


def checked_reference(text: str) -> str:
    """A reference of the municipality's own for somebody without a BSN.

    Raises:
        WrongIdentity: it is empty, too long, or looks like a BSN.
    """
    reference = text.strip()
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._/-]{2,49}", reference):
        raise WrongIdentity(
            "Het kenmerk is geweigerd: gebruik 3 tot 50 letters, cijfers, punten, streepjes of schuine strepen."
        )
    if re.fullmatch(r"\d{8,9}", reference) and _bsn.is_valid(reference.zfill(9)):
        raise WrongIdentity(
            "Het kenmerk is geweigerd: het is een burgerservicenummer. Vul dat in als bsn, niet als kenmerk."
        )
    return reference
