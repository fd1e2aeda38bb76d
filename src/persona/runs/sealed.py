"""Sealed bytes: which of them a record names, and what they say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeVar

import msgspec

from persona.errors import IntegrityError
from persona.model.canonical import Digest
from persona.model.records import Artefact, Call, DocumentRecord, Experiment, Import, Participant, Project, Run, Source
from persona.storage.erased import Erased

if TYPE_CHECKING:
    from persona.model.recipes import Recipe
    from persona.storage import Blobs

T = TypeVar("T")
Record = Project | Source | DocumentRecord | Participant | Experiment | Artefact | Call | Run | Import

DIFF = "git.diff"
"""What the uncommitted changes of the git work tree are called among the bytes of a run."""

_NAMED: dict[type, tuple[str, ...]] = {
    Project: ("file",),
    Source: ("digest", "card"),
    DocumentRecord: ("digest",),
    Participant: ("card",),
    Experiment: ("file",),
    Artefact: ("digest",),
    Call: ("request", "sent", "received", "response"),
    Run: ("recipe",),
    Import: ("digest", "card"),
}
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_OF_RUNS = ("environment", "measures", "traceback", "constraints")


def references(record: Record) -> Iterator[tuple[str, Digest]]:
    """The bytes that a record names as it stands now, each with what it is to the record."""
    for name in _NAMED[type(record)]:
        digest = getattr(record, name)
        if digest:
            yield name, digest
    if isinstance(record, Run):
        git = record.fields.get("git")
        noted = {name: record.fields.get(name) for name in _OF_RUNS}
        if isinstance(git, dict):
            noted[DIFF] = git.get("diff")
        for name, value in noted.items():
            if isinstance(value, str) and _DIGEST.fullmatch(value):  # fields are free: anybody may note anything
                yield name, Digest(value)


def references_of_recipe(recipe: Recipe) -> Iterator[tuple[str, Digest]]:
    """The bytes that a recipe names, each with what it is to the run."""
    for ref in recipe.inputs:
        yield f"inputs.{ref.document}", ref.document
        yield f"sources.{ref.source}", ref.source
    yield "template", recipe.template.digest
    if recipe.grouping:
        yield "grouping", recipe.grouping


def read_left(blobs: Blobs, digest: Digest) -> bytes:
    """Sealed bytes, or what is left of them after erasures. Raises ``Erased`` where nothing is."""
    while True:
        try:
            return blobs.get(digest)
        except Erased as error:
            if error.successor is None:
                raise
            digest = error.successor


def read_sealed(blobs: Blobs, digest: Digest, decoder: msgspec.json.Decoder[T], what: str) -> T:
    """What sealed bytes say.

    Bytes that were erased by record are read as what is left of them (``Erasure.successor``). Raises ``NotFound`` and
    ``IntegrityError`` as the store does, ``Erased`` where nothing is left, and ``IntegrityError`` when they are not
    ``what``.
    """
    data = read_left(blobs, digest)
    try:
        return decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise IntegrityError(
            f"sealed bytes are not {what}: {error}",
            code="sealed-unreadable",
            place=digest,
            hints=["see whether a workspace is whole: `persona verify`"],
        ) from None
