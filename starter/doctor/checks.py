"""Every check there is."""

from runtime.settings import Settings
from starter.doctor.codec import codec_checks
from starter.doctor.connections import connections
from starter.doctor.examine import Check
from starter.doctor.mail import mail_checks
from starter.doctor.own_files import own_file_checks
from starter.doctor.postgresql import postgresql_checks
from starter.doctor.registries import connection_checks
from starter.doctor.temporal import temporal_checks
from starter.doctor.tools import Tools


def all_checks(settings: Settings, tools: Tools) -> list[Check]:
    """The checks in the order in which people read of them.

    Args:
        settings: of this installation.
        tools: what checks share; open as long as they run.
    """
    return [
        *own_file_checks(settings),
        *postgresql_checks(settings, tools),
        *temporal_checks(settings, tools),
        *codec_checks(settings),
        *mail_checks(settings),
        *connection_checks(connections(settings)),
    ]
