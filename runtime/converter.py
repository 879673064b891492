"""Between Python values and what Temporal stores: pydantic models as JSON, and what happens to misfits.

A misfit has a different right answer in each place:

=============================  ====================================================================
where                          what happens
=============================  ====================================================================
first start of a journey       the start fails at once, with the problems in Dutch: whoever typed the
                               JSON (Temporal UI, command line) sees why. Left to itself the journey
                               would hang in retries that nobody looks at.
state carried by               the journey waits: Temporal tries the task again until a worker comes
continue-as-new                that can read it. Failing would end a resident's journey for good over
                               a fault in our code.
result of an activity,         the journey waits, for the same reason.
child or query
input of an activity           the activity fails and is not tried again: the same bytes will not fit
                               a minute later either. The workflow decides what that means.
update                         workflows take updates as raw values and answer in their own words.
=============================  ====================================================================

Nothing that a converter is given tells a first start from the rest: the serialization context of a start
is that of an update or a child's result too, and continue-as-new looks like a start. `runtime.first_start`
knows, from the task that Temporal sent. On top of that a model may declare ``carries_state: ClassVar[bool]
= True``: then JSON with a non-null member ``carried`` is state, even in a first run (a journey that is set
up again from the journal). In doubt a journey waits: waiting can be undone, failing cannot.
"""

import functools
from collections.abc import Sequence
from typing import Any, Self

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import from_json
from temporalio.api.common.v1 import Payload
from temporalio.api.failure.v1 import Failure
from temporalio.contrib.pydantic import PydanticJSONPlainPayloadConverter, PydanticPayloadConverter
from temporalio.converter import (
    DataConverter,
    DefaultFailureConverterWithEncodedAttributes,
    PayloadConverter,
    SerializationContext,
    WithSerializationContext,
    WorkflowSerializationContext,
)
from temporalio.exceptions import ApplicationError

from domain.problems import WHOLE, Problem, problems_in
from runtime import first_start
from runtime.codec import EncryptingCodec
from runtime.keys import KeyRing

STATE_MEMBER = "carried"
"""Member of a start model that holds the state of the run before."""

_JSON = "json/plain"


class UnreadablePayloadError(Exception):
    """A payload does not fit the type that the code expects; the message names the fields, not the data.

    Deliberately no Temporal failure: raised in a workflow it fails the task, which is tried again.
    """


class StrictJson(PydanticJSONPlainPayloadConverter, WithSerializationContext):
    """JSON by pydantic; misfits become `UnreadablePayloadError` or the refusal of a first start."""

    def __init__(self) -> None:
        super().__init__()
        # One cache for the process: a converter is made for every workflow run.
        self._type_adapter = _type_adapter
        self._context: SerializationContext | None = None

    def with_context(self, context: SerializationContext) -> Self:
        """A copy that knows whose payload it reads."""
        copy = type(self).__new__(type(self))
        copy.__dict__.update(self.__dict__)
        copy._context = context
        return copy

    def from_payload(self, payload: Payload, type_hint: type | None = None) -> Any:
        """Validate the JSON into the type.

        Raises:
            ApplicationError: type ``PayloadValidationError``, not retryable: a first start that does not
                fit.
            UnreadablePayloadError: anything else that does not fit.
        """
        try:
            return super().from_payload(payload, type_hint)
        except ValidationError as error:
            problems = problems_in(error)
        # Raised outside the handler: pydantic's error knows the input.
        raise self.misfit(problems, type_hint, state=_holds_state(payload))

    def misfit(self, problems: Sequence[Problem], type_hint: Any, *, state: bool) -> Exception:
        """The exception for a payload that does not fit ``type_hint``.

        Args:
            problems: what is wrong.
            type_hint: what the code expects.
            state: whether the payload has the member that holds the state of a run before.
        """
        of_a_workflow = isinstance(self._context, WorkflowSerializationContext)
        carried = state and getattr(type_hint, "carries_state", False) is True
        if of_a_workflow and not carried and first_start.in_progress():
            return first_start.refusal(problems)
        name = getattr(type_hint, "__name__", "het verwachte type")
        return UnreadablePayloadError(
            f"Een gegeven in Temporal past niet op {name}: {'; '.join(map(str, problems))}. "
            "Is dit proces van een andere versie? Zet de goede versie ernaast; het gegeven wacht."
        )


class StrictPayloadConverter(PydanticPayloadConverter):
    """The SDK's pydantic converter with `StrictJson` for JSON."""

    def __init__(self) -> None:
        super().__init__()
        self._set_converters(
            *(StrictJson() if c.encoding == _JSON else c for c in self.converters.values()),
        )

    def with_context(self, context: SerializationContext) -> Self:
        """A copy whose JSON converter knows the context; made for nearly every payload, so kept cheap."""
        copy = type(self).__new__(type(self))
        copy.__dict__.update(self.__dict__)
        copy._set_converters(
            *(c.with_context(context) if isinstance(c, StrictJson) else c for c in self.converters.values())
        )
        return copy

    def from_payloads(self, payloads: Sequence[Payload], type_hints: list[type] | None = None) -> list[Any]:
        """See base class. Where a model is expected, anything but JSON (an empty input) is a misfit too."""
        json_converter = self.converters[_JSON.encode()]
        for payload, hint in zip(payloads, type_hints or (), strict=False):
            is_json = payload.metadata.get("encoding") == _JSON.encode()
            wants_model = isinstance(hint, type) and issubclass(hint, BaseModel)
            if wants_model and not is_json and isinstance(json_converter, StrictJson):
                raise json_converter.misfit([Problem(WHOLE, "is geen JSON")], hint, state=False)
        return super().from_payloads(payloads, type_hints)


class MeedoenFailureConverter(DefaultFailureConverterWithEncodedAttributes):
    """Message and stack of a failure go through the codec; an unreadable activity input is final."""

    def to_failure(
        self, exception: BaseException, payload_converter: PayloadConverter, failure: Failure
    ) -> None:
        """See base class."""
        if isinstance(exception, ValidationError):
            # Its own text repeats the input.
            said = "; ".join(map(str, problems_in(exception)))
            shown = ApplicationError(f"Gegevens passen niet: {said}.", type="ValidationError")
            super().to_failure(shown.with_traceback(exception.__traceback__), payload_converter, failure)
            return
        super().to_failure(exception, payload_converter, failure)
        # The SDK wraps what the converter raises on an activity's input in a retryable failure.
        if isinstance(exception, ApplicationError) and isinstance(
            exception.__cause__, UnreadablePayloadError
        ):
            failure.application_failure_info.non_retryable = True


def data_converter(keys: KeyRing) -> DataConverter:
    """The converter that every client, worker, test and replayer shares."""
    return DataConverter(
        payload_converter_class=StrictPayloadConverter,
        failure_converter_class=MeedoenFailureConverter,
        payload_codec=EncryptingCodec(keys),
    )


@functools.lru_cache(maxsize=256)
def _type_adapter(hint: Any) -> TypeAdapter[Any]:
    return TypeAdapter(hint)


def _holds_state(payload: Payload) -> bool:
    try:
        raw = from_json(payload.data)
    except ValueError:
        return False
    return isinstance(raw, dict) and raw.get(STATE_MEMBER) is not None
