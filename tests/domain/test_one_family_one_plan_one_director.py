"""Households: whoever belongs together has one plan and one regisseur, and whoever leaves shares nothing more.

Terms by hand: 2026-06-03 + 2 weeks = 17 June (regisseur voorstellen); five opening days after Mon 8 June = Mon 15
June (aanvaarding); 2 weeks after Mon 8 June = Mon 22 June (akkoord op het plan).
"""

from datetime import date

import pytest

from domain.decide import Refused
from domain.households import evidence, periods
from domain.journey import Stage, Track
from tests.domain.world import World

A, B = "klantroute-deventer-1-1", "klantroute-deventer-2-1"


def couple() -> World:
    """Two adults who are partners in the BRP report two days apart, at two doors."""
    world = World()
    world.resident(1)
    world.resident(2)
    world.register.relate(1, [2])
    world.act(A, "2026-06-01T10:00", "melding", toegang="dwt")
    return world.act(B, "2026-06-03T10:00", "melding", toegang="sociaal-team")


def directed(world: World) -> World:
    world.act(A, "2026-06-08T10:00", "regisseur_aangewezen", team="gezinscoaches", persoon="r.smit")
    return world.act(A, "2026-06-09T10:00", "regisseur_aanvaard", role="regisseur", by="r.smit")


def planned(world: World) -> World:
    world.act(A, "2026-06-08T11:00", "gesprek_gevoerd").act(B, "2026-06-08T12:00", "gesprek_gevoerd")
    world.act(A, "2026-06-10T10:00", "plan_vastgesteld", akkoord=True, doelen=["werk"])
    return world.act(B, "2026-06-11T10:00", "plan_vastgesteld", akkoord=True)


def due(world: World, file: str, term_id: str) -> str:
    term = world.files[file].term(term_id)
    assert term is not None
    return str(term.due)


def tasks(world: World, file: str) -> list[str]:
    return [task.kind for task in world.files[file].open_tasks()]


# -- joining -----------------------------------------------------------------------------------------------


def test_two_who_report_at_two_doors_are_one_household() -> None:
    world = couple()
    household = world.household_of(A)
    assert world.household_of(B) is household
    assert [member.client for member in world.file_of(A).members] == [1, 2]
    # The toegang of the first melding is responsible, and the other team takes part.
    assert household.owners[Track.TRAJECT].team == "dwt"
    assert set(household.teams) == {"dwt", "sociaal-team"}
    assert due(world, household.id, "regisseur_voorstellen-1") == "2026-06-17"
    world.agree()


def test_the_first_melding_counts_and_not_who_was_recorded_first() -> None:
    world = World()
    world.resident(1)
    world.resident(2)
    world.register.relate(1, [2])
    world.act(B, "2026-06-03T10:00", "melding", toegang="sociaal-team")
    world.act(A, "2026-06-03T11:00", "melding", effective="2026-06-01", toegang="dwt")
    assert world.household_of(A).owners[Track.TRAJECT].team == "dwt"


def test_one_regisseur_directs_every_journey_of_the_household() -> None:
    world = directed(couple())
    for journey in (A, B):
        owner = world.files[journey].owners[Track.REGIE]
        assert (owner.team, owner.person) == ("gezinscoaches", "r.smit")
    assert world.events(A, "act_accepted")[-1].endswith("huishouden_bericht")
    # Recorded once, in the household; no journey waits for an acceptance of its own.
    assert not world.files[A].open_terms("aanvaarding")
    world.agree()


def test_what_only_a_household_records_is_recorded_there_from_any_journey() -> None:
    world = planned(directed(couple()))
    world.act(B, "2026-06-12T10:00", "lid_bekend", wie="kind")
    assert [member.kind for member in world.file_of(A).members] == ["volwassene", "volwassene", "kind"]


def test_what_only_a_household_records_is_refused_where_there_is_none() -> None:
    world = World()
    world.resident(1)
    world.files[A] = world.files[A].model_copy(update={"households": False})
    world.act(A, "2026-06-01T10:00", "melding")
    with pytest.raises(Refused, match="hoort bij een huishouden, en deze klantroute hoort bij geen"):
        world.act(A, "2026-06-02T10:00", "lid_bekend", wie="kind")


def test_whoever_does_not_accept_leaves_the_first_toegang_responsible() -> None:
    world = couple()
    world.act(A, "2026-06-08T10:00", "regisseur_aangewezen", team="gezinscoaches", persoon="r.smit")
    household = world.household_of(A).id
    assert due(world, household, "aanvaarding-1") == "2026-06-15"
    world.act(B, "2026-06-10T10:00", "regisseur_geweigerd", role="teamleider", reden="geen ruimte")
    assert world.files[household].owners[Track.TRAJECT].team == "dwt"
    assert "regisseur_zoeken" in tasks(world, household)
    assert world.file_of(A).director is None


def test_nobody_proposing_a_regisseur_is_noticed() -> None:
    """17 June is a Wednesday: missed at midnight, and the owner hears of it on Thursday morning."""
    world = couple().until("2026-06-18T10:00")
    household = world.household_of(A).id
    assert world.events(household, "term_breached", "escalated") == [
        "2026-06-18 term_breached regisseur_voorstellen-1",
        "2026-06-18 escalated regisseur_voorstellen-1",
    ]


def test_a_journey_alone_has_a_household_that_asks_for_nothing() -> None:
    world = World()
    world.resident(1)
    world.act(A, "2026-06-01T10:00", "melding")
    assert world.household_of(A).open_terms() == []
    assert world.files[A].household is not None
    assert not world.files[A].household.shared


def test_an_adult_son_at_the_same_address_is_not_joined_until_a_person_says_so() -> None:
    world = couple()
    son = world.resident(3, born="2002-03-01")
    world.act(son, "2026-06-05T10:00", "melding")
    parents, own = world.household_of(A).id, world.household_of(son).id
    assert parents != own
    world.act(parents, "2026-06-05T11:00", "mogelijk_samen", huishouden=102)
    assert "koppeling" in tasks(world, parents)
    assert len(world.file_of(A).belonging) == 2
    world.act(
        parents, "2026-06-08T10:00", "koppeling_beoordeeld", huishouden=102, samen=False, reden="kostganger"
    )
    assert "koppeling" not in tasks(world, parents)
    assert world.household_of(son).id == own
    # Asked once: the address says nothing new tomorrow.
    world.act(parents, "2026-06-09T10:00", "mogelijk_samen", huishouden=102)
    assert "koppeling" not in tasks(world, parents)
    world.agree()


def test_a_young_resident_with_a_partner_of_29_has_no_search_period_and_keeps_the_rest() -> None:
    """Participatiewet art. 41 lid 4 and 5: both under 27, or there is none; what is asked of the young one stays."""
    world = World()
    young = world.resident(1, born="2004-02-10", household="paar_partner_27_plus")
    world.resident(2, born="1997-02-10", household="paar")
    world.register.relate(1, [2])
    world.act(young, "2026-06-01T10:00", "melding").act(B, "2026-06-03T10:00", "melding")
    running = {term.term for term in world.files[young].open_terms()}
    assert "zoektermijn" not in running
    assert "stukken_school" in running
    assert world.household_of(young) is world.household_of(B)


# -- the plan ------------------------------------------------------------------------------------------------


def test_a_plan_agreed_by_each_opens_the_way_for_each() -> None:
    world = couple()
    world.act(A, "2026-06-08T11:00", "gesprek_gevoerd").act(B, "2026-06-08T12:00", "gesprek_gevoerd")
    world.act(A, "2026-06-10T10:00", "plan_vastgesteld", akkoord=True, doelen=["werk"])
    assert (world.files[A].stage, world.files[B].stage) == (Stage.MNA, Stage.PLAN)
    assert world.files[A].open_terms("start_mna")
    world.act(B, "2026-06-11T10:00", "plan_vastgesteld", akkoord=True)
    assert world.files[B].stage is Stage.MNA
    assert len(world.file_of(A).plans) == 1
    world.agree()


def test_who_agrees_before_the_first_talk_goes_on_when_the_talk_was_held() -> None:
    world = couple()
    world.act(A, "2026-06-04T10:00", "plan_vastgesteld", akkoord=True, doelen=["zorg"])
    assert world.files[A].stage is Stage.INTAKE
    world.act(A, "2026-06-05T10:00", "gesprek_gevoerd")
    assert world.files[A].stage is Stage.MNA
    assert not world.files[A].open_terms("plan")


def test_a_change_of_the_plan_asks_for_agreement_again_and_keeps_the_old_version() -> None:
    world = planned(couple())
    household = world.household_of(A).id
    goals = [{"domein": "werk", "doel": "twee ochtenden werk"}, {"domein": "zorg", "doel": "rust in huis"}]
    world.act(household, "2026-07-06T10:00", "plan_voorgesteld", doelen=goals)
    # Two weeks after Mon 6 July 2026.
    assert due(world, household, "plan_akkoord-1") == "2026-07-20"
    plan = world.file_of(A).plan
    assert plan is not None
    assert [version.number for version in plan.versions] == [1, 2]
    assert str(plan.since) == "2026-06-10"
    world.act(household, "2026-07-08T10:00", "plan_vastgesteld", akkoord=True, klant=1, wijze="ondertekend")
    assert world.files[household].open_terms("plan_akkoord")
    world.act(household, "2026-07-09T10:00", "plan_vastgesteld", akkoord=True, klant=2)
    assert not world.files[household].open_terms("plan_akkoord")
    world.agree()


def test_a_professional_comes_after_who_is_nearer_and_needs_a_reason() -> None:
    world = planned(couple())
    household = world.household_of(A).id
    action = {"domein": "werk", "wat": "sollicitatiebrief", "uiterlijk": "2026-07-01"}
    with pytest.raises(Refused, match="waarom_niet_lichter"):
        world.act(household, "2026-06-15T10:00", "actie_afgesproken", wie="professional", **action)
    world.act(household, "2026-06-15T10:00", "actie_afgesproken", wie="inwoner", code="1", **action)
    assert due(world, household, "plan_actie-1") == "2026-07-01"
    # 1 July is a Wednesday: not done, and noticed on Thursday.
    world.until("2026-07-02T10:00")
    assert "2026-07-02 term_breached plan_actie-1" in world.events(household, "term_breached")
    world.act(
        household, "2026-07-03T10:00", "actie_verzet", actie=1, uiterlijk="2026-07-10", reden="was ziek"
    )
    world.act(household, "2026-07-09T10:00", "actie_gedaan", actie=1)
    term = world.files[household].term("plan_actie-1")
    assert term is not None
    assert (str(term.due), str(term.ended_on)) == ("2026-07-10", "2026-07-09")
    with pytest.raises(Refused, match="Open acties: geen"):
        world.act(household, "2026-07-10T10:00", "actie_gedaan", actie=1)


# -- evidence --------------------------------------------------------------------------------------------------


def test_the_principle_is_shown_by_what_happened() -> None:
    world = planned(directed(couple()))
    file = world.file_of(A)
    assert [(str(one.since), str(one.until), one.missing) for one in periods(file)] == [
        ("2026-06-01", "2026-06-03", ("geen_plan", "geen_regisseur")),
        ("2026-06-03", "2026-06-09", ("geen_plan", "geen_regisseur")),
        ("2026-06-09", "2026-06-10", ("geen_plan",)),
        ("2026-06-10", "None", ()),
    ]
    assert evidence(file, date(2026, 6, 9)).missing == ("geen_plan",)
    held = evidence(file, date(2026, 12, 31))
    assert held.held
    assert not held.alone
    assert str(held.since) == "2026-06-10"
    assert evidence(file, date(2026, 6, 2)).alone
    assert not evidence(file, date(2026, 5, 31)).held


def test_a_journey_that_does_not_refer_to_the_household_breaks_the_evidence() -> None:
    world = planned(directed(couple()))
    file = world.file_of(A)
    member = file.members[1]
    unheard = member.journeys[0].model_copy(update={"refers_since": None})
    members = (file.members[0], member.model_copy(update={"journeys": (unheard,)}))
    found = evidence(file.model_copy(update={"members": members}), date(2026, 7, 1))
    assert found.missing == ("klantroute_verwijst_niet",)


# -- leaving ---------------------------------------------------------------------------------------------------


def test_after_a_divorce_the_one_who_left_goes_on_in_a_household_of_their_own() -> None:
    world = planned(directed(couple()))
    first = world.household_of(A).id
    world.act(A, "2026-06-12T10:00", "huishouden_gewijzigd", wat="kind_geboren")
    child = next(member for member in world.file_of(A).members if member.kind == "kind")
    world.act(first, "2026-09-01T10:00", "lid_vertrokken", lid=2, reden="uit_elkaar", kinderen=[child.number])
    second = world.household_of(B).id
    assert second != first
    assert [member.client for member in world.file_of(A).belonging] == [1]
    # With the child, for whom that was recorded.
    assert [member.client for member in world.file_of(B).belonging] == [2, None]
    # What is told to the one who left comes from the new household, which has no plan and no regisseur of the old.
    facts = world.files[B].household
    assert facts is not None
    assert (facts.household, facts.plan_since, facts.person) == (second, None, "")
    assert "plan_na_vertrek" in tasks(world, first)
    # Who left stays in the file, with the day.
    gone = world.file_of(A).member_of(2)
    assert gone is not None
    assert (str(gone.until), gone.left) == ("2026-09-01", "uit_elkaar")
    assert evidence(world.file_of(A), date(2026, 10, 1)).held
    assert evidence(world.file_of(B), date(2026, 10, 1)).missing == ("geen_plan", "geen_regisseur")
    world.agree()


def test_children_go_along_with_the_parent_of_whom_it_was_recorded() -> None:
    world = couple()
    for day in ("2010-01-05", "2012-02-06"):
        world.act(A, f"2026-06-08T{day[-2:]}:00", "huishouden_gewijzigd", wat="kind_erbij", geboren=day)
    world.act(B, "2026-06-09T10:00", "huishouden_gewijzigd", wat="kind_erbij", geboren="2015-03-07")
    old = world.files[A].household_id
    kinds = {member.number: member.kind for member in world.file_of(A).members}
    assert kinds == {1: "volwassene", 2: "volwassene", 3: "kind", 4: "kind", 5: "kind"}
    # A leaves with one child of whom A told and the one of whom only B told; the other one stays.
    world.act(old, "2026-07-01T10:00", "lid_vertrokken", lid=1, reden="uit_elkaar", kinderen=[3, 5])
    assert world.files[A].household_id != old
    here = [(member.kind, str(member.since)) for member in world.file_of(A).belonging]
    assert here == [("volwassene", "2026-07-01"), ("kind", "2026-07-01"), ("kind", "2026-07-01")]
    stayed = world.files[old].household_file
    assert stayed is not None
    assert [member.number for member in stayed.belonging] == [2, 4]
    assert "kinderen_gebleven" in tasks(world, A)
    world.agree()


def test_a_message_that_was_under_way_does_not_let_somebody_in_again() -> None:
    world = planned(directed(couple()))
    first = world.household_of(A).id
    late = next(one for one in reversed(world.told) if one.act == "lid_gemeld" and "2-1" in one.id)
    world.act(first, "2026-09-01T10:00", "lid_vertrokken", lid=2, reden="uit_elkaar")
    world.act(
        first,
        "2026-09-01T11:00",
        "lid_gemeld",
        role="systeem",
        **{**late.data, "versie": 99, "zoekt": False},
    )
    assert [member.client for member in world.file_of(A).belonging] == [1]


def test_a_move_to_zutphen_takes_one_member_out_of_the_household() -> None:
    world = planned(directed(couple()))
    world.act(B, "2026-08-03T10:00", "klantroute_beeindigd", exit="verhuizing", reden="woont nu in Zutphen")
    gone = world.file_of(A).member_of(2)
    assert gone is not None
    assert (str(gone.until), gone.left) == ("2026-08-03", "verhuisd")
    assert evidence(world.file_of(A), date(2026, 9, 1)).alone
    world.agree()


def test_the_death_of_the_only_adult_asks_today_for_who_cares_for_the_children() -> None:
    world = World()
    world.resident(1)
    world.act(A, "2026-06-01T10:00", "melding")
    directed(world)
    world.act(A, "2026-06-12T10:00", "huishouden_gewijzigd", wat="kind_geboren")
    household = world.household_of(A).id
    world.act(A, "2026-07-01T10:00", "overlijden_gemeld")
    assert [(one.kind, one.left) for one in world.file_of(A).members] == [
        ("volwassene", "overleden"),
        ("kind", ""),
    ]
    task = next(one for one in world.files[household].open_tasks() if one.kind == "overlijden_lid")
    assert task.role == "teamleider"
    assert "enige volwassene" in task.text
    # Nothing is left to wait for, and still the question is not silenced by closing.
    assert world.files[household].stage is not Stage.GESLOTEN
    world.act(
        household, "2026-07-01T11:00", "taak_afgerond", role="teamleider", taak=task.id, uitkomst="oma zorgt"
    )
    assert world.files[household].stage is Stage.GESLOTEN
    world.agree()


def test_a_household_rests_when_no_journey_is_open_and_wakes_with_the_next_melding() -> None:
    world = World()
    world.resident(1)
    world.act(A, "2026-06-01T10:00", "melding")
    household = world.household_of(A).id
    world.act(A, "2026-06-08T10:00", "klantroute_beeindigd", exit="vrijwillig", reden="op eigen verzoek")
    assert world.files[household].stage is Stage.GESLOTEN
    again = world.files[A].model_copy(
        update={
            "stage": Stage.INTAKE,
            "journey_number": 2,
            "log": (),
            "told": {},
            "household_id": "",
            "seq": 0,
        }
    )
    world.files[again.id] = again.model_copy(update={"closed_at": None, "forget_at": None, "household": None})
    world.act(again.id, "2026-07-01T10:00", "melding")
    assert world.files[household].stage is Stage.INTAKE
    assert [one.id for one in world.file_of(again.id).members[0].journeys] == [A, again.id]


# -- two that are one --------------------------------------------------------------------------------------------


def two_with_a_plan_each() -> World:
    world = World()
    for client in (1, 2):
        world.resident(client)
    world.act(A, "2026-06-01T10:00", "melding", toegang="dwt").act(
        B, "2026-06-03T10:00", "melding", toegang="sociaal-team"
    )
    world.act(A, "2026-06-08T10:00", "gesprek_gevoerd").act(B, "2026-06-08T11:00", "gesprek_gevoerd")
    # B has the earliest plan, in the household that was there last.
    world.act(B, "2026-06-09T10:00", "plan_vastgesteld", akkoord=True, doelen=["opgroeien"])
    return world.act(A, "2026-06-15T10:00", "plan_vastgesteld", akkoord=True, doelen=["werk"])


@pytest.mark.parametrize("heard_in", [A, B])
def test_two_households_with_a_plan_each_become_one_and_the_earliest_plan_stays(heard_in: str) -> None:
    world = two_with_a_plan_each()
    first, last = world.household_of(A).id, world.household_of(B).id
    file = world.household_of(heard_in)
    other = 102 if file.id == first else 101
    world.act(file.id, "2026-07-01T10:00", "huishoudens_samengevoegd", met=other, reden="zij wonen samen")
    assert world.files[last].stage is Stage.GESLOTEN
    assert world.household_of(A).id == world.household_of(B).id == first
    running = [plan for plan in world.file_of(A).plans if plan.until is None]
    assert [str(plan.since) for plan in running] == ["2026-06-09"]
    assert {goal.domain for goal in running[0].latest.goals} == {"werk", "opgroeien"}
    assert "plannen_samengevoegd" in tasks(world, first)
    # Nobody accepted yet: the toegang of the first melding stays responsible.
    assert world.files[first].owners[Track.TRAJECT].team == "dwt"
    assert world.files[first].open_terms("regisseur_voorstellen")
    # Before they were one, the evidence of each tells of itself alone.
    assert evidence(world.file_of(A), date(2026, 6, 20)).alone
    assert evidence(world.files[last].household_file, date(2026, 7, 2)).since is None  # type: ignore[arg-type]
    world.agree()


def test_what_was_agreed_to_be_done_moves_along_and_is_still_waited_for() -> None:
    world = two_with_a_plan_each()
    first, last = world.household_of(A).id, world.household_of(B).id
    world.act(
        last,
        "2026-06-16T10:00",
        "actie_afgesproken",
        domein="opgroeien",
        wat="zwemles",
        wie="inwoner",
        uiterlijk="2026-07-10",
    )
    world.act(first, "2026-07-01T10:00", "huishoudens_samengevoegd", met=102, reden="zij wonen samen")
    assert not world.files[last].open_terms()
    assert due(world, first, "plan_actie-1") == "2026-07-10"
    assert [(one.text, str(one.due)) for one in world.file_of(A).actions] == [("zwemles", "2026-07-10")]


def test_of_two_regisseurs_the_first_stays_and_both_hear_of_it() -> None:
    world = two_with_a_plan_each()
    world.act(A, "2026-06-16T10:00", "regisseur_aangewezen", team="gezinscoaches", persoon="r.smit")
    world.act(A, "2026-06-17T10:00", "regisseur_aanvaard", role="regisseur", by="r.smit")
    world.act(B, "2026-06-18T10:00", "regisseur_aangewezen", team="sociaal-team", persoon="k.bos")
    world.act(B, "2026-06-19T10:00", "regisseur_aanvaard", role="regisseur", by="k.bos")
    first = world.household_of(A).id
    world.act(first, "2026-07-01T10:00", "huishoudens_samengevoegd", met=102, reden="zij wonen samen")
    director = world.file_of(A).director
    assert director is not None
    assert director.person == "r.smit"
    assert world.files[B].owners[Track.REGIE].person == "r.smit"
    assert "twee_regisseurs" in tasks(world, first)
    assert evidence(world.file_of(A), date(2026, 7, 2)).held
    world.agree()


def test_a_journey_that_still_tells_the_old_household_reaches_the_new_one() -> None:
    world = two_with_a_plan_each()
    first, last = world.household_of(A).id, world.household_of(B).id
    late = next(one for one in reversed(world.told) if one.act == "lid_gemeld" and "2-1" in one.id)
    world.act(first, "2026-07-01T10:00", "huishoudens_samengevoegd", met=102, reden="zij wonen samen")
    told = {**late.data["feiten"], "partner": "ja"}  # type: ignore[dict-item]
    world.act(last, "2026-07-02T10:00", "lid_gemeld", role="systeem", versie=9, feiten=told)
    member = world.file_of(A).member_of(2)
    assert member is not None
    assert member.journeys[0].partner == "ja"
    world.agree()


# -- putting right -------------------------------------------------------------------------------------------------


def test_an_agreement_that_was_wrong_is_taken_back_and_the_journey_hears_of_it() -> None:
    world = couple()
    world.act(A, "2026-06-08T11:00", "gesprek_gevoerd")
    household = world.household_of(A).id
    world.act(A, "2026-06-10T10:00", "plan_vastgesteld", akkoord=True, doelen=["werk"], act_id="fout")
    assert world.files[A].household and world.files[A].household.agreed_on
    world.act(
        household, "2026-06-11T10:00", "handeling_ingetrokken", handeling="fout", reden="ging over een ander"
    )
    assert world.file_of(A).plan is None
    facts = world.files[A].household
    assert facts is not None
    assert (facts.plan_since, facts.agreed_on) == (None, None)
    world.agree()


# -- privacy -------------------------------------------------------------------------------------------------------


def test_a_journey_holds_nothing_about_the_other_members() -> None:
    """Domain facts, data rules: who is involved, agreed goals and dates. Here: not even who the others are."""
    world = planned(directed(couple()))
    world.act(B, "2026-06-12T10:00", "ziek_gemeld")
    held = world.files[A].household
    assert held is not None
    assert set(held.model_dump()) == {
        "household",
        "version",
        "belongs",
        "shared",
        "plan_since",
        "agreed_on",
        "team",
        "person",
        "accepted_on",
        "left_on",
        "told_at",
        "children_along",
        "children_stay",
    }
    # Numbers of children, and only in the message that somebody left.
    assert (held.children_along, held.children_stay) == ((), ())
    assert "deventer-2-1" not in world.files[A].model_dump_json()


def test_a_journey_tells_its_household_no_more_than_plan_and_regisseur_need() -> None:
    world = couple()
    world.act(B, "2026-06-12T10:00", "ziek_gemeld").act(B, "2026-06-12T11:00", "aanvraag_ingediend")
    told = world.files[B].told["huishouden"].facts
    assert set(told) == {
        "klant", "klantroute", "gemeld_op", "hoort_sinds", "team", "geeindigd_op", "einde", "plan_op", "regisseur_team",
        "regisseur", "regisseur_sinds", "partner", "partner_overleden", "kinderen",
    }  # fmt: skip


# -- what a review found -------------------------------------------------------------------------------------------


def plan_goals(world: World, household: str) -> list[tuple[int, tuple[str, ...], list[int]]]:
    """Of the plan that runs: each version with its domains and who agreed."""
    file = world.files[household].household_file
    assert file is not None
    plan = file.plan
    assert plan is not None
    return [
        (one.number, tuple(goal.domain for goal in one.goals), [who.client for who in one.agreements])
        for one in plan.versions
    ]


def test_a_merge_with_a_number_that_is_no_household_changes_nothing() -> None:
    """Households and clients share one series of numbers, so a client number is easily typed."""
    world = two_with_a_plan_each()
    last = world.household_of(B).id
    world.act(last, "2026-07-01T10:00", "huishoudens_samengevoegd", met=1, reden="verkeerd nummer")
    assert world.files[last].stage is not Stage.GESLOTEN
    assert world.household_of(B).id == last
    assert "niet_doorgegeven" in tasks(world, last)
    assert world.refused
    world.refused.clear()
    world.agree()


def test_nobody_agrees_to_goals_that_they_never_saw() -> None:
    """What two plans hold together is a change that needs agreement: 2 weeks after Wed 1 July = 15 July."""
    world = two_with_a_plan_each()
    first = world.household_of(A).id
    world.act(first, "2026-07-01T10:00", "huishoudens_samengevoegd", met=102, reden="zij wonen samen")
    assert plan_goals(world, first) == [(1, ("opgroeien",), [2]), (2, ("opgroeien", "werk"), [])]
    assert due(world, first, "plan_akkoord-1") == "2026-07-15"
    # Each of them agreed to have a plan, and that stands.
    facts = [world.files[journey].household for journey in (A, B)]
    assert [str(one.agreed_on) for one in facts if one] == ["2026-06-15", "2026-06-09"]


def test_a_question_for_people_is_not_silenced_by_a_merge() -> None:
    world = two_with_a_plan_each()
    first, last = world.household_of(A).id, world.household_of(B).id
    world.act(B, "2026-06-20T10:00", "regisseur_aangewezen", team="gezinscoaches", persoon="r.smit")
    world.act(
        last,
        "2026-06-21T10:00",
        "doorzettingsmacht_ingeroepen",
        aanleiding="veiligheid",
        gevraagd="eigenaar",
        reden="er is haast bij",
    )
    asked = [kind for kind in tasks(world, last) if kind != "koppeling"]
    assert asked
    world.act(first, "2026-07-01T10:00", "huishoudens_samengevoegd", met=102, reden="zij wonen samen")
    assert set(asked) <= set(tasks(world, first))
    # Who had been asked to direct did not answer there: somebody is asked here.
    assert "regisseur_zoeken" in tasks(world, first)


def test_what_was_evident_before_a_merge_stays_evident() -> None:
    world = two_with_a_plan_each()
    world.act(A, "2026-06-16T10:00", "regisseur_aangewezen", team="gezinscoaches", persoon="r.smit")
    world.act(A, "2026-06-17T10:00", "regisseur_aanvaard", role="regisseur", by="r.smit")
    world.act(B, "2026-06-18T10:00", "regisseur_aangewezen", team="sociaal-team", persoon="k.bos")
    world.act(B, "2026-06-19T10:00", "regisseur_aanvaard", role="regisseur", by="k.bos")
    assert evidence(world.file_of(A), date(2026, 6, 20)).held
    world.act(A, "2026-07-01T10:00", "gesprek_gevoerd")
    first = world.household_of(A).id
    world.act(first, "2026-07-01T11:00", "huishoudens_samengevoegd", met=102, reden="zij wonen samen")
    assert evidence(world.file_of(A), date(2026, 6, 20)).held
    assert evidence(world.file_of(A), date(2026, 7, 1)).held


def test_a_merge_by_mistake_is_taken_apart() -> None:
    world = two_with_a_plan_each()
    world.act(B, "2026-06-18T10:00", "regisseur_aangewezen", team="sociaal-team", persoon="k.bos")
    world.act(B, "2026-06-19T10:00", "regisseur_aanvaard", role="regisseur", by="k.bos")
    first = world.household_of(A).id
    world.act(first, "2026-07-01T10:00", "huishoudens_samengevoegd", met=102, reden="verkeerd begrepen")
    assert world.files[A].owners[Track.REGIE].person == "k.bos"
    lid = world.file_of(A).member_of(2)
    assert lid is not None
    world.act(first, "2026-07-03T10:00", "lid_vertrokken", lid=lid.number, reden="vergissing")
    plan, director = world.file_of(A).plan, world.file_of(A).director
    assert plan is not None
    assert (str(plan.since), director) == ("2026-06-15", None)
    assert Track.REGIE not in world.files[A].owners
    assert "regisseur_weg" in tasks(world, A)
    world.agree()


def test_who_left_goes_on_in_the_new_household_from_that_day() -> None:
    world = planned(directed(couple()))
    first = world.household_of(A).id
    world.act(first, "2026-09-02T10:00", "lid_vertrokken", effective="2026-09-01", lid=2, reden="uit_elkaar")
    told = list(periods(world.file_of(B)))
    assert [str(one.since) for one in told][:1] == ["2026-09-01"]
    # The plan and the regisseur stayed behind: somebody hears of both.
    assert {"plan_weg", "regisseur_weg"} <= set(tasks(world, B))
    assert Track.REGIE not in world.files[B].owners


def test_a_plan_that_ends_is_missed_in_every_journey() -> None:
    world = planned(couple())
    household = world.household_of(A).id
    world.act(household, "2026-07-06T10:00", "plan_beeindigd", reden="het paste niet meer")
    assert "plan_weg" in tasks(world, A)
    assert "plan_weg" in tasks(world, B)


def test_when_all_who_agreed_have_left_the_plan_has_left_too() -> None:
    world = couple()
    household = world.household_of(A).id
    world.act(B, "2026-06-10T10:00", "plan_vastgesteld", akkoord=True, doelen=["werk"])
    world.act(household, "2026-07-01T10:00", "lid_vertrokken", lid=2, reden="uit_elkaar")
    assert world.file_of(A).plan is None


@pytest.mark.parametrize("act", ["overdracht_aangeboden", "eigenaar_toegewezen"])
def test_who_directs_is_settled_in_the_household_also_by_other_acts(act: str) -> None:
    world = directed(couple())
    more = {"reden": "past beter"} if act == "overdracht_aangeboden" else {}
    world.act(A, "2026-06-15T10:00", act, spoor="regie", team="sociaal-team", **more)
    household = world.household_of(A)
    assert household.logged(f"{act}@2026-06-15T10:00") is not None
    assert world.files[A].owners[Track.REGIE].person == "r.smit"


def test_a_hand_over_of_another_track_stays_when_the_plan_changes() -> None:
    world = directed(couple())
    world.act(
        A,
        "2026-06-15T10:00",
        "overdracht_aangeboden",
        spoor="traject",
        team="sociaal-team",
        reden="past beter",
    )
    world.act(A, "2026-06-16T10:00", "overdracht_aanvaard", spoor="traject", persoon="k.bos")
    world.act(A, "2026-06-17T10:00", "plan_vastgesteld", akkoord=True, doelen=["werk"])
    assert world.files[A].owners[Track.TRAJECT].person == "k.bos"


def test_a_regisseur_of_before_does_not_come_back_with_other_news() -> None:
    """Both journeys had one before they belonged to a household; a third accepted since."""
    world = World()
    for client in (1, 2):
        world.resident(client)
    world.register.relate(1, [2])
    for journey, person in ((A, "r.smit"), (B, "k.bos")):
        world.files[journey] = world.files[journey].model_copy(update={"households": False})
        day = "2026-06-01" if journey == A else "2026-06-02"
        world.act(journey, f"{day}T10:00", "melding")
        world.act(journey, f"{day}T11:00", "regisseur_aangewezen", team="gezinscoaches", persoon=person)
        world.act(journey, f"{day}T12:00", "regisseur_aanvaard", role="regisseur", by=person)
    for journey in (A, B):
        world.files[journey] = world.files[journey].model_copy(update={"households": True})
        world.act(journey, "2026-06-03T10:00", "gesprek_gevoerd")
    assert world.files[B].owners[Track.REGIE].person == "r.smit"
    world.act(A, "2026-09-01T10:00", "regisseur_aangewezen", team="sociaal-team", persoon="n.nieuw")
    world.act(A, "2026-09-02T10:00", "regisseur_aanvaard", role="regisseur", by="n.nieuw")
    world.act(B, "2026-10-01T10:00", "huishouden_gewijzigd", wat="kind_geboren")
    director = world.file_of(A).director
    assert director is not None
    assert director.person == "n.nieuw"
    assert evidence(world.file_of(A), date(2026, 9, 15)).missing == ("geen_plan",)
    world.agree()


def test_a_plan_of_long_ago_starts_nothing_before_the_journey_came_so_far() -> None:
    """Four weeks after the talk of Tue 8 June 2027: 6 July."""
    world = couple()
    world.act(A, "2026-06-08T11:00", "gesprek_gevoerd")
    world.act(A, "2026-06-10T10:00", "plan_vastgesteld", akkoord=True, doelen=["werk"])
    world.act(B, "2026-06-11T10:00", "plan_vastgesteld", akkoord=True)
    late = world.resident(3)
    world.register.relate(3, [2])
    world.act(late, "2027-06-01T10:00", "melding")
    world.act(late, "2027-06-02T10:00", "plan_vastgesteld", akkoord=True, akkoord_op="2026-06-11")
    world.act(late, "2027-06-08T10:00", "gesprek_gevoerd")
    assert due(world, late, "start_mna-1") == "2027-07-06"


@pytest.mark.parametrize(
    ("act", "data"),
    [
        (
            "actie_afgesproken",
            {"domein": "zorg", "wat": "naar de huisarts", "wie": "inwoner", "uiterlijk": "2026-08-01"},
        ),
        ("lid_bekend", {"wie": "kind"}),
        ("huishoudens_samengevoegd", {"met": 102, "reden": "wonen samen"}),
    ],
)
def test_what_later_acts_or_other_files_build_on_is_not_withdrawn(act: str, data: dict[str, object]) -> None:
    world = two_with_a_plan_each()
    first = world.household_of(A).id
    world.act(first, "2026-07-01T10:00", act, act_id="fout", **data)
    with pytest.raises(Refused, match="kan hier niet gecorrigeerd of ingetrokken worden"):
        world.act(first, "2026-07-02T10:00", "handeling_ingetrokken", handeling="fout", reden="typefout")


def test_an_ending_by_mistake_brings_plan_actions_and_regisseur_back() -> None:
    world = World()
    world.resident(1)
    world.act(A, "2026-06-01T10:00", "melding")
    directed(world)
    household = world.household_of(A).id
    world.act(A, "2026-06-09T11:00", "gesprek_gevoerd")
    world.act(A, "2026-06-10T10:00", "plan_vastgesteld", akkoord=True, doelen=["zorg"])
    action = {"domein": "zorg", "wat": "naar de huisarts", "wie": "inwoner", "uiterlijk": "2026-08-01"}
    world.act(household, "2026-06-11T10:00", "actie_afgesproken", **action)
    world.act(
        A, "2026-07-01T10:00", "klantroute_beeindigd", exit="vrijwillig", reden="misverstand", act_id="fout"
    )
    assert world.files[household].stage is Stage.GESLOTEN
    assert world.file_of(A).director is None
    world.act(A, "2026-07-02T10:00", "handeling_ingetrokken", handeling="fout", reden="verkeerde persoon")
    assert world.files[household].stage is Stage.PLAN
    assert [one.is_open for one in world.file_of(A).actions] == [True]
    assert world.files[A].owners[Track.REGIE].person == "r.smit"
    assert evidence(world.file_of(A), date(2026, 7, 3)).held
    world.agree()


def test_a_late_message_of_a_household_that_was_left_changes_nothing() -> None:
    world = two_with_a_plan_each()
    first, last = world.household_of(A).id, world.household_of(B).id
    late = next(one for one in reversed(world.told) if one.act == "huishouden_bericht" and one.to == B)
    world.act(first, "2026-07-01T10:00", "huishoudens_samengevoegd", met=102, reden="zij wonen samen")
    world.act(B, "2026-07-01T11:00", "huishouden_bericht", role="systeem", **{**late.data, "versie": 99})
    assert world.files[B].household_id == first != last
    world.agree()


def test_two_who_each_told_of_a_partner_are_two_and_not_four() -> None:
    world = World()
    world.resident(1, household="paar")
    world.resident(2, household="paar")
    world.act(A, "2026-06-01T10:00", "melding").act(B, "2026-06-03T10:00", "melding")
    world.act(A, "2026-06-10T10:00", "huishouden_gewijzigd", wat="kind_geboren")
    world.act(B, "2026-06-10T11:00", "huishouden_gewijzigd", wat="kind_geboren")
    first = world.household_of(A).id
    world.act(first, "2026-07-01T10:00", "huishoudens_samengevoegd", met=102, reden="zij wonen samen")
    assert sorted((one.kind, one.client) for one in world.file_of(A).belonging if one.client) == [
        ("volwassene", 1),
        ("volwassene", 2),
    ]
    assert [one.kind for one in world.file_of(A).belonging if not one.client] == ["kind"]


def test_agreement_is_not_waited_for_from_who_left() -> None:
    world = planned(couple())
    household = world.household_of(A).id
    world.act(
        household,
        "2026-07-06T10:00",
        "plan_voorgesteld",
        doelen=[{"domein": "werk", "doel": "een vaste baan"}],
    )
    world.act(household, "2026-07-07T10:00", "plan_vastgesteld", akkoord=True, klant=1)
    assert world.files[household].open_terms("plan_akkoord")
    world.act(household, "2026-07-08T10:00", "lid_vertrokken", lid=2, reden="uit_elkaar")
    assert not world.files[household].open_terms("plan_akkoord")


def test_an_agreement_from_a_closed_journey_is_refused_there() -> None:
    world = couple()
    world.act(A, "2026-06-08T10:00", "klantroute_beeindigd", exit="vrijwillig", reden="op eigen verzoek")
    with pytest.raises(Refused, match="gesloten"):
        world.act(A, "2026-06-09T10:00", "plan_vastgesteld", akkoord=True)


def test_a_message_of_a_household_that_does_not_arrive_is_a_question_for_a_person() -> None:
    world = couple().until("2026-06-18T10:00")
    household = world.household_of(A).id
    world.act(
        household,
        "2026-06-18T11:00",
        "bericht_niet_aangekomen",
        role="systeem",
        bericht="regisseur_voorstellen-1/trede-1/2026-06-17/eigenaar",
        rol="eigenaar",
        reden="geweigerd",
        termijn="regisseur_voorstellen-1",
    )
    assert "bericht_mislukt" in tasks(world, household)


def test_the_direction_goes_from_team_to_team_by_asking_and_answering() -> None:
    """Five opening days after Mon 15 June 2026: Mon 22 June."""
    world = planned(directed(couple()))
    household = world.household_of(A).id
    world.act(
        A, "2026-06-15T10:00", "overdracht_aangeboden", spoor="regie", team="sociaal-team", reden="past beter"
    )
    assert due(world, household, "overdracht-1") == "2026-06-22"
    world.act(
        household,
        "2026-06-16T10:00",
        "overdracht_geweigerd",
        role="teamleider",
        door="sociaal-team",
        spoor="regie",
        reden="geen ruimte",
    )
    assert "ketenoverleg" in tasks(world, household)
    assert world.files[B].owners[Track.REGIE].person == "r.smit"
    world.act(
        A,
        "2026-06-18T10:00",
        "overdracht_aangeboden",
        spoor="regie",
        team="sociaal-team",
        reden="afgesproken",
    )
    world.act(B, "2026-06-19T10:00", "overdracht_aanvaard", spoor="regie", persoon="k.bos")
    assert [(one.person, str(one.since), str(one.until)) for one in world.file_of(A).directors] == [
        ("r.smit", "2026-06-09", "2026-06-19"),
        ("k.bos", "2026-06-19", "None"),
    ]
    assert world.files[B].owners[Track.REGIE].person == "k.bos"
    assert all(evidence(world.file_of(A), date(2026, 6, day)).held for day in range(12, 30))
    world.agree()


def test_doorzettingsmacht_names_a_regisseur_where_none_is_found() -> None:
    world = couple()
    household = world.household_of(A).id
    world.act(
        household,
        "2026-06-20T10:00",
        "doorzettingsmacht_ingeroepen",
        aanleiding="geen_regisseur",
        gevraagd="eigenaar",
        spoor="regie",
        reden="niemand aanvaardt",
    )
    world.act(
        household,
        "2026-06-22T10:00",
        "doorzettingsmacht_besluit",
        role="doorzettingsmacht",
        besluit="eigenaar",
        spoor="regie",
        team="gezinscoaches",
        persoon="r.smit",
        mandaat="MB-2026-1",
        reden="er moet iemand zijn",
    )
    director = world.file_of(A).director
    assert director is not None
    assert (director.person, str(director.since)) == ("r.smit", "2026-06-22")
    assert world.files[B].owners[Track.REGIE].person == "r.smit"
    world.agree()
