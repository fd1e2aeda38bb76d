"""Comparing: which runs stand on which side, what the statistics say, and the comparison as an artefact."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from persona.errors import NotFound, UsageError
from persona.model.canonical import canonical_json, digest_of
from persona.model.cards import derived
from persona.model.comparisons import SidesCompared
from persona.model.experiments import ExperimentFile, read_experiment
from persona.model.filters import parse_filter
from persona.model.ids import slug
from persona.model.matches import Match, Matched
from persona.model.records import Experiment, Run
from persona.runs.artefacts import Output, log_drafts
from persona.runs.comparing import USUAL, Asked, by_key, compare_sides, is_named, known_primary, metric_names
from persona.runs.plan import text_of_parameter
from persona.workspace.context import Context
from persona.workspace.experiment_views import CompareView
from persona.workspace.layout import write_atomic
from persona.workspace.pages import unless_told

if TYPE_CHECKING:
    from persona.workspace.artefacts import Artefacts
    from persona.workspace.experiments import Experiments
    from persona.workspace.runs import Runs

_FILTER = re.compile(r"[=<>~]")
MOST_MATCHED = 6
"""Sides whose personas are laid beside the baseline's."""


class _Sides(NamedTuple):
    title: str
    sides: dict[str, list[Run]]
    file: ExperimentFile | None
    registration: str
    notes: tuple[str, ...]


class Comparing:
    """The work behind ``persona experiment compare``."""

    def __init__(self, context: Context, experiments: Experiments, runs: Runs, artefacts: Artefacts) -> None:
        self._context = context
        self._experiments = experiments
        self._runs = runs
        self._artefacts = artefacts

    def compare(
        self,
        things: Sequence[str] = (),
        *,
        metrics: Sequence[str] = (),
        baseline: str | None = None,
        alpha: float | None = None,
        project: str | None = None,
        save: bool = True,
    ) -> CompareView:
        """The variants of an experiment beside its baseline, or any runs, experiments and filters beside the first.

        ``things`` is nothing or one experiment, or two and more of: an experiment, ``EXPERIMENT/VARIANT``, a run, a
        filter of runs. With ``save`` the comparison is stored as JSON and as a page, with the runs it rests on. Raises
        ``NotFound`` for a thing or a metric that is not there, ``UsageError`` where there are no two sides.
        """
        context = self._context
        where = context.project(project).id
        found = self._variants(where, things[0] if things else None) if len(things) < 2 else self._named(where, things)
        file = found.file
        runs = [run for side in found.sides.values() for run in side]
        primary = file.primary if file else None
        wanted = list(metrics) or _wanted(file, runs)
        if primary is not None and not any(is_named(primary.name, one) or one == primary.name for one in wanted):
            wanted.insert(0, primary.name)
        first = baseline or (file.baseline if file else None) or next(iter(found.sides), None)
        if first is None:
            raise UsageError(
                "the search of the experiment has tried nothing yet",
                code="nothing-to-compare",
                place=found.title,
                hints=[f"run it: `persona experiment run {found.title}`"],
            )
        if first not in found.sides:
            raise NotFound(
                f"there is no side `{first}`",
                code="variant-not-found",
                place="--baseline",
                hints=[f"one of: {', '.join(found.sides)}"],
            )
        asked = Asked(
            title=found.title,
            baseline=first,
            metrics=metric_names(wanted, runs) if runs else (),
            primary=known_primary(primary, runs) if primary else None,
            alpha=alpha if alpha is not None else (file.alpha if file else 0.05),
            asserts=file.asserts if file else (),
            hypothesis=file.hypothesis if file else "",
            registration=found.registration,
            planned=file.stopping.max_pairs if file and file.stopping.rule == "e-value" else None,
        )
        compared = compare_sides(found.sides, asked)
        compared = _with_notes(compared, found.notes)
        matches = self._matches(found.sides, compared)
        made = {_made(run) for side in found.sides.values() for run in side}
        rests_on = tuple(sorted(one for one in made if one))
        save = save and not context.past
        path, artefact = self._save(where, compared, matches, found.sides, rests_on) if save else (None, None)
        return CompareView(compared, matches, path, artefact, rests_on)

    # Sides

    def _variants(self, project: str, name: str | None) -> _Sides:
        """The completed runs of each variant as the experiment's file stands now."""
        view = self._experiments.observe(name, project=project)
        experiment = view.experiment
        context = self._context
        text = context.blobs.get(experiment.file).decode()
        file = read_experiment(text, view.path, name=experiment.fields.get("title", experiment.name))
        listed = context.records.find(Run, project=project, experiment=experiment.name, status="completed").items
        sides: dict[str, list[Run]] = {one.name: [] for one in file.variants}
        older = 0
        for run in listed:
            fixed = next((one.parameters for one in file.variants if one.name == run.variant), None)
            if (
                run.variant is None
                or (fixed is None and file.sweep is None)
                or (fixed is not None and not _fits(run, fixed))
            ):
                older += 1
            else:
                sides.setdefault(str(run.variant), []).append(run)
        order = {name: at for at, name in enumerate(one.name for one in file.variants)}
        numbers = {run.variant: run.fields["point"]["number"] for run in listed if run.fields.get("point")}
        sides = dict(sorted(sides.items(), key=lambda one: (order.get(one[0], len(order)), numbers.get(one[0], 0))))
        notes = []
        if older:
            notes.append(f"{older} runs of variants that the file no longer has, or has otherwise, are left out")
        return _Sides(experiment.name, sides, file, self._registration(experiment, file, listed), tuple(notes))

    def _named(self, project: str, things: Sequence[str]) -> _Sides:
        sides = {thing: self._runs_of(project, thing) for thing in things}
        if len(sides) < len(things):
            raise UsageError(
                "a side is named twice",
                code="nothing-to-compare",
                place=", ".join(things),
                hints=["name each side once; see what there is: `persona experiment list`, `persona run list`"],
            )
        return _Sides(" beside ".join(reversed(list(sides))), sides, None, "", ())

    def _runs_of(self, project: str, thing: str) -> list[Run]:
        """The completed runs that a word stands for."""
        context = self._context
        if _FILTER.search(thing):
            expression = parse_filter(thing)
            return list(context.records.find(Run, expression, project=project, status="completed").items)
        if thing.startswith("run_"):
            return [self._runs.resolve(thing)]
        name, _, variant = thing.partition("/")
        experiment = self._experiments.resolve(name, project)
        found = context.records.find(Run, project=project, experiment=experiment, status="completed").items
        chosen = [run for run in found if not variant or run.variant == variant]
        if variant and not chosen:
            raise NotFound(
                f"no completed run of `{experiment}` is of a variant `{variant}`",
                code="variant-not-found",
                place=thing,
                hints=[f"run it: `persona experiment run {experiment} --variant {variant}`"],
            )
        return chosen

    def _registration(self, experiment: Experiment, file: ExperimentFile, runs: Sequence[Run]) -> str:
        """Whether what decides was said before the first run began, by the order of the log."""
        now = file.registration()
        if now is None:
            return "no primary metric is named: everything below is exploration"
        since: tuple[int, str] | None = None
        for event in self._context.records.events(subject=experiment.id):
            digest = event.body.get("file")
            if not digest:
                continue
            text = self._context.blobs.get(digest).decode()
            said = read_experiment(text, "experiment.yaml", name=experiment.name).registration()
            if said != now:
                since = None
            elif since is None:
                since = (int(event.body.get("version", 1)), event.recorded_at)
        if since is None:
            return ""
        version, moment = since
        before = sum((run.started_at or "") < moment for run in runs)
        when = f"{moment[:10]} {moment[11:16]} UTC"
        told = f"primary metric, baseline, alpha and stopping rule stand since version {version}, {when}"
        if before:
            return f"{told}: after {before} of {len(runs)} runs had begun, so read this as exploration"
        return f"{told}: before the first run began"

    # Personas

    def _matches(self, sides: Mapping[str, Sequence[Run]], compared: SidesCompared) -> tuple[Matched, ...]:
        """For each side the personas of its first run that is paired with one of the baseline."""
        from persona.generation.vectors import embed
        from persona.metrics.matching import match_sets
        from persona.metrics.vectors import Space

        space = Space(embed)
        made = {
            name: by_key([run for run in runs if run.status == "completed" and _made(run)])
            for name, runs in sides.items()
        }
        mine = made[compared.baseline]
        found = []
        others = [side.name for side in compared.sides if side.name != compared.baseline]
        for name in others[:MOST_MATCHED]:
            theirs = made[name]
            if not mine or not theirs:
                continue
            shared = next((key for key in theirs if key in mine), None)
            pair = (
                (mine[shared], theirs[shared]) if shared else (next(iter(mine.values())), next(iter(theirs.values())))
            )
            before, after = (self._artefacts.personas(self._artefacts.of_run(run)) for run in pair)
            matches: tuple[Match, ...] = match_sets(before, after, space)
            names = {one.id: one.name.text for one in (*before.personas,)}
            later = {one.id: one.name.text for one in (*after.personas,)}
            salt = derived("comparison", *(str(one.provenance.get("salt", "")) for one in (before, after)))
            found.append(Matched(name, pair[0].id, pair[1].id, matches, names, later, salt))
        return tuple(found)

    # The artefact

    def _save(
        self,
        project: str,
        compared: SidesCompared,
        matches: Sequence[Matched],
        sides: Mapping[str, Sequence[Run]],
        rests_on: tuple[str, ...],
    ) -> tuple[str, str]:
        """Write the comparison as JSON and as a page, and record both; the path of the page and the artefact."""
        from persona.exports.comparison import render_comparison

        context = self._context
        whole = canonical_json({"comparison": compared, "personas": list(matches)})
        title = (slug(compared.title) or "comparison")[:60]
        told = {run.id: run for runs in sides.values() for run in runs}
        page = render_comparison(compared, matches, told, context.signing.anchor().text)
        page = unless_told(context, project, f"{title}.comparison.html", page)
        context.blobs.put_many([whole, page])
        folder = context.layout.analysis(project, "comparisons")
        stem = f"{title}-{digest_of(whole)[7:15]}"
        outputs = []
        for ending, kind, data in (("json", "comparison", whole), ("html", "report", page)):
            path = folder / f"{stem}.{ending}"
            write_atomic(path, data)
            outputs.append(
                Output(
                    name=f"{title}.comparison.{ending}",
                    kind=kind,
                    digest=digest_of(data),
                    bytes=len(data),
                    path=context.layout.relative(path),
                    derived_from=rests_on,
                )
            )
        drafts, ids = log_drafts(context.records, project, None, outputs)
        if drafts:
            context.append(*drafts)
        return outputs[1].path, ids[0]


def _wanted(file: ExperimentFile | None, runs: Sequence[Run]) -> list[str]:
    """The metrics that the experiment's evaluation names and that the runs have, else R-016's four."""
    there = {name for run in runs for name in run.metrics}
    named = file.evaluation.get("metrics") if file else None
    listed = [str(one) for one in named] if isinstance(named, list) else []
    if listed:
        return listed
    return [name for name in USUAL if name in there] or sorted(there)[:8]


def _fits(run: Run, fixed: Mapping[str, Any]) -> bool:
    """Whether a run has the parameters that its variant fixes now; what a run does not say is taken as fitting."""
    return all(run.params.get(key, text) == text for key, text in ((k, text_of_parameter(v)) for k, v in fixed.items()))


def _made(run: Run) -> str | None:
    """The personas that a run made; None where it made none."""
    outputs = run.fields.get("outputs")
    found = outputs.get("personas") if isinstance(outputs, dict) else None
    return str(found) if found else None


def _with_notes(compared: SidesCompared, notes: Sequence[str]) -> SidesCompared:
    from msgspec.structs import replace

    return replace(compared, notes=(*notes, *compared.notes)) if notes else compared
