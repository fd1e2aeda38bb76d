"""Runs as files."""

from __future__ import annotations

from pathlib import Path

from persona.runs.bundle import write_bundle
from persona.workspace.context import Context
from persona.workspace.layout import write_atomic
from persona.workspace.runs import Runs
from persona.workspace.views import BundleView


class Bundles:
    """What ``persona run export`` does."""

    def __init__(self, context: Context, runs: Runs) -> None:
        self._context = context
        self._runs = runs

    def export(self, ref: str, output: str | Path | None = None) -> BundleView:
        """Write a run and every byte that it stands on into one file; ``RUN.zip`` in the current folder otherwise."""
        run = self._runs.resolve(ref)
        data = write_bundle(self._context.records, self._context.blobs, run)
        path = Path(output) if output is not None else Path(f"{run.id}.zip")
        write_atomic(path, data)
        return BundleView(run.id, str(path), len(data))
