"""Archives: a workspace, or one project of it, as a file that can be opened anywhere."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from persona.errors import Conflict
from persona.model.records import Head
from persona.storage import open_blobs, open_records
from persona.workspace.context import Context
from persona.workspace.layout import Layout, writing
from persona.workspace.views import ArchiveView

if TYPE_CHECKING:
    from persona.exports.archive.form import Header

REMADE = ("runs", "sources")
"""Folders that are made again from the log and the blobs when an archive is opened."""


def create(context: Context, output: str | Path, project: str | None = None) -> ArchiveView:
    """Write everything, or one project, into a file.

    Of a part, the events of other projects are withheld: their leaves stay, so the root and every proof hold. What
    the project used of others is then a name without a record. Raises ``NotFound`` for a project that is not there.
    """
    from persona.exports.archive.writing import write_archive

    part = context.project(project).id if project is not None else None
    anchor = context.signing.anchor()
    path = Path(output)
    with writing(path) as stream:
        header = write_archive(
            stream,
            context.records,
            context.blobs,
            head=Head(anchor.size, anchor.root),
            log=anchor.origin,
            project=part,
            files=_written(context.layout, part),
            checkpoint=anchor.text if anchor.signed else None,
        )
    return _view(header, path, path.stat().st_size)


def open_archive(archive: str | Path, folder: str | Path | None = None) -> tuple[ArchiveView, Path]:
    """Make a workspace of an archive in a folder that is not there yet or empty; its own name without ``.zip`` else.

    The folder appears when everything in it is whole. Raises ``Conflict`` for a folder with something in it, and as
    ``exports.archive.reading`` does.
    """
    from persona.exports.archive.reading import opened, take_blobs, take_files, take_log

    source = Path(archive)
    target = Path(folder) if folder is not None else Path(source.stem)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise Conflict(
            "the folder has something in it already",
            code="archive-target",
            place=str(target),
            hints=[f"name another: `persona archive open {source} {target.name}-opened`"],
        )
    made = target.absolute().with_name(f".{target.name}.{os.urandom(4).hex()}.tmp")
    layout = Layout(made)
    with opened(source) as (pack, header):
        try:
            layout.inner.mkdir(parents=True)
            layout.projects.mkdir()
            blobs = open_blobs(layout.blobs, create=True)
            try:
                take_blobs(pack, blobs, str(source))
            finally:
                blobs.close()
            records = open_records(layout.database, create=True)
            try:
                take_log(pack, header, records, str(source))
            finally:
                records.close()
            take_files(pack, made, str(source))
            if target.exists():
                target.rmdir()
            made.rename(target)
        finally:
            shutil.rmtree(made, ignore_errors=True)
    return _view(header, source, source.stat().st_size), target


def _written(layout: Layout, project: str | None) -> Iterator[tuple[str, Path]]:
    """What stands in the folders of projects and is not made again: plain files, by their path, in order."""
    roots = [layout.projects / project] if project is not None else [layout.projects]
    found = [layout.settings] if project is None and layout.settings.is_file() else []
    for root in roots:
        for base, folders, names in os.walk(root):
            inside = Path(base)
            folders[:] = sorted(one for one in folders if one not in REMADE and _plain(one))
            found += [inside / name for name in sorted(names) if _plain(name)]
    for path in found:
        if path.is_file() and not path.is_symlink():
            yield path.relative_to(layout.root).as_posix(), path


def _plain(name: str) -> bool:
    return not name.startswith(".") and not any(sign in name for sign in "\\:")


def _view(header: Header, path: Path, size: int) -> ArchiveView:
    return ArchiveView(
        str(path), size, header.project, header.events, header.withheld, header.root, header.blobs, header.files
    )
