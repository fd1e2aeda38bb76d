"""Vectors: the same as the reference library's, from files alone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from persona.generation.vectors import embed

SENTENCES = ["The train is late again.", "I never trust the board", "", "Zoë's café — 4:31!", "a", "kids " * 300]


@pytest.mark.filterwarnings("ignore")
def test_they_equal_the_reference_implementation() -> None:
    import wordllama

    reference = wordllama.WordLlama.load(cache_dir=Path(wordllama.__file__).parent, disable_download=True)
    wanted = reference.embed(SENTENCES, norm=False)
    length = np.linalg.norm(wanted, axis=1, keepdims=True)
    wanted = np.divide(wanted, length, out=np.zeros_like(wanted), where=length > 0)
    assert np.abs(embed(SENTENCES) - wanted).max() < 2e-5


def test_no_socket_is_made_and_no_http_library_is_loaded() -> None:
    code = (
        "import socket, sys\n"
        "def refuse(*a, **k): raise AssertionError('a socket')\n"
        "socket.socket.__init__ = refuse\n"
        "from persona.generation.vectors import embed\n"
        "assert embed(['hello there']).shape == (1, 256)\n"
        "print([m for m in ('requests', 'urllib3', 'httpx', 'huggingface_hub', 'pydantic') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
