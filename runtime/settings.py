"""All settings of all processes, from the environment (``MEEDOEN_...``) or a file.

The local stack writes ``.meedoen/stack.env``; a command that is run beside it finds everything there.
The environment wins over the file. ``.env.example`` names each setting once for production.
"""

import sys
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from domain.base import Explained

STATE_DIR = Path(".meedoen")
"""Where the local stack keeps its data, relative to the folder that it is started in."""


FilePath = Annotated[Path | None, BeforeValidator(lambda given: given or None)]
"""A file; left empty it is None, and not the folder that the program runs in."""


class Settings(BaseSettings):
    """Where everything is. Secrets print as asterisks."""

    model_config = SettingsConfigDict(
        env_prefix="MEEDOEN_", env_file=STATE_DIR / "stack.env", extra="ignore", hide_input_in_errors=True
    )

    environment: Literal["productie", "demo", "test"] = "productie"

    temporal_address: str = "127.0.0.1:7233"
    temporal_namespace: str = "default"
    task_queue: str = "klantroutes"
    build_id: str = ""
    """Version of the worker's code. Empty: no worker versioning (the local stack edits and goes on)."""
    max_cached_workflows: int = Field(default=2000, ge=0)
    graceful_shutdown_seconds: int = Field(default=30, ge=0)

    database_url: SecretStr = SecretStr("postgresql://meedoen_app@127.0.0.1:5432/meedoen")
    """As the application's own role, which may add to the journal and not change it."""
    owner_database_url: SecretStr = SecretStr("")
    """As the owner of the tables: for migrations, backup and restore only. Workers do without."""
    superuser_database_url: SecretStr = SecretStr("")
    """As a role that may make and rename databases: for restore only. The local stack knows its own."""
    temporal_database_urls: SecretStr = SecretStr("")
    """The databases of Temporal, with a space between: for backup and restore. Empty: the local stack's file."""
    postgres_programs: Path | None = None
    """Folder with pg_dump and pg_restore; None: those on the PATH, or of the local stack."""
    key_file: Path = STATE_DIR / "keys.json"

    brp_base_url: str = "http://127.0.0.1:8235/haalcentraal/api/brp"
    brp_api_key: SecretStr = SecretStr("")
    brp_timeout_seconds: float = Field(default=10, gt=0)
    brp_oin: str = ""
    """Organisation number (OIN) that the gateway of the BRP wants to hear; empty: none."""
    brp_oin_header: Literal["X-ORIGIN-OIN", "X-AFNEMER-OIN"] = "X-ORIGIN-OIN"
    brp_token_url: str = ""
    """Where the gateway gives access tokens (OAuth2 client credentials); empty: it wants none."""
    brp_client_id: str = ""
    brp_client_secret: SecretStr = SecretStr("")
    brp_scope: str = ""
    brp_certificate: FilePath = None
    """Our own certificate for mutual TLS, with its chain, in PEM; None: we show none."""
    brp_private_key: FilePath = None
    """Of that certificate; None: it is in the same file."""
    brp_private_key_password: SecretStr = SecretStr("")
    brp_ca: FilePath = None
    """Who signs the certificate of the gateway, in PEM; None: whom the system trusts."""
    brp_domestic_only: bool = False
    """The municipality may not ask for addresses abroad: ask with the alias ``verblijfplaatsBinnenland``."""
    doctor_test_bsn: str = Field(default="", pattern="^([0-9]{9})?$")
    """A test person agreed with the registries, whom ``meedoen doctor`` asks about; never a real resident."""

    suwinet_url: str = ""
    """Address of the broker, without the name of a service; empty: not connected."""
    suwinet_certificate: FilePath = None
    """PEM file with our certificate, for the connection and for every message."""
    suwinet_private_key: FilePath = None
    """PEM file with the RSA key of the certificate."""
    suwinet_private_key_password: SecretStr = SecretStr("")
    suwinet_ca: FilePath = None
    """PEM file with issuers of Suwinet's own certificate; None: those of this machine."""
    suwinet_answer_ca: FilePath = None
    """PEM file with issuers of the certificates that sign answers; None: nobody looks at those signatures."""
    suwinet_wsdl_dir: FilePath = None
    """Folder with the WSDLs of BKWI; None: those that come with the program."""
    suwinet_timeout_seconds: float = Field(default=20, gt=0)

    smtp_host: str = "127.0.0.1"
    smtp_port: int = 25
    smtp_username: str = ""
    smtp_password: SecretStr = SecretStr("")
    smtp_starttls: bool = False
    mail_from: str = "meedoen@gemeente.example"
    mail_domain: str = "meedoen.gemeente.example"
    """Right-hand side of every Message-ID."""
    bounce_host: str = "127.0.0.1"
    bounce_port: int = Field(default=0, ge=0, le=65535)
    """Where the worker listens for mail that comes back (SMTP); 0: nowhere."""

    policies_dir: Path | None = None
    """Folder with policy files; None: those that come with the program."""
    worker_http_host: str = "127.0.0.1"
    worker_http_port: int = 8238
    """Health (``/gezond``) and Prometheus metrics (``/metrics``) of the worker."""
    alarm_to: str = ""
    """Who hears of trouble by mail, with spaces between; empty: the watchdog only logs and measures."""
    watchdog_seconds: float = Field(default=60, gt=0)
    """Between the beginnings of two rounds of the watchdog."""
    watchdog_grace_seconds: float = Field(default=900, gt=0)
    """How late (real time) a moment, a report or a start may be before it is trouble."""
    watchdog_folder: Path | None = None
    """Where the watchdog keeps what it has told and its heartbeat; None: ``bewaking`` beside the key file."""
    watchdog_disks: str = ""
    """Folders whose disks may not fill, separated as in PATH; empty: the folder of the key file."""
    watchdog_http_host: str = "127.0.0.1"
    watchdog_http_port: int = 8240
    """Heartbeat (``/gezond``) and metrics (``/metrics``) of the watchdog."""
    codec_host: str = "127.0.0.1"
    codec_port: int = 8234
    codec_ui_origins: str = "http://127.0.0.1:8233 http://localhost:8233"
    """Where Temporal UI is opened, with spaces between; only pages from there may decode."""
    codec_token: SecretStr = SecretStr("")
    """What the UI must send as ``Authorization: Bearer``; empty: nothing (for use on one computer)."""
    speed: float = Field(default=1.0, gt=0)
    """How many seconds of a journey pass in one real second. 86400: one day per second."""
    by: str = ""
    """Who works at this command line: a code of the directory, or a role. For commands only."""
    households: bool = False
    """Every journey belongs to a household, with one plan and one regisseur. For workers; a journey that runs already
    joins after its next run begins, at the next thing that happens in it."""
    patience_seconds: float = Field(default=20, gt=0)
    """How long a person waits for Temporal to hold an act before being told that it did not."""
    log_level: str = "INFO"

    @model_validator(mode="after")
    def _only_play_with_time_in_play(self) -> "Settings":
        if self.environment == "productie" and self.speed != 1.0:
            raise ValueError(
                "MEEDOEN_SPEED is geweigerd: in productie loopt de tijd met snelheid 1. Zet "
                "MEEDOEN_ENVIRONMENT op demo of test, of laat MEEDOEN_SPEED weg."
            )
        return self

    @property
    def alarm_addresses(self) -> tuple[str, ...]:
        """``alarm_to`` as addresses."""
        return tuple(self.alarm_to.replace(",", " ").split())

    @property
    def owner_url(self) -> str:
        """The address as the owner of the tables; where none was given, the same as everybody's."""
        return self.owner_database_url.get_secret_value() or self.database_url.get_secret_value()


class SettingsError(Explained):
    """The settings cannot be used; the message says which, why and what to do."""


@cache
def load_settings() -> Settings:
    """Read the settings once per process.

    Raises:
        SettingsError: names every wrong setting, in sentences, without repeating its value.
    """
    try:
        return Settings()
    except ValidationError as error:
        lines = []
        for problem in error.errors(include_input=False, include_url=False):
            name = "MEEDOEN_" + "_".join(str(part) for part in problem["loc"]).upper()
            lines.append(f"{name}: {problem['msg']}" if problem["loc"] else str(problem["msg"]))
        raise SettingsError("De instellingen kloppen niet. " + " ".join(lines)) from None


def settings_or_exit() -> Settings:
    """For the start of a process: the settings, or a sentence on standard error and exit code 2."""
    try:
        return load_settings()
    except SettingsError as error:
        print(error, file=sys.stderr)
        raise SystemExit(2) from None
