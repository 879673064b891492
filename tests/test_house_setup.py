"""``make setup``: a clear sentence when it cannot, repair after an interruption, no work when it is done."""

import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# Plays a Python: answers the checks, "makes" an environment by copying itself, notes what pip is asked, and
# fails the first installation when told so.
PLAYER = """#!/bin/sh
case "$*" in
  *version_info*) exit {new_enough} ;;
  *ensurepip*) exit {venv_missing} ;;
  --version) echo "Python 3.13.0" ;;
  "-m venv --clear .venv") rm -rf .venv; mkdir -p .venv/bin; cp "$0" .venv/bin/python; echo venv >> calls ;;
  *"pip install"*)
    echo "install $*" >> calls
    if [ -f cut-off ]; then rm cut-off; kill -9 $PPID; exit 1; fi ;;
esac
"""


class House:
    """A copy of what ``make setup`` reads, with a player instead of Python."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("Makefile", "pyproject.toml", "requirements.lock"):
            shutil.copy(ROOT / name, folder / name)
        self.python()

    def python(self, *, new_enough: bool = True, venv: bool = True) -> None:
        player = self.folder / "python-player"
        player.write_text(PLAYER.format(new_enough=int(not new_enough), venv_missing=int(not venv)))
        player.chmod(player.stat().st_mode | stat.S_IXUSR)

    def make(self, target: str | None = "setup") -> subprocess.CompletedProcess[str]:
        # The tests themselves are started by make, which leaves its own settings in the environment.
        environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
        return subprocess.run(
            ["make", *([target] if target else []), "PYTHONS=./python-player"],
            cwd=self.folder, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip

    def calls(self) -> list[str]:
        """What was done since the last time."""
        noted = self.folder / "calls"
        lines = noted.read_text().splitlines() if noted.exists() else []
        noted.unlink(missing_ok=True)
        return [line.split(" ")[0] for line in lines]


@pytest.fixture
def house(tmp_path: Path) -> House:
    folder = tmp_path / "een map"
    folder.mkdir()
    return House(folder)


def test_a_finished_set_up_is_not_repeated(house: House) -> None:
    assert house.make().returncode == 0
    assert house.calls() == ["venv", "install", "install"]
    assert house.make().returncode == 0
    assert house.calls() == []


def test_installation_checks_hashes_and_asks_nothing_for_the_project_itself(house: House) -> None:
    house.make()
    locked, itself = [line for line in (house.folder / "calls").read_text().splitlines() if "install" in line]
    assert "--require-hashes -r requirements.lock" in locked
    assert "--no-deps --no-build-isolation -e ." in itself


def test_a_cut_off_set_up_is_made_anew(house: House) -> None:
    (house.folder / "cut-off").touch()
    assert house.make().returncode != 0
    house.calls()
    assert house.make().returncode == 0
    assert house.calls() == ["venv", "install", "install"]


def test_a_changed_lock_is_installed_into_the_same_environment(house: House) -> None:
    house.make()
    house.calls()
    lock = house.folder / "requirements.lock"
    ready = (house.folder / ".venv" / ".ready").stat().st_mtime_ns
    lock.touch()
    os.utime(lock, ns=(ready + 10**9, ready + 10**9))
    assert house.make().returncode == 0
    assert house.calls() == ["install", "install"]


def test_a_project_that_was_moved_gets_a_new_environment(house: House) -> None:
    house.make()
    house.calls()
    house.folder = house.folder.rename(house.folder.with_name("elders"))
    assert house.make().returncode == 0
    assert house.calls() == ["venv", "install", "install"]


def test_a_broken_environment_is_made_anew(house: House) -> None:
    house.make()
    house.calls()
    (house.folder / ".venv" / "bin" / "python").unlink()
    assert house.make().returncode == 0
    assert house.calls() == ["venv", "install", "install"]


def test_without_a_new_enough_python_there_is_a_sentence(house: House) -> None:
    house.python(new_enough=False)
    result = house.make()
    assert result.returncode != 0
    assert "geen Python 3.11 of nieuwer gevonden" in result.stdout
    assert house.calls() == []


def test_without_venv_there_is_a_sentence(house: House) -> None:
    house.python(venv=False)
    result = house.make()
    assert result.returncode != 0
    assert "ontbreekt het onderdeel venv" in result.stdout
    assert house.calls() == []


def test_help_comes_first_and_explains_every_target(house: House) -> None:
    result = house.make("help")
    shown = {line.split()[1] for line in result.stdout.splitlines()}
    assert shown == {
        "help", "setup", "demo", "test", "test-faults", "test-many", "check", "lint", "types", "imports", "bench", "lock", "clean",
    }  # fmt: skip
    assert house.make(target=None).stdout == result.stdout
