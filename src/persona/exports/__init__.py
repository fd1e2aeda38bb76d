"""Everything written out: the report, exports of personas, manifests and the record of a run."""

from __future__ import annotations

from persona.exports.metadata import manifest, run_metadata
from persona.exports.personas import FORMATS, export_personas
from persona.exports.report import render_report

__all__ = ["FORMATS", "export_personas", "manifest", "render_report", "run_metadata"]
