"""What the disk says no to, in this project's words, and how names are made durable."""

from __future__ import annotations

import errno
import os
import shlex
from typing import TYPE_CHECKING

from persona.errors import PermissionDenied, PersonaError, StorageError

if TYPE_CHECKING:
    from pathlib import Path


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable, where the system can."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:  # Windows cannot open folders; names are durable there by other means
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def read_only(place: str) -> PermissionDenied:
    """The error for writing where only reading is possible."""
    return PermissionDenied(
        "the workspace can be read here but not written",
        code="read-only",
        place=place,
        hints=[
            f"see who may write there: `ls -ld {shlex.quote(place)}`",
            "or copy the workspace to a folder of your own, and name that one with `--workspace`",
        ],
    )


def disk_full(place: str) -> StorageError:
    """The error for a disk without room."""
    return StorageError(
        "the disk is full; nothing was written",
        code="disk-full",
        place=place,
        hints=["free some space, then repeat the command: `df -h .` shows what is left"],
    )


def refused(error: OSError, place: str) -> PersonaError:
    """The error that says why the operating system refused a file."""
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return PermissionDenied(
            "the operating system forbids it",
            code="permission-denied",
            place=place,
            hints=[f"see who may read and write there: `ls -ld {shlex.quote(place)}`"],
        )
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return disk_full(place)
    return StorageError(
        f"the disk refused: {error.strerror or error}",
        code="disk-error",
        place=place,
        hints=[f"see whether it is there and whole: `ls -ld {shlex.quote(place)}`"],
    )
