"""What may be asked of registries, and whom each question goes to.

When a question is asked, with which purpose and on which basis is policy (``domain.policy.Asked``); how it is
asked over the line stands in ``activities``.
"""

from typing import Literal, NamedTuple

Registry = Literal["brp", "uwv", "duo", "inlichtingenbureau"]
"""Who answers. Each can be down while the others are not, also behind one broker (Suwinet)."""

BRP_PERSON = "brp_persoon"
BRP_CHILDREN = "brp_kinderen"
"""What is asked beside it about the children, in the same breath: where they live."""

Moment = Literal[
    "melding",
    "melding_bijstand",
    "overname",
    "aanvraag_ingediend",
    "gesprek_gevoerd",
    "plan_vastgesteld",
    "herbeoordeling_gevoerd",
    "jaarlijkse_toets_gedaan",
    "lks_groep_verzocht",
    "adres_gewijzigd",
    "verhuizing_gemeld",
    "check_in_vastgelegd",
    "nazorg_gesprek_gevoerd",
    "uitstroom_vastgesteld",
    "brp_persoon",
]
"""After what a registry can be asked: an act, or the answer to another question."""


Phase = Literal["intake", "plan", "mna", "uitstroom", "nazorg"]
"""Stages in which something can be asked; in a closed journey there is no purpose left."""


QuestionName = Literal[
    "brp_persoon",
    "duo_onderwijs",
    "uwv_doelgroepregister",
    "uwv_inkomen",
    "bijstandsregelingen",
    "gsd_reintegratie",
]


class RegistryQuestion(NamedTuple):
    """One question about one person."""

    registry: Registry
    label: str
    """For lists and Temporal UI."""


QUESTIONS: dict[str, RegistryQuestion] = {
    BRP_PERSON: RegistryQuestion("brp", "BRP: leeftijd, gemeente, bijhouding"),
    "duo_onderwijs": RegistryQuestion("duo", "DUO: inschrijving en startkwalificatie"),
    "uwv_doelgroepregister": RegistryQuestion("uwv", "UWV: doelgroepregister banenafspraak"),
    "uwv_inkomen": RegistryQuestion("uwv", "UWV: inkomen"),
    "bijstandsregelingen": RegistryQuestion("inlichtingenbureau", "Bijstand: aanvragen en uitkeringen"),
    "gsd_reintegratie": RegistryQuestion("inlichtingenbureau", "Gemeenten: voorzieningen naar werk"),
}

REGISTRY_NAMES: dict[Registry, str] = {
    "brp": "de BRP",
    "uwv": "UWV",
    "duo": "DUO",
    "inlichtingenbureau": "het Inlichtingenbureau",
}
"""As they stand in a sentence."""


def registry_of(question: str) -> Registry | None:
    """Who answers a question; None: this release does not know it."""
    if question == BRP_CHILDREN:
        return "brp"
    known = QUESTIONS.get(question)
    return known.registry if known else None


def begun(name: str) -> str:
    """The name of a registry at the beginning of a sentence."""
    return name[:1].upper() + name[1:]


def label_of(question: str) -> str:
    """What a question is called for people, also one of another release."""
    if question == BRP_CHILDREN:
        return "BRP: kinderen op hetzelfde adres"
    known = QUESTIONS.get(question)
    return known.label if known else question
