"""The entry of the command ``persona``."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line and leave with its exit status. The version is told without loading anything."""
    arguments = sys.argv[1:]
    if arguments in (["--version"], ["-V"]):
        from persona import __version__

        print(f"persona {__version__}")
        sys.exit(0)
    from persona.cli.app import root

    root.main(arguments, prog_name="persona")


if __name__ == "__main__":
    main()
