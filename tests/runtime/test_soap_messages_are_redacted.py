"""A SOAP message that ends up in a log, as text or as a dict, tells of nobody."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.redaction import MASK, redact, redact_text

PERSONAL = [
    "Burgerservicenr", "Voornamen", "Voorletters", "SignificantDeelVanDeAchternaam", "ANr", "Geboortedat", "Postcd",
    "Straatnaam", "Huisnr", "Woonplaatsnaam", "Authorization",
]  # fmt: skip


@pytest.mark.parametrize("name", PERSONAL)
@pytest.mark.parametrize("form", [
    "<{0}>{1}</{0}>", "<ns0:{0}>{1}</ns0:{0}>", '<{0} soort="x">{1}</{0}>', "<{0}>\n  {1}\n</{0}>",
    "<{0}><![CDATA[{1}]]></{0}>", "<a><{0}>{1}", "b'<{0}>{1}</{0}>'",
])  # fmt: skip
def test_what_is_personal_in_a_message_is_masked(name: str, form: str) -> None:
    shown = redact_text(f"antwoord: {form.format(name, 'Ouahabi 12 & 1990')}")

    assert "Ouahabi" not in shown
    assert "1990" not in shown
    assert MASK in shown
    assert name in shown


@pytest.mark.parametrize("name", PERSONAL)
def test_what_is_personal_in_a_dict_is_masked(name: str) -> None:
    assert redact({"ClientSuwi": {name: "Ouahabi"}}) == {"ClientSuwi": {name: MASK}}


def test_the_rest_of_a_message_stays() -> None:
    text = "<ClientSuwi><CdSzWet>PW</CdSzWet><DatBRv>20240501</DatBRv><Leeg/> 3 < 4 en 5 > 2</ClientSuwi>"
    assert redact_text(text) == text


@given(st.text(st.characters(codec="utf-8", exclude_characters="<"), min_size=1).filter(str.strip))
def test_whatever_stands_in_a_name_is_masked(held: str) -> None:
    assert redact_text(f"<x:Voornamen>{held}</x:Voornamen>") == f"<x:Voornamen>{MASK}</x:Voornamen>"


@given(st.text(alphabet="<>/![]CDAT ab:=\"'", max_size=300))
def test_no_text_is_too_odd(text: str) -> None:
    assert isinstance(redact_text(text), str)
