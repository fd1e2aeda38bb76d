"""The store: an append-only log with tables made from it (``Records``), and bytes under their digests (``Blobs``).

``open_records`` and ``open_blobs`` are the two ways in; ``base`` says what they give. ``merkle`` proves that a
log only grew.
"""

from __future__ import annotations

from pathlib import Path

from persona.storage.base import Blobs, Records
from persona.storage.merkle import (
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root,
    verify_consistency,
    verify_inclusion,
)

__all__ = [
    "Blobs",
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


def open_records(location: str | Path, *, create: bool = False) -> Records:
    """The records in a SQLite file, or in the PostgreSQL database of a ``postgresql://`` URL.

    ``create`` makes the database, or its tables, where there are none. Where only reading is possible the records
    open and refuse to be written. Raises ``NotFound``, ``IntegrityError`` for a damaged or foreign database,
    ``StorageError`` for a newer or unreachable one, ``PermissionDenied``.
    """
    from persona.storage.opening import open_file, open_url

    text = str(location)
    if text.startswith(("postgresql://", "postgres://")):
        return open_url(text, create=create)
    return open_file(Path(location), create=create)


def open_blobs(folder: Path, *, create: bool = False) -> Blobs:
    """The blobs in a folder. Raises ``NotFound`` when it is absent and not to be made, ``PermissionDenied``."""
    from persona.storage.blobs import open_folder

    return open_folder(folder, create=create)
