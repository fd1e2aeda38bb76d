"""What the disk says no to, in this project's words, and how names are made durable."""

from __future__ import annotations

import errno
import os
import shlex
import sys
from collections.abc import Callable
from functools import cache
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


@cache
def _syncfs() -> Callable[[int], int] | None:
    """Linux's call that makes a file system safe as a whole, where it also tells of what could not be written."""
    if sys.platform != "linux" or tuple(int(part) for part in os.uname().release.split(".")[:2]) < (5, 8):
        return None
    import ctypes

    try:
        found: Callable[[int], int] = ctypes.CDLL(None, use_errno=True).syncfs
    except (OSError, AttributeError):
        return None
    return found


def sync_all(folder: Path) -> bool:
    """Make everything durable that was written to the file system of a folder; False where only each file can be.

    For many small files the disk is asked once and not for each, which takes a hundredth of the time. Raises
    ``OSError`` for what could not be written.
    """
    call = _syncfs()
    if call is None:
        return False
    import ctypes

    handle = os.open(folder, os.O_RDONLY)
    try:
        if call(handle) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), str(folder))
    finally:
        os.close(handle)
    return True


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
