"""What an experiment consists of, run by run: variants x sets of inputs x repeats; what is there, and what is missing.

A cell is known by its variant and recipe: the same file, sources, templates and engines give the same cells, so
planning twice plans once. Seeds are paired: repeat ``r`` of every variant over the same inputs draws with seed
``base + r``.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec import structs

from persona.model.canonical import Digest, canonical_json, digest_of, digest_of_value
from persona.model.ids import iso, new_id, now, uuid7s
from persona.model.recipes import InputRef, Recipe
from persona.model.records import Draft, Edge, Run
from persona.runs.plan import model_of, shown_parameters

if TYPE_CHECKING:
    from persona.storage import Blobs, Records

BATCH = 1000
"""Runs planned in one transaction."""

_SEED, _REPEAT = 9007199254740881, 9007199254740847
"""Numbers that stand for seed and repeat while a recipe is written once for all repeats of it."""


class Arm(NamedTuple):
    """One variant over one set of inputs: the recipe of its repeat 0, and the text of its template.

    ``point`` is what a search records of the point that the variant is.
    """

    variant: str
    inputs: str
    recipe: Recipe
    template: bytes
    point: Mapping[str, Any] | None = None


Key = tuple[str, Digest]
"""A variant and the digest of a recipe."""


class Cell(NamedTuple):
    """One run that an experiment wants: arm, repeat, and the canonical recipe with its digest."""

    arm: Arm
    repeat: int
    recipe: bytes
    digest: Digest

    @property
    def key(self) -> Key:
        """What it is known by."""
        return self.arm.variant, self.digest

    @property
    def seed(self) -> int:
        """The seed it draws with."""
        return self.arm.recipe.parameters.seed + self.repeat


def cells_of(arms: Sequence[Arm], repeats: range) -> Iterator[Cell]:
    """Every cell, block by block: the variants of one repeat over one set of inputs stand side by side in time.

    Within a block their order is drawn, the same each time, so that no variant always goes first.
    """
    forms = [_Form(arm) for arm in arms]
    blocks: dict[str, list[int]] = {}
    for number, arm in enumerate(arms):
        blocks.setdefault(arm.inputs, []).append(number)
    for repeat in repeats:
        for inputs, numbers in blocks.items():
            order = list(numbers)
            random.Random(f"{inputs} {repeat}").shuffle(order)  # noqa: S311  # reproducible, not secret
            for number in order:
                arm = arms[number]
                recipe = forms[number](arm.recipe.parameters.seed + repeat, repeat)
                yield Cell(arm, repeat, recipe, digest_of(recipe))


class _Form:
    """The canonical recipe of an arm with the seed and the repeat left open."""

    def __init__(self, arm: Arm) -> None:
        self._recipe = arm.recipe
        open_ = structs.replace(
            arm.recipe, repeat=_REPEAT, parameters=structs.replace(arm.recipe.parameters, seed=_SEED)
        )
        text = canonical_json(open_)
        seed, repeat = str(_SEED).encode(), str(_REPEAT).encode()
        self._parts: tuple[bytes, bytes, bytes] | None = None
        if text.count(seed) == text.count(repeat) == 1 and text.index(seed) < text.index(repeat):
            before, rest = text.split(seed)
            between, after = rest.split(repeat)
            self._parts = (before, between, after)

    def __call__(self, seed: int, repeat: int) -> bytes:
        if self._parts is None:
            parameters = structs.replace(self._recipe.parameters, seed=seed)
            return canonical_json(structs.replace(self._recipe, repeat=repeat, parameters=parameters))
        before, between, after = self._parts
        return b"%b%d%b%d%b" % (before, seed, between, repeat, after)


def filled(cells: Sequence[Cell], runs: Sequence[Run]) -> dict[Key, Run]:
    """Which runs fill which cells. Of several for one, a completed one counts, then the newest."""
    wanted = {cell.key for cell in cells}
    found: dict[Key, Run] = {}
    for run in sorted(runs, key=lambda one: (one.status == "completed", one.planned_at)):
        if run.recipe is not None and run.variant is not None and (run.variant, run.recipe) in wanted:
            found[run.variant, run.recipe] = run
    return found


def plan_cells(
    records: Records,
    blobs: Blobs,
    cells: Sequence[Cell],
    *,
    project: str,
    experiment: str,
    version: int,
    actor: str,
) -> dict[Key, str]:
    """Seal the recipes of cells and record a planned run for each; the ids by cell.

    What a run reads is recorded when it starts: thousands of planned runs would repeat it thousands of times.
    """
    found: dict[Key, str] = {}
    taken: set[str] = set()
    shown: dict[tuple[str, str], dict[str, str]] = {}
    agents: dict[tuple[str, str], list[str]] = {}
    bases: dict[tuple[str, str], Digest] = {}
    for start in range(0, len(cells), BATCH):
        some = cells[start : start + BATCH]
        templates = {cell.arm.template for cell in some}
        blobs.put_many([*(cell.recipe for cell in some), *templates])
        drafts = []
        moment = now()
        planned_at = iso(moment)
        for cell, uuid in zip(some, uuid7s(len(some)), strict=True):
            arm = cell.arm
            key = (arm.variant, arm.inputs)
            if key not in shown:
                shown[key] = shown_parameters(arm.recipe)
                engine = f"engine:{arm.recipe.engine}@{arm.recipe.engine_version}"
                agents[key] = [engine, *model_of(arm.recipe), actor]
                bases[key] = inputs_digest(arm.recipe.inputs)
            run = new_id("run", moment)
            while run in taken:
                run = new_id("run", moment)
            taken.add(run)
            body = {
                "uuid": uuid,
                "project": project,
                "experiment": experiment,
                "variant": arm.variant,
                "recipe": cell.digest,
                "seed": cell.seed,
                "repeat": cell.repeat,
                "params": {**shown[key], "seed": str(cell.seed)},
                "tags": {},
                "fields": {
                    "planned_at": planned_at,
                    "inputs": arm.inputs,
                    "inputs_digest": bases[key],
                    "version": version,
                    **({"point": dict(arm.point)} if arm.point else {}),
                },
            }
            edges = [Edge(run, "associated_with", agent) for agent in agents[key]]
            edges += [Edge(run, "part_of", project), Edge(run, "part_of", f"{project}/{experiment}")]
            drafts.append(Draft("run.planned", run, body, tuple(edges)))
            found[cell.key] = run
        records.append(drafts, actor=actor)
    return found


def inputs_digest(inputs: Sequence[InputRef]) -> Digest:
    """One name for a set of inputs: what pairs the runs of two variants."""
    return digest_of_value([ref.document for ref in inputs])
