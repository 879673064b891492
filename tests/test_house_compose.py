"""The production compose file: no secret in it, nothing open by accident, every setting explained once."""

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from domain.attributes import SEARCH_ATTRIBUTES
from runtime.settings import Settings

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = ("migrations", "keys", "worker", "worker-vorig", "watchdog", "codec", "backup")
# Ends by itself when no journey is left on its version, and has to stay away then.
ENDS_BY_ITSELF = "worker-vorig"
ONE_SHOT = ("databases", "temporal-schema", "temporal-namespace", "migrations", "keys", "backup")
# Only for play, or for one person's command line.
NOT_FOR_PRODUCTION = {"speed", "by", "patience_seconds"}

VARIABLE = re.compile(r"(?<!\$)\$\{([A-Z_]+)([^}]*)\}")


def used_variables() -> set[str]:
    passed_on = {
        name
        for service in SERVICES.values()
        for name, value in service.get("environment", {}).items()
        if value is None
    }
    return {name for name, _ in VARIABLE.findall(TEXT)} | passed_on


def explained_variables() -> Counter[str]:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    return Counter(re.findall(r"^(?:# )?([A-Z_]+)=", example, re.MULTILINE))


def test_every_variable_is_explained_once_and_used() -> None:
    explained = explained_variables()
    assert set(explained) == used_variables()
    assert [name for name, times in explained.items() if times > 1] == []


def test_every_setting_of_the_program_can_be_set() -> None:
    given = {
        name.removeprefix("MEEDOEN_").lower()
        for service in OURS
        for name in SERVICES[service]["environment"]
        if name.startswith("MEEDOEN_")
    }
    assert given == set(Settings.model_fields) - NOT_FOR_PRODUCTION


def test_defaults_in_the_example_are_those_of_the_program() -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    shown = dict(re.findall(r"^# MEEDOEN_([A-Z_]+)=(.*)$", example, re.MULTILINE))
    defaults = Settings.model_construct()
    overruled = {"TEMPORAL_NAMESPACE"}
    for name, value in shown.items():
        if name.lower() in Settings.model_fields and name not in overruled:
            default = getattr(defaults, name.lower())
            default = "" if default is None else default
            secret = getattr(default, "get_secret_value", None)
            assert str(secret() if secret else default).lower() == value.lower(), name


def test_no_secret_has_a_value_here() -> None:
    secrets = re.compile(r"PASSWORD|PWD|TOKEN|API_KEY|SECRET")
    for name, service in SERVICES.items():
        for variable, value in service.get("environment", {}).items():
            if secrets.search(variable):
                assert value is None or VARIABLE.fullmatch(value), f"{name}: {variable}"
    for variable in explained_variables():
        assert f"{variable}=" not in TEXT
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    assert re.findall(r"^[A-Z_]+=.+$", example, re.MULTILINE) == []


def test_what_must_be_filled_in_says_so() -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    required = set(re.findall(r"^([A-Z_]+)=$", example, re.MULTILINE))
    for name, rest in VARIABLE.findall(TEXT):
        assert rest.startswith(f":?Vul in .env {name} in, " if name in required else ":-"), name


def test_ports_are_open_for_this_machine_only() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert set(published) == {"temporal", "temporal-ui", "codec", "watchdog"}
    for ports in published.values():
        for port in ports:
            assert port.startswith("${MEEDOEN_BIND_ADDRESS:-127.0.0.1}:")


def test_the_version_before_differs_from_the_worker_in_its_version_only() -> None:
    before, now = SERVICES[ENDS_BY_ITSELF], SERVICES["worker"]
    assert before["profiles"] == ["overstap"]
    # It is never built: that would give the new code the name of the old.
    assert "build" not in before
    assert before["image"] != now["image"]
    own = {"image", "build", "profiles", "restart", "environment"}
    assert {k: v for k, v in before.items() if k not in own} == {k: v for k, v in now.items() if k not in own}
    assert before["environment"] | {"MEEDOEN_BUILD_ID": None} == now["environment"]


def test_the_database_can_be_reached_from_inside_only() -> None:
    assert SERVICES["postgresql"]["networks"] == ["gegevens"]
    assert COMPOSE["networks"]["gegevens"] == {"internal": True}


@pytest.mark.parametrize("name", OURS)
def test_our_processes_can_change_nothing(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["user"] == "10001:10001"
    assert service["cap_drop"] == ["ALL"]
    for volume in service.get("volumes", []):
        # The keys are made once; the watchdog remembers what it has told; backups go where they are kept.
        assert volume.endswith(":ro") or (name, volume.rpartition(":")[2]) in {
            ("keys", "/sleutels"),
            ("watchdog", "/bewaking"),
            ("backup", "/reservekopieen"),
        }


def test_nothing_is_put_back_by_a_start_and_only_a_backup_may_reach_everything() -> None:
    assert SERVICES["backup"]["profiles"] == ["backup"]
    assert SERVICES["backup"]["command"] == ["meedoen", "backup", "/reservekopieen"]
    assert "sleutels:/sleutels:ro" in SERVICES["backup"]["volumes"]
    for name, service in SERVICES.items():
        assert (name == "backup") == ("MEEDOEN_SUPERUSER_DATABASE_URL" in service.get("environment", {}))
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert f"FROM program AS {SERVICES['backup']['build']['target']}" in dockerfile
    # What pg_dump reads may not be newer than pg_dump.
    server = SERVICES["postgresql"]["image"].partition(":")[2].partition(".")[0]
    assert f"postgresql-client-{server} " in dockerfile
    assert (
        SERVICES["backup"]["environment"]["MEEDOEN_POSTGRES_PROGRAMS"] == f"/usr/lib/postgresql/{server}/bin"
    )


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_pinned_restarts_and_waits_for_what_exists(name: str) -> None:
    service = SERVICES[name]
    repository, _, tag = service["image"].partition(":")
    if repository != "meedoen":
        assert re.fullmatch(r"\d+\.\d+(\.\d+)?", tag)
    if name == ENDS_BY_ITSELF:
        assert service["restart"] == "on-failure"
    else:
        assert service["restart"].startswith("on-failure:" if name in ONE_SHOT else "unless-stopped")
    for other, how in service.get("depends_on", {}).items():
        if other in ONE_SHOT:
            assert how["condition"] == "service_completed_successfully"
        else:
            assert how["condition"] == "service_healthy"
            assert "healthcheck" in SERVICES[other]
    for network in service.get("networks", []):
        assert network in COMPOSE["networks"]
    for volume in service.get("volumes", []):
        source = volume.split(":")[0]
        assert source in COMPOSE["volumes"] or source.startswith("${")
    for config in service.get("configs", []):
        assert config["source"] in COMPOSE["configs"]


def test_the_search_attributes_are_those_of_the_program() -> None:
    script = SERVICES["temporal-namespace"]["command"][0]
    made = re.findall(r"search-attribute create --name (\w+) --type (\w+)", script)
    assert made == [(name, kind.capitalize()) for name, kind in SEARCH_ATTRIBUTES]


def test_the_image_gets_only_the_program() -> None:
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert "*" in ignored
    kept = [line[1:] for line in ignored if line.startswith("!")]
    for name in kept:
        assert (ROOT / name).exists() or name == "README.md"
    assert not {".env", ".meedoen", ".git", "tests"} & set(kept)


def test_the_image_does_not_run_as_root() -> None:
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    instructions = [line.split(" ", 1) for line in lines if re.match(r"[A-Z]+ ", line)]
    last_stage = max(index for index, (word, _) in enumerate(instructions) if word == "FROM")
    assert ["USER", "10001:10001"] in instructions[last_stage:]
    assert all("--require-hashes" in line for line in lines if "-r /src/" in line)
