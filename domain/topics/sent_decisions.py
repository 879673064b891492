"""Decisions that went out, and the time that the resident then has to go against them (Awb 6:7 and 6:8)."""

from datetime import date

from domain.draft import Draft
from domain.happenings import Act
from domain.income import SentDecision
from domain.journey import Track


def went_out(
    draft: Draft,
    act: Act,
    kind: str,
    outcome: str,
    *,
    on: date | None = None,
    channel: str = "post",
    remedy: str = "bezwaar_indienen",
) -> None:
    """Note that a decision went out, whatever it says, and start the time to object or appeal (Awb 6:8).

    Args:
        draft: what changes.
        act: the act that sent it.
        kind: what it is about, as a code; an objection can name it.
        outcome: what it says, as a code.
        on: the day of dispatch; None: the day on which the act takes effect.
        channel: how it went out.
        remedy: the term in which the resident can go against it.
    """
    sent_on = on or act.effective
    term = None
    if draft.knows(remedy):
        # Objection starts the day after the decision was sent (Awb 6:8); the time is the resident's.
        term = draft.arm(remedy, sent_on, track=Track.BEZWAAR, quiet=True)
    sent = SentDecision(
        act=act.id,
        kind=kind,
        outcome=outcome,
        sent_on=sent_on,
        channel=channel,
        remedy=term.id if term else "",
    )
    income = draft.state.income
    draft.set(income=income.model_copy(update={"sent": (*income.sent, sent)}))
