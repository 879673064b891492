"""Errors whose message is a sentence for the person who started a process: what, why and what to do.

Programs print these and end with code 2; anything else is a fault of ours and shows itself as one.
"""

from domain.identity import WrongIdentity
from domain.policy import PolicyError
from runtime.database import DatabaseUnreachable
from runtime.embedded import PortUnavailable
from runtime.keys import KeyRingError
from runtime.metrics import MetricsError
from runtime.settings import SettingsError
from runtime.temporal import SearchAttributeConflict, TemporalUnreachable

EXPLAINED = (
    DatabaseUnreachable,
    KeyRingError,
    MetricsError,
    PolicyError,
    PortUnavailable,
    SearchAttributeConflict,
    SettingsError,
    TemporalUnreachable,
    WrongIdentity,
)
