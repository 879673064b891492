"""Child processes: start, wait until each really answers, watch, restart, stop in reverse order."""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from starter.stack.errors import StackError
from starter.stack.record import StartedProcess, write_record

Say = Callable[[str], None]
Probe = Callable[[], Awaitable[bool]]

_POLL_SECONDS = 0.05
_LARGEST_LOG = 10 * 1024 * 1024
_DEATHS_ALLOWED = 5
_DEATHS_WINDOW_SECONDS = 60.0
_LAST_LINES = 6


@dataclass(frozen=True)
class Child:
    """How one server is started and stopped.

    Args:
        name: of the log file and in commands.
        label: in sentences, in Dutch, without a capital.
        command: program and arguments.
        probe: True once the server answers; called again and again until then.
        environment: added to the environment without ``MEEDOEN_`` settings of this process.
        folder: working folder.
        account: user and group number to run as; None: as this process.
        stop_signals: sent one after the other, each after ``stop_seconds``; SIGKILL comes last.
        ready_seconds: how long it may take to answer for the first time.
    """

    name: str
    label: str
    command: Sequence[str | Path]
    probe: Probe
    environment: Mapping[str, str] = field(default_factory=dict)
    folder: Path = Path()
    account: tuple[int, int] | None = None
    stop_signals: tuple[signal.Signals, ...] = (signal.SIGTERM,)
    stop_seconds: float = 10.0
    ready_seconds: float = 60.0


@dataclass
class _Running:
    child: Child
    log: Path
    process: asyncio.subprocess.Process
    started: StartedProcess | None
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    watcher: asyncio.Task[None] | None = None
    deaths: list[float] = field(default_factory=list)


class ProcessGroup:
    """All children of one stack.

    Args:
        logs: folder for one log file per child.
        record: file in which the running processes are kept for ``starter.stack.guard``.
        say: takes a sentence for the person at the keyboard.
    """

    def __init__(self, logs: Path, record: Path, say: Say) -> None:
        self._logs = logs
        self._record = record
        self._say = say
        self._running: dict[str, _Running] = {}
        self.broken: asyncio.Future[StackError] = asyncio.get_running_loop().create_future()
        """Gets an error when a child keeps dying; the stack cannot go on then."""

    async def launch(self, child: Child) -> None:
        """Start the process of a child, without waiting for its answer.

        Raises:
            StackError: the program cannot be run.
        """
        self._running[child.name] = await self._spawn(child)
        self._write_record()

    async def ready(self, name: str) -> None:
        """Return once a launched child answers. From then on it is restarted when it dies.

        Raises:
            StackError: it ended or did not answer in time; the message has the last lines of its log.
        """
        running = self._running[name]
        problem = await self._until_ready(running)
        if problem:
            raise StackError(
                _with_log(f"{capital(running.child.label)} {problem}.", running.log), exit_code=1
            )
        running.watcher = asyncio.create_task(self._watch(running), name=f"watch {name}")

    async def start(self, child: Child) -> None:
        """``launch`` and ``ready``."""
        await self.launch(child)
        await self.ready(child.name)

    async def stop(self, name: str) -> None:
        """Stop one child; nothing happens when it does not run."""
        running = self._running.get(name)
        if running is None:
            return
        self._say(f"{capital(running.child.label)} stopt ...")
        running.stopping.set()
        await _end(running)
        if running.watcher is not None:
            await running.watcher
            # The watcher may have been busy starting it anew when the request came.
            await _end(running)
        del self._running[name]
        self._write_record()

    async def restart(self, name: str, between: Callable[[], Awaitable[None]]) -> None:
        """Stop a child, do something while it is down, and start it again."""
        child = self._running[name].child
        await self.stop(name)
        await between()
        await self.start(child)

    async def stop_all(self) -> None:
        """Stop all children, the last one started first."""
        for name in reversed(list(self._running)):
            await self.stop(name)

    def kill_all(self) -> None:
        """End every child at once, without asking."""
        for running in reversed(self._running.values()):
            running.stopping.set()
            if running.process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(running.process.pid, signal.SIGKILL)

    async def _spawn(self, child: Child) -> _Running:
        log = self._logs / f"{child.name}.log"
        if log.exists() and log.stat().st_size > _LARGEST_LOG:
            log.replace(log.with_suffix(".log.1"))
        environment = {name: value for name, value in os.environ.items() if not name.startswith("MEEDOEN_")}
        environment |= {"PYTHONUNBUFFERED": "1", **child.environment}
        user, group = child.account or (None, None)
        with log.open("ab") as output:
            try:
                process = await asyncio.create_subprocess_exec(
                    *child.command,
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    env=environment,
                    cwd=child.folder,
                    user=user,
                    group=group,
                    extra_groups=None if child.account is None else [],
                    # Ctrl-C in the terminal must reach the stack only: it stops the children in order.
                    start_new_session=True,
                )
            except OSError as error:
                raise StackError(
                    f"{capital(child.label)} kan niet worden gestart: {error.strerror}. "
                    "Maak de installatie opnieuw met make setup.",
                    exit_code=1,
                ) from error
        try:
            started = StartedProcess.of(child.name, process.pid, child.stop_signals)
        except psutil.NoSuchProcess:
            started = None
        return _Running(child, log, process, started)

    async def _until_ready(self, running: _Running) -> str | None:
        """None when the child answers or is being stopped, else what went wrong."""
        until = time.monotonic() + running.child.ready_seconds
        while not running.stopping.is_set():
            if running.process.returncode is not None:
                return f"is bij het starten gestopt (code {running.process.returncode})"
            if await running.child.probe():
                return None
            if time.monotonic() > until:
                return f"gaf binnen {running.child.ready_seconds:.0f} seconden geen antwoord"
            await asyncio.sleep(_POLL_SECONDS)
        return None

    async def _watch(self, running: _Running) -> None:
        child = running.child
        while True:
            code = await running.process.wait()
            if running.stopping.is_set():
                return
            now = time.monotonic()
            running.deaths = [death for death in running.deaths if now - death < _DEATHS_WINDOW_SECONDS] + [
                now
            ]
            if len(running.deaths) > _DEATHS_ALLOWED:
                self._give_up(running)
                return
            self._say(f"{capital(child.label)} is onverwacht gestopt (code {code}) en wordt opnieuw gestart.")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(running.stopping.wait(), min(0.2 * 2 ** len(running.deaths), 5.0))
            if running.stopping.is_set():
                return
            try:
                fresh = await self._spawn(child)
            except StackError:
                self._give_up(running)
                return
            running.process, running.started = fresh.process, fresh.started
            self._write_record()
            if await self._until_ready(running) is None and not running.stopping.is_set():
                self._say(f"{capital(child.label)} werkt weer.")
            else:
                _send(running.process, signal.SIGKILL)

    def _give_up(self, running: _Running) -> None:
        if not self.broken.done():
            sentence = f"{capital(running.child.label)} stopt telkens weer. De hele stack stopt daarom."
            self.broken.set_result(StackError(_with_log(sentence, running.log), exit_code=1))

    def _write_record(self) -> None:
        write_record(
            self._record,
            [running.started for running in self._running.values() if running.started is not None],
        )


async def _end(running: _Running) -> None:
    for number in (*running.child.stop_signals, signal.SIGKILL):
        if running.process.returncode is not None:
            return
        _send(running.process, number)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(running.process.wait(), running.child.stop_seconds)


def _send(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    # Not through the process object: that one takes the exit code of a dead process away from asyncio.
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, number)


def capital(label: str) -> str:
    """A label as the beginning of a sentence."""
    return label[:1].upper() + label[1:]


def _with_log(sentence: str, log: Path) -> str:
    lines = (
        log.read_text(encoding="utf-8", errors="replace").splitlines()[-_LAST_LINES:] if log.exists() else []
    )
    shown = "".join(f"\n  {line}" for line in lines)
    return f"{sentence} Het logboek staat in {log}." + (f" De laatste regels:{shown}" if shown else "")
