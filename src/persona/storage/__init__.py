"""The store: an append-only log with tables made from it (``Records``), and bytes under their digests (``Blobs``).

``open_records`` and ``open_blobs`` are the two ways in; ``base`` says what they give. ``merkle`` proves that a
log only grew.
"""

from __future__ import annotations

from pathlib import Path

from persona.storage.base import Blobs, Records
from persona.storage.merkle import (
    Frontier,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root,
    verify_consistency,
    verify_inclusion,
)

__all__ = [
    "Blobs",
    "Frontier",
    "Records",
    "consistency_proof",
    "inclusion_proof",
    "leaf_hash",
    "open_blobs",
    "open_records",
    "root",
    "verify_consistency",
    "verify_inclusion",
]


def open_records(location: str | Path, *, create: bool = False, read_only: bool = False) -> Records:
    """The records in a SQLite file, or in the PostgreSQL database of a ``postgresql://`` URL.

    ``create`` makes the database, or its tables, where there are none. Where only reading is possible the records
    open and refuse to be written; with ``read_only`` they do so wherever they are, and nothing beside them is made
    or changed. Raises ``NotFound``, ``IntegrityError`` for a damaged or foreign database,
    ``StorageError`` for a newer or unreachable one, ``PermissionDenied``.
    """
    from persona.storage.opening import open_file, open_url

    text = str(location)
    if text.startswith(("postgresql://", "postgres://")):
        return open_url(text, create=create, read_only=read_only)
    return open_file(Path(location), create=create, read_only=read_only)


def open_blobs(
    location: str | Path, *, create: bool = False, workspace: str | None = None, read_only: bool = False
) -> Blobs:
    """The blobs in a folder, or in S3 at an ``s3://BUCKET/PREFIX`` URL.

    ``workspace`` is whose blobs they must be, as the place in S3 says; a folder belongs to the workspace it is in.
    With ``read_only`` nothing in a folder is made or changed.
    Raises ``NotFound`` when they are absent and not to be made, ``PermissionDenied``, ``StorageError`` for a bucket out
    of reach, ``IntegrityError`` for blobs of another workspace.
    """
    if str(location).startswith("s3://"):
        from persona.storage.blobs.s3 import open_bucket
        from persona.storage.locations import checked_bucket

        return open_bucket(checked_bucket(str(location)), create=create, workspace=workspace)
    from persona.storage.blobs import open_folder

    return open_folder(Path(location), create=create, read_only=read_only)
