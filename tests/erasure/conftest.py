"""The small workspace of ``tests/workspace``, for what is withdrawn from it."""

from __future__ import annotations

import pytest
from tests.workspace.conftest import full, interviews, ws

__all__ = ["full", "interviews", "ws"]


@pytest.fixture(autouse=True)
def _no_git(monkeypatch: pytest.MonkeyPatch) -> None:
    """These tests quote people, and the changes of the work tree are recorded with a run."""
    monkeypatch.setenv("PERSONA_RECORD_GIT", "false")
