"""Experiments taken together: the same question asked several times, answered once, with how much answers differ."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from persona.errors import NotFound, UsageError
from persona.model.canonical import canonical_json, digest_of
from persona.model.comparisons import Comparison, MetaAnalysis, Study
from persona.model.ids import slug
from persona.runs.artefacts import Output, log_drafts
from persona.statistics.meta import combine_comparisons
from persona.workspace.context import Context
from persona.workspace.experiment_views import MetaView
from persona.workspace.layout import write_atomic
from persona.workspace.pages import unless_told

if TYPE_CHECKING:
    from persona.workspace.comparing import Comparing


class _Found(NamedTuple):
    project: str
    experiment: str
    comparison: Comparison
    rests_on: tuple[str, ...]


class Combining:
    """The work behind ``persona experiment meta``."""

    def __init__(self, context: Context, comparing: Comparing) -> None:
        self._context = context
        self._comparing = comparing

    def meta(
        self,
        experiments: Sequence[str],
        *,
        metric: str,
        variant: str | None = None,
        baseline: str | None = None,
        project: str | None = None,
        save: bool = True,
    ) -> MetaView:
        """One metric of one variant beside one baseline, over several experiments (``NAME`` or ``PROJECT/NAME``).

        ``variant`` may be left out where every experiment has the same two. With ``save`` the combination is stored
        under ``analysis/meta-analysis``. Raises ``UsageError`` for fewer than two experiments or an open choice of
        variant, ``NotFound`` for what is not there, ``InvalidInput`` where no comparison has a spread.
        """
        if len(set(experiments)) < 2:
            raise UsageError(
                "a combination needs two experiments or more",
                code="nothing-to-compare",
                place="experiment meta",
                hints=["name them: `persona experiment meta first second --metric faithfulness`"],
            )
        here = self._context.project(project).id
        found = [self._one(one, here, metric, variant, baseline) for one in dict.fromkeys(experiments)]
        names = {(one.comparison.variant, one.comparison.baseline) for one in found}
        if len(names) > 1:
            told = "; ".join(f"{side} beside {base}" for side, base in sorted(names))
            raise UsageError(
                f"the experiments compare different things: {told}",
                code="nothing-to-compare",
                place="experiment meta",
                hints=[
                    f"name both: `--variant {shlex.quote(side)} --baseline {shlex.quote(base)}`"
                    for side, base in sorted(names)[:3]
                ],
            )
        comparisons = [one.comparison for one in found]
        combined = combine_comparisons(comparisons)
        weights = iter(combined.weights)
        studies = tuple(
            Study(one.project, one.experiment, one.comparison, next(weights) if _counts(one.comparison) else None)
            for one in found
        )
        first = comparisons[0]
        whole = MetaAnalysis(first.metric, first.variant, first.baseline, first.direction, studies, combined)
        save = save and not self._context.past
        path, artefact = self._save(here, whole, found) if save else (None, None)
        return MetaView(whole, path, artefact)

    def _one(self, name: str, here: str, metric: str, variant: str | None, baseline: str | None) -> _Found:
        """The comparison that an experiment makes between the two."""
        project, _, experiment = name.rpartition("/")
        where = self._context.project(project).id if project else here
        view = self._comparing.compare([experiment], metrics=[metric], baseline=baseline, project=where, save=False)
        listed = [
            one
            for one in view.comparison.comparisons
            if one.metric in (metric, f"{metric}_score") and variant in (None, one.variant)
        ]
        if not listed:
            raise NotFound(
                f"the experiment `{name}` has no variant `{variant}` beside `{view.comparison.baseline}`",
                code="variant-not-found",
                place=f"sides: {', '.join(side.name for side in view.comparison.sides)}",
                hints=[f"see them: `persona experiment show {experiment}`"],
            )
        if len(listed) > 1:
            raise UsageError(
                f"the experiment `{name}` has several variants",
                code="nothing-to-compare",
                place=", ".join(one.variant for one in listed),
                hints=[f"choose one: `--variant {listed[0].variant}`"],
            )
        return _Found(where, experiment, listed[0], view.rests_on)

    def _save(self, project: str, whole: MetaAnalysis, found: Sequence[_Found]) -> tuple[str, str]:
        from persona.exports.forest import render_meta

        context = self._context
        title = (slug(f"{whole.metric}-{whole.variant}-beside-{whole.baseline}") or "meta")[:80]
        data, page = canonical_json(whole), render_meta(whole, context.signing.anchor().text)
        page = unless_told(context, project, f"{title}.meta.html", page)
        context.blobs.put_many([data, page])
        rests_on = tuple(sorted({one for each in found for one in each.rests_on}))
        outputs = []
        for ending, kind, content in (("json", "meta-analysis", data), ("html", "report", page)):
            path = context.layout.analysis(project, "meta-analysis") / f"{title}-{digest_of(data)[7:15]}.{ending}"
            write_atomic(path, content)
            name, place = f"{title}.meta.{ending}", context.layout.relative(path)
            outputs.append(Output(name, kind, digest_of(content), len(content), place, derived_from=rests_on))
        drafts, ids = log_drafts(context.records, project, None, outputs)
        if drafts:
            context.append(*drafts)
        return outputs[1].path, ids[0]


def _counts(one: Comparison) -> bool:
    """Whether a comparison has a spread to be weighed by, as ``combine_comparisons`` asks."""
    return one.difference is not None and bool(one.sd) and min(one.n, one.n_baseline) >= 3
