"""The entry of the command ``persona``."""

from __future__ import annotations

import os
import sys
from typing import NoReturn


def main() -> None:
    """Run the command line and leave with its exit status. The version and the menus are told without loading click."""
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
