"""Why a backup or a restore cannot be."""

from domain.base import Explained


class BackupError(Explained):
    """A backup is not made, or not put back; the message is a Dutch sentence."""


class BackupDamaged(BackupError):
    """A backup is not what it was when it was made, or was never finished."""
