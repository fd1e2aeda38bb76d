"""Making a workspace: a folder with stores of its own, or with stores that a team shares, made or joined."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from persona.errors import Conflict, PermissionDenied, StorageError, UsageError
from persona.model.canonical import digest_of
from persona.model.records import Draft
from persona.storage import open_blobs, open_records
from persona.workspace.context import Context
from persona.workspace.layout import Layout, write_atomic
from persona.workspace.stores import Stores, differing, identity_of

if TYPE_CHECKING:
    from persona.storage import Records
    from persona.storage.blobs.s3 import S3Blobs
    from persona.storage.locations import S3Place

FORMAT = 1
LOCK = "persona init"


def make(root: Path, records: str | None, blobs: str | None) -> bool:
    """Make a workspace in a folder; whether it joined one that existed. See ``Workspace.init``."""
    layout = Layout(root)
    if layout.inner.exists() and (layout.database.exists() or layout.stores.exists()):
        raise Conflict(
            "this folder is a workspace already",
            code="workspace-exists",
            place=str(root),
            hints=["go on with it: `persona project list`"],
        )
    if records is None and blobs is None:
        _make_folders(layout)
        _make_own(layout)
        return False
    if records is None or blobs is None:
        raise UsageError(
            "records and blobs are shared together or not at all",
            code="stores-together",
            place="--records and --blobs",
            hints=["name both: `persona init --records postgresql://USER@HOST/DATABASE --blobs s3://BUCKET/PREFIX`"],
        )
    stores, joined = _share(layout, records, blobs)
    _make_folders(layout)
    write_atomic(layout.stores, msgspec.json.format(msgspec.json.encode(stores), indent=2) + b"\n")
    return joined


def _make_folders(layout: Layout) -> None:
    try:
        layout.inner.mkdir(parents=True, exist_ok=True)
        layout.projects.mkdir(exist_ok=True)
    except PermissionError as error:
        raise PermissionDenied(f"the folder cannot be made: {error.strerror}", place=str(layout.root)) from None
    except OSError as error:
        raise StorageError(f"the folder cannot be made: {error.strerror}", place=str(layout.root)) from None


def _make_own(layout: Layout) -> None:
    records = open_records(layout.database, create=True)
    try:
        open_blobs(layout.blobs, create=True).close()
        _begin(layout, records)
    finally:
        records.close()


def _begin(layout: Layout, records: Records, **more: str) -> str:
    """Write the first event; its id names the workspace."""
    context = Context(layout, Stores("", ""), records)
    return context.append(Draft("workspace.created", "workspace", {"format": FORMAT, **more}))[0].id


def _share(layout: Layout, database: str, bucket: str) -> tuple[Stores, bool]:
    """Make the shared stores, or join them; whether they were there."""
    from persona.storage.blobs.s3 import open_bucket
    from persona.storage.locations import checked_bucket, checked_database

    checked_database(database)
    where = checked_bucket(bucket)
    blobs = open_bucket(where, create=True)
    records = open_records(database, create=True)
    try:
        with records.alone(LOCK):
            known = identity_of(records)
            if known is None:
                return Stores(database, where.url, _make_shared(layout, records, blobs, where)), False
            if not _belongs(records, blobs, where, known):
                raise differing("these records belong to a workspace whose blobs are elsewhere", blobs.place)
            return Stores(database, where.url, known), True
    finally:
        records.close()


def _make_shared(layout: Layout, records: Records, blobs: S3Blobs, where: S3Place) -> str:
    if blobs.owner() is not None:
        raise differing("these blobs belong to a workspace whose records are elsewhere", blobs.place)
    made = _begin(layout, records, blobs=digest_of(where.url.encode()))
    if blobs.claim(made) != made:
        raise differing("another workspace has just taken this place for its blobs", blobs.place)
    return made


def _belongs(records: Records, blobs: S3Blobs, where: S3Place, known: str) -> bool:
    """Whether blobs are those of the records; claims them where the making was cut off right before."""
    owner = blobs.owner()
    first = next(iter(records.events(upto=1)))
    if owner is None and records.head().size == 1 and first.body.get("blobs") == digest_of(where.url.encode()):
        owner = blobs.claim(known)
    return owner == known
