"""Checkpoints wherever they were written: in a file of their own, or inside of what was handed on.

Everything that leaves a workspace carries one. Here they are found again, in a crate, a bundle, a page, personas, a
statement and the folder of a run, so that any copy that a colleague kept can be held against the log.
"""

from __future__ import annotations

import base64
import binascii
import html
import re
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from persona.errors import InvalidInput, NotFound
from persona.lineage.notes import Checkpoint, PublicKey, Signature, read_checkpoint, read_note
from persona.model.canonical import digest_of

IN_FOLDERS = ("checkpoint.txt", "audit/checkpoint.txt")
"""Where a crate and the folder of a run have theirs."""

LARGEST = 50_000_000
"""Bytes of a file, or of a member of an archive, in which a checkpoint is looked for."""

_FENCE = re.compile(r"(?ms)^```checkpoint\n(.*?)^```$")
_PRE = re.compile(r'<pre id="checkpoint">([^<]*)</pre>')
_YAML = re.compile(r"(?m)^  log:\n(?:    .*\n|\n)*")


def checkpoint_in(path: Path) -> str:
    """The checkpoint in a file or a folder: a note, or its three lines where nobody signed.

    Raises ``NotFound`` for a path where nothing is, ``InvalidInput`` for what holds no checkpoint.
    """
    try:
        if path.is_dir():
            inside = next((path / name for name in IN_FOLDERS if (path / name).is_file()), None)
            return _text(inside) if inside else _none(path)
        if path.stat().st_size <= LARGEST:
            return _within(path.read_bytes(), path)
        if zipfile.is_zipfile(path):
            return _of_archive(path)
    except FileNotFoundError:
        raise NotFound(
            "there is no such file", code="file-not-found", place=str(path), hints=["see what is there: `ls`"]
        ) from None
    except (OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError):
        return _none(path)
    return _none(path)


def signed_parts(note: str, place: str) -> tuple[Checkpoint, str, tuple[Signature, ...]]:
    """The checkpoint of a note, the text that is signed, and the signatures; none where nobody signed.

    Raises ``InvalidInput``.
    """
    if "\n\n" not in note and note.count("\n") == 3:
        return read_checkpoint(note, place), note, ()
    text, signatures = read_note(note, place)
    return read_checkpoint(text, place), text, signatures


def damaged(note: str, own: PublicKey | None, place: str) -> bool:
    """Whether a checkpoint that stands where we wrote it is none, or has a signature of ours that is not ours."""
    try:
        _, text, signatures = signed_parts(note, place)
    except InvalidInput:
        return True
    if own is None:
        return False
    return any(not own.checks(text, one) for one in signatures if (one.name, one.key) == (own.name, own.id))


def without(page: bytes) -> str:
    """The digest of a page as it would be without its checkpoint: two pages that say the same have the same."""
    return digest_of(_PRE.sub("", page.decode("utf-8", "replace")).encode())


def first_of(notes: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Notes that are equal, once, with every place where they stand."""
    found: dict[str, list[str]] = {}
    for place, note in notes:
        found.setdefault(note, []).append(place)
    return found


def _within(data: bytes, path: Path) -> str:
    if zipfile.is_zipfile(path):
        return _of_archive(path)
    text = data.decode("utf-8", "replace")
    if found := _PRE.search(text):
        return html.unescape(found[1])
    if found := _FENCE.search(text):
        return found[1]
    if text.lstrip().startswith("{"):
        return _of_json(data, path)
    if "_provenance:" in text and (inside := _YAML.search(text)):
        return _of_yaml(inside[0], path)
    return text


def _of_archive(path: Path) -> str:
    with zipfile.ZipFile(path) as archive:
        entries = {entry.filename: entry for entry in archive.infolist()}
        found = entries.get("checkpoint.txt") or entries.get("header.json")
        if found is None or found.file_size > LARGEST:
            return _none(path)
        data = archive.read(found)
    return data.decode("utf-8", "replace") if found.filename == "checkpoint.txt" else _of_json(data, path)


def _of_json(data: bytes, path: Path) -> str:
    """Of the header of a bundle, of exported personas, or of a statement in its envelope."""
    try:
        whole: Any = msgspec.json.decode(data, type=dict[str, Any])
        if isinstance(whole.get("checkpoint"), str):
            return str(whole["checkpoint"])
        if "payload" in whole:
            told = msgspec.json.decode(base64.b64decode(whole["payload"]), type=dict[str, Any])
            products = told["predicate"]["runDetails"]["byproducts"]
            note = next(one["content"] for one in products if one["name"] == "checkpoint")
            return base64.b64decode(note).decode()
        return str(whole["_provenance"]["log"]["checkpoint"])
    except (
        msgspec.DecodeError, binascii.Error, KeyError, TypeError, ValueError, AttributeError, StopIteration,
        RecursionError,
    ):  # fmt: skip
        return _none(path)


def _of_yaml(block: str, path: Path) -> str:
    from persona.errors import PersonaError
    from persona.model.yamltext import load_yaml

    try:
        found: Any = load_yaml(block, str(path))
        return str(found["log"]["checkpoint"])
    except (PersonaError, KeyError, TypeError):
        return _none(path)


def _text(path: Path) -> str:
    if path.stat().st_size > LARGEST:
        return _none(path)
    return path.read_text(encoding="utf-8", errors="replace")


def _none(path: Path) -> str:
    raise InvalidInput(
        "no checkpoint is in it",
        code="checkpoint-broken",
        place=str(path),
        hints=["write one: `persona audit checkpoint --output checkpoint.txt`"],
    )
