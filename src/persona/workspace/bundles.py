"""Runs as files."""

from __future__ import annotations

from pathlib import Path

from persona.errors import Conflict
from persona.model.canonical import digest_of
from persona.runs.bundle import write_bundle
from persona.runs.reproduce import reproducible
from persona.workspace.context import Context
from persona.workspace.layout import write_atomic
from persona.workspace.runs import Runs
from persona.workspace.views import BundleView


class Bundles:
    """What ``persona run export`` does."""

    def __init__(self, context: Context, runs: Runs) -> None:
        self._context = context
        self._runs = runs

    def export(self, ref: str, output: str | Path | None = None, *, with_diff: bool = False) -> BundleView:
        """Write a run and every byte that it stands on into one file; ``RUN.zip`` in the current folder otherwise.

        The uncommitted changes of the git work tree are written only ``with_diff``. Raises ``NotFound`` that names what
        the workspace has lost.
        """
        records, blobs = self._context.records, self._context.blobs
        signing = self._context.signing
        run = self._runs.resolve(ref)
        made = write_bundle(
            records, blobs, run, with_diff=with_diff, checkpoint=lambda at: signing.anchor(records, at).text
        )
        path = Path(output) if output is not None else Path(f"{run.id}.zip")
        write_atomic(path, made.data)
        try:
            reproducible(records, blobs, run)
            level = "replay"
        except Conflict:  # a run that made no personas, and a judge's
            level = "verify"
        return BundleView(
            run.id,
            str(path),
            len(made.data),
            digest_of(made.data),
            level,
            {"event": len(made.header.leaves), **made.holds},
            tuple(made.header.left_out),
        )
