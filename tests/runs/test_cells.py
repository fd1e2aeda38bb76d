"""Cells: the same file gives the same ones, written as any recipe is; blocks stand together; planning twice plans once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.runs.making import ACTOR, recipe_for, small_workspace, stores

from persona.model.canonical import canonical_json, digest_of
from persona.model.recipes import Constraints, Parameters, Recipe, TemplateRef
from persona.model.records import Run
from persona.runs.cells import Arm, cells_of, filled, plan_cells
from persona.workspace import Workspace

DIGEST = digest_of(b"x")


@pytest.fixture
def ws(tmp_path: Path) -> Iterator[Workspace]:
    with small_workspace(tmp_path) as ws:
        yield ws


def arm(variant: str, inputs: str = "all", **parameters: object) -> Arm:
    recipe = Recipe(
        engine="extractive",
        engine_version="1",
        template=TemplateRef("default", "1", DIGEST),  # type: ignore[arg-type]  # a digest
        parameters=Parameters(**parameters),  # type: ignore[arg-type]  # whatever is tried
        constraints=Constraints(),
        inputs=(),
    )
    return Arm(variant, inputs, recipe, b"")


@given(
    seed=st.integers(0, 2**40),
    repeat=st.integers(0, 500),
    model=st.text(max_size=30),
    temperature=st.floats(0, 2, allow_nan=False),
)
def test_a_cell_is_written_as_its_recipe_would_be(seed: int, repeat: int, model: str, temperature: float) -> None:
    one = arm("a", seed=seed, model=model, temperature=temperature)
    (cell,) = cells_of([one], range(repeat, repeat + 1))
    parameters = msgspec.structs.replace(one.recipe.parameters, seed=seed + repeat)
    whole = msgspec.structs.replace(one.recipe, repeat=repeat, parameters=parameters)
    assert cell.recipe == canonical_json(whole)
    assert cell.digest == whole.digest()
    assert cell.seed == seed + repeat


def test_even_a_name_that_looks_like_a_seed_is_no_seed() -> None:
    one = arm("a", model="9007199254740881 9007199254740847", seed=3)
    cells = list(cells_of([one], range(3)))
    for cell in cells:
        again = msgspec.json.decode(cell.recipe, type=Recipe)
        assert (again.parameters.seed, again.repeat) == (3 + cell.repeat, cell.repeat)
        assert again.parameters.model == one.recipe.parameters.model


@settings(max_examples=50)
@given(variants=st.integers(1, 6), sets=st.integers(1, 3), repeats=st.integers(1, 6))
def test_the_variants_of_a_block_stand_side_by_side(variants: int, sets: int, repeats: int) -> None:
    arms = [arm(f"v{v}", f"i{i}", temperature=v / 10, items=i + 1) for i in range(sets) for v in range(variants)]
    cells = list(cells_of(arms, range(repeats)))
    assert len({cell.key for cell in cells}) == len(cells) == variants * sets * repeats
    blocks = [cells[at : at + variants] for at in range(0, len(cells), variants)]
    for block in blocks:
        assert len({(cell.arm.inputs, cell.repeat) for cell in block}) == 1
        assert {cell.arm.variant for cell in block} == {f"v{v}" for v in range(variants)}
    assert cells == list(cells_of(arms, range(repeats)))
    first = [block[0].arm.variant for block in blocks]
    assert variants == 1 or len(blocks) < 12 or len(set(first)) > 1, "no variant always goes first"


def test_planning_twice_plans_once(ws: Workspace) -> None:
    recipe, text, _ = recipe_for(ws, count=1)
    cells = list(cells_of([Arm("a", "all", recipe, text)], range(5)))
    records, blobs = stores(ws)
    where = {"project": "shop", "experiment": "e", "version": 1, "actor": ACTOR}
    made = plan_cells(records, blobs, cells, **where)  # type: ignore[arg-type]  # text and a number
    runs = records.find(Run, experiment="e").items
    assert len(made) == len(runs) == 5
    assert {run.status for run in runs} == {"planned"}
    assert all(run.recipe and blobs.has(run.recipe) for run in runs)
    there = filled(cells, runs)
    assert {key: run.id for key, run in there.items()} == made
    assert filled(list(cells_of([Arm("b", "all", recipe, text)], range(5))), runs) == {}
    assert records.check() == []
