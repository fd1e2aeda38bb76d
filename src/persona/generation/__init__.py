"""Personas from documents: the extractive engine, the quote guard and the schema. Values in, values out."""

from __future__ import annotations

from persona.generation.engine import ENGINE, ENGINE_VERSION, generate
from persona.generation.schema import schema
from persona.generation.wording import TEMPLATE

__all__ = ["ENGINE", "ENGINE_VERSION", "TEMPLATE", "generate", "schema"]
