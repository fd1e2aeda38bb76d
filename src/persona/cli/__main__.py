"""The entry of the command ``persona``."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run the command line and leave with its exit status. The version and the menus are told without loading click."""
    arguments = sys.argv[1:]
    if "_PERSONA_COMPLETE" not in os.environ:
        if arguments in (["--version"], ["-V"]):
            from persona import __version__

            print(f"persona {__version__}")
            sys.exit(0)
        from persona.cli.menu import menu_asked_for

        menu = menu_asked_for(arguments)
        if menu is not None:
            print(menu)
            sys.exit(0)
    from persona.cli.app import root

    root.main(arguments, prog_name="persona")


if __name__ == "__main__":
    main()
