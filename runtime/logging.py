"""One way of logging for every process: one JSON object per line, without personal data.

structlog and the standard library (temporalio, uvicorn, asyncpg, httpx2) come out in the same form.
Workflow code logs with ``temporalio.workflow.logger``, which is silent while a history is replayed.
"""

import logging
import sys
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any, TextIO

import structlog
import temporalio.activity
import temporalio.workflow
from structlog.typing import EventDict, Processor, WrappedLogger

from runtime.redaction import exception_text, redact

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
MAX_FRAMES = 40
MAX_CHAIN = 8

# At their lower levels these print requests, addresses or whole payloads.
_AT_LEAST = {
    "temporalio": logging.INFO,
    "asyncio": logging.INFO,
    "asyncpg": logging.INFO,
    "httpx2": logging.WARNING,
    "httpcore2": logging.WARNING,
    "zeep": logging.INFO,
    "uvicorn.access": logging.WARNING,
}

_SDK_EVENTS = {
    "ActivityFailure": "activiteit mislukt",
    "WorkflowTaskFailure": "taak van een klantroute mislukt; Temporal probeert het opnieuw",
}
_SDK_FIELDS = {
    "workflow_id": "klantroute",
    "workflow_type": "soort",
    "activity_type": "activiteit",
    "attempt": "poging",
    "run_id": "run",
    "workflow_run_id": "run",
    "update_id": "handeling",
    "update_name": "handeling_soort",
}


class LogLevelError(ValueError):
    """The log level does not exist; the message is a Dutch sentence."""


_EVERY_LINE: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
)


def formatter(*, json: bool = True) -> logging.Formatter:
    """What makes a line of a record, without personal data.

    Args:
        json: one JSON object per line; False: lines for a person at a terminal.
    """
    rendering: list[Processor] = (
        [structlog.processors.JSONRenderer(ensure_ascii=False)]
        if json
        else [_exception_as_text, structlog.dev.ConsoleRenderer()]
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*_EVERY_LINE, structlog.stdlib.ExtraAdder(), _speak_for_the_sdk],
        processors=[
            _time_of_the_record,
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.StackInfoRenderer(),
            _tell_exception,
            redact_event,
            *rendering,
        ],
    )


def configure_logging(level: str, *, json: bool = True, stream: TextIO | None = None) -> None:
    """Set up logging for this process; a second call replaces the first.

    Args:
        level: DEBUG, INFO, WARNING, ERROR or CRITICAL, in any case.
        json: one JSON object per line; False: lines for a person at a terminal.
        stream: where to; None: standard output.

    Raises:
        LogLevelError: unknown level.
    """
    name = level.upper()
    if name not in LEVELS:
        raise LogLevelError(
            f"Logniveau '{level}' bestaat niet. Zet MEEDOEN_LOG_LEVEL op een van: {', '.join(LEVELS)}."
        )
    handler = _Handler(sys.stdout if stream is None else stream)
    handler.setFormatter(formatter(json=json))
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(name)
    for library in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        # uvicorn brings handlers of its own.
        logging.getLogger(library).handlers.clear()
        logging.getLogger(library).propagate = True
    for library, lowest in _AT_LEAST.items():
        logging.getLogger(library).setLevel(max(lowest, logging.getLevelNamesMapping()[name]))
    logging.captureWarnings(True)
    # The same facts come as fields.
    temporalio.workflow.logger.workflow_info_on_message = False
    temporalio.activity.logger.activity_info_on_message = False
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_EVERY_LINE,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        # Tests and commands may configure more than once.
        cache_logger_on_first_use=False,
    )


@contextmanager
def log_context(*, journey: str | None = None, act: str | None = None) -> Iterator[None]:
    """Every line logged inside carries the journey's id and the act's id.

    Args:
        journey: workflow id of the journey (``klantroute-...``).
        act: id of the act (handeling).
    """
    bound = {"klantroute": journey, "handeling": act}
    with structlog.contextvars.bound_contextvars(**{k: v for k, v in bound.items() if v is not None}):
        yield


def redact_event(_: WrappedLogger, __: str, event_dict: EventDict) -> EventDict:
    """The processor that lets nothing personal pass; comes last before rendering."""
    clean: EventDict = redact(dict(event_dict))
    return clean


def _time_of_the_record(_: WrappedLogger, __: str, event_dict: EventDict) -> EventDict:
    # The record's own time: what the SDK's native part says arrives a little later than it happened.
    moment = datetime.fromtimestamp(event_dict["_record"].created, UTC)
    event_dict["timestamp"] = moment.isoformat(timespec="milliseconds")
    return event_dict


def _speak_for_the_sdk(_: WrappedLogger, __: str, event_dict: EventDict) -> EventDict:
    """Turn what temporalio and uvicorn hang on their records into fields of our own names."""
    identifier = event_dict.pop("__temporal_error_identifier", None)
    if identifier in _SDK_EVENTS:
        event_dict["event"] = _SDK_EVENTS[identifier]
    for details in (event_dict.pop("temporal_workflow", None), event_dict.pop("temporal_activity", None)):
        if isinstance(details, Mapping):
            for key, name in _SDK_FIELDS.items():
                if details.get(key) is not None:
                    event_dict[name] = details[key]
    native = event_dict.pop("temporal_log", None)
    if native is not None:
        # A failure is there as its encrypted bytes: long, and nothing that anybody can read.
        event_dict["bijzonderheden"] = {k: v for k, v in native.fields.items() if k != "failure"}
    event_dict.pop("color_message", None)
    return event_dict


def _tell_exception(_: WrappedLogger, __: str, event_dict: EventDict) -> EventDict:
    error = event_dict.pop("exc_info", None)
    if isinstance(error, tuple):
        error = error[1]
    elif error is True:
        error = sys.exc_info()[1]
    if isinstance(error, BaseException):
        event_dict["exception"] = _chain(error)
    return event_dict


def _chain(error: BaseException, depth: int = 0) -> list[dict[str, Any]]:
    """The exception and what caused it, outermost first: type, message and stack, never a local variable."""
    told: list[dict[str, Any]] = []
    current: BaseException | None = error
    while current is not None and len(told) < MAX_CHAIN:
        frames = [
            f"{frame.f_code.co_filename}:{line} {frame.f_code.co_name}"
            for frame, line in traceback.walk_tb(current.__traceback__)
        ]
        link: dict[str, Any] = {
            "type": type(current).__name__,
            "message": exception_text(current),
            "frames": frames[-MAX_FRAMES:],
        }
        if isinstance(current, BaseExceptionGroup) and depth < MAX_CHAIN:
            link["exceptions"] = [_chain(part, depth + 1) for part in current.exceptions[:MAX_CHAIN]]
        told.append(link)
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    return told


def _exception_as_text(_: WrappedLogger, __: str, event_dict: EventDict) -> EventDict:
    if "exception" in event_dict:
        event_dict["exception"] = "\n".join(_lines(event_dict["exception"], ""))
    return event_dict


def _lines(chain: list[dict[str, Any]], indent: str) -> Iterator[str]:
    for link in chain:
        yield f"{indent}{link['type']}: {link['message']}"
        yield from (f"{indent}  {frame}" for frame in link["frames"])
        for part in link.get("exceptions", ()):
            yield from _lines(part, indent + "  ")


class _Handler(logging.StreamHandler[TextIO]):
    def format(self, record: logging.LogRecord) -> str:
        # Half a surrogate pair cannot be written; escaped it can, and in JSON it even stays the same.
        return super().format(record).encode("utf-8", "backslashreplace").decode()

    def handleError(self, record: logging.LogRecord) -> None:
        # The standard library would print the message and its arguments, unredacted.
        with suppress(Exception):
            kind = getattr(sys.exc_info()[0], "__name__", "fout")
            sys.stderr.write(f"Een logregel van {record.name} kon niet geschreven worden ({kind}).\n")
