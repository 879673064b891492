"""Looking into histories as Temporal stores them."""

from collections.abc import Iterator
from typing import Any

from google.protobuf.message import Message
from temporalio.api.common.v1 import Payload
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import WorkflowHandle


async def stored(handle: WorkflowHandle[Any, Any]) -> list[HistoryEvent]:
    """All events so far, undecoded."""
    return [event async for event in handle.fetch_history_events()]


async def wait_for(handle: WorkflowHandle[Any, Any], kind: "EventType.ValueType") -> HistoryEvent:
    """The first event of this kind, as soon as it is there."""
    async for event in handle.fetch_history_events(wait_new_event=True):
        if event.event_type == kind:
            return event
    raise AssertionError(f"the journey closed without event {EventType.Name(kind)}")


def bytes_of(events: list[HistoryEvent]) -> bytes:
    """Every byte that Temporal holds."""
    return b"\n".join(event.SerializeToString() for event in events)


def payloads_of(events: list[HistoryEvent]) -> list[Payload]:
    """Every payload anywhere in these events."""
    return [payload for event in events for payload in _payloads_in(event)]


def _payloads_in(message: Message) -> Iterator[Payload]:
    if isinstance(message, Payload):
        yield message
        return
    for field, held in message.ListFields():
        if field.message_type is None or field.name == "search_attributes":
            continue
        if isinstance(held, Message):
            yield from _payloads_in(held)
        elif hasattr(held, "values"):
            for value in held.values():
                if isinstance(value, Message):
                    yield from _payloads_in(value)
        else:
            for value in held:
                yield from _payloads_in(value)
