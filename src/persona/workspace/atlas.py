"""The verbs of Apache Atlas: what is recorded as types and entities, in a folder or an archive."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from persona.errors import Conflict, UsageError, did_you_mean
from persona.exports.atlas.entities import Entities, milliseconds
from persona.exports.atlas.writing import rest_bodies, write_archive
from persona.lineage.past import Past
from persona.lineage.proofs import origin_of
from persona.storage.disk import refused
from persona.workspace.context import Context
from persona.workspace.layout import writing

FORMATS = ("rest", "zip")


class AtlasView(NamedTuple):
    """What was written: where, in which shape, how many files, how many entities of each type, and of which log."""

    path: str
    format: str
    files: int
    entities: dict[str, int]
    position: int
    root: str


class Atlas:
    """What ``persona export atlas`` does."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def write(self, output: str | Path, *, format: str | None = None, project: str | None = None) -> AtlasView:
        """Write everything, or one project and what it uses of others.

        ``rest`` is a new folder with bodies for the REST interface in the order in which they are sent, ``zip`` the
        archive of the import. Without ``format`` a name that ends in ``.zip`` is an archive.

        Raises ``UsageError`` for another format, ``Conflict`` for a folder that holds something, ``NotFound``.
        """
        path = Path(output)
        chosen = format or ("zip" if path.suffix.lower() == ".zip" else "rest")
        if chosen not in FORMATS:
            near = did_you_mean(chosen, FORMATS)
            raise UsageError(
                f"there is no format `{chosen}` of Atlas",
                code="bad-format",
                place="--format",
                hints=[f"did you mean `{near}`?" if near else f"one of: {', '.join(FORMATS)}"],
            )
        records = self._context.records
        head = records.head()
        then = Past(records, head.size)  # what comes meanwhile would refer to what was not told
        entities = Entities(then, self._context.project(project).id if project else None).all()
        if chosen == "zip":
            last = next(iter(records.events(after=head.size - 1)))
            with writing(path) as stream:
                counts = write_archive(stream, entities, origin_of(records), milliseconds(last.recorded_at))
            return AtlasView(str(path), chosen, 1, dict(sorted(counts.items())), head.size, head.root)
        counts, files = Counter[str](), 0
        made = _new_folder(path)
        try:
            for body in rest_bodies(entities):
                (made / body.name).write_bytes(body.data)
                counts += body.counts
                files += 1
            made.rename(path)
        except OSError as error:
            raise refused(error, str(path)) from None
        finally:
            shutil.rmtree(made, ignore_errors=True)
        return AtlasView(str(path), chosen, files, dict(sorted(counts.items())), head.size, head.root)


def _new_folder(path: Path) -> Path:
    """A folder beside the one that is asked for, which takes its name when it is whole."""
    try:
        if path.is_dir() and not any(path.iterdir()):
            path.rmdir()
        if path.exists():
            raise Conflict(
                "there is something already, and bodies of an earlier export would be sent with these",
                code="file-exists",
                place=str(path),
                hints=["name a new folder with `--output`, or an archive: `persona export atlas --output atlas.zip`"],
            )
        made = path.with_name(f".{path.name}.{os.urandom(4).hex()}.tmp")
        made.mkdir(parents=True)
    except OSError as error:
        raise refused(error, str(path)) from None
    return made
