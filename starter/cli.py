"""The command ``meedoen``."""

import sys

import typer

from domain.base import Explained
from starter.commands import (
    acts,
    backup,
    care,
    doctor,
    households,
    journeys,
    lookups,
    mail,
    policy,
    routes,
    stack,
    staff,
    upgrade,
    watch,
)

REFUSED = 2

app = typer.Typer(
    name="meedoen",
    help="Meedoen bewaakt klantroutes: van melding tot nazorg, en geen termijn wordt vergeten.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for module in (
    stack,
    journeys,
    households,
    acts,
    policy,
    routes,
    staff,
    mail,
    watch,
    doctor,
    lookups,
    care,
    backup,
    upgrade,
):
    module.register(app)


def main() -> None:
    """Run one command. Exit code 0: done; 2: refused, with a sentence; 1: a fault of ours; 130: Ctrl-C."""
    leave(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command and give its exit code."""
    try:
        code = app(arguments, standalone_mode=False)
    except Explained as error:
        print(error, file=sys.stderr)
        return REFUSED
    except typer.Exit as ended:
        return int(ended.exit_code)
    except (typer.Abort, KeyboardInterrupt):
        print("Afgebroken.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        return 0
    except SystemExit as ended:
        # The library ends the process itself when nobody reads its output any more.
        return ended.code if isinstance(ended.code, int) else 1
    except typer.TyperException as error:
        # What was typed does not fit the command: the library says where.
        show = getattr(error, "show", None)
        if show is not None:
            show()
        else:
            print(error, file=sys.stderr)
        return REFUSED
    return code if isinstance(code, int) else 0


def leave(code: int) -> None:
    """End the process with the right exit code, also after the Temporal client was used."""
    if "temporalio" in sys.modules:
        from runtime.exit import end_process

        end_process(code)
    raise SystemExit(code)


if __name__ == "__main__":
    main()
