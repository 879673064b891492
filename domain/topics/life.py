"""What happens in a life: death of the resident or the partner, and wanting to stop."""

from domain.acts import Nothing
from domain.calendars import say
from domain.declaration import ALL_STAGES, ActSpec
from domain.draft import Draft
from domain.facts import COUPLES
from domain.happenings import Act
from domain.journey import Stage
from domain.roles import ANYONE
from domain.topics.exits import close_after_death, close_journey, may_have_benefit
from domain.topics.household import form_without_partner, household_on, partner_overleden, set_household


def overlijden_gemeld(draft: Draft, act: Act, data: Nothing) -> None:
    """All terms of the person stop at once and no letter goes out; what is left is for people."""
    state = draft.state
    draft.set(
        resident=state.resident.model_copy(update={"deceased": True}),
        exit=state.exit or "overlijden",
        exit_on=state.exit_on or act.effective,
    )
    close_after_death(draft, act.by)
    if state.stage is not Stage.GESLOTEN:
        close_journey(draft, act.effective, "de inwoner is overleden", lapsed=act.effective)
    draft.open_task(
        "overlijden",
        act.id,
        "De inwoner is overleden. Stop brieven en betalingen en kijk naar de partner en het huishouden "
        "(Participatiewet art. 45 lid 5).",
    )
    if may_have_benefit(state):
        draft.open_task(
            "overlijden_betalingen",
            act.id,
            f"De inwoner is overleden op {say(act.effective)}. Houd betalingen aan die nog klaarstaan en reken "
            "af met de nabestaanden.",
            role="uitkeringsadministratie",
        )
        if household_on(draft, act.effective) in COUPLES:
            partner_overleden(draft, act, act.effective)


def overlijden_partner_gemeld(draft: Draft, act: Act, data: Nothing) -> None:
    """The household is another one. The norm stays for a month; plan and regisseur are looked at with care."""
    closed = draft.state.stage is Stage.GESLOTEN
    form = form_without_partner(draft)
    set_household(draft, form, act.effective, act.id)
    if closed:
        draft.open_task(
            "overlijden_partner",
            act.id,
            f"De partner is overleden op {say(act.effective)}; deze klantroute is gesloten. Bekijk of de inwoner "
            "hulp nodig heeft en of er een uitkering loopt.",
        )
        return
    partner_overleden(draft, act, act.effective)
    draft.open_task(
        "overlijden_partner",
        act.id,
        f"De partner is overleden op {say(act.effective)}. Zoek contact op een passend moment, en kijk of plan, "
        "regisseur en afspraken nog kloppen.",
        reasons=("een_plan", "regisseur", *(("huishouden_onbekend",) if form == "onbekend" else ())),
    )


def inwoner_trekt_zich_terug(draft: Draft, act: Act, data: Nothing) -> None:
    """Help is voluntary, and wanting to stop ends nothing by itself: a person asks why and ends it."""
    if draft.state.stage is Stage.GESLOTEN:
        return
    draft.open_task(
        "terugtrekking",
        act.id,
        "De inwoner wil stoppen met de klantroute. Vraag waarom en leg uit wat dit betekent: hulp is vrijwillig, "
        "plichten bij een uitkering blijven. Een lopende aanvraag loopt door. Beëindig daarna de klantroute op "
        "verzoek van de inwoner, of rond deze taak af als die blijft.",
    )


ACTS = (
    ActSpec(
        name="overlijden_gemeld",
        label="Overlijden gemeld",
        origin="van_buiten",
        roles=ANYONE,
        stages=ALL_STAGES,
        rule=overlijden_gemeld,
        may_lead_to=frozenset({Stage.GESLOTEN}),
        retells=True,
        may_arm=("overlijden_partner",),
        why="Alle termijnen van deze persoon stoppen meteen",
    ),
    ActSpec(
        name="overlijden_partner_gemeld",
        label="Overlijden van de partner gemeld",
        origin="van_buiten",
        roles=ANYONE,
        stages=ALL_STAGES,
        rule=overlijden_partner_gemeld,
        retells=True,
        may_arm=("overlijden_partner",),
        why="Participatiewet art. 45 lid 5: de norm blijft nog een maand",
    ),
    ActSpec(
        name="inwoner_trekt_zich_terug",
        label="Inwoner trekt zich terug",
        origin="van_buiten",
        roles=ANYONE,
        stages=ALL_STAGES,
        rule=inwoner_trekt_zich_terug,
        why="Hulp is vrijwillig; een mens beëindigt de klantroute",
    ),
)
