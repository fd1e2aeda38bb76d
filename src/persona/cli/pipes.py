"""Readers that go away early, as in ``persona run list | head``: they have had enough, and that is no error."""

from __future__ import annotations

import os
import sys


def hush() -> None:
    """Send what is left of stdout nowhere, so that the interpreter does not complain when it flushes at the end."""
    try:
        descriptor = sys.stdout.fileno()
    except (OSError, ValueError, AttributeError):
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)
