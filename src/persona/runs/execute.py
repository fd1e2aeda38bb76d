"""Executing a planned run: take it, make the personas, guard the words, measure, finish in one transaction."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from persona.errors import Conflict, IntegrityError, PersonaError, Stopped
from persona.generation.means import Means
from persona.generation.withholding import withhold
from persona.model.calls import NO_LIMITS, Ask, Limits
from persona.model.canonical import canonical_json
from persona.model.cards import derived, salted
from persona.model.demands import Held, judge
from persona.model.groupings import GroupingFile
from persona.model.ids import iso, now
from persona.model.measures import seal_measures
from persona.model.personas import PersonaSet
from persona.model.recipes import Recipe
from persona.model.records import DocumentRecord, Draft, Edge, Run
from persona.runs import environment
from persona.runs.artefacts import Output, append_outputs
from persona.runs.calls import Calling, Counter
from persona.runs.engines import engine_for
from persona.runs.inputs import load_inputs
from persona.runs.measuring import measure_set
from persona.runs.plan import source_hash
from persona.runs.sealed import read_sealed
from persona.runs.workcopy import work_copy

if TYPE_CHECKING:
    from persona.model.measures import Measure
    from persona.model.sources import Input
    from persona.storage import Blobs, Records

Progress = Callable[[str, int, int], None]
TAKEABLE = ("planned", "interrupted", "cancelled", "failed")
"""The states from which a run can be executed. It keeps its id, and the log keeps how it ended before."""

_recipe = msgspec.json.Decoder(Recipe)
_grouping = msgspec.json.Decoder(GroupingFile)


def load_recipe(blobs: Blobs, run: Run) -> Recipe | None:
    """The sealed recipe of a run; None for a run that was logged by hand. Raises as ``read_sealed`` does."""
    return read_sealed(blobs, run.recipe, _recipe, "a recipe") if run.recipe else None


def provenance_of(recipe: Recipe) -> dict[str, Any]:
    """The ``_provenance`` of a stored persona set: R-016's fields but for the time, and the recipe behind them."""
    from persona.runs.plan import shown_parameters

    told = {
        "generated_by": f"{environment.TOOL} v{environment.summary()['version']}",
        "source_hash": source_hash(recipe),
        "sources": sorted({ref.source for ref in recipe.inputs}),
        "documents": sorted({ref.document for ref in recipe.inputs}),
        "engine": f"{recipe.engine}@{recipe.engine_version}",
        "model": recipe.parameters.model,
        "template": f"{recipe.template.name}@{recipe.template.version}",
        "template_hash": recipe.template.digest,
        "parameters": shown_parameters(recipe),
        "seed": recipe.parameters.seed,
        "repeat": recipe.repeat,
        "recipe": recipe.digest(),
    }
    return told | ({"salt": derived("personas", recipe.salt)} if recipe.salt else {})


def encode_personas(personas: PersonaSet) -> bytes:
    """The bytes of ``output/personas.json``: canonical JSON laid out for reading, one digest for one content."""
    return msgspec.json.format(canonical_json(personas), indent=2) + b"\n"


def execute(
    records: Records,
    blobs: Blobs,
    run_id: str,
    *,
    actor: str,
    progress: Progress,
    limits: Limits = NO_LIMITS,
    fresh: bool = False,
    git: bool = True,
    counter: Counter | None = None,
    start: Mapping[str, Any] | None = None,
) -> PersonaSet:
    """Run a planned run to its end. Whatever happens, the record says so; errors are recorded and raised again.

    ``limits`` bound how a model is asked, with ``fresh`` no recorded answer of another run is used again, and ``git``
    says whether the state of the work tree is recorded. ``counter`` is where calls are made, None for one of its own,
    and ``start`` what a process that does many runs knows of itself (``start_fields``). A run that did not end well
    before is taken up again: what it was answered then is not asked again.

    Raises ``Conflict`` when another process took the run first, or when it is completed.
    """
    run = records.get(Run, run_id)
    recipe = load_recipe(blobs, run)
    if recipe is None:
        raise Conflict(
            "this run was logged by hand and has no recipe to execute",
            code="no-recipe",
            place=run_id,
            hints=[f"see what it holds: `persona run show {run_id}`"],
        )
    take(records, run, recipe, start_fields(records, blobs, git=git) if start is None else start, actor=actor)
    begun = time.monotonic()
    calling: Calling | None = None
    try:
        inputs = load_inputs(blobs, recipe)
        engine = engine_for(recipe.parameters.model, run_id)
        if engine.asks:
            calling = Calling(
                records,
                blobs,
                run,
                recipe.parameters,
                recipe.repeat,
                limits,
                fresh=fresh,
                actor=actor,
                counter=counter,
            )
        personas = engine.generate(
            inputs,
            recipe.parameters,
            recipe.constraints,
            provenance_of(recipe),
            lambda stage, share: progress(stage, round(share * 100), 100),
            means_of(blobs, recipe, calling),
        )
        personas = withhold(personas, recipe.silent)
        _guard(personas, inputs, recipe.silent)
        progress("measuring", 0, 1)
        measures = measure_set(personas, inputs, recipe.constraints)
        held = _judged(personas, measures, recipe)
        _finish(records, blobs, run, personas, measures, held, _told(begun, calling), actor)
    except BaseException as error:
        _record_failure(records, blobs, run_id, error, _told(begun, calling), actor)
        raise
    finally:
        if calling is not None:
            calling.close()
    return personas


def _judged(personas: PersonaSet, measures: list[Measure], recipe: Recipe) -> tuple[Held, ...]:
    """What the project demands, held against what was made."""
    from persona.metrics import scores

    return judge(personas, {one.name: one.value for one in measures} | scores(measures), recipe.constraints)


def means_of(blobs: Blobs, recipe: Recipe, ask: Ask | None) -> Means:
    """What an engine is given beside inputs and parameters, from what was sealed."""
    grouping = None
    if recipe.grouping:
        grouping = read_sealed(blobs, recipe.grouping, _grouping, "a grouping").groups
    return Means(ask, blobs.get(recipe.template.digest).decode("utf-8", "replace"), grouping)


def _told(begun: float, calling: Calling | None) -> dict[str, Any]:
    """What the end of a run says about itself: the seconds it took, and what it asked."""
    told: dict[str, Any] = {"seconds": round(time.monotonic() - begun, 6)}
    return told if calling is None else told | {"calls": calling.summary()}


def take(records: Records, run: Run, recipe: Recipe, start: Mapping[str, Any], *, actor: str) -> None:
    """Become the one process that executes a run, and record where it runs and what it reads."""
    if run.status not in TAKEABLE:
        raise Conflict(
            f"the run is {run.status}",
            code="run-status",
            place=run.id,
            hints=[f"see what became of it: `persona run show {run.id}`"],
            data={"status": run.status, "expected": "planned"},
        )
    fields = dict(start)
    if run.status != "planned":
        fields |= {"attempts": run.fields.get("attempts", 1) + 1, "traceback": None}
    used = edges_of_use(run.id, _used(records, run, recipe))
    body = {"at": iso(now()), "fields": fields}
    records.append([Draft("run.started", run.id, body, used)], expect={run.id: run.status}, actor=actor)


def _used(records: Records, run: Run, recipe: Recipe) -> list[str]:
    """The documents and the template that a run reads, unless its plan says so already."""
    if any(edge.rel == "used" for edge in records.edges(run.id, "out")):
        return []
    known = {one.digest: one.id for one in records.find(DocumentRecord, project=run.project).items}
    documents = [known[ref.document] for ref in recipe.inputs if ref.document in known]
    return [*documents, f"template:{recipe.template.name}@{recipe.template.version}"]


def start_fields(records: Records, blobs: Blobs, *, git: bool = True) -> dict[str, Any]:
    """The process, the sealed environment and the state of the git work tree that ``run.started`` records."""
    process = environment.this_process()
    word = records.presence()
    if word is not None:
        process = {**process, "present": word}
    fields = {"process": process, "environment": blobs.put(environment.sealed())}
    found = work_copy() if git else None
    if found is None:
        return fields
    told: dict[str, Any] = {"commit": found.commit, "dirty": bool(found.diff), "untracked": found.untracked}
    if found.branch:
        told["branch"] = found.branch
    if found.diff:
        told |= {"diff": blobs.put(found.diff), "cut": found.cut}
    return {**fields, "git": told}


def _guard(personas: PersonaSet, inputs: list[Input], silent: frozenset[str]) -> None:
    """Refuse personas in which any shown quotation differs from its span, whatever engine made them."""
    from persona.generation.guard import check_quotes

    findings = check_quotes(personas, inputs, silent)
    if findings:
        raise IntegrityError(
            f"{len(findings)} quotations do not equal their source",
            code="quotation-differs",
            place=findings[0].subject,
            hints=["this is a fault of the engine: nothing was stored"],
        )


def _finish(
    records: Records,
    blobs: Blobs,
    run: Run,
    personas: PersonaSet,
    measures: list[Measure],
    held: tuple[Held, ...],
    told: Mapping[str, Any],
    actor: str,
) -> None:
    from persona.metrics import scores

    content = encode_personas(personas)
    salt = str(personas.provenance.get("salt", ""))
    sealed = [content, seal_measures(measures, derived("measures", salt)), *([canonical_json(held)] if held else [])]
    personas_digest, measures_digest, *judged = blobs.put_many(sealed)
    values = {measure.name: measure.value for measure in measures} | scores(measures)
    at = iso(now())
    points = [
        {"key": key, "value": value, "step": 0, "at": at} for key, value in sorted(values.items()) if value is not None
    ]
    base = f"{run.experiment}.{run.variant}." if run.experiment else ""
    output = Output(
        name=f"{base}personas",
        kind="personas",
        digest=personas_digest,
        bytes=len(content),
        path="output/personas.json",
        derived_from=tuple(edge.dst for edge in records.edges(run.id, "out") if edge.dst.startswith("document_")),
        fields={"personas": len(personas.personas)},
    )

    def finished(ids: list[str]) -> list[Draft]:
        fields = {**told, "measures": measures_digest, "outputs": {"personas": ids[0]}}
        if judged:
            fields |= {"constraints": judged[0], "constraints_broken": sum(one.holds is not True for one in held)}
        body = {"status": "completed", "at": at, "error": None, "metrics": points, "fields": fields}
        return [Draft("run.finished", run.id, body)]

    append_outputs(records, run.project, run.id, [output], finished, actor=actor, expect={run.id: "running"})


def _record_failure(
    records: Records, blobs: Blobs, run_id: str, error: BaseException, ended: Mapping[str, Any], actor: str
) -> None:
    """Record how a run ended badly; the traceback goes to a blob, because it may quote a source."""
    status = "cancelled" if isinstance(error, (KeyboardInterrupt, SystemExit)) else "failed"
    if isinstance(error, Stopped):
        status = error.status
    told: Mapping[str, Any]
    if isinstance(error, PersonaError):
        told = {"code": error.code, "message": error.message}
    else:
        told = {"code": "internal" if status == "failed" else status, "message": type(error).__name__}
    fields: dict[str, Any] = dict(ended)
    try:
        trace = "".join(traceback.format_exception(error))
        fields["traceback"] = blobs.put(salted(trace.encode()))
        body = {"status": status, "at": iso(now()), "error": dict(told), "metrics": [], "fields": fields}
        records.append([Draft("run.finished", run_id, body)], expect={run_id: "running"}, actor=actor)
    except PersonaError as second:  # the disk may be what failed; the run then shows as interrupted when next opened
        error.add_note(f"the failure could not be recorded: {second.message}")


def edges_of_use(run_id: str, things: list[str]) -> tuple[Edge, ...]:
    """The edges that say a run used some things."""
    return tuple(Edge(run_id, "used", thing) for thing in things)
