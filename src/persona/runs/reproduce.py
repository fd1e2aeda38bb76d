"""Doing a run again: from reading its bytes to making its personas anew, with a verdict for each output.

The grades are those of ``model.reproductions.LEVELS``. A replay needs neither the network nor the libraries that
talk to a model, and leaves no trace; a rerun is a run like any other and is recorded by whoever plans it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from persona.errors import Conflict, PersonaError
from persona.generation.withholding import withhold
from persona.model.canonical import Digest, digest_of
from persona.model.personas import PersonaSet
from persona.model.records import Artefact, Run
from persona.model.reproductions import CAUSES, Cause, Difference, OutputVerdict, Reproduction, Verdict
from persona.runs import environment
from persona.runs.calls import NotRecorded, Replaying, calls_of
from persona.runs.differences import between_environments
from persona.runs.engines import Own, engine_for, no_own, template_for
from persona.runs.execute import Progress, encode_personas, load_recipe, means_of
from persona.runs.inputs import load_inputs
from persona.runs.measuring import measure_set
from persona.runs.sealed import DIFF, read_sealed, references, references_of_recipe
from persona.runs.workcopy import work_copy

if TYPE_CHECKING:
    from persona.model.recipes import Recipe
    from persona.model.reproductions import Level
    from persona.model.sources import Input
    from persona.storage import Blobs, Records

SCORES = ("diversity_score", "consistency_score", "faithfulness_score", "bias_score")
FEWEST = 3
"""Runs of a variant needed before their spread is called a band."""

_personas = msgspec.json.Decoder(PersonaSet)
_environment = msgspec.json.Decoder(dict[str, Any])
_ORDER: tuple[Verdict, ...] = ("identical", "equivalent", "different", "missing")


def check_bytes(records: Records, blobs: Blobs, run: Run) -> Reproduction:
    """Level ``verify``: everything the run sealed is read and hashed again, and its quotations are anchored again."""
    outputs = [_reread(blobs, output) for output in outputs_of(records, run)]
    broken = []
    for step, digest in _sealed(records, blobs, run):
        try:
            blobs.get(digest)
        except PersonaError:
            broken.append((step, digest))
    misquoted = _misquoted(records, blobs, run) if not broken else None
    if misquoted:
        outputs = [
            msgspec.structs.replace(one, verdict="different", message=misquoted) if one.verdict == "identical" else one
            for one in outputs
        ]
    changes = [Difference(step, "input", digest, None) for step, digest in broken]
    worst = _worst([one.verdict for one in outputs] + (["missing"] if broken else []))
    diverged = broken[0][0] if broken else None if worst == "identical" else "output"
    cause: Cause | None = None if worst == "identical" else "input"
    return Reproduction(run.id, "verify", worst, tuple(outputs), tuple(changes), diverged, cause)


def check_environment(blobs: Blobs, run: Run) -> Reproduction:
    """Level ``environment``: what the run sealed of interpreter, machine, packages, program and work tree, beside now.

    Raises ``Conflict`` for a run that was never started.
    """
    recorded = sealed_environment(blobs, run)
    changes = tuple(between_environments(recorded, environment.capture()) + _between_work_copies(run))
    verdict: Verdict = "different" if changes else "identical"
    cause = changes[0].cause if changes else None
    return Reproduction(run.id, "environment", verdict, (), changes, changes[0].part if changes else None, cause)


def sealed_environment(blobs: Blobs, run: Run) -> dict[str, Any]:
    """The environment that a run recorded. Raises ``Conflict`` for a run that was never started."""
    digest = run.fields.get("environment")
    if not digest:
        raise Conflict(
            "the run recorded no environment: it was never started",
            code="not-reproducible",
            place=run.id,
            hints=["see its state: `persona run show " + run.id + "`"],
        )
    return read_sealed(blobs, digest, _environment, "a record of an environment")


def _between_work_copies(run: Run) -> list[Difference]:
    """What differs between the commit and the changes recorded and those of the work tree now."""
    told = run.fields.get("git")
    if not told:
        return []
    now = work_copy()
    was = {"commit": told.get("commit"), "diff": told.get("diff") or "none"}
    is_ = {"commit": now.commit, "diff": digest_of(now.diff) if now.diff else "none"} if now else {}
    return [
        Difference(f"git.{name}", "code", was[name], is_.get(name))
        for name in ("commit", "diff")
        if was[name] != is_.get(name)
    ]


def replay(records: Records, blobs: Blobs, run: Run, progress: Progress, own: Own = no_own) -> Reproduction:
    """Level ``replay``: the personas made again from what was sealed, compared with what was recorded.

    Raises ``Conflict`` for a run without a recipe or without personas, ``ModelError`` for an engine that is not here.
    """
    recipe, artefact = reproducible(records, blobs, run)
    recorded = _made(blobs, artefact)
    inputs = load_inputs(blobs, recipe)
    engine = engine_for(recipe.parameters.model, run.id)
    ask = Replaying(records, blobs, run, recipe) if engine.asks else None
    try:
        made = engine.generate(
            inputs,
            recipe.parameters,
            recipe.constraints,
            recorded.provenance,
            lambda stage, share: progress(stage, round(share * 100), 100),
            means_of(blobs, recipe, ask),
        )
    except NotRecorded as error:
        return _stopped(blobs, run, recipe, artefact, error, own)
    made = withhold(made, recipe.silent)
    return _verdict(records, blobs, run, "replay", made, recorded, artefact, inputs, own)


def _stopped(blobs: Blobs, run: Run, recipe: Recipe, artefact: Artefact, error: NotRecorded, own: Own) -> Reproduction:
    """The verdict of a replay that asks for something the run never asked: the prompt is the first thing to differ."""
    changes = tuple(changes_since(blobs, run, recipe, own))
    output = OutputVerdict(artefact.id, artefact.digest, None, "missing", error.message)
    cause = changes[0].cause if changes else "nondeterminism"
    diverged = f"call {error.prompt.step} {error.prompt.about}"
    return Reproduction(run.id, "replay", "missing", (output,), changes, diverged, cause)


def compare_rerun(records: Records, blobs: Blobs, run: Run, again: Run, own: Own = no_own) -> Reproduction:
    """Level ``rerun``: a recorded run beside the one that did it again."""
    recipe, artefact = reproducible(records, blobs, run)
    _, fresh = reproducible(records, blobs, again)
    recorded, made = _made(blobs, artefact), _made(blobs, fresh)
    made = msgspec.structs.replace(made, provenance=recorded.provenance)
    found = _verdict(records, blobs, run, "rerun", made, recorded, artefact, load_inputs(blobs, recipe), own)
    return msgspec.structs.replace(found, run=again.id)


def reproducible(records: Records, blobs: Blobs, run: Run) -> tuple[Recipe, Artefact]:
    """The recipe and the personas of a run. Raises ``Conflict`` when it lacks one of them."""
    recipe = load_recipe(blobs, run)
    if run.recipe is not None and not blobs.has(run.recipe) and recipe is not None:
        raise Conflict(
            "the run cannot be done again: words that it read were erased",
            code="words-erased",
            place=run.id,
            hints=[f"see what is left of it: `persona run show {run.id}`", "make personas anew: `persona generate`"],
        )
    made = [one for one in outputs_of(records, run) if one.kind == "personas"]
    if recipe is None or not made:
        why = "it was logged by hand and has no recipe" if recipe is None else f"it is {run.status} and has no personas"
        raise Conflict(
            f"the run cannot be done again: {why}",
            code="not-reproducible",
            place=run.id,
            hints=[f"check the bytes it recorded: `persona run reproduce {run.id} --level verify`"],
        )
    return recipe, made[0]


def outputs_of(records: Records, run: Run) -> list[Artefact]:
    """What a run recorded as made, by id."""
    made = [edge.src for edge in records.edges(run.id, "in") if edge.rel == "generated_by"]
    return [records.get(Artefact, id) for id in sorted(made)]


def changes_since(blobs: Blobs, run: Run, recipe: Recipe, own: Own = no_own) -> list[Difference]:
    """What differs between a run's engine, template and environment and those of this process."""
    engine = engine_for(recipe.parameters.model, run.id)
    found = []
    if engine.version != recipe.engine_version:
        found.append(Difference("engine_version", "code", recipe.engine_version, engine.version))
    try:
        template, _ = template_for(engine, recipe.template.name, run.id, own)
        if template.digest != recipe.template.digest:
            was, is_ = (f"{one.version} {one.digest}" for one in (recipe.template, template))
            found.append(Difference(f"template.{template.name}", "prompt", was, is_))
    except PersonaError:
        found.append(Difference(f"template.{recipe.template.name}", "prompt", recipe.template.version, None))
    if run.fields.get("environment"):
        found += between_environments(sealed_environment(blobs, run), environment.capture())
    return sorted(found, key=lambda one: (CAUSES.index(one.cause), one.part))


def first_divergence(recorded: PersonaSet, made: PersonaSet) -> str | None:
    """The first step of the pipeline whose result differs: the grouping, then each persona, field by field."""
    if recorded.grouping != made.grouping:
        return "grouping"
    for old, new in zip(recorded.personas, made.personas, strict=False):
        before, after = dict(old.claims()), dict(new.claims())
        for path in [*before, *(path for path in after if path not in before)]:
            if before.get(path) != after.get(path):
                return f"{old.id}.{path}"
        if old != new:
            return old.id
    return None if recorded.personas == made.personas else "personas"


def _verdict(
    records: Records,
    blobs: Blobs,
    run: Run,
    level: Level,
    made: PersonaSet,
    recorded: PersonaSet,
    artefact: Artefact,
    inputs: Sequence[Input],
    own: Own,
) -> Reproduction:
    recipe, _ = reproducible(records, blobs, run)
    found = digest_of(encode_personas(made))
    changes = tuple(changes_since(blobs, run, recipe, own))
    if found == artefact.digest:
        same = OutputVerdict(artefact.id, artefact.digest, found, "identical", "the same bytes")
        return Reproduction(run.id, level, "identical", (same,), changes)
    verdict, message = _within_band(records, blobs, run, recipe, made, inputs)
    output = OutputVerdict(artefact.id, artefact.digest, found, verdict, message)
    cause = changes[0].cause if changes else "nondeterminism"
    diverged = first_divergence(recorded, made) or "provenance"
    return Reproduction(run.id, level, verdict, (output,), changes, diverged, cause)


def _within_band(
    records: Records, blobs: Blobs, run: Run, recipe: Recipe, made: PersonaSet, inputs: Sequence[Input]
) -> tuple[Verdict, str]:
    """Whether the scores of personas lie where those of the runs of the same plan lie; seed and repeat may differ."""
    from persona.metrics import scores

    listed = records.find(Run, project=run.project, experiment=run.experiment, status="completed").items
    band = [one.metrics for one in listed if same_plan(load_recipe(blobs, one), recipe)]
    if len(band) < FEWEST:
        return "different", f"no band to judge by: {len(band)} completed runs of this plan, {FEWEST} are needed"
    now = scores(measure_set(made, inputs, recipe.constraints))
    outside = []
    for name in SCORES:
        values = [one[name] for one in band if name in one]
        value = now[name]
        if value is not None and values and not min(values) - 1e-9 <= value <= max(values) + 1e-9:
            outside.append(f"{name} {value:g} is not in {min(values):g} to {max(values):g}")
    if outside:
        return "different", f"outside the band of {len(band)} runs: {'; '.join(outside)}"
    return "equivalent", f"all scores within the band of {len(band)} runs of this plan"


def same_plan(one: Recipe | None, other: Recipe) -> bool:
    """Whether two recipes differ in seed and repeat at most."""
    if one is None:
        return False
    parameters = msgspec.structs.replace(one.parameters, seed=other.parameters.seed)
    return msgspec.structs.replace(one, parameters=parameters, repeat=other.repeat) == other


def _reread(blobs: Blobs, output: Artefact) -> OutputVerdict:
    try:
        found = digest_of(blobs.get(output.digest))
    except PersonaError as error:
        return OutputVerdict(output.id, output.digest, None, "missing", error.message)
    return OutputVerdict(output.id, output.digest, found, "identical", "the same bytes")


def _sealed(records: Records, blobs: Blobs, run: Run) -> list[tuple[str, Digest]]:
    """What a run sealed besides its outputs, in the order in which it was used."""
    found: list[tuple[str, Digest]] = []
    if run.recipe:
        found.append(("recipe", run.recipe))
        try:
            recipe = load_recipe(blobs, run)
        except PersonaError:
            return found
        assert recipe is not None
        found += references_of_recipe(recipe)
    for call in calls_of(records, run.id):
        found += [(f"{call.id}.{name}", digest) for name, digest in references(call)]
    # No output rests on the changes of the work tree, and an exported run may leave them out.
    found += [(name, digest) for name, digest in references(run) if name != DIFF]
    return list(dict.fromkeys(found))


def _made(blobs: Blobs, artefact: Artefact) -> PersonaSet:
    return read_sealed(blobs, artefact.digest, _personas, "personas")


def _misquoted(records: Records, blobs: Blobs, run: Run) -> str | None:
    from persona.generation.guard import check_quotes

    recipe = load_recipe(blobs, run)
    for output in outputs_of(records, run):
        if recipe is not None and output.kind == "personas" and blobs.has(output.digest):
            findings = check_quotes(_made(blobs, output), load_inputs(blobs, recipe))
            if findings:
                return f"{len(findings)} quotations differ from their source, first {findings[0].subject}"
    return None


def _worst(verdicts: Sequence[Verdict]) -> Verdict:
    return max(verdicts, key=_ORDER.index, default="identical")
