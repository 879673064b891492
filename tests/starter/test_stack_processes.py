"""Children are started, asked, watched, restarted and stopped; nothing survives its stack."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import psutil
import pytest

from starter.stack import guard
from starter.stack.errors import StackError
from starter.stack.processes import Child, ProcessGroup
from starter.stack.record import StartedProcess, read_record, stop_processes, survivors, write_record

# Writes its number to the file when it is ready, then waits for a signal.
WAITING = (
    "import os, pathlib, signal, sys; pathlib.Path(sys.argv[1]).write_text(str(os.getpid())); signal.pause()"
)
STUBBORN = (
    "import signal; [signal.signal(n, signal.SIG_IGN) for n in (signal.SIGTERM, signal.SIGINT)]; " + WAITING
)
FAILING = "import sys; print('de poort is bezet'); sys.exit(7)"


class Scene:
    """A process group in a folder, and what it said."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.said: list[str] = []
        self.group = ProcessGroup(folder, folder / "processes.json", self.said.append)

    def child(self, name: str, program: str = WAITING, **more: object) -> Child:
        note = self.folder / name

        async def written() -> bool:
            return note.exists() and note.read_text() != ""

        options: dict[str, object] = {"probe": written, "stop_seconds": 5.0, **more}
        command = [sys.executable, "-c", program, str(note)]
        return Child(name=name, label=f"de {name}", command=command, **options)  # type: ignore[arg-type]

    def pid(self, name: str) -> int:
        return int((self.folder / name).read_text())


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    made = Scene(tmp_path)
    yield made
    made.group.kill_all()
    await made.group.stop_all()


async def eventually(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not holds():
            await asyncio.sleep(0.01)


def runs(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


async def test_children_stop_in_reverse_order(scene: Scene) -> None:
    for name in ("eerste", "tweede", "derde"):
        await scene.group.start(scene.child(name))
    pids = [scene.pid(name) for name in ("eerste", "tweede", "derde")]
    await scene.group.stop_all()
    assert scene.said == ["De derde stopt ...", "De tweede stopt ...", "De eerste stopt ..."]
    assert not any(runs(pid) for pid in pids)
    assert read_record(scene.folder / "processes.json") == []


async def test_a_child_that_dies_is_restarted_with_a_sentence(scene: Scene) -> None:
    await scene.group.start(scene.child("worker"))
    first = scene.pid("worker")
    (scene.folder / "worker").unlink()
    os.kill(first, signal.SIGKILL)
    await eventually(lambda: "De worker werkt weer." in scene.said)
    assert scene.said[0] == "De worker is onverwacht gestopt (code -9) en wordt opnieuw gestart."
    assert scene.pid("worker") != first
    assert runs(scene.pid("worker"))
    assert [process.pid for process in read_record(scene.folder / "processes.json")] == [scene.pid("worker")]


async def test_a_child_that_keeps_dying_ends_the_stack(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("starter.stack.processes._DEATHS_ALLOWED", 2)
    await scene.group.start(scene.child("worker"))
    note = scene.folder / "worker"
    for _ in range(3):
        await eventually(lambda: note.exists() and note.read_text() != "")
        pid = scene.pid("worker")
        note.unlink()
        os.kill(pid, signal.SIGKILL)
    async with asyncio.timeout(20):
        broken = await scene.group.broken
    assert "De worker stopt telkens weer" in str(broken)
    assert broken.exit_code == 1


async def test_a_start_that_fails_shows_the_end_of_the_log(scene: Scene) -> None:
    with pytest.raises(StackError) as failed:
        await scene.group.start(scene.child("sandbox", FAILING))
    sentence = str(failed.value)
    assert "De sandbox is bij het starten gestopt (code 7)" in sentence
    assert "de poort is bezet" in sentence
    assert str(scene.folder / "sandbox.log") in sentence


async def test_a_child_that_never_answers_is_given_up(scene: Scene) -> None:
    async def never() -> bool:
        return False

    with pytest.raises(StackError, match="geen antwoord"):
        await scene.group.start(scene.child("codec", probe=never, ready_seconds=0.2))


async def test_a_program_that_is_not_there_is_a_sentence(scene: Scene) -> None:
    child = Child("temporal", "Temporal", ["/bestaat/niet"], probe=lambda: asyncio.sleep(0, True))
    with pytest.raises(StackError, match=r"Temporal kan niet worden gestart.*make setup"):
        await scene.group.start(child)


async def test_a_child_that_ignores_the_signal_is_killed(scene: Scene) -> None:
    await scene.group.start(scene.child("worker", STUBBORN, stop_seconds=0.2))
    pid = scene.pid("worker")
    await scene.group.stop("worker")
    assert not runs(pid)


async def test_children_see_only_the_settings_of_the_stack(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEEDOEN_DATABASE_URL", "postgresql://elders")
    program = (
        "import os, pathlib, signal, sys; pathlib.Path(sys.argv[1]).write_text("
        "os.environ.get('MEEDOEN_DATABASE_URL', 'niets') + ' ' + os.environ['MEEDOEN_SPEED']); signal.pause()"
    )
    await scene.group.start(scene.child("worker", program, environment={"MEEDOEN_SPEED": "60.0"}))
    assert (scene.folder / "worker").read_text() == "niets 60.0"


def test_a_stranger_with_the_same_number_is_not_stopped(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"]) as stranger:
        same_number = StartedProcess(name="worker", pid=stranger.pid, started=1.0)
        write_record(tmp_path / "record", [same_number])
        assert survivors(tmp_path / "record") == []
        stop_processes([same_number])
        assert runs(stranger.pid)
        stranger.kill()


def test_an_unreadable_record_counts_as_none(tmp_path: Path) -> None:
    (tmp_path / "record").write_text("[{")
    assert survivors(tmp_path / "record") == []


def test_the_guard_stops_what_a_killed_process_left_behind(tmp_path: Path) -> None:
    with (
        subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"]) as stack,
        subprocess.Popen([sys.executable, "-c", STUBBORN, str(tmp_path / "pid")]) as child,
    ):
        write_record(tmp_path / "record", [StartedProcess.of("worker", child.pid, (signal.SIGKILL,))])
        watched = StartedProcess.of("stack", stack.pid, ())
        with subprocess.Popen(guard.command(watched, tmp_path / "record")) as guarding:
            # Nobody has noticed its end yet: it stays behind as a zombie.
            stack.kill()
            assert guarding.wait(timeout=30) == 0
        assert child.wait(timeout=1) == -signal.SIGKILL
