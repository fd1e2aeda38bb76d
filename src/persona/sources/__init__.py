"""Everything read in: from the bytes of a file to documents with turns, offsets and people."""

from __future__ import annotations

from persona.sources.finding import Found, find_files, load_bytes
from persona.sources.registry import SUPPORTED, read

__all__ = ["SUPPORTED", "Found", "find_files", "load_bytes", "read"]
