"""Where things stand inside a workspace folder. Every path is relative to the root, so the folder can be moved."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from persona.errors import NotFound, UsageError

INNER = ".persona"


class Layout:
    """The paths of one workspace."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.inner = root / INNER
        self.database = self.inner / "workspace.db"
        self.blobs = self.inner / "blobs"
        self.stores = self.inner / "stores.json"
        self.cache = self.inner / "cache"
        self.owed = self.inner / "owed"
        self.redaction = self.inner / "redaction"
        self.context = self.inner / "context.json"
        self.links = self.inner / "links.json"
        self.settings = root / "persona.yaml"
        self.projects = root / "projects"

    def project(self, project: str) -> Path:
        """The folder of a project."""
        return self.projects / project

    def project_file(self, project: str) -> Path:
        """Its ``project.yaml``."""
        return self.project(project) / "project.yaml"

    def pseudonyms(self, project: str) -> Path:
        """The keyed digests by which a project recognises redacted names; deleting it is safe."""
        return self.redaction / f"{project}.json"

    def sources(self, project: str) -> Path:
        """Read-only views of what was imported."""
        return self.project(project) / "sources"

    def templates(self, project: str) -> Path:
        """Templates that people write and edit."""
        return self.project(project) / "templates"

    def experiment(self, project: str, name: str) -> Path:
        """The folder of an experiment."""
        return self.project(project) / "experiments" / name

    def experiment_file(self, project: str, name: str) -> Path:
        """Its ``experiment.yaml``."""
        return self.experiment(project, name) / "experiment.yaml"

    def run(self, project: str, experiment: str | None, run: str) -> Path:
        """The folder of a run; runs outside any experiment stand in the project's own ``runs``."""
        base = self.experiment(project, experiment) if experiment else self.project(project)
        return base / "runs" / run

    def artefacts(self, project: str, kind: str) -> Path:
        """Where a kind of artefact is written out: ``personas``, ``reports``, ``manifests``."""
        return self.project(project) / "artefacts" / kind

    def analysis(self, project: str, kind: str) -> Path:
        """What was found over several runs: ``comparisons``, ``meta-analysis``."""
        return self.project(project) / "analysis" / kind

    def relative(self, path: Path) -> str:
        """A path as people and records see it: relative to the root, with forward slashes."""
        try:
            return path.relative_to(self.root).as_posix()
        except ValueError:
            return str(path)


def find_root(start: Path | None = None) -> Path:
    """The workspace at or above ``start``; ``PERSONA_WORKSPACE`` wins over the current folder.

    Raises ``NotFound`` with the command that makes one.
    """
    named = os.environ.get("PERSONA_WORKSPACE") if start is None else None
    origin = Path(named) if named else (start or Path.cwd())
    origin = origin.expanduser().absolute()
    folders = [origin] if named or start is not None else [origin, *origin.parents]
    for folder in folders:
        if (folder / INNER).is_dir():
            return folder
    raise NotFound(
        "no workspace here" if not (named or start) else f"no workspace in {origin}",
        code="workspace-not-found",
        place=str(origin),
        hints=["make one here: `persona init`", "or see a whole one at work: `persona demo`"],
    )


def write_atomic(path: Path, data: bytes, *, read_only: bool = False) -> None:
    """Write a file whole or not at all. Raises as ``writing`` does."""
    with writing(path, read_only=read_only) as stream:
        stream.write(data)


@contextmanager
def writing(path: Path, *, read_only: bool = False) -> Iterator[BinaryIO]:
    """A file that appears under its name when it is whole: temporary name beside it, flush to disk, rename.

    Raises ``UsageError`` for a folder, ``StorageError`` or ``PermissionDenied`` in words a person can act on.
    """
    from persona.storage.disk import refused

    temporary = path.with_name(f".{path.name}.{os.urandom(4).hex()}.tmp")
    try:
        if path.is_dir():
            raise UsageError("the path is a folder", code="path-folder", place=str(path), hints=["name a file in it"])
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with temporary.open("xb") as stream:
                yield stream
                stream.flush()
                os.fsync(stream.fileno())
            if read_only:
                temporary.chmod(0o444)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise refused(error, str(path)) from None
