"""Writing run folders: whole or not at all, one at once, or many behind the back of an experiment that goes on.

A folder follows from records and blobs, so it is a debt and no record: a note is left before a run begins and taken
away when its folder is safe on the disk. Whoever opens the workspace next pays what a killed process still owed.
"""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType
from typing import TYPE_CHECKING, NamedTuple, Self

from persona.errors import NotFound
from persona.model.ids import new_id
from persona.model.records import Run
from persona.storage.disk import refused, sync_all
from persona.storage.erased import Marked
from persona.workspace.layout import write_atomic

if TYPE_CHECKING:
    from persona.storage import Blobs, Records
    from persona.workspace.context import Context
    from persona.workspace.layout import Layout
    from persona.workspace.signing import Signing

TOGETHER = 64
"""The most folders that are made safe together. The disk is asked once for many files in less time than for each."""

MANY = 4
"""Folders from which the disk is asked for everything at once: what others write waits with it."""

MOST = 32 * 1024 * 1024
"""Bytes of the folders that are made safe together, beyond which no more are taken on."""

CHECKPOINT = "audit/checkpoint.txt"
"""Where the folder of a run has its checkpoint."""

STALE = 3600.0
"""Seconds after which a folder that is still in the making was left by somebody who is gone."""


class Folders:
    """The run folders of a workspace."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def owe(self, run: str) -> None:
        """Leave a note that this run's folder is still to be written, so that a killed process does not forget it."""
        note = self._context.layout.owed / run
        note.parent.mkdir(parents=True, exist_ok=True)
        note.touch()

    def settle(self) -> None:
        """Write the folders that killed processes still owed. Runs that go on elsewhere are left to their process."""
        for left in self._context.layout.cache.glob("folder_*"):
            if time.time() - left.stat().st_mtime > STALE:
                shutil.rmtree(left, ignore_errors=True)
        for note in self._context.layout.owed.glob("run_*"):
            try:
                run = self._context.records.get(Run, note.name)
            except NotFound:  # killed before the run was planned
                note.unlink(missing_ok=True)
                continue
            self.write(run)

    def write(self, run: Run) -> int:
        """Write the folder of a run that has ended from records and blobs; how many files were written anew."""
        context = self._context
        return write_together(context.layout, context.records, context.blobs, [run], context.signing)

    def behind(self) -> Behind:
        """A writer that does not keep anybody waiting."""
        return Behind(self._context)


class Behind:
    """Writes folders in a thread of its own, while others go on. Use it as a context manager, or call ``close``."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._queue: SimpleQueue[str | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._failure: BaseException | None = None

    def write(self, run: str) -> None:
        """Have the folder of a run written. Raises what an earlier one ended with: a full disk, for instance."""
        if self._failure is not None:
            raise self._failure
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="folders")
            self._thread.start()
        self._queue.put(run)

    def close(self) -> None:
        """Wait until all is written. Raises what went wrong; the notes of what is not written stay."""
        if self._thread is not None:
            self._queue.put(None)
            self._thread.join()
            self._thread = None
        if self._failure is not None:
            failure, self._failure = self._failure, None
            raise failure

    def _work(self) -> None:
        """Write what is asked for, all that waits together. The stores are this thread's own."""
        try:
            records = self._context.stores.open_records()
            try:
                plain = self._context.blobs.plain
                shared = getattr(plain, "threadsafe", False)
                blobs = Marked(plain if shared else self._context.stores.open_blobs(), records)
                while (first := self._queue.get()) is not None:
                    ids = [first]
                    while not self._queue.empty() and len(ids) < TOGETHER:
                        ids.append(self._queue.get() or "")
                    runs = [records.get(Run, id) for id in ids if id]
                    write_together(self._context.layout, records, blobs, runs, self._context.signing)
                    if "" in ids:
                        break
                if not shared:
                    blobs.close()
            finally:
                records.close()
        except BaseException as error:  # noqa: BLE001  # raised in the thread that asked
            self._failure = error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _Staged(NamedTuple):
    """A folder in the making, and what it becomes."""

    made: Path
    target: Path
    files: Mapping[str, bytes]


def write_together(
    layout: Layout, records: Records, blobs: Blobs, runs: Sequence[Run], signing: Signing | None = None
) -> int:
    """Write the folders of runs that have ended and take their notes away; how many files were written anew.

    A folder that is not there is made apart, made safe and then moved to its place; in one that is there, what differs
    is replaced. A run that was stopped before its end was recorded has no folder yet, and its note stays.

    With ``signing`` each folder gets a checkpoint, one for all: a folder that is handed on is then an anchor. It
    follows from the moment and the person, not from the run, so one that stands there is left alone unless it cannot
    be read.
    """
    from persona.exports import run_folder

    written, size, anchor = 0, 0, b""
    staged: list[_Staged] = []
    ended = [run for run in runs if run.status not in ("planned", "running")]
    try:
        for run in ended:
            files = run_folder.files(records, blobs, run)
            target = layout.run(run.project, run.experiment, run.id)
            if signing is not None and not _is_anchored(target):
                anchor = anchor or signing.anchor(records).text.encode()
                files[CHECKPOINT] = anchor
            if target.exists():
                written += _replace(target, files)
                continue
            staged.append(_Staged(layout.cache / new_id("folder"), target, files))
            _stage(staged[-1])
            size += sum(map(len, files.values()))
            if size > MOST:
                written += _settle(staged)
                staged, size = [], 0
        written += _settle(staged)
    except OSError as error:
        raise refused(error, str(layout.projects)) from None
    finally:
        for one in staged:
            shutil.rmtree(one.made, ignore_errors=True)
    for run in ended:
        (layout.owed / run.id).unlink(missing_ok=True)
    return written


def _is_anchored(target: Path) -> bool:
    """Whether a checkpoint stands in a folder. One that contradicts the log stays: it is evidence."""
    from persona.lineage.anchors import damaged

    try:
        return not damaged((target / CHECKPOINT).read_text(encoding="utf-8", errors="replace"), None, "")
    except OSError:
        return False


def _settle(staged: Sequence[_Staged]) -> int:
    """Make folders safe, then move each to its place."""
    if len(staged) < MANY or not sync_all(staged[0].made):
        for one in staged:
            _make_safe(one)
    return sum(_move(one) for one in staged)


def _replace(target: Path, files: Mapping[str, bytes]) -> int:
    written = 0
    for name, data in files.items():
        path = target / name
        if path.exists() and path.read_bytes() == data:
            continue
        write_atomic(path, data, read_only=True)
        written += 1
    return written


def _stage(one: _Staged) -> None:
    for folder in sorted({name.rpartition("/")[0] for name in one.files}):
        (one.made / folder).mkdir(parents=True, exist_ok=True)
    made = str(one.made)
    for name, data in one.files.items():
        with open(f"{made}/{name}", "xb", buffering=0) as file:  # a path object for each of thousands costs more
            file.write(data)
            os.fchmod(file.fileno(), 0o444)


def _make_safe(one: _Staged) -> None:
    for name in one.files:
        handle = os.open(one.made / name, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _move(one: _Staged) -> int:
    """Put a folder into its place. Where somebody was faster, or the place is on another disk, file by file."""
    try:
        one.target.parent.mkdir(parents=True, exist_ok=True)
        one.made.rename(one.target)
    except OSError:
        return _replace(one.target, one.files)
    return len(one.files)
