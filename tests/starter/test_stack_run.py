"""The whole stack: PostgreSQL and Temporal are real, our own servers are stand-ins."""

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest

from runtime.demo_clock import ClockAnchor
from runtime.settings import Settings
from starter.stack.clock import LEASE
from starter.stack.folder import StackFolder
from starter.stack.ports import Ports
from starter.stack.postgres import remove_cluster
from starter.stack.record import read_record, stop_processes, survivors
from tests.starter.offsets import free_offset

SPRING = datetime(2027, 3, 1, tzinfo=UTC)
ROOT = Path(__file__).parents[2]


@dataclass
class Running:
    """A stack in a process of its own."""

    process: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list)

    def until(self, pattern: str) -> re.Match[str]:
        """Read on until a line matches."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))
            found = re.search(pattern, line)
            if found:
                return found
        raise AssertionError(f"The stack ended without {pattern!r}:\n" + "\n".join(self.lines))

    def clock(self) -> ClockAnchor:
        return ClockAnchor.model_validate_json(self.until(r"hook: klok (.*)")[1])

    def ready(self) -> None:
        self.until("hook: klaar demo 86400.0")

    def end(self) -> int:
        assert self.process.stdout is not None
        self.lines += self.process.stdout.read().splitlines()
        return self.process.wait(timeout=60)


class Stacks:
    """Starts stacks in one folder, on ports of its own."""

    def __init__(self, project: Path) -> None:
        self.folder = StackFolder(project / ".meedoen")
        self.ports = Ports.shifted(free_offset())
        self.started: list[Running] = []

    def start(self, *more: str) -> Running:
        command = [
            sys.executable, "-m", "tests.starter.stack_program",
            str(self.folder.root), str(self.ports.offset), SPRING.isoformat(), *more,
        ]  # fmt: skip
        process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        running = Running(process)
        self.started.append(running)
        return running

    def child(self, name: str) -> int:
        return next(process.pid for process in read_record(self.folder.processes) if process.name == name)


@pytest.fixture
def stacks(tmp_path: Path) -> Iterator[Stacks]:
    made = Stacks(tmp_path)
    yield made
    for running in made.started:
        running.process.kill()
        running.process.wait()
        if running.process.stdout is not None:
            running.process.stdout.close()
    stop_processes(survivors(made.folder.processes))
    remove_cluster(made.folder.postgres)


def wait_until_gone(pids: list[int]) -> None:
    psutil.wait_procs([psutil.Process(pid) for pid in pids if psutil.pid_exists(pid)], timeout=30)
    left = [
        pid for pid in pids if psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    ]
    assert not left


def test_from_start_to_ctrl_c_and_on_again(stacks: Stacks) -> None:
    first = stacks.start()
    begin = first.clock()
    assert begin.logical == SPRING
    first.ready()

    environment = stacks.folder.environment
    assert environment.stat().st_mode & 0o777 == 0o600
    settings = Settings(_env_file=environment)
    assert settings.environment == "demo"
    assert settings.temporal_address == f"127.0.0.1:{stacks.ports.temporal}"
    assert settings.key_file == stacks.folder.keys

    second = stacks.start()
    assert second.end() == 2
    assert f"draait al een stack als proces {first.process.pid}" in "\n".join(second.lines)
    assert len(survivors(stacks.folder.processes)) == 6

    worker = stacks.child("worker")
    os.kill(worker, signal.SIGKILL)
    first.until("De worker is onverwacht gestopt")
    first.until("De worker werkt weer")
    with urllib.request.urlopen(f"http://127.0.0.1:{stacks.ports.worker}/gezond") as answer:
        served_in, served_by = answer.read().decode().split()
    assert served_in == "demo"
    assert int(served_by) == stacks.child("worker") != worker

    # After a night's sleep of the computer the worker starts again, and no day has passed.
    asleep_at = datetime.now(UTC)
    first.process.send_signal(signal.SIGUSR1)
    first.until("Deze computer heeft geslapen")
    woken = first.clock()
    assert begin.logical_at(asleep_at - LEASE) <= woken.logical <= begin.logical_at(woken.real)
    first.until("De klok van de demo loopt weer")
    assert stacks.child("worker") != int(served_by)

    first.process.send_signal(signal.SIGINT)
    assert first.end() == 0
    assert [line for line in first.lines if line.endswith("stopt ...")][-6:] == [
        "De bewaking stopt ...",
        "De worker stopt ...",
        "De codecserver stopt ...",
        "De sandbox met registraties en postbus stopt ...",
        "Temporal stopt ...",
        "PostgreSQL stopt ...",
    ]
    assert survivors(stacks.folder.processes) == []
    stood = ClockAnchor.model_validate_json((stacks.folder.root / "clock.json").read_bytes())

    third = stacks.start()
    assert third.clock().logical == stood.logical
    third.ready()
    assert not any("Eerste start" in line for line in third.lines)
    assert third.process.stdout is not None
    # Its window closes: nobody reads on, and it still stops in order.
    third.process.stdout.close()
    third.process.send_signal(signal.SIGHUP)
    assert third.process.wait(timeout=60) == 0
    assert survivors(stacks.folder.processes) == []


def test_a_killed_stack_takes_its_children_along_and_starts_again(stacks: Stacks) -> None:
    cut_off = stacks.start()
    cut_off.until("Eerste start")
    cut_off.process.kill()
    cut_off.end()

    first = stacks.start()
    begin = first.clock()
    first.ready()
    assert any("Eerste start" in line for line in first.lines)
    children = [process.pid for process in read_record(stacks.folder.processes)]
    assert len(children) == 6
    first.process.kill()
    killed_at = datetime.now(UTC)
    first.end()
    wait_until_gone(children)

    second = stacks.start("--stubborn-worker")
    resumed = second.clock()
    # Not one logical day for the time between; the last heartbeat may be older than the kill.
    assert begin.logical <= resumed.logical <= begin.logical_at(killed_at + LEASE)
    second.ready()
    children = [process.pid for process in read_record(stacks.folder.processes)]
    second.process.send_signal(signal.SIGINT)
    second.until("De worker stopt")
    second.process.send_signal(signal.SIGINT)
    assert second.end() == 130
    wait_until_gone(children)


def test_a_taken_port_is_refused_before_anything_is_started(stacks: Stacks) -> None:
    with socket.create_server(("127.0.0.1", stacks.ports.worker)):
        refused = stacks.start()
        assert refused.end() == 2
    assert f"Poort {stacks.ports.worker} is al in gebruik" in "\n".join(refused.lines)
    assert not stacks.folder.postgres.exists()
    assert not stacks.folder.keys.exists()
