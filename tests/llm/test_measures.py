"""What only an engine that writes gives to measure: its own words, its answers, and how far its runs agree."""

from __future__ import annotations

from persona.workspace import Workspace


def test_the_words_of_a_model_and_its_answers_are_measured(shop: Workspace) -> None:
    made = shop.generate(flags={"count": 2})
    found = {one.name: one for one in made.view.measures}
    wording = found["bias_language"]
    own = sum(len(claim.text.split()) for one in made.personas.personas for _, claim in one.claims() if claim.method == "model")  # fmt: skip
    assert (wording.status, wording.direction) == ("ok", "none")
    assert 0 < wording.denominator <= own + 10
    assert [one["persona"] for one in wording.details["words"]] == [one.id for one in made.personas.personas]
    assert found["schema_validity"].details["answers_at_first_attempt"] == 1
    assert found["consistency_internal"].status in ("ok", "not_applicable")
    assert shop.metrics.compute(made.view.run.id).changed == ()


def test_runs_of_a_model_are_held_against_each_other(shop: Workspace) -> None:
    first = shop.generate(flags={"count": 2, "seed": 1}).view.run.id
    second = shop.generate(flags={"count": 2, "seed": 2}).view.run.id
    found = {one.name: one for one in shop.metrics.across([first, second]).measures}["consistency_runs"]
    assert (found.status, found.denominator) == ("ok", 1)
    (pair,) = found.details["pairs"]
    assert pair["matched"] > pair["others"]
