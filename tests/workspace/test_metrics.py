"""Measures listed, explained and taken again."""

from __future__ import annotations

import msgspec
import pytest

from persona.errors import NotFound
from persona.metrics import ACROSS, REGISTRY
from persona.model.canonical import canonical_json
from persona.model.records import Draft
from persona.workspace import Workspace


def test_every_metric_and_score_is_explained(ws: Workspace) -> None:
    known = ws.metrics.list()
    assert [one.name for one in known if one.over == "run"][: len(REGISTRY)] == list(REGISTRY)
    assert [one.name for one in known if one.over == "runs"] == list(ACROSS)
    assert {one.distribution for one in known} == {None}
    assert [one.name for one in known][-4:] == [
        "diversity_score",
        "consistency_score",
        "faithfulness_score",
        "bias_score",
    ]
    for one in known:
        assert ws.metrics.explain(one.name) == one
    assert ws.metrics.explain("bias_score").parts == ("bias_invented", "bias_representation")
    with pytest.raises(NotFound) as caught:
        ws.metrics.explain("faithfullness")
    assert caught.value.hints == ("did you mean `faithfulness`?",)


def test_measuring_again_gives_what_is_stored_and_records_nothing(full: Workspace) -> None:
    run = full.generate(flags={"count": 1}).view.run
    before = full.verify().events
    found = full.metrics.compute(run.id)
    assert found.changed == ()
    assert {one.name: one.value for one in found.measures if one.value is not None}.items() <= run.metrics.items()
    assert {name: value for name, value in found.scores.items() if value is not None}.items() <= run.metrics.items()
    assert full.verify().events == before


def test_a_value_that_is_not_what_was_stored_is_named(full: Workspace) -> None:
    run = full.generate(flags={"count": 1}).view.run
    stored = [
        msgspec.structs.replace(one, value=0.5) if one.name == "faithfulness" else one for one in full.run.measures(run)
    ]
    digest = full._context.blobs.put(canonical_json(stored))
    full._context.append(Draft("thing.noted", run.id, {"noun": "run", "fields": {"measures": digest}}))
    assert full.metrics.compute(run.id).changed == ("faithfulness",)
