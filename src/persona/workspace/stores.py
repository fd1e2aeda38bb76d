"""Where the records and the bytes of a workspace are: in its own folder, or where a team shares them.

``.persona/stores.json`` names a database and a bucket, and the workspace that both must belong to. It holds no secret.
A workspace without that file has its stores in its folder.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from persona.errors import IntegrityError, StorageError
from persona.storage import open_blobs, open_records
from persona.workspace.layout import Layout

if TYPE_CHECKING:
    from persona.storage import Blobs, Records


class Stores(msgspec.Struct, frozen=True):
    """Both locations, as ``open_records`` and ``open_blobs`` take them.

    ``workspace`` is the id of the first event of the log, which names a workspace wherever its folder is; None where
    the stores are in the folder and cannot be another's.
    """

    records: str
    blobs: str
    workspace: str | None = None

    @property
    def shared(self) -> bool:
        """Whether other folders work on the same stores."""
        return self.workspace is not None

    def open_records(self, *, read_only: bool = False) -> Records:
        """The records. Raises ``IntegrityError`` where they are those of another workspace."""
        records = open_records(self.records, read_only=read_only)
        if self.workspace is not None:
            try:
                found = identity_of(records)
                if found != self.workspace:
                    raise differing("these are the records of another workspace", self.records)
            except BaseException:
                records.close()
                raise
        return records

    def open_blobs(self, *, read_only: bool = False) -> Blobs:
        """The bytes. Raises ``IntegrityError`` where they are those of another workspace."""
        return open_blobs(self.blobs, workspace=self.workspace, read_only=read_only)


def identity_of(records: Records) -> str | None:
    """The id of the first event, which names the workspace; None while nothing is recorded."""
    first = next(iter(records.events(upto=1)), None)
    return first.id if first else None


def differing(message: str, location: str) -> IntegrityError:
    """The error for stores that do not belong together."""
    return IntegrityError(
        message,
        code="stores-differ",
        place=location,
        hints=["name the database and the bucket that were made together, or an empty database and an unused prefix"],
    )


def stores_of(layout: Layout) -> Stores:
    """The stores of a workspace. Raises ``IntegrityError`` when its folder has lost them."""
    shared = read_stores(layout)
    if shared is not None:
        return shared
    if not layout.database.exists():
        raise IntegrityError(
            "the workspace has no database",
            code="database-missing",
            place=layout.relative(layout.database),
            hints=[
                "restore `.persona/workspace.db` from a copy; sources and runs in blobs are still there",
                "or, where a team shares the records, restore `.persona/stores.json`",
            ],
        )
    return Stores(str(layout.database), str(layout.blobs))


def read_stores(layout: Layout) -> Stores | None:
    """The shared stores that a folder names; None when its stores are its own."""
    try:
        found = msgspec.json.decode(layout.stores.read_bytes(), type=Stores)
        broken = not found.workspace
    except FileNotFoundError:
        return None
    except (msgspec.DecodeError, OSError):
        broken = True
    if broken:
        raise StorageError(
            "the file that names the stores of this workspace cannot be read",
            code="stores-broken",
            place=layout.relative(layout.stores),
            hints=["restore it from a copy, or join again in a new folder: `persona init --records URL --blobs URL`"],
        )
    return found
