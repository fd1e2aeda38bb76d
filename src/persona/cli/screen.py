"""Writing for people: colour where it is wanted, widths where there is a terminal, no control characters.

What is printed may quote a source, and a source may be hostile: every control character except our own
colours is made visible here, in the one place through which all text goes.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, TextIO

Colour = Literal["auto", "always", "never"]

PROSE_WIDTH = 100
"""Prose is wrapped here even on a wider terminal: longer lines are hard to read."""

_OURS = re.compile(r"\x1b\[[0-9;]{0,5}m")
_CONTROL = re.compile(r"(\x1b\[[0-9;]{0,5}m)|[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def wants_colour(choice: Colour, stream: TextIO, environ: Mapping[str, str] | None = None) -> bool:
    """Whether to colour: ``--color`` first, then NO_COLOR, FORCE_COLOR, TERM=dumb, then whether it is a terminal."""
    environ = os.environ if environ is None else environ
    if choice != "auto":
        return choice == "always"
    if environ.get("NO_COLOR"):
        return False
    if environ.get("FORCE_COLOR"):
        return True
    return environ.get("TERM") != "dumb" and stream.isatty()


def visible(text: str) -> str:
    """The text with control characters shown as their code points; our own colours stay."""
    return _CONTROL.sub(lambda match: match[1] or f"<U+{ord(match[0]):04X}>", text)


def width_of(text: str) -> int:
    """The columns a text takes on a terminal, colours not counted."""
    text = _OURS.sub("", text)
    if text.isascii():
        return len(text)
    import unicodedata

    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    return len(text) + wide - sum(unicodedata.combining(letter) != 0 for letter in text)


class Screen:
    """One stream as people see it. ``width`` is None where the text goes to a file or a pipe."""

    def __init__(self, stream: TextIO, colour: Colour = "auto") -> None:
        self._stream = stream
        self._colour = wants_colour(colour, stream)
        self.is_terminal = stream.isatty()
        self.width: int | None = None
        if self.is_terminal:
            import shutil

            self.width = max(shutil.get_terminal_size().columns, 40)

    def _paint(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._colour and text else text

    def bold(self, text: str) -> str:
        """Names and headings."""
        return self._paint(text, "1")

    def dim(self, text: str) -> str:
        """What can be skipped."""
        return self._paint(text, "2")

    def red(self, text: str) -> str:
        """What went wrong."""
        return self._paint(text, "31")

    def green(self, text: str) -> str:
        """What is as it should be."""
        return self._paint(text, "32")

    def yellow(self, text: str) -> str:
        """What deserves a second look."""
        return self._paint(text, "33")

    def cyan(self, text: str) -> str:
        """What can be pasted."""
        return self._paint(text, "36")

    def wrap(self, text: str, first: str = "", rest: str | None = None) -> list[str]:
        """Prose in lines, the first begun by ``first``, the others indented by ``rest``."""
        import textwrap

        room = min(self.width or PROSE_WIDTH, PROSE_WIDTH)
        indent = " " * width_of(first) if rest is None else rest
        inner = max(room - max(width_of(first), width_of(indent)), 20)
        lines = textwrap.wrap(visible(text), inner, break_long_words=False, break_on_hyphens=False) or [""]
        return [(first if number == 0 else indent) + line for number, line in enumerate(lines)]

    def write(self, lines: Iterable[str]) -> None:
        """Print lines. Raises ``BrokenPipeError`` when nobody reads on."""
        for line in lines:
            self._stream.write(visible(line) + "\n")
        self._stream.flush()


def facts(screen: Screen, pairs: Iterable[tuple[str, str]], indent: str = "") -> Iterator[str]:
    """Names and values in two columns; empty values are left out."""
    kept = [(name, value) for name, value in pairs if value]
    room = max((len(name) for name, _ in kept), default=0)
    for name, value in kept:
        yield f"{indent}{screen.dim(name.ljust(room))}  {value}"


def tolerate(*streams: TextIO) -> None:
    """Let a terminal that cannot show a letter show a question mark instead of failing."""
    for stream in streams:
        if hasattr(stream, "reconfigure") and (stream.encoding or "").lower().replace("-", "") != "utf8":
            stream.reconfigure(errors="replace")


def standard() -> tuple[TextIO, TextIO]:
    """The two standard streams as they are now; tests and pipes replace them."""
    return sys.stdout, sys.stderr
