"""Whatever is logged, by whomever: no burgerservicenummer, no name, no local variable comes out."""

import asyncio
import io
import json
import logging
import sys
from asyncio.subprocess import PIPE
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel
from stdnum.nl import bsn
from temporalio import activity
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowFailureError
from temporalio.worker import Worker

from runtime.logging import LogLevelError, configure_logging, log_context
from runtime.redaction import MASK, is_sensitive, redact, redact_text
from tests.personal import Watch, watched
from tests.runtime.histories import wait_for
from tests.runtime.sample_workflows import AsksMore, Fails, Talks, break_down, look_up

ROOT = Path(__file__).parents[2]
FAILING_WORKER = """
import asyncio, sys
from temporalio.api.enums.v1 import EventType
from temporalio.worker import Worker
from runtime.exit import end_process
from runtime.logging import configure_logging
from runtime.settings import Settings
from runtime.temporal import connect
from tests.personal import Watch, watched
from tests.runtime.histories import wait_for
from tests.runtime.rings import ring
from tests.runtime.sample_workflows import AsksMore, look_up

async def main():
    client = await connect(Settings(temporal_address=sys.argv[1]), ring("k1"))
    async with Worker(client, task_queue="native", workflows=[AsksMore], activities=[look_up]):
        handle = await client.start_workflow("Asks", "wie", id="native", task_queue="native")
        await wait_for(handle, EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED)
    await handle.terminate()

configure_logging("info")
asyncio.run(main())
end_process(0)
"""


def _elfproef(eight: int) -> str | None:
    for digit in "0123456789":
        if bsn.is_valid(f"{eight:08d}{digit}"):
            return f"{eight:08d}{digit}"
    return None


# From one million on: eight digits at least, also when a leading zero is left out.
BSN = (
    st.integers(min_value=1_000_000, max_value=99_999_999)
    .map(_elfproef)
    .filter(lambda found: found is not None)
)
AROUND = st.text(st.characters(codec="utf-8", exclude_characters="0123456789%"), max_size=12)


def _spellings(number: str) -> list[str]:
    return [
        number,
        number.removeprefix("0"),
        bsn.format(number),
        f"{number[:3]} {number[3:6]} {number[6:]}",
        f"{number[:3]}-{number[3:6]}-{number[6:]}",
    ]


@st.composite
def _with_numbers(draw: st.DrawFn) -> tuple[object, set[str]]:
    """A nested value with a burgerservicenummer in every leaf and key, and those numbers."""
    numbers: set[str] = set()

    def number() -> str:
        drawn = draw(BSN)
        assert drawn is not None
        numbers.add(drawn)
        return drawn

    def sentence() -> str:
        spelled = draw(st.sampled_from(_spellings(number())))
        return draw(st.sampled_from([draw(AROUND), "%20"])) + spelled + draw(AROUND)

    def value(depth: int) -> object:
        match draw(st.sampled_from(["text", "int", "float", "error", "enum", "list", "set", "fields"])):
            case "int":
                return int(number())
            case "float":
                return float(number())
            case "error":
                return ValueError(sentence())
            case "enum":
                return next(iter(StrEnum("Kind", {"A": sentence()})))
            case "set":
                return frozenset({sentence()})
            case "list" if depth < 4:
                return [value(depth + 1) for _ in range(draw(st.integers(0, 3)))]
            case "fields" if depth < 4:
                return {sentence(): value(depth + 1) for _ in range(draw(st.integers(0, 3)))}
            case _:
                return sentence()

    return value(0), numbers


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    configure_logging("info", stream=stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def _lines(log: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


@given(_with_numbers())
def test_no_burgerservicenummer_leaves_in_any_value(held: tuple[object, set[str]]) -> None:
    value, numbers = held
    out = json.dumps(redact({"veld": value}), ensure_ascii=False)
    for number in numbers:
        assert not [spelled for spelled in _spellings(number) if spelled in out]


def test_number_beside_another_number_is_still_found() -> None:
    assert redact_text("111 123 456 782 en 20%20123456782.") == f"111 {MASK} en 20%20{MASK}."


@given(text=st.text(st.characters(codec="utf-8", exclude_categories=["Nd"])))
def test_text_without_digits_stays_as_it_is(text: str) -> None:
    assert redact_text(text) == text


@pytest.mark.parametrize(
    "harmless",
    ["2026-05-01T09:00:00.123456+02:00", "klantroute-0150-1234-1", "1795307000", 1795307000123, 42],
)
def test_ordinary_numbers_stay_readable(harmless: object) -> None:
    assert redact(harmless) == harmless


@pytest.mark.parametrize(
    "key",
    ["naam", "Voornamen", "contact_naam", "contactNaam", "burgerservicenummer", "client_bsn", "BSN",
     "huisAdres", "e-mail", "e_mailadres", "geboortedatum", "first_name", "apiKey", "Authorization",
     "task_token"],
)  # fmt: skip
def test_sensitive_fields_are_known_by_name(key: str) -> None:
    assert is_sensitive(key)
    assert redact({"x": [{key: "Zeemeermin"}]}) == {"x": [{key: MASK}]}


@pytest.mark.parametrize(
    "key", ["event", "activiteit", "klantroute", "naamloos", "routes", "temporal_address"]
)
def test_other_fields_are_left(key: str) -> None:
    assert redact({key: "waarde"}) == {key: "waarde"}


def test_plain_values_keep_their_meaning_and_objects_only_their_type() -> None:
    class Resident(BaseModel):
        called: str

    run = UUID("01a200ae-7ea6-7884-bf66-ecdb5898522f")
    given_values = [
        True,
        None,
        1.5,
        float("nan"),
        date(2026, 5, 1),
        Decimal("1.10"),
        run,
        Resident(called="Zee"),
    ]
    assert redact(given_values) == [True, None, 1.5, "nan", "2026-05-01", "1.10", str(run), "<Resident>"]


def test_endless_nesting_ends() -> None:
    endless: list[object] = []
    endless.append(endless)
    assert "…" in json.dumps(redact(endless), ensure_ascii=False)


def test_structlog_and_standard_library_come_out_alike(log: io.StringIO) -> None:
    with log_context(journey="klantroute-0150-7-1", act="a-1"):
        structlog.get_logger("ons").info("opgeslagen", naam="Zeemeermin", aantal=3)
        logging.getLogger("uvicorn.error").warning("regel van %s", "999990019", extra={"bsn": "x"})
    logging.getLogger("los").error("klaar")
    ours, theirs, later = _lines(log)
    assert ours["event"] == "opgeslagen"
    assert (ours["naam"], ours["aantal"], ours["logger"], ours["level"]) == (MASK, 3, "ons", "info")
    assert theirs["event"] == f"regel van {MASK}"
    assert (theirs["bsn"], theirs["logger"], theirs["level"]) == (MASK, "uvicorn.error", "warning")
    for line in (ours, theirs):
        assert (line["klantroute"], line["handeling"]) == ("klantroute-0150-7-1", "a-1")
        assert line["timestamp"].endswith("+00:00")
    assert "klantroute" not in later


def _stumble() -> None:
    zeemeermin = "Zeemeermin"
    try:
        int(zeemeermin[:0] + "1234.56.782x")
    except ValueError as error:
        raise LookupError("niets voor 999990019") from error


def test_exception_has_type_message_and_stack_but_no_locals(log: io.StringIO) -> None:
    try:
        _stumble()
    except LookupError:
        structlog.get_logger().exception("mis")
        logging.getLogger("bibliotheek").exception("mis")
    for line in _lines(log):
        outer, cause = line["exception"]
        assert (outer["type"], outer["message"]) == ("LookupError", f"niets voor {MASK}")
        assert cause["type"] == "ValueError"
        assert MASK in cause["message"]
        assert any("_stumble" in frame for frame in outer["frames"])
    assert "Zeemeermin" not in log.getvalue()


def test_group_of_exceptions_tells_each_of_them(log: io.StringIO) -> None:
    try:
        raise ExceptionGroup("samen", [ValueError("999990019"), KeyError("b")])
    except ExceptionGroup:
        structlog.get_logger().exception("mis")
    [line] = _lines(log)
    [[first], [second]] = line["exception"][0]["exceptions"]
    assert (first["message"], second["type"]) == (MASK, "KeyError")


def _throw(error: Exception) -> None:
    raise error


def test_errors_of_pydantic_and_postgresql_do_not_quote_the_row(log: io.StringIO) -> None:
    class Loose(BaseModel):
        age: int

    row = asyncpg.UniqueViolationError("duplicate key: Zeemeermin")
    row.detail, row.constraint_name = "Key (naam)=(Zeemeermin)", "clients_hash_key"
    for stumble in (lambda: Loose.model_validate({"age": "Zeemeermin"}), lambda: _throw(row)):
        try:
            stumble()
        except Exception:
            structlog.get_logger().exception("mis")
    pydantic, postgres = _lines(log)
    assert pydantic["exception"][0]["message"] == "age is geen heel getal"
    assert postgres["exception"][0]["message"] == "databasefout 23505 (clients_hash_key)"
    assert "Zeemeermin" not in log.getvalue()


def test_line_that_cannot_be_written_does_not_spill_its_arguments(
    log: io.StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    # Not through a logger: pytest's own handler would stumble over the record as well.
    record = logging.LogRecord("bibliotheek", logging.WARNING, "", 0, "%d woningen", ("Zeemeermin",), None)
    for handler in logging.getLogger().handlers:
        if isinstance(handler, logging.StreamHandler) and handler.stream is log:
            handler.handle(record)
    said = capsys.readouterr().err
    assert "bibliotheek kon niet geschreven worden" in said
    assert "Zeemeermin" not in said
    assert log.getvalue() == ""


def test_half_a_surrogate_is_written_as_json(log: io.StringIO) -> None:
    structlog.get_logger().info("half \ud800")
    assert _lines(log)[0]["event"] == "half \ud800"


def test_people_at_a_terminal_get_lines(log: io.StringIO) -> None:
    configure_logging("warning", json=False, stream=log)
    try:
        _stumble()
    except LookupError:
        structlog.get_logger().exception("mis gegaan", naam="Zeemeermin")
    structlog.get_logger().info("te zacht")
    said = log.getvalue()
    assert "mis gegaan" in said
    assert f"LookupError: niets voor {MASK}" in said
    assert "Zeemeermin" not in said
    assert "te zacht" not in said


def test_unknown_level_is_a_dutch_sentence() -> None:
    with pytest.raises(LogLevelError, match="MEEDOEN_LOG_LEVEL"):
        configure_logging("LUID")


def test_libraries_that_print_requests_stay_quiet_at_debug(log: io.StringIO) -> None:
    configure_logging("debug", stream=log)
    logging.getLogger("temporalio.worker").debug("payload")
    logging.getLogger("httpx2").info("GET http://x/y?naam=Zeemeermin")
    logging.getLogger("ons").debug("wel")
    assert [line["event"] for line in _lines(log)] == ["wel"]


@activity.defn(name="break_down")
async def _say_and_break_down(words: str) -> None:
    structlog.get_logger("activiteit").info("bezig")
    await break_down(words)


async def test_failing_activity_is_one_line_with_its_journey(
    client: Client, task_queue: str, log: io.StringIO
) -> None:
    async with Worker(client, task_queue=task_queue, workflows=[Fails], activities=[_say_and_break_down]):
        with pytest.raises(WorkflowFailureError):
            await client.execute_workflow("Fails", "nummer 999990019", id=task_queue, task_queue=task_queue)
    [busy] = [line for line in _lines(log) if line["event"] == "bezig"]
    [failed] = [line for line in _lines(log) if line["event"] == "activiteit mislukt"]
    for line in (busy, failed):
        assert (line["klantroute"], line["activiteit"], line["poging"]) == (task_queue, "break_down", 1)
    assert failed["exception"][0]["message"].endswith(f"nummer {MASK}")


async def test_failing_workflow_task_is_a_line_with_its_journey(
    client: Client, task_queue: str, log: io.StringIO
) -> None:
    async with Worker(client, task_queue=task_queue, workflows=[AsksMore], activities=[look_up]):
        handle = await client.start_workflow("Asks", "wie", id=task_queue, task_queue=task_queue)
        await wait_for(handle, EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED)
    await handle.terminate()
    failed = [line for line in _lines(log) if line["event"].startswith("taak van een klantroute mislukt")]
    assert failed
    assert failed[0]["klantroute"] == task_queue
    assert failed[0]["soort"] == "Asks"
    assert "reason ontbreekt" in failed[0]["exception"][1]["message"]


async def test_native_part_of_the_sdk_writes_through_our_log(temporal_address: str) -> None:
    # In a process of its own: on its own the native part writes past Python, to the real standard output.
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", FAILING_WORKER, temporal_address, stdout=PIPE, stderr=PIPE, cwd=ROOT
    )
    out, _ = await process.communicate()
    assert process.returncode == 0
    lines = [json.loads(line) for line in out.decode().splitlines()]
    native = [line for line in lines if line["logger"].startswith("temporalio.core")]
    assert any("run_id" in line["bijzonderheden"] for line in native)
    assert "encoded_attributes" not in out.decode()


async def test_replay_is_silent(client: Client, task_queue: str, log: io.StringIO) -> None:
    async with Worker(client, task_queue=task_queue, workflows=[Talks], max_cached_workflows=0):
        # Without a cache each of the four tasks runs the workflow from its beginning.
        await client.execute_workflow("Talks", id=task_queue, task_queue=task_queue)
    said = [line for line in _lines(log) if line["event"].startswith("stap")]
    assert [line["event"] for line in said] == ["stap 0", "stap 1", "stap 2"]
    assert {line["klantroute"] for line in said} == {task_queue}


def test_the_watch_over_every_test_sees_numbers_names_and_files(tmp_path: Path) -> None:
    """Proved with lines that no formatter of ours would let pass."""
    root = logging.getLogger()
    for outer in [one for one in root.handlers if isinstance(one, Watch)]:
        root.removeHandler(outer)  # the one over this very test
    (tmp_path / "worker.log").write_text("klaar\nvraag over 999900006\n")
    with pytest.raises(AssertionError, match=r"a burgerservicenummer in worker.log:2"), watched(tmp_path):
        pass
    (tmp_path / "worker.log").write_text("mevrouw Veldhuis\n")
    with pytest.raises(AssertionError, match=r"a surname in worker.log:1"), watched(tmp_path):
        pass
    (tmp_path / "worker.log").unlink()
    with pytest.raises(AssertionError, match="a surname in a line of proef"), watched(tmp_path):
        logging.getLogger("proef").warning("mevrouw %s", "Veldhuis")
    with watched(tmp_path):
        logging.getLogger("proef").warning("vraag over %s", "999900006")
