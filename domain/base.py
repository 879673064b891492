"""The two kinds of model that the rules are made of."""

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """A value that never changes. Unknown keys are refused, so that a typing error gets a sentence."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Carried(BaseModel):
    """A value that lives in a journey's state for years.

    Unknown keys are ignored and every field added later needs a default: the state that an older
    release carried must load in a newer one, and the other way round during an upgrade.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class Explained(Exception):
    """An error whose message is a sentence for the person at the other end: what, why and what to do.

    Programs print it and end with code 2; any other error is a fault of ours and shows itself as one.
    Never holds personal data.
    """
