"""persona: from interviews to personas whose every sentence can be traced."""

from __future__ import annotations

__version__ = "0.1.0"
