"""Names: what runs, jobs and datasets are called, and the ids of what has none of its own.

The namespace is the name that the log has in its checkpoints. A job is called after what it belongs to
(``shop/tone/warm/generate``), a dataset as lineage calls it: ``document_20250116_143022_abc123.0001``, and an artefact
by its name, ``shop/personas``.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import NamedTuple

from persona.model.records import Artefact, Run

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Naming(NamedTuple):
    """How things of one log are named. With ``versions`` the name of an artefact carries its version.

    That is for consumers that ignore the version facet and take the newest version for the one that was used.
    """

    namespace: str
    versions: bool = False

    def artefact(self, one: Artefact) -> str:
        """The dataset of an artefact."""
        return one.id if self.versions else f"{one.project}/{one.name}"

    def job(self, run: Run, work: str) -> str:
        """The job that a run is one execution of."""
        parts = [run.project, *([run.experiment, run.variant or "-"] if run.experiment else []), work]
        return "/".join(parts)

    def derived(self, at: str, *words: str) -> str:
        """A UUIDv7 (RFC 9562) for what has no id of its own: the time it began, and a digest of its names."""
        moment = datetime.fromisoformat(at)
        milliseconds = int((moment - _EPOCH).total_seconds() * 1000)
        text = "\n".join(("persona-workbench openlineage", self.namespace, *words))
        value = (milliseconds << 80) | int.from_bytes(hashlib.sha256(text.encode()).digest()[:10], "big")
        value = value & ~(0xF << 76) | 0x7 << 76
        value = value & ~(0x3 << 62) | 0x2 << 62
        plain = f"{value:032x}"
        return f"{plain[:8]}-{plain[8:12]}-{plain[12:16]}-{plain[16:20]}-{plain[20:]}"


def work_of(run: Run) -> str:
    """What a run does: ``generate`` for one with a recipe, ``evaluate`` for a judge's, else ``program``."""
    if run.recipe is not None:
        return "generate"
    return "evaluate" if "judges" in run.params else "program"
