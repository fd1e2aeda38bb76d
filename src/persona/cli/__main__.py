"""The entry of the command ``persona``."""

from __future__ import annotations

import gc
import os
import sys
from typing import NoReturn

LIVELY = 100_000
"""Containers made before the collector of cycles looks for the first time: a short command ends before that."""


def main() -> None:
    """Run the command line and leave with its exit status.

    Loading modules makes many objects and no garbage, and what is left at the end goes with the process: looking
    through it would be a sixth of a short command's time, so it is put out of the collector's sight.
    """
    gc.set_threshold(LIVELY, 20, 20)
    try:
        run()
    finally:
        gc.freeze()


def run() -> None:
    """The version and the menus are told without loading click; the rest is the command's."""
    arguments = sys.argv[1:]
    if "_PERSONA_COMPLETE" not in os.environ:
        if arguments in (["--version"], ["-V"]):
            from persona import __version__

            say(f"persona {__version__}")
        from persona.cli.menu import menu_asked_for

        menu = menu_asked_for(arguments)
        if menu is not None:
            say(menu)
    from persona.cli.app import root

    root.main(arguments, prog_name="persona")


def say(text: str) -> NoReturn:
    """Print and leave; a reader who has gone away already is no error."""
    try:
        print(text, flush=True)
    except BrokenPipeError:
        from persona.cli.pipes import hush

        hush()
    sys.exit(0)


if __name__ == "__main__":
    main()
