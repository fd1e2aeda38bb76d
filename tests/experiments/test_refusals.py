"""What cannot work is refused with a place and a hint, before anything is planned; what may mislead is said."""

from __future__ import annotations

import pytest
from tests.experiments.conftest import ASKING, STILL, Busy, made
from tests.llm import plausible
from tests.llm.server import Asked, FakeServer, Reply

from persona.errors import InvalidInput, PersonaError, UsageError
from persona.model.experiments import read_experiment
from persona.workspace import Workspace

BAD = {
    "sweep: {method: grid, parameters: {novelty: {min: 1, max: 0}}}": "sweep.parameters.novelty",
    "sweep: {method: grid, parameters: {novelty: []}}": "sweep.parameters.novelty",
    "sweep: {method: grid, parameters: {novelty: {values: []}}}": "sweep.parameters.novelty.values",
    "sweep: {method: grid, parameters: {model: {min: 1, max: 2}}}": "sweep.parameters.model",
    "sweep: {method: grid, parameters: {novelty: {min: 0, max: 1, step: 0}}}": "sweep.parameters.novelty.step",
    "sweep: {method: random, parameters: {novelty: {min: 0, max: 1, log: true}}, budget: {runs: 3}}": "novelty.log",
    "sweep: {method: best, parameters: {items: [1]}}": "sweep.method",
    "sweep: {method: grid, parameters: {items: [1]}, budget: {hours: 3}}": "sweep",
    "sweep: {method: grid, parameters: {}}": "sweep.parameters",
    "sweep: {method: random, parameters: {items: [1]}}": "sweep.budget",
    "matrix: {}": "matrix",
    "matrix: {parameters: {items: [1, 1]}}": "matrix.parameters.items",
    "matrix: {parameters: {items: [1]}, exclude: [{items: 1}]}": "matrix.exclude",
    "variants: [{name: a}, {name: a}]": "variants",
    "variants: [{parameters: {items: 1}}]": "variants[0]",
    "variants: []": "variants",
    "variants: [{name: a, parameters: {itmes: 1}}]": "variants[0]",
    "variants: [{name: a}]\nbaseline: b": "baseline",
    "variants: [{name: a}]\nprimary_metric: {direction: higher}": "primary_metric",
    "variants: [{name: a}]\nprimary_metric: {name: faithfulness, direction: sideways}": "primary_metric.direction",
    "variants: [{name: a}]\nstopping: soon": "stopping.rule",
    "variants: [{name: a}]\ninputs: all": "inputs",
    "variants: [{name: a}]\ninputs: [{sources: [x]}]": "inputs[0]",
    "variants: [{name: a}]\ninputs: [{name: s, sources: [x]}, {name: s, sources: [y]}]": "inputs[1]",
}


@pytest.mark.parametrize("text", BAD)
def test_a_file_that_cannot_work_is_refused_with_its_place_and_a_hint(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_experiment(f"name: bad\n{text}\n", "bad.yaml")
    assert str(caught.value.place).startswith("bad.yaml")
    assert BAD[text] in str(caught.value.place)
    assert caught.value.hints


@pytest.mark.parametrize("limit", [{"max_cost": 0.0000001}, {"max_cost": 0.0}, {"max_total_tokens": 5}])
@pytest.mark.parametrize("repeats", [1, 3])
def test_a_budget_below_the_first_call_plans_nothing(
    shop: Workspace, server: FakeServer, limit: dict[str, float], repeats: int
) -> None:
    made(shop, "asking", ASKING)
    with pytest.raises(UsageError) as caught:
        shop.experiment.run("asking", repeats=repeats, flags=limit)
    assert caught.value.code == "budget-too-small"
    assert str(caught.value.place).startswith("--max-")
    assert "e-0" not in caught.value.message, "money is said in digits"
    assert caught.value.hints
    assert shop.run.list().total == 0
    assert server.asked == []


def test_a_budget_of_nothing_is_enough_for_what_is_recorded(shop: Workspace, server: FakeServer) -> None:
    made(shop, "asking", ASKING)
    shop.experiment.run("asking", repeats=2)
    asked = len(server.asked)
    again = shop.experiment.run("asking", repeats=2, flags={"max_cost": 0.0})
    assert (again.outcomes, again.wanted) == ((), 4)
    made(shop, "copy", ASKING.replace("asking", "copy"))
    copied = shop.experiment.run("copy", repeats=2, flags={"max_cost": 0.0})
    assert {one.status for one in copied.outcomes} == {"completed"}, "its calls are recorded"
    assert len(server.asked) == asked
    with pytest.raises(UsageError, match="below the price of one call"):
        shop.experiment.run("copy", repeats=3, flags={"max_cost": 0.0})
    assert shop.run.list().total == 8


def test_filters_that_overlap_are_compared_and_told(shop: Workspace) -> None:
    made(shop, "still", STILL)
    shop.experiment.run("still", repeats=3)
    found = shop.comparing.compare(["params.items = 2", "status = completed"], metrics=["faithfulness"])
    assert any("3 runs stand on more than one side" in note for note in found.comparison.notes)
    assert found.personas
    apart = shop.comparing.compare(["params.items = 2", "params.items = 4"], metrics=["faithfulness"])
    assert not any("more than one side" in note for note in apart.comparison.notes)


def test_a_filter_that_finds_nothing_is_named(shop: Workspace) -> None:
    made(shop, "still", STILL)
    shop.experiment.run("still", repeats=1)
    with pytest.raises(UsageError) as caught:
        shop.comparing.compare(["params.items = 2", "params.itmes = 4"])
    assert "`params.itmes = 4`" in caught.value.message
    assert "`params.items = 2`" not in caught.value.message
    assert any("persona run list" in hint for hint in caught.value.hints)


def test_a_build_that_changes_inside_a_block_is_told_by_run_and_show(shop: Workspace, busy: Busy) -> None:
    def first(asked: Asked) -> Reply:
        reply = plausible.respond(asked)
        cold = asked.body.get("temperature") == 0
        reply.fingerprint = "fp_one" if cold or "mini" not in asked.model else "fp_two"
        return reply

    busy.first = first
    other = '  - name: other\n    parameters: {model: "openai:gpt-4o", count: 1, temperature: 0}\n'
    made(shop, "asking", ASKING + other)
    shop._context.notes.clear()
    shop.experiment.run("asking", repeats=2, flags={"jobs": 4})
    told = [note for note in shop._context.notes if "changed inside" in note]
    assert len(told) == 1
    assert "changed inside 2 of 2 blocks" in told[0], "blocks of that model, and not of another"
    assert told[0] in shop.experiment.show("asking").notes
    made(shop, "still", STILL)
    assert shop.experiment.run("still", repeats=1).wanted == 2
    assert not any("changed inside" in note for note in shop.experiment.show("still").notes)


def test_why_shows_a_long_text_where_it_differs(shop: Workspace) -> None:
    made(shop, "asking", ASKING)
    shop.experiment.run("asking", repeats=1, variant="cool")
    shop.template.new("brief")
    path = next((shop.root / "projects" / "shop" / "templates").glob("brief*"))
    text = path.read_text()
    assert "the most telling first" in text
    path.write_text(text.replace("the most telling first", "the LEAST telling first"))
    run = shop.generate(flags={"model": "openai:gpt-4o-mini", "count": 1, "template": "brief"}).view.run
    call = next(one for one in shop.call.list(run.id) if one.step == "observe")
    found = shop.call.why(call.id)
    texts = [one for one in found.differences if one.part.startswith("messages")]
    assert texts
    for one in texts:
        if one.after and "LEAST" in one.after:
            assert one.before is not None
            assert "most telling" in one.before
            break
    else:
        raise AssertionError(texts)


def test_every_refusal_of_a_run_leaves_nothing_planned(shop: Workspace) -> None:
    made(shop, "still", STILL + "primary_metric: {name: evidence_concentration}\n")
    for more in ({"variant": "fwe"}, {"repeats": 0}, {"flags": {"items": 3}}, {"flags": {"jobs": 0}}):
        with pytest.raises(PersonaError) as caught:
            shop.experiment.run("still", **more)  # type: ignore[arg-type]
        assert caught.value.place
        assert caught.value.hints
    assert shop.run.list().total == 0
