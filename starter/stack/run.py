"""Start the local stack, keep it up, and stop it in order."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from rich.console import Console

from domain.base import Explained
from runtime.demo_clock import ClockAnchor
from runtime.settings import Settings
from starter.stack import guard, postgres, servers
from starter.stack.clock import BEAT, LogicalClock
from starter.stack.environment import settings_of, stack_environment, write_environment
from starter.stack.errors import StackError
from starter.stack.folder import StackFolder, begin_set_up, check_space, finish_set_up
from starter.stack.lock import only_stack
from starter.stack.options import StackOptions
from starter.stack.ports import HOST, Ports, check_ports_free, chosen_offset
from starter.stack.processes import ProcessGroup, Say
from starter.stack.record import StartedProcess, stop_processes, survivors

STEPS = 7
KILLED_BY_HAND = 130
_SLEPT_SECONDS = 5.0
_PAUSE_SECONDS = 5.0


async def run_stack(options: StackOptions, console: Console | None = None) -> int:
    """Start everything, stay until Ctrl-C (or SIGTERM), and stop everything in reverse order.

    A second Ctrl-C ends all processes at once. Needs the main thread, for the signals.

    Args:
        options: what to start and how.
        console: where the progress is written; None: standard output.

    Returns:
        0 after an orderly stop, 1 when something broke, 2 when the start was refused before anything was
        started, 130 after a second Ctrl-C.
    """
    output = console or Console(highlight=False, soft_wrap=True)

    def say(sentence: str) -> None:
        # A window that was closed must not keep the stack from stopping in order.
        with contextlib.suppress(OSError, SystemExit):
            output.print(sentence, markup=False)

    folder = StackFolder(options.folder.absolute())
    try:
        ports = Ports.shifted(chosen_offset(options.port_offset))
        folder.make()
        with only_stack(folder.lock):
            _clear_leftovers(folder, say)
            check_space(folder.root, options.free_bytes)
            check_ports_free(ports)
            return await _Stack(options, folder, ports, say).run()
    except StackError as error:
        say(str(error))
        return error.exit_code


def _clear_leftovers(folder: StackFolder, say: Say) -> None:
    left = survivors(folder.processes)
    if left:
        say("De vorige stack is hard gestopt. Wat daarvan nog draait, wordt eerst gestopt ...")
        stop_processes(left)


class _Stack:
    def __init__(self, options: StackOptions, folder: StackFolder, ports: Ports, say: Say) -> None:
        self._options = options
        self._folder = folder
        self._ports = ports
        self._say = say
        self._clock = LogicalClock(folder.root)
        self._children = ProcessGroup(folder.logs, folder.processes, say)
        self._stop = asyncio.Event()
        self._kill = asyncio.Event()
        self._steps_done = 0

    async def run(self) -> int:
        asyncio.get_running_loop().set_exception_handler(self._note_stray_error)
        with _signals(self._on_signal), _guarded(self._folder):
            main = asyncio.create_task(self._start_and_stay(), name="stack")
            stop = asyncio.create_task(self._stop.wait(), name="stop requested")
            await asyncio.wait((main, stop, self._children.broken), return_when=asyncio.FIRST_COMPLETED)
            stop.cancel()
            problem = self._problem(main)
            self._say(str(problem) if problem else "De stack stopt. Nog eens Ctrl-C stopt alles meteen.")
            if not await self._end_in_order(main):
                self._say("Alles is hard gestopt. Bij de volgende start gaat de demo gewoon verder.")
                return KILLED_BY_HAND
            if problem:
                self._say("Alles is gestopt.")
                return problem.exit_code
            self._say("Alles is gestopt. Met make demo gaat de demo verder waar die was.")
            return 0

    def _problem(self, main: asyncio.Task[None]) -> StackError | None:
        if self._children.broken.done():
            return self._children.broken.result()
        error = main.exception() if main.done() else None
        if error is None or isinstance(error, StackError):
            return error
        if isinstance(error, Explained):
            return StackError(str(error), exit_code=1)
        log = self._write_traceback("stack", error)
        return StackError(
            f"De stack is gestopt door een fout in het programma. Wat er misging staat in {log}.", 1
        )

    def _on_signal(self) -> None:
        if self._stop.is_set():
            self._kill.set()
        self._stop.set()

    async def _end_in_order(self, main: asyncio.Task[None]) -> bool:
        """Stop everything; False when a second request made it a hard end."""
        ending = asyncio.create_task(self._end(main), name="end in order")
        killed = asyncio.create_task(self._kill.wait(), name="kill requested")
        await asyncio.wait((ending, killed), return_when=asyncio.FIRST_COMPLETED)
        if not ending.done():
            self._children.kill_all()
            await asyncio.wait((ending,))
        hard = killed.done()
        killed.cancel()
        ending.result()
        return not hard

    async def _end(self, main: asyncio.Task[None]) -> None:
        main.cancel()
        await asyncio.wait((main,))
        # First: it would see the others stop.
        await self._children.stop(servers.WATCHDOG)
        await self._children.stop(servers.WORKER)
        self._clock.stand_still()
        await self._children.stop_all()

    async def _start_and_stay(self) -> None:
        options, folder, ports, children = self._options, self._folder, self._ports, self._children
        if begin_set_up(folder):
            self._say("Eerste start: de gegevens worden aangemaakt.")
            self._clock.forget()
            options.make_keys(folder.keys)
        cluster = await asyncio.to_thread(
            postgres.open_cluster, folder.postgres, folder.postgres_password, durable=options.durable
        )
        check_space(cluster.folder, options.free_bytes)
        await asyncio.to_thread(folder.suwinet.make)
        environment = stack_environment(
            folder,
            ports,
            cluster.url(ports.postgres),
            cluster.url(ports.postgres, postgres.OWNER),
            options.speed,
        )
        write_environment(folder.environment, environment)

        await children.launch(servers.postgresql(cluster, ports.postgres))
        await children.launch(servers.temporal(folder, ports))
        await children.launch(servers.sandbox(options, folder, ports, environment))
        await children.launch(servers.codec(options, folder, ports, environment))
        with _one_error():
            async with asyncio.TaskGroup() as group:
                group.create_task(self._database_ready(cluster))
                group.create_task(self._ready(servers.TEMPORAL, "Temporal"))
                group.create_task(self._ready(servers.SANDBOX, "Nagebootste registraties en postbus"))
                group.create_task(self._ready(servers.CODEC, "Codecserver"))

        await self._resume_clock()
        with _one_error():
            async with asyncio.TaskGroup() as group:
                group.create_task(self._keep_beating())
                await children.launch(servers.worker(options, folder, ports, environment))
                await self._ready(servers.WORKER, "Worker")
                await children.launch(servers.watchdog(options, folder, ports, environment))
                await self._ready(servers.WATCHDOG, "Bewaking")
                finish_set_up(folder)
                self._welcome()
                await self._after_ready(settings_of(environment))

    async def _ready(self, name: str, label: str) -> None:
        await self._children.ready(name)
        self._step(label)

    def _step(self, label: str) -> None:
        self._steps_done += 1
        self._say(f"{self._steps_done}/{STEPS} {label}: gereed")

    async def _database_ready(self, cluster: postgres.Cluster) -> None:
        port = self._ports.postgres
        await self._ready(servers.POSTGRESQL, "PostgreSQL")
        await cluster.make_database(port)
        try:
            await asyncio.to_thread(self._options.migrate, cluster.url(port, postgres.OWNER))
        except Exception as error:
            raise self._failed(
                "De tabellen in PostgreSQL kunnen niet worden bijgewerkt", "migraties", error
            ) from None
        self._step("Tabellen in PostgreSQL")

    async def _resume_clock(self) -> None:
        first = self._clock.anchor() is None
        anchor = self._clock.resume(self._options.speed, first=self._options.first_instant)
        verb = "begint op" if first else "gaat verder op"
        self._say(f"De klok van de demo {verb} {anchor.logical:%d-%m-%Y} ({_pace(anchor)}).")
        try:
            await self._options.on_clock_resumed(anchor)
        except Exception as error:
            raise self._failed(
                "De klantroutes konden de nieuwe kloktijd niet krijgen", "klok", error
            ) from None

    async def _keep_beating(self) -> None:
        wall, running = time.time(), time.monotonic()
        while True:
            await asyncio.sleep(BEAT.total_seconds())
            now_wall, now_running = time.time(), time.monotonic()
            # The second clock does not count while the machine sleeps; the first one does.
            slept = (now_wall - wall) - (now_running - running)
            wall, running = now_wall, now_running
            if slept > _SLEPT_SECONDS:
                await self._after_sleep()
            else:
                self._clock.beat()

    async def _after_sleep(self) -> None:
        self._say("Deze computer heeft geslapen. De klok van de demo stond al die tijd stil.")
        await self._children.restart(servers.WORKER, between=self._resume_clock)
        self._say("De klok van de demo loopt weer.")

    async def _after_ready(self, settings: Settings) -> None:
        told = ""
        while True:
            try:
                await self._options.after_ready(settings)
            except Exception as error:
                problem = str(
                    self._failed("De inwoners en medewerkers van de demo pauzeren even", "demo", error)
                )
                if problem != told:
                    self._say(problem)
                told = problem
                await asyncio.sleep(_PAUSE_SECONDS)
            else:
                return

    def _failed(self, what: str, log_name: str, error: Exception) -> StackError:
        if isinstance(error, Explained):
            return StackError(f"{what}. {error}", exit_code=1)
        log = self._write_traceback(log_name, error)
        return StackError(f"{what} ({type(error).__name__}). Wat er misging staat in {log}.", exit_code=1)

    def _note_stray_error(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        # Such as a request of the demo that was under way at Ctrl-C: for the log, not for the screen.
        error = context.get("exception")
        self._write_traceback("stack", error if error is not None else RuntimeError(context["message"]))

    def _write_traceback(self, name: str, error: BaseException) -> Path:
        log = self._folder.logs / f"{name}.log"
        with log.open("a", encoding="utf-8") as file:
            file.writelines(traceback.format_exception(error))
        return log

    def _welcome(self) -> None:
        workflows = f"http://{HOST}:{self._ports.temporal_ui}/namespaces/default/workflows"
        sandbox = f"http://{HOST}:{self._ports.sandbox}"
        command = Path(sys.executable).with_name("meedoen")
        with contextlib.suppress(ValueError):
            command = command.relative_to(Path.cwd())
        self._say(
            f"""Alles draait.

In de browser
  Alle klantroutes           {workflows}
  Alleen wat escaleert       {workflows}?query=Escalatie%20%3E%200
    Open een klantroute: de tijdlijn is haar verhaal. Op het tabblad User Metadata
    staan fase, eigenaar, lopende termijnen en waarom die datums.
  Postvak van de medewerkers {sandbox}/postvak
  De verzonnen registraties  {sandbox}/

Op de opdrachtregel, in een tweede venster in deze map
  {command} list                   de werklijst
  {command} list --escalatie 1     wat escaleert
  {command} show 3                 één klantroute; met --alles ook de reden van elke datum
  {command} act 3 gesprek_gevoerd --by consulent
  {command} watch                  of alles loopt
  {command} --help                 wat er nog meer kan

Logboeken staan in {self._folder.logs}. Stoppen: druk op Ctrl-C. De gegevens blijven bewaard."""
        )


def _pace(anchor: ClockAnchor) -> str:
    days = anchor.speed / 86400
    if anchor.speed == 1:
        return "gewone snelheid"
    return f"{days:g} {'dag' if days == 1 else 'dagen'} per seconde".replace(".", ",")


@contextlib.contextmanager
def _one_error() -> Iterator[None]:
    """Raise the first sentence of a group of tasks that ended together."""
    try:
        yield
    except BaseExceptionGroup as group:
        found: BaseException | None = group.subgroup(StackError)
        if found is None:
            raise
        while isinstance(found, BaseExceptionGroup):
            found = found.exceptions[0]
        raise found from None


@contextlib.contextmanager
def _signals(act: Callable[[], None]) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    for number in numbers:
        loop.add_signal_handler(number, act)
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)


@contextlib.contextmanager
def _guarded(folder: StackFolder) -> Iterator[None]:
    """Have somebody clean up when this process is killed."""
    with (folder.logs / "guard.log").open("ab") as log:
        process = subprocess.Popen(
            guard.command(StartedProcess.of("stack", os.getpid(), ()), folder.processes),
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    try:
        yield
    finally:
        process.terminate()
        process.wait()
