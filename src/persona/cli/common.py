"""The options that every command accepts, as data: click's options and the menus are both made from it."""

from __future__ import annotations

from typing import NamedTuple


class Common(NamedTuple):
    """An option: how it is written, the word for its value ("" for a switch), what it does.

    ``counts``: it may be repeated to mean more. ``choices``: the values it takes.
    """

    names: tuple[str, ...]
    value: str
    help: str
    counts: bool = False
    choices: tuple[str, ...] = ()

    @property
    def written(self) -> str:
        """The option as help shows it."""
        return ", ".join(self.names) + (f" {self.value}" if self.value else "")


TALK = (
    Common(("--json",), "", "Answer as JSON: ok, data, errors, next."),
    Common(("-q", "--quiet"), "", "No notes, no progress, no next steps."),
    Common(("-v", "--verbose"), "", "Say more: each stage, every run in full.", counts=True),
    Common(("--yes",), "", "Do not ask; yes to every question."),
    Common(("--no-input",), "", "Never ask; a question becomes an error."),
    Common(("--color", "--colour"), "WHEN", "Colour: auto, always or never.", choices=("auto", "always", "never")),
)
"""How to talk: for every command."""

PLACE = (
    Common(("--project",), "NAME", "Work on this project, not the chosen one."),
    Common(("--workspace",), "FOLDER", "Work in this workspace, not the one around here."),
)
"""Where to work: for every command that needs a workspace."""

WHEN = (
    Common(("--as-of",), "WHEN", "Answer as of then: a position, time, run, tag, file."),
    Common(("--coordinate",), "", "Say on which state of the log the answer stands."),
)
"""Of which moment: for every command that only reads."""

VERSION = Common(("-V", "--version"), "", "Show the version.")
HELP = Common(("-h", "--help"), "", "Show this message and exit.")
