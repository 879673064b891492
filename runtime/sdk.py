"""The native part of the Temporal SDK: one per process, speaking through our own log."""

import logging
from functools import cache

from temporalio.runtime import (
    LogForwardingConfig,
    LoggingConfig,
    PrometheusConfig,
    Runtime,
    TelemetryConfig,
    TelemetryFilter,
)


def telemetry(metrics: PrometheusConfig | None = None) -> TelemetryConfig:
    """How the native part reports.

    Its log goes through Python's: on its own it writes plain lines to standard output, between our JSON
    and into the answers of commands.

    Args:
        metrics: where it serves its metrics; None: nowhere.
    """
    return TelemetryConfig(
        metrics=metrics,
        logging=LoggingConfig(
            filter=TelemetryFilter(core_level="WARN", other_level="ERROR"),
            forwarding=LogForwardingConfig(
                logger=logging.getLogger("temporalio.core"),
                append_target_to_name=False,
                prepend_target_on_message=False,
                append_log_fields_to_message=False,
            ),
        ),
    )


@cache
def plain_runtime() -> Runtime:
    """The native part for a process without metrics (commands, web), made at the first call."""
    return Runtime(telemetry=telemetry())
