"""What is there at a start: a cut-off set-up is thrown away, a finished one never."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from runtime.private_file import write_private
from starter.stack.errors import StackError
from starter.stack.folder import StackFolder, begin_set_up, check_space, finish_set_up
from starter.stack.lock import only_stack


@pytest.fixture
def folder(tmp_path: Path) -> StackFolder:
    folder = StackFolder(tmp_path / ".meedoen")
    folder.make()
    return folder


def fill(folder: StackFolder) -> None:
    folder.postgres.mkdir()
    (folder.postgres / "PG_VERSION").write_text("18")
    folder.temporal_database.write_text("db")
    folder.root.joinpath("temporal.db-wal").write_text("wal")
    folder.keys.write_text("{}")
    folder.postgres_password.write_text("geheim")


def test_the_folder_is_for_its_owner_only(folder: StackFolder) -> None:
    assert folder.root.stat().st_mode & 0o777 == 0o700


def test_a_cut_off_first_set_up_is_thrown_away(folder: StackFolder) -> None:
    assert begin_set_up(folder)
    fill(folder)
    assert begin_set_up(folder)
    for path in (folder.postgres, folder.temporal_database, folder.keys, folder.postgres_password):
        assert not path.exists()
    assert not folder.root.joinpath("temporal.db-wal").exists()


def test_a_finished_set_up_is_kept(folder: StackFolder) -> None:
    begin_set_up(folder)
    fill(folder)
    finish_set_up(folder)
    assert not begin_set_up(folder)
    assert folder.keys.exists()
    assert (folder.postgres / "PG_VERSION").exists()


@pytest.mark.parametrize("lost", ["keys.json", "temporal.db"])
def test_a_finished_set_up_with_a_part_missing_is_for_a_person(folder: StackFolder, lost: str) -> None:
    begin_set_up(folder)
    fill(folder)
    finish_set_up(folder)
    (folder.root / lost).unlink()
    with pytest.raises(StackError, match=f"ontbreekt {lost}"):
        begin_set_up(folder)
    assert (folder.postgres / "PG_VERSION").exists()


def test_too_little_room_on_the_disk_is_a_sentence(tmp_path: Path) -> None:
    check_space(tmp_path, needed=1)
    with pytest.raises(StackError, match="te weinig ruimte") as refused:
        check_space(tmp_path, needed=1 << 60)
    assert refused.value.exit_code == 2


def test_a_private_file_is_private_from_its_first_moment(tmp_path: Path) -> None:
    path = tmp_path / "stack.env"
    path.write_text("oud")
    path.chmod(0o644)
    before = os.umask(0)
    try:
        write_private(path, "nieuw")
    finally:
        os.umask(before)
    assert path.read_text() == "nieuw"
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_second_stack_in_the_same_folder_is_refused(folder: StackFolder) -> None:
    with only_stack(folder.lock):
        with pytest.raises(StackError, match=f"proces {os.getpid()}"), only_stack(folder.lock):
            pass
    with only_stack(folder.lock):
        pass


def test_the_lock_of_a_killed_stack_is_free(folder: StackFolder) -> None:
    program = (
        "import pathlib, sys, time\n"
        "from starter.stack.lock import only_stack\n"
        "with only_stack(pathlib.Path(sys.argv[1])):\n"
        "    print('vast', flush=True); time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program, folder.lock], stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"vast\n"
        with pytest.raises(StackError, match=f"proces {other.pid}"), only_stack(folder.lock):
            pass
        other.kill()
        other.wait()
    with only_stack(folder.lock):
        pass
