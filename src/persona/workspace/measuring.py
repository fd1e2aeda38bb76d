"""The verbs of metrics: list, explain, compute."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from persona.errors import NotFound, did_you_mean
from persona.metrics.definitions import PARTS, REGISTRY
from persona.runs import reproduce
from persona.runs.inputs import load_inputs
from persona.workspace.context import Context
from persona.workspace.views import MeasuresView, MetricView

if TYPE_CHECKING:
    from persona.model.measures import Measure
    from persona.workspace.artefacts import Artefacts
    from persona.workspace.runs import Runs


class Metrics:
    """What is measured of personas, and measuring them again."""

    def __init__(self, context: Context, runs: Runs, artefacts: Artefacts) -> None:
        self._context = context
        self._runs = runs
        self._artefacts = artefacts

    def list(self) -> tuple[MetricView, ...]:
        """Every metric of this release, then R-016's four scores that are derived from them."""
        measured = [
            MetricView(one.name, one.version, one.direction, one.span, one.denominator, one.formula)
            for one in REGISTRY.values()
        ]
        derived = [
            MetricView(score.name, score.version, score.direction, (0, 1), "its parts", score.formula, score.parts)
            for score in PARTS.values()
        ]
        return (*measured, *derived)

    def explain(self, name: str) -> MetricView:
        """One metric or score. Raises ``NotFound`` with the nearest name."""
        known = {one.name: one for one in self.list()}
        if name not in known:
            near = did_you_mean(name, known)
            raise NotFound(
                f"there is no metric `{name}`",
                code="metric-not-found",
                place=f"known: {', '.join(known)}",
                hints=[f"did you mean `{near}`?"] if near else ["see them: `persona metrics list`"],
            )
        return known[name]

    def compute(self, run: str) -> MeasuresView:
        """The personas of a run measured again from what was sealed, beside what was stored with the run.

        Nothing is recorded. Raises ``Conflict`` for a run without a recipe or without personas.
        """
        from persona.generation.vectors import embed
        from persona.metrics import measure, scores
        from persona.model.schema import persona_set_schema

        context = self._context
        record = self._runs.resolve(run)
        recipe, artefact = reproduce.reproducible(context.records, context.blobs, record)
        personas = self._artefacts.personas(artefact)
        now = measure(personas, load_inputs(context.blobs, recipe), embed, persona_set_schema())
        stored = {one.name: one for one in self._runs.measures(record)}
        return MeasuresView(record.id, tuple(now), scores(now), _changed(stored, now))


def metric_names() -> tuple[str, ...]:
    """Every name that ``explain`` knows."""
    return (*REGISTRY, *PARTS)


def _changed(stored: Mapping[str, Measure], now: list[Measure]) -> tuple[str, ...]:
    """The names of metrics whose value is not the one stored, or that were not measured then."""
    return tuple(one.name for one in now if one.name not in stored or stored[one.name].value != one.value)
