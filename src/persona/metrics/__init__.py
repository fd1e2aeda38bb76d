"""Measures of personas: each named, versioned and directed, with its denominator and its details.

``Definition``, ``Material``, ``Metric`` and ``Theme`` are what a plugin needs; see ``docs/plugins.md``.
"""

from __future__ import annotations

from persona.metrics.across import RunSet, measure_across
from persona.metrics.definitions import ACROSS, REGISTRY, Definition
from persona.metrics.extending import Material, Metric, Plugin
from persona.metrics.measuring import measure, scores
from persona.metrics.themes import Place, Theme

__all__ = [
    "ACROSS",
    "REGISTRY",
    "Definition",
    "Material",
    "Metric",
    "Place",
    "Plugin",
    "RunSet",
    "Theme",
    "measure",
    "measure_across",
    "scores",
]
