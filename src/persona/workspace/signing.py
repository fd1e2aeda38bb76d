"""Signing the state of the log: the key that a person has for this log, and the checkpoints that everything carries.

What is handed on (exports, reports, run folders) takes a checkpoint with it, so that any copy with a colleague is an
anchor. Nobody has to ask for it, so it never stands in the way either: where no key can be made or read, the position
and the root are written unsigned, and the reason is told once.
"""

from __future__ import annotations

import os
import shlex
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from persona.config import user_file
from persona.errors import InvalidInput, PermissionDenied

if TYPE_CHECKING:
    from persona.lineage.notes import Checkpoint, SigningKey
    from persona.storage import Records


class Anchor(NamedTuple):
    """A checkpoint as it is written out: a signed note, or only its three lines where nobody could sign."""

    text: str
    origin: str
    size: int
    root: str
    signed: bool


class Signing:
    """The key of one log, made when it is first needed, and what it signs."""

    def __init__(self, records: Records, notes: list[str]) -> None:
        self._records = records
        self._notes = notes

    @cached_property
    def origin(self) -> str:
        """What this log is called in checkpoints."""
        from persona.lineage.proofs import origin_of

        return origin_of(self._records)

    @property
    def file(self) -> Path:
        """The file of the secret half: outside of the workspace."""
        return user_file().parent / "keys" / f"{self.origin.replace('/', '-')}.key"

    def key(self, *, make: bool) -> SigningKey | None:
        """The key, made when there is none and ``make`` says so.

        Raises ``PermissionDenied`` for a file that others can read, ``InvalidInput`` for one that holds no key,
        ``OSError`` where it cannot be read or written.
        """
        from persona.lineage.notes import new_key, read_private_key

        path = self.file
        if not path.exists():
            if not make:
                return None
            _write_once(path, new_key(self.origin).private_line() + "\n")
        if os.name == "posix" and path.stat().st_mode & 0o077:
            raise PermissionDenied(
                "the signing key can be read by others",
                code="audit-key-open",
                place=str(path),
                hints=[f"let only its owner read it: `chmod 600 {shlex.quote(str(path))}`"],
            )
        return read_private_key(path.read_text(encoding="utf-8"), str(path))

    def signer(self) -> SigningKey:
        """The key, for who asks to sign: here a key that cannot be had is an error."""
        from persona.storage.disk import refused

        try:
            key = self.key(make=True)
        except OSError as error:
            raise refused(error, str(self.file)) from None
        assert key is not None
        return key

    @cached_property
    def usable(self) -> SigningKey | None:
        """The key if one can be had; else None, and a note says why nothing is signed."""
        try:
            return self.key(make=True)
        except (PermissionDenied, InvalidInput) as error:
            reason = f"{error.message} ({error.place})"
        except OSError as error:
            reason = f"the key cannot be read or written: {error.strerror} ({self.file})"
        self._notes.append(f"checkpoints are written unsigned: {reason}")
        return None

    def state(self, records: Records | None = None, size: int | None = None) -> Checkpoint:
        """The state of the log now, or when it had ``size`` events."""
        from persona.lineage.notes import Checkpoint

        head = (records or self._records).head(as_of=size)
        return Checkpoint(self.origin, head.size, bytes.fromhex(head.root))

    def anchor(self, records: Records | None = None, size: int | None = None) -> Anchor:
        """The checkpoint to be written into something that is handed on. ``records`` are those of another thread."""
        state = self.state(records, size)
        key = self.usable
        text = key.signed(state.text()) if key else state.text()
        return Anchor(text, state.origin, state.size, state.root.hex(), key is not None)


def _write_once(path: Path, text: str) -> None:
    """Write a secret whole, unless another process was quicker: its key is the key then."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    made = path.with_name(f".{path.name}.{os.urandom(4).hex()}.tmp")
    handle = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        with suppress(FileExistsError):
            os.link(made, path)
    finally:
        made.unlink(missing_ok=True)
