"""Measures of personas: each named, versioned and directed, with its denominator and its details."""

from __future__ import annotations

from persona.metrics.definitions import REGISTRY
from persona.metrics.measuring import measure, scores

__all__ = ["REGISTRY", "measure", "scores"]
