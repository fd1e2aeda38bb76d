"""How long does the command line take to answer when nothing is asked of it?"""

from __future__ import annotations

import sys

from harness import in_turn, report

PERSONA = [sys.executable, "-m", "persona"]


def main() -> None:
    commands = {
        "persona --version": [*PERSONA, "--version"],
        "persona --help": [*PERSONA, "--help"],
        "persona run list --help": [*PERSONA, "run", "list", "--help"],
    }
    report(
        "startup",
        "CPU of whole processes that only answer about themselves",
        "--version and --help at most 4x `python -c pass`",
        in_turn(commands, 25),
    )


if __name__ == "__main__":
    main()
