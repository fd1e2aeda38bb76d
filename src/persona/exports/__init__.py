"""Everything written out: the report, exports of personas, manifests and the record of a run."""

from __future__ import annotations

from persona.exports.report import render_report

__all__ = ["render_report"]
