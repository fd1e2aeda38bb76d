"""Everything written to a file system is made durable at once where the system can, and file by file where it cannot."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

import pytest

from persona.storage import disk


def test_a_file_system_is_made_safe_as_a_whole(tmp_path: Path) -> None:
    assert disk.sync_all(tmp_path) is (sys.platform == "linux")


def test_what_could_not_be_written_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import ctypes

    def full(_: int) -> int:
        ctypes.set_errno(errno.ENOSPC)
        return -1

    monkeypatch.setattr(disk, "_syncfs", lambda: full)
    with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)) as caught:
        disk.sync_all(tmp_path)
    assert caught.value.errno == errno.ENOSPC


def test_a_kernel_that_does_not_tell_of_errors_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    old = type("Uname", (), {"release": "5.4.0-generic"})
    monkeypatch.setattr(disk.os, "uname", lambda: old)
    disk._syncfs.cache_clear()
    try:
        assert disk._syncfs() is None
    finally:
        disk._syncfs.cache_clear()
