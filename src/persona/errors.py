"""Every error a person can meet, as one tree.

::

    PersonaError
    ├── UsageError          2   the command or the call was written wrongly
    ├── NotFound            3   the thing named does not exist here
    ├── Conflict            4   it exists already, or somebody changed it first
    ├── InvalidInput        5   a file or a value cannot be accepted
    ├── IntegrityError      6   bytes or records are not what was recorded
    ├── ModelError          7   a model could not be reached, or gave nothing usable
    ├── StorageError        8   disk or database refused: full, read-only, broken, locked
    ├── PermissionDenied    9   the operating system or a consent forbids it
    └── Cancelled         130   a person stopped it

The number is the exit status of the command line. ``code`` is stable and documented
(``docs/errors.md``); ``place`` says where; ``hints`` are sentences with commands that can be pasted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence


class PersonaError(Exception):
    """The root of the tree: what happened, where, and what helps."""

    exit_status = 1
    default_code = "error"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        place: str | None = None,
        hints: Sequence[str] = (),
        data: dict[str, object] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.default_code
        self.place = place
        self.hints = tuple(hints)
        self.data = data or {}

    def as_dict(self) -> dict[str, object]:
        """The shape used in the ``errors`` list of every ``--json`` answer."""
        return {
            "code": self.code,
            "message": self.message,
            "place": self.place,
            "hints": list(self.hints),
            "data": self.data,
        }


class UsageError(PersonaError):
    """The command or the call was written wrongly."""

    exit_status = 2
    default_code = "usage"


class NotFound(PersonaError):
    """The thing named does not exist here."""

    exit_status = 3
    default_code = "not-found"


class Conflict(PersonaError):
    """It exists already, or somebody changed it first."""

    exit_status = 4
    default_code = "conflict"


class InvalidInput(PersonaError):
    """A file or a value cannot be accepted."""

    exit_status = 5
    default_code = "invalid-input"


class IntegrityError(PersonaError):
    """Bytes or records are not what was recorded."""

    exit_status = 6
    default_code = "integrity"


class ModelError(PersonaError):
    """A model could not be reached, or gave nothing usable."""

    exit_status = 7
    default_code = "model"


class StorageError(PersonaError):
    """Disk or database refused: full, read-only, broken, locked."""

    exit_status = 8
    default_code = "storage"


class PermissionDenied(PersonaError):
    """The operating system or a consent forbids it."""

    exit_status = 9
    default_code = "permission-denied"


class Cancelled(PersonaError):
    """A person stopped it."""

    exit_status = 130
    default_code = "cancelled"


class Stopped(BaseException):
    """Somebody asked politely to stop: nothing more is asked, and what came is recorded. Like Ctrl-C, no error.

    ``status`` is what becomes of the runs that this stops: ``cancelled`` by a person, ``interrupted`` by a loss.
    """

    def __init__(self, status: str = "cancelled") -> None:
        super().__init__(status)
        self.status = status


def is_stop(error: BaseException) -> bool:
    """Whether somebody wants the work to end, where code of others runs that may raise anything, exits included."""
    return type(error) is KeyboardInterrupt or isinstance(error, Stopped)


def said(error: BaseException) -> str:
    """The name and the first words of an error of others; one that cannot even be shown has its name alone."""
    try:
        told = " ".join(str(error).split())[:300]
    except Exception:  # noqa: BLE001  # its text is code of others, too
        told = ""
    return f"{type(error).__name__}: {told}" if told else type(error).__name__


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """The known name closest to ``word``, or None when nothing is close enough, or ``word`` is itself known.

    What somebody wrote is never offered to them again: the mistake then lies elsewhere.
    """
    from difflib import get_close_matches

    close = get_close_matches(str(word), list(known), n=1, cutoff=0.6)
    return close[0] if close and close[0] != word else None
