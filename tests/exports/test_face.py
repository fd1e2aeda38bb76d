"""The public face of the room: complete, and loaded only when asked for."""

from __future__ import annotations

import subprocess
import sys

import pytest

import persona.exports


def test_every_name_of_the_face_is_there() -> None:
    for name in persona.exports.__all__:
        assert getattr(persona.exports, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = persona.exports.nothing


def test_a_run_folder_loads_no_page_and_no_parser() -> None:
    code = "import sys, persona.exports.run_folder; print(*sys.modules)"
    loaded = set(
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    )
    assert "persona.exports.run_folder" in loaded
    assert not loaded & {"persona.exports.report", "persona.exports.cards", "csv", "yaml", "rfc8785", "numpy"}
