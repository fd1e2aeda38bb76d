"""Personas from documents: the extractive engine and the quote guard. Values in, values out."""

from __future__ import annotations

from persona.generation.engine import ENGINE, ENGINE_VERSION, generate
from persona.generation.wording import TEMPLATE

__all__ = ["ENGINE", "ENGINE_VERSION", "TEMPLATE", "generate"]
