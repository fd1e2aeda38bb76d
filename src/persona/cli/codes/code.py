"""One entry of the table of codes."""

from __future__ import annotations

from typing import NamedTuple

from persona import errors


class Code(NamedTuple):
    """An error code: the classes of ``persona.errors`` it is raised as, what it means, what helps."""

    classes: str
    meaning: str
    helps: str

    @property
    def statuses(self) -> tuple[int, ...]:
        """The exit statuses it can lead to, ascending."""
        return tuple(sorted({getattr(errors, name).exit_status for name in self.classes.split()}))


class Found(NamedTuple):
    """A finding of ``persona verify``: what it means, what helps. Findings lead to exit status 6."""

    meaning: str
    helps: str
