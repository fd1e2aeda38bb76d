"""Runs whose process is gone: found when a workspace is opened, and recorded as interrupted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from persona.errors import Conflict
from persona.model.ids import iso, now
from persona.model.records import Draft, Run
from persona.runs import environment

if TYPE_CHECKING:
    from persona.storage import Records


def settle_interrupted(records: Records, *, actor: str) -> list[str]:
    """Mark the runs whose process is gone; their ids. Called when a workspace is opened for writing."""
    gone: list[str] = []
    for run in records.find(Run, status="running").items:
        process = run.fields.get("process")
        if not isinstance(process, dict) or environment.is_alive(process):
            continue
        told = {"code": "interrupted", "message": "the process ended without finishing the run"}
        body = {"status": "interrupted", "at": iso(now()), "error": told, "metrics": [], "fields": {}}
        try:
            records.append([Draft("run.finished", run.id, body)], expect={run.id: "running"}, actor=actor)
        except Conflict:  # somebody else settled it first
            continue
        gone.append(run.id)
    return gone
