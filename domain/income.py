"""What a journey carries of the income track: application, decisions, benefit, default notices, objections.

Codes, dates and client numbers only. Amounts, bank accounts and reasons in words never stand here.
"""

from datetime import date

from domain.base import Carried


class Document(Carried):
    """One document of an application, by its code."""

    code: str
    asked_on: date | None = None
    """Day of the latest letter that asked for it; None: it came without being asked for."""
    partly_on: date | None = None
    """Day on which a part of it came."""
    received_on: date | None = None
    """Day on which it was there whole."""


class Application(Carried):
    """The application that runs or ran last."""

    act: str
    on: date
    """The day that counts: the one that UWV recorded, also when the hand-over came late (Suwi 30c lid 1)."""
    scheme: str = "pw"
    """Regeling: ``pw``, ``bbz``, ``ioaw``, ``ioaz``, ``nug``."""
    term: str = ""
    """Id of its decision term."""
    documents: tuple[Document, ...] = ()

    def missing(self) -> list[str]:
        """Codes of what was asked and is not there whole."""
        return [item.code for item in self.documents if item.asked_on and item.received_on is None]


class DraftedDecision(Carried):
    """A decision that was written and waits for a second person, or for dispatch."""

    act: str
    kind: str
    outcome: str
    written_by: str
    written_on: date
    signed_by: str = ""
    signed_on: date | None = None
    returned_on: date | None = None
    """The second person gave it back."""
    sent: bool = False


class SentDecision(Carried):
    """A decision that went out. Sent, notified and delivered are three things (Awb 2:10 and 2:22)."""

    act: str
    kind: str
    """``aanvraag``, ``intrekking``, ``maatregel``, ``bezwaar``, ``voorziening``, ``lks``, ``wmo``, ``schuld``."""
    outcome: str
    sent_on: date
    channel: str = "post"
    notified_on: date | None = None
    delivered_on: date | None = None
    returned_on: date | None = None
    """It came back undelivered."""
    remedy: str = ""
    """Id of the term for objection or appeal."""


class Benefit(Carried):
    """The benefit that runs or ran last."""

    scheme: str = "pw"
    since: date | None = None
    """First day; None: not known."""
    ended_on: date | None = None
    """The day from which there is none any more (beëindigd per)."""
    why_ended: str = ""


class RightSuspension(Carried):
    """The right (Pw 54) or only its payment (Pw 40) stands still. Not the application: that is Awb 4:15."""

    act: str
    kind: str
    """``recht`` or ``betaling``."""
    since: date
    default_on: date
    """Day of the default; it is day 1."""
    repair_until: date
    limit: str = ""
    """Id of the term of eight weeks."""
    repair: str = ""
    """Id of the term in which it can be put right."""
    repaired_on: date | None = None
    ended_on: date | None = None
    outcome: str = ""


class DefaultNotice(Carried):
    """One ingebrekestelling, and the dwangsom that came of it (Awb 4:17)."""

    act: str
    key: str
    """Which term was late."""
    term: str
    """Id of that term."""
    received_on: date
    answer: str
    """Id of the two weeks to decide after all."""
    first_day: date | None = None
    """First day of the dwangsom; None: none is due so far."""
    last_day: date | None = None
    """Last day of the dwangsom."""
    ended_on: date | None = None
    """Day on which the late decision went out after all, or no longer had to."""
    fixed_on: date | None = None
    outcome: str = ""


class Hearing(Carried):
    """The resident was heard, or declined to be, about an intention."""

    act: str
    about: str
    """``maatregel``, ``boete``, ``intrekking``."""
    on: date
    used_by: str = ""
    """The act that was based on it."""


class Sanction(Carried):
    """A maatregel that a person imposed (Pw 18)."""

    act: str
    since: date
    until: date
    review: str = ""
    ended_on: date | None = None


class PartTimeWork(Carried):
    """Work with a supplement: no exit, but a state."""

    since: date
    hours: int
    """A week, whole hours."""
    until: date | None = None


class PwHousehold(Carried):
    """The Pw-gezin: who make one application together. Not the household of the plan."""

    other_client: int | None = None
    """Client number of the partner; None: alone, or the partner is no client."""
    carries: bool = True
    """Whether the income track runs in this journey and not in the partner's."""
    since: date


class Reentry(Carried):
    """An earlier benefit, and by which of three paths the resident comes back."""

    ended_on: date
    path: str
    """``herleving``, ``hergebruik_gegevens`` or ``nieuw``."""


class Objection(Carried):
    """One objection (bezwaar). It runs beside the stages and on after closing."""

    id: str
    """The act that recorded it."""
    against: str
    received_on: date
    posted_on: date | None = None
    decision: str = ""
    """The act that sent the decision; empty: not known."""
    objection_end: date | None = None
    """Last day of the objection term; None: not known."""
    timely: str = "onbekend"
    """``op_tijd``, ``per_post_op_tijd``, ``te_laat``, ``onbekend``; what follows from it is a person's."""
    judged: str = ""
    """``tijdig``, ``verschoonbaar`` or ``niet_verschoonbaar``, by a person (Awb 6:11)."""
    term: str = ""
    """Id of its decision term."""
    committee: bool = False
    adjourned: bool = False
    ended_on: date | None = None
    outcome: str = ""
    decided_by: str = ""
    """The act that sent the decision on it."""
    appealed_on: date | None = None


class Income(Carried):
    """Everything that the income track adds to a journey."""

    registered_on: date | None = None
    """Registration at werk.nl, where no application had come yet."""
    application: Application | None = None
    drafts: tuple[DraftedDecision, ...] = ()
    sent: tuple[SentDecision, ...] = ()
    benefit: Benefit | None = None
    suspensions: tuple[RightSuspension, ...] = ()
    notices: tuple[DefaultNotice, ...] = ()
    hearings: tuple[Hearing, ...] = ()
    sanctions: tuple[Sanction, ...] = ()
    part_time: tuple[PartTimeWork, ...] = ()
    pw_household: PwHousehold | None = None
    reentry: Reentry | None = None

    @property
    def works_part_time(self) -> PartTimeWork | None:
        """The part-time work that goes on, if any."""
        return next((work for work in self.part_time if work.until is None), None)
