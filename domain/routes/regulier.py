"""Route A, regulier: 27 years and older, or a couple of which one is.

melding -> talk within a week -> plan -> maatschappelijk nuttige activiteit -> work or education ->
aftercare. Application, advance and decision run beside the stages (track inkomen).
"""

from datetime import date

from domain.declaration import Route
from domain.facts import (
    AGE_UNKNOWN,
    HOUSEHOLD_UNKNOWN,
    PARTNER_UNKNOWN,
    Facts,
    Reason,
    Verdict,
    all_young,
    pension_date,
)
from domain.policy import Policy
from domain.routes.common import COMMON_ACTS
from domain.routes.stages import stages


def entry(facts: Facts, on: date, policy: Policy) -> Verdict:
    """At least 27 or with a partner who is (Pw art. 41 lid 4), and below the AOW-leeftijd (AOW art. 7a)."""
    birth = facts.birth_of()
    first, last = (birth.earliest(), birth.latest()) if birth else (None, None)
    if first is None or last is None:
        return Verdict.unknown(AGE_UNKNOWN)
    if pension_date(last, policy) <= on:
        return Verdict.no(
            "te_oud", "De AOW-leeftijd is bereikt: er is geen recht op bijstand onder die leeftijd."
        )
    if pension_date(first, policy) <= on:
        return Verdict.unknown(
            Reason(
                "leeftijd_onbekend",
                "Of de AOW-leeftijd al bereikt is, blijkt niet uit de geboortedatum.",
            )
        )
    young = facts.young(on, policy)
    if young is False:
        return Verdict.yes("27_of_ouder", "27 jaar of ouder.")
    if young is None:
        return Verdict.unknown(
            Reason("leeftijd_onbekend", "Of deze persoon al 27 is, blijkt niet uit de geboortedatum.")
        )
    too_young = Reason("te_jong", "Jonger dan 27 jaar.")
    match all_young(facts, on, policy):
        case True:
            return Verdict("past_niet", (too_young,))
        case False:
            return Verdict.yes("gemengd_paar", "Jonger dan 27 jaar, met een partner van 27 of ouder.")
        case None:
            unknown = PARTNER_UNKNOWN if facts.couple(on) else HOUSEHOLD_UNKNOWN
            return Verdict.unknown(too_young, unknown)


REGULIER = Route(
    key="regulier",
    label="Regulier, 27 jaar en ouder",
    source="Participatiewet art. 41; begroting 2019, Inkomensvoorziening en arbeidsmarkt",
    entry=entry,
    stages=stages(),
    acts=COMMON_ACTS,
)
