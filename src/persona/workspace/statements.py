"""Statements: a run, signed, in the form in which supply chains are told; and the check of one."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from persona.errors import InvalidInput, NotFound, PersonaError
from persona.exports.in_toto import PAYLOAD, STATEMENT, statement
from persona.lineage.envelopes import LARGEST, enclose, open_envelope
from persona.lineage.notes import PublicKey
from persona.storage.disk import refused
from persona.workspace.auditing import keys_of
from persona.workspace.context import Context
from persona.workspace.layout import write_atomic

if TYPE_CHECKING:
    from persona.workspace.runs import Runs

PIECE = 1 << 20
"""Bytes of a file that are hashed at once."""


class Subject(msgspec.Struct, frozen=True):
    """Something that a statement is about. ``file`` is the one of the given files whose bytes are these; else None."""

    name: str
    sha256: str
    file: str | None = None


class StatementView(msgspec.Struct, frozen=True):
    """A statement, written or checked.

    ``signed_by`` names the known keys that signed. ``strangers`` are the given files that it says nothing of.
    """

    subjects: tuple[Subject, ...]
    predicate: str
    signed_by: tuple[str, ...]
    strangers: tuple[str, ...] = ()
    path: str | None = None
    run: str | None = None


class Statements:
    """What ``persona export in-toto`` and ``persona audit check-statement`` do."""

    def __init__(self, context: Context, runs: Runs) -> None:
        self._context = context
        self._runs = runs

    def export(self, run: str, output: str | Path) -> StatementView:
        """Write the signed statement of a run: an in-toto statement with SLSA provenance in a DSSE envelope.

        Raises ``Conflict`` for a run that made nothing, ``PermissionDenied`` or ``InvalidInput`` when the key cannot be
        had: an unsigned statement would state nothing.
        """
        context = self._context
        chosen = self._runs.resolve(run)
        key = context.signing.signer()
        payload = statement(context.records, context.blobs, chosen, context.signing.anchor(context.records).text)
        write_atomic(Path(output), enclose(PAYLOAD, payload, key))
        subjects, predicate = _read(payload, str(output))
        return StatementView(subjects, predicate, (key.name,), path=str(output), run=chosen.id)

    def check(self, path: str | Path, files: Sequence[str | Path] = (), keys: Sequence[str] = ()) -> StatementView:
        """Check a statement with this workspace's key and those that are given, and files against its subjects."""
        own = self._context.signing.key(make=False)
        return _checked(path, files, [*([own.public()] if own else []), *keys_of(keys)])


def check_statement(path: str | Path, files: Sequence[str | Path], keys: Sequence[str]) -> StatementView:
    """Check a statement where there is no workspace, with the keys that are given."""
    return _checked(path, files, keys_of(keys))


def _checked(path: str | Path, files: Sequence[str | Path], keys: Sequence[PublicKey]) -> StatementView:
    opened = open_envelope(_bytes(Path(path)), keys, str(path))
    if opened.type != PAYLOAD:
        raise InvalidInput(f"the envelope holds `{opened.type}`", code="statement-broken", place=str(path))
    subjects, predicate = _read(opened.payload, str(path))
    digests = {_sha256(Path(file)): str(file) for file in files}
    told = tuple(msgspec.structs.replace(one, file=digests.get(one.sha256)) for one in subjects)
    known = {one.sha256 for one in subjects}
    strangers = tuple(str(file) for file in files if _sha256(Path(file)) not in known)
    return StatementView(told, predicate, opened.signed_by, strangers, str(path))


def _read(payload: bytes, place: str) -> tuple[tuple[Subject, ...], str]:
    """The subjects and the predicate's type of a statement. Raises ``InvalidInput``."""
    try:
        whole = msgspec.json.decode(payload, type=dict[str, Any])
        if whole["_type"] != STATEMENT:
            raise KeyError("_type")
        subjects = tuple(Subject(str(one.get("name", "")), str(one["digest"]["sha256"])) for one in whole["subject"])
        return subjects, str(whole["predicateType"])
    except (msgspec.DecodeError, KeyError, TypeError, AttributeError, RecursionError):
        raise InvalidInput(
            "what is signed is no in-toto statement of version 1 with SHA-256 digests",
            code="statement-broken",
            place=place,
        ) from None


def _bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > LARGEST:
            raise InvalidInput("the file is larger than any statement", code="statement-broken", place=str(path))
        return path.read_bytes()
    except OSError as error:
        raise _cannot(error, path) from None


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            found = hashlib.sha256()
            while piece := file.read(PIECE):
                found.update(piece)
            return found.hexdigest()
    except OSError as error:
        raise _cannot(error, path) from None


def _cannot(error: OSError, path: Path) -> PersonaError:
    if isinstance(error, FileNotFoundError):
        return NotFound(
            "there is no such file", code="file-not-found", place=str(path), hints=["see what is there: `ls`"]
        )
    if isinstance(error, IsADirectoryError):
        return InvalidInput("the path is a folder", code="file-unreadable", place=str(path))
    return refused(error, str(path))
