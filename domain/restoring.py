"""What a journey becomes when people put it back after Temporal or the journal lost something."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from domain.calendars import say
from domain.change import change_between
from domain.decide import route_of
from domain.draft import Draft
from domain.happenings import Act, Actor, Event
from domain.journey import JourneyState
from domain.policy import Policy
from domain.projection import JournalEntry, Snapshot, snapshot

RESTORED = "herstel"
"""Name of the entry that says that a journey was put back."""
LOST = "verloren"
"""Name of an entry that takes the place of one that nobody holds any more."""


def put_back(
    state: JourneyState,
    policy: Policy,
    *,
    at: datetime,
    by: Actor,
    why: str,
    since: int,
    repeated: Sequence[Act] = (),
    not_repeated: Sequence[tuple[Act, str]] = (),
) -> tuple[JourneyState, JournalEntry]:
    """The state and the entry that say that a journey was put back.

    An act that did not fit any more becomes a task: somebody was told that it was held.

    Args:
        state: what it goes on from, with the repeated acts in it.
        policy: the numbers that it goes on with.
        at: when it was put back, on the journey's clock.
        by: who did it.
        why: one Dutch sentence.
        since: the last entry of the journal that it went back to.
        repeated: acts that were recorded once more.
        not_repeated: acts that were refused this time, each with the sentence.
    """
    draft = Draft(state, policy, at)
    draft.tell_story("restored", stage=state.stage.value, role=by.role, text=why)
    for act, sentence in not_repeated:
        label = route_of(state).act(act.name).label
        draft.open_task(
            "herstel_handeling",
            act.id,
            f"'{label}' van {act.by.code} per {say(act.effective)} was aangenomen en past na een storing niet "
            f"meer: {sentence} Vraag wie het vastlegde en leg het zo nodig opnieuw vast.",
        )
    draft.set(last_at=at, seq=state.seq + 1, policy_hash=policy.hash)
    known: dict[str, Any] = {
        "vanaf": since,
        "opnieuw": [act.model_dump(mode="json") for act in repeated],
        "niet_opnieuw": [act.model_dump(mode="json") for act, _ in not_repeated],
    }
    entry = JournalEntry(
        journey_id=state.id,
        seq=draft.state.seq,
        kind="herstel",
        name=RESTORED,
        happening={"by": by.model_dump(mode="json"), "reden": why, **known},
        at=at,
        handled_at=at,
        late_seconds=0,
        policy_hash=policy.hash,
        events=tuple(draft.events),
        messages=tuple(draft.messages),
        snapshot=snapshot(draft.state, policy),
        change=change_between(None, draft.state),
    )
    return draft.state, entry


def lost_entry(
    shown: Snapshot,
    *,
    seq: int,
    at: datetime,
    by: Actor,
    policy_hash: str,
    state: JourneyState | None = None,
) -> JournalEntry:
    """The entry for one that was lost for good: it says that it was.

    Args:
        shown: what is known of how the journey looks.
        seq: the number of the lost entry.
        at: when it was found missing.
        by: who found it.
        policy_hash: the policy that the journey goes by.
        state: where the journey stands after the gap, when this is the last entry of it.
    """
    text = "Deze regel is verloren gegaan bij een storing; wat hier stond is niet meer te zeggen."
    return JournalEntry(
        journey_id=shown.journey_id,
        seq=seq,
        kind="herstel",
        name=LOST,
        happening={"by": by.model_dump(mode="json"), "reden": text},
        at=at,
        handled_at=at,
        late_seconds=0,
        policy_hash=policy_hash,
        events=(Event(at=at, event="restored", role=by.role, text=text),),
        messages=(),
        snapshot=shown,
        change={"lost": True} if state is None else change_between(None, state),
    )
