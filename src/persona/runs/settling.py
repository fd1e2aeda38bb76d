"""Runs whose process is gone: found when a workspace is opened, and recorded as interrupted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from persona.errors import Conflict
from persona.model.ids import iso, now
from persona.model.records import Draft, Run
from persona.runs import environment

if TYPE_CHECKING:
    from persona.storage import Records


def is_alive(records: Records, process: Mapping[str, Any]) -> bool:
    """Whether a recorded process still has its run in hand. Records that a team shares see who is connected."""
    word = process.get("present")
    seen = records.is_present(word) if isinstance(word, str) else None
    return environment.is_alive(dict(process)) if seen is None else seen


def settle_interrupted(records: Records, *, actor: str) -> list[str]:
    """Mark the runs whose process is gone; their ids. Called when a workspace is opened for writing."""
    gone: list[str] = []
    for run in records.find(Run, status="running").items:
        process = run.fields.get("process")
        if not isinstance(process, dict) or is_alive(records, process):
            continue
        told = {"code": "interrupted", "message": "the process ended without finishing the run"}
        body = {"status": "interrupted", "at": iso(now()), "error": told, "metrics": [], "fields": {}}
        try:
            records.append([Draft("run.finished", run.id, body)], expect={run.id: "running"}, actor=actor)
        except Conflict:  # somebody else settled it first
            continue
        gone.append(run.id)
    return gone
