"""The façade: everything a person can do with a workspace, in verbs; the Python API."""

from __future__ import annotations

from persona.workspace.workspace import Workspace

__all__ = ["Workspace"]
