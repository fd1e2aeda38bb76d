"""A whole experiment done again: each of its runs, and the comparison that was drawn from them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from persona.errors import NotFound, UsageError
from persona.model.canonical import canonical_json, digest_of
from persona.model.ids import slug
from persona.model.records import Artefact, Run
from persona.workspace.context import Context, Progress, silent
from persona.workspace.experiment_views import ReproducedRun, ReproducedView

if TYPE_CHECKING:
    from persona.workspace.comparing import Comparing
    from persona.workspace.experiments import Experiments
    from persona.workspace.reproducing import Reproducing

LEVELS = ("verify", "replay")
"""What can be done with all runs: a rerun of an experiment is a new experiment."""

_WORST = ("identical", "equivalent", "different", "missing")


class Repeating:
    """What ``persona experiment reproduce`` does."""

    def __init__(
        self, context: Context, experiments: Experiments, reproducing: Reproducing, comparing: Comparing
    ) -> None:
        self._context = context
        self._experiments = experiments
        self._reproducing = reproducing
        self._comparing = comparing

    def reproduce(
        self, name: str | None, level: str, *, project: str | None = None, progress: Progress = silent
    ) -> ReproducedView:
        """Every completed run with a recipe, and the newest stored comparison, done again. Nothing is recorded.

        Raises ``UsageError`` for another level, ``NotFound`` where no run can be done again.
        """
        if level not in LEVELS:
            raise UsageError(
                f"an experiment cannot be done again at the level `{level}`",
                code="bad-level",
                place=f"known: {', '.join(LEVELS)}",
                hints=["to ask everything anew, make another experiment: `persona experiment create`"],
            )
        view = self._experiments.show(name, project=project)
        experiment = view.experiment
        listed = self._context.records.find(
            Run, project=experiment.project, experiment=experiment.name, status="completed", order="id"
        ).items
        runs = [run for run in listed if run.recipe is not None]
        if not runs:
            raise NotFound(
                "the experiment has no completed run with a recipe",
                code="no-run",
                place=f"experiment {experiment.name}",
                hints=[f"run it: `persona experiment run {experiment.name}`"],
            )
        found = []
        for done, run in enumerate(runs):
            progress("reproducing", done, len(runs))
            one = self._reproducing.reproduce(run.id, level)
            found.append(ReproducedRun(run.id, run.variant or "", run.repeat, one.verdict, one.cause, one.diverged))
        comparison = self._comparison(experiment.project, experiment.name)
        verdicts = [one.verdict for one in found] + ([comparison] if comparison else [])
        worst = max(verdicts, key=_WORST.index)
        return ReproducedView(experiment.name, level, worst, tuple(found), comparison)

    def _comparison(self, project: str, experiment: str) -> str | None:
        """Whether the comparison that was stored last comes out the same; None where there is none."""
        name = f"{(slug(experiment) or 'comparison')[:60]}.comparison.json"
        stored = self._context.records.find(Artefact, project=project, name=name).items
        if not stored:
            return None
        newest = max(stored, key=lambda one: one.version)
        import msgspec

        kept = msgspec.json.decode(self._context.blobs.get(newest.digest))
        asked = kept["comparison"]
        again = self._comparing.compare(
            [experiment],
            metrics=asked["metrics"],
            baseline=asked["baseline"],
            alpha=asked["alpha"],
            project=project,
            save=False,
        )
        whole = canonical_json({"comparison": again.comparison, "personas": list(again.personas)})
        return "identical" if digest_of(whole) == newest.digest else "different"
