"""Everything written out: the report, exports of personas, manifests and the record of a run.

Each name is loaded when it is first asked for: writing a run folder needs no page of HTML.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from persona.exports.metadata import manifest, run_metadata
    from persona.exports.personas import FORMATS, export_personas
    from persona.exports.report import render_report

__all__ = ["FORMATS", "export_personas", "manifest", "render_report", "run_metadata"]

_HOMES = {
    "FORMATS": "personas",
    "export_personas": "personas",
    "manifest": "metadata",
    "render_report": "report",
    "run_metadata": "metadata",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
