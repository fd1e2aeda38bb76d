"""The two words for Python programs: ``run.use`` and ``run.log``."""

from __future__ import annotations

from pathlib import Path

import pytest

from persona.errors import InvalidInput, NotFound, UsageError
from persona.workspace import Workspace


def test_use_and_log_make_the_graph(ws: Workspace, tmp_path: Path) -> None:
    data = tmp_path / "data.csv"
    data.write_text("a,b\n1,2\n", encoding="utf-8")
    with ws.run.start(params={"lr": 0.1, "layers": [1, 2]}, tags={"by": "test"}) as first:
        first.use(data)
        for loss in (3.0, 2.0, 1.5):
            first.log({"loss": loss})
        first.log(data, name="model")
    with ws.run.start() as second:
        assert second.use("model") == data.read_bytes()
    view = ws.run.show(first.id)
    assert view.run.status == "completed"
    assert view.run.params == {"lr": "0.1", "layers": "[1,2]"}
    assert view.run.metrics == {"loss": 1.5}
    assert [(point.step, point.value) for point in view.series] == [(0, 3.0), (1, 2.0), (2, 1.5)]
    assert view.outputs[0].id == "shop-research/model:v1"
    lineage = ws.artefact.lineage(second.id)
    assert [child.id for child in lineage.root.children if child.kind == "artefact"] == ["shop-research/model:v1"]
    assert ws.verify().ok


def test_an_error_makes_a_failed_run_and_passes_through(ws: Workspace) -> None:
    with pytest.raises(ZeroDivisionError), ws.run.start() as run:  # noqa: PT012  # the block is what is tested
        run.log({"x": 1})
        1 / 0  # noqa: B018  # the error is the point
    recorded = ws.run.show(run.id).run
    assert (recorded.status, recorded.metrics) == ("failed", {"x": 1.0})
    with pytest.raises(UsageError):
        run.log({"x": 2})


def test_what_is_no_number_and_no_name_is_refused(ws: Workspace) -> None:
    with ws.run.start() as run:
        with pytest.raises(InvalidInput):
            run.log({"x": float("nan")})
        for name in ("../x", "a:b", "", ".hidden", "a/b"):
            with pytest.raises(InvalidInput):
                run.log_bytes(b"x", name)


def test_flushed_values_survive_without_a_finish(ws: Workspace) -> None:
    run = ws.run.start()
    run.log({"x": 1.0})
    run.log_bytes(b"half done", "draft")
    run.flush()
    assert ws.run.show(run.id).run.metrics == {"x": 1.0}
    assert ws.artefact.show("draft").artefact.run == run.id
    run.finish("cancelled")
    assert ws.run.show(run.id).run.status == "cancelled"


def test_a_key_that_no_run_has_is_told_with_the_nearest(ws: Workspace) -> None:
    with ws.run.start(params={"temperature": 0.3}, tags={"team": "x"}) as run:
        run.log({"loss": 1.0})
    assert ws.run.list(where="params.temprature > 0 and tags.team = x or metrics.los < 2").total == 0
    assert ws.notes == (
        "no recent run has `params.temprature`; did you mean `params.temperature`?",
        "no recent run has `metrics.los`; did you mean `metrics.loss`?",
    )
    assert ws.run.list(where="params.temperature > 5").total == 0
    assert len(ws.notes) == 2


def test_a_run_that_a_program_logs_is_meant_only_where_nothing_makes_personas(full: Workspace) -> None:
    with pytest.raises(NotFound):
        full.run.newest()
    with full.run.start() as logged:
        logged.log({"score": 1.0})
    assert full.run.newest().id == logged.id
    made = full.generate(flags={"count": 1}).view.run.id
    with full.run.start():
        pass
    assert full.run.newest().id == made
