"""``python -m migrations``: update the database of the settings."""

import sys

from migrations.run import MigrationError, upgrade
from runtime.settings import settings_or_exit


def main() -> None:
    """Update, and say so; a sentence on standard error and exit code 1 when that fails."""
    settings = settings_or_exit()
    try:
        upgrade(settings.owner_url)
    except MigrationError as error:
        print(error, file=sys.stderr)
        raise SystemExit(1) from None
    print("De database is bij.")


if __name__ == "__main__":
    main()
