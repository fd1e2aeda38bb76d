"""Cleaning a folder of what was erased by record: views, run folders, what was written out of it, and caches.

It follows the records and the bytes of files, and needs no words: a folder of somebody else on the team, or one whose
cleaning was killed, is cleaned in the same way by whoever opens it next.
"""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from persona.errors import PersonaError
from persona.model.canonical import canonical_json, digest_of
from persona.model.records import Run, Source, Withdrawal
from persona.runs.erasure.needles import QUOTED, WHOLE
from persona.storage.disk import refused
from persona.storage.erased import erased
from persona.workspace.layout import INNER, write_atomic

if TYPE_CHECKING:
    from persona.model.records import Erasure
    from persona.runs.erasure.planning import Plan
    from persona.sources.redaction.pseudonyms import Remembered
    from persona.workspace.context import Context

TOMBSTONE = ".erased.json"
"""How the file ends that stands where an erased one stood."""

OURS = ("sources", "artefacts", "analysis")
"""Folders of a project into which this program writes files of its own."""

PARTS = ("input", "output", "audit")
"""Folders of a run in which every file was written by this program."""

LARGEST = 512 * 1024 * 1024
"""Bytes of a file that is looked through; larger ones are named."""

STALE = 10.0
"""Seconds after which a file on its way was left by a process that died."""

_ON_ITS_WAY = re.compile(r"\..+\.[0-9a-f]{8}\.tmp")


class Stray(msgspec.Struct, frozen=True):
    """Files that hold the words beside records and blobs: ours, which go, and those of people, which stay."""

    ours: tuple[str, ...]
    yours: tuple[str, ...]


def find_stray(context: Context, plan: Plan) -> Stray:
    """Look through every file of the folder, but for run folders, which are written anew, and the inner folder."""
    root, known = context.layout.root, {item.digest for item in plan.items}
    ours: list[str] = []
    yours: list[str] = []
    for path in _files(root):
        relative = context.layout.relative(path)
        parts = relative.split("/")
        if "runs" in parts[:-1]:
            continue
        mine = parts[0] == "projects" and len(parts) > 2 and parts[2] in OURS
        try:
            if path.stat().st_size > LARGEST:
                continue
            data = path.read_bytes()
        except OSError:
            continue
        held = digest_of(data) in known or plan.needles.in_bytes(data, QUOTED if mine else WHOLE)
        if not held and mine and parts[2] != "sources":
            held = any(_named(label, data) for label in plan.labels)
        if held:
            (ours if mine or _ON_ITS_WAY.fullmatch(path.name) else yours).append(relative)
    return Stray(tuple(ours), tuple(yours))


def _named(label: str, data: bytes) -> bool:
    return re.search(rf"(?<!\w){re.escape(label)}(?!\w)", data.decode("utf-8", "replace")) is not None


def _files(root: Path) -> Iterator[Path]:
    for folder, names, files in os.walk(root):
        names[:] = sorted(name for name in names if name not in (INNER, ".git"))
        yield from (Path(folder) / name for name in sorted(files) if not (Path(folder) / name).is_symlink())


def clean_folder(context: Context, listed: Iterable[str] = ()) -> int:
    """Remove from this folder what is erased by record, and the files ``listed``; how many files went.

    Where a file stood that people may look for, a tombstone says what became of it.
    """
    layout, gone = context.layout, erased(context.records)
    removed = 0
    try:
        removed += _clean_cache(layout.cache)
        for project in _projects(context):
            removed += _clean_views(context, project, gone)
        for name in listed:
            if "/sources/" in name or _ON_ITS_WAY.fullmatch(name.rpartition("/")[2]):  # its own name may be a person's
                (layout.root / name).unlink(missing_ok=True)
                removed += 1
            else:
                removed += _bury(layout.root / name, _said(context, None))
        for run in context.records.find(Run, deleted=True).items:
            if run.recipe in gone:
                removed += _clean_run(context, run)
    except OSError as error:
        raise refused(error, str(layout.root)) from None
    return removed


def _clean_cache(cache: Path) -> int:
    """Caches are made again. A purse holds numbers of an experiment at work, a fresh folder another process's files."""
    removed = 0
    for path in list(cache.iterdir()) if cache.is_dir() else ():
        if path.name.startswith("purse_"):
            continue
        if path.is_dir():
            if path.name.startswith("folder_") and time.time() - path.stat().st_mtime < STALE:
                continue
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
        removed += 1
    return removed


def _clean_views(context: Context, project: Path, gone: dict[str, Erasure]) -> int:
    """Files whose very bytes are erased, and what died processes left half-written."""
    removed = 0
    sources = {one.digest: one.id for one in context.records.find(Source, project=project.name).items}
    for path in _files(project):
        if "runs" in path.relative_to(project).parts[:-1]:
            continue
        if _ON_ITS_WAY.fullmatch(path.name) and time.time() - path.stat().st_mtime > STALE:
            path.unlink(missing_ok=True)
            removed += 1
            continue
        if path.name.endswith(TOMBSTONE) or path.relative_to(project).parts[0] not in OURS:
            continue
        digest = digest_of(path.read_bytes())
        if digest in gone and not context.blobs.has(digest):
            removed += _bury(path, _said(context, gone[digest]), sources.get(digest))
    return removed


def _bury(path: Path, said: bytes, name: str | None = None) -> int:
    """Put a tombstone in the place of a file; under the id of its source where the file's own name is a person's."""
    if not path.is_file():
        return 0
    write_atomic(path.with_name((name or path.name) + TOMBSTONE), said, read_only=True)
    path.unlink(missing_ok=True)
    return 1


def _said(context: Context, erasure: Erasure | None) -> bytes:
    """What a tombstone says: ids and digests."""
    told: dict[str, str | None] = {"erased": "this file held words of somebody who withdrew"}
    if erasure is not None:
        withdrawal = context.records.get(Withdrawal, erasure.withdrawal)
        told |= {"digest": erasure.id, "withdrawal": withdrawal.id, "event": withdrawal.event}
    return msgspec.json.format(canonical_json(told), indent=2) + b"\n"


def _clean_run(context: Context, run: Run) -> int:
    """Write the folder of a run as it is without the words, and remove what no longer belongs to it."""
    from persona.exports import run_folder
    from persona.workspace.folders import CHECKPOINT, write_together

    target = context.layout.run(run.project, run.experiment, run.id)
    if not target.is_dir():
        return 0
    if run.status in ("planned", "running"):
        keep: Collection[Path] = ()
    else:
        write_together(context.layout, context.records, context.blobs, [run], context.signing)
        keep = {target / name for name in (*run_folder.files(context.records, context.blobs, run), CHECKPOINT)}
    removed = 0
    for path in list(_files(target)):
        ours = path.relative_to(target).parts[0] in PARTS or _ON_ITS_WAY.fullmatch(path.name)
        if ours and path not in keep:
            path.unlink(missing_ok=True)
            removed += 1
    return removed


def forget_pseudonyms(context: Context, plan: Plan) -> None:
    """Have the projects of a person forget by which names they were known before their sources were redacted.

    The file holds keyed digests of names beside the key, so a guess could be held against it.
    """
    from persona.sources.redaction.pseudonyms import Remembered

    for project in {path.name for path in _projects(context)}:
        path = context.layout.pseudonyms(project)
        try:
            known = msgspec.json.decode(path.read_bytes(), type=Remembered)
        except FileNotFoundError:
            continue
        except (msgspec.DecodeError, OSError):
            raise _broken(context, path) from None
        kept = _without(known, set(plan.labels))
        if kept != known:
            write_atomic(path, msgspec.json.encode(kept))
            path.chmod(0o600)


def _projects(context: Context) -> list[Path]:
    return sorted(context.layout.projects.iterdir()) if context.layout.projects.is_dir() else []


def _without(known: Remembered, labels: Collection[str]) -> Remembered:
    people = {key: name for key, name in known.people.items() if name not in labels}
    aliases = {key: [one for one in names if one not in labels] for key, names in known.aliases.items()}
    return msgspec.structs.replace(known, people=people, aliases={key: one for key, one in aliases.items() if one})


def _broken(context: Context, path: Path) -> PersonaError:
    from persona.errors import IntegrityError

    return IntegrityError(
        "the project's file of pseudonyms cannot be read",
        code="pseudonyms-broken",
        place=context.layout.relative(path),
        hints=["restore it from a copy, or delete it: numbers then go on, and earlier names are not recognised"],
    )
