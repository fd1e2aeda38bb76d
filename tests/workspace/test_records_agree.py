"""R-016's embedded ``_provenance`` and separate manifest, fact by fact, beside the records of the log.

What is expected is read here from events, edges and blobs, not with the code that writes either of them.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.workspace.conftest import INTERVIEWS

from persona.model.canonical import canonical_json
from persona.model.cards import derived
from persona.model.records import Artefact, DocumentRecord, Run, Source
from persona.model.yamltext import load_yaml
from persona.workspace import Workspace

FILES = sorted(INTERVIEWS)
PROVENANCE = {
    "generated_by", "timestamp", "source_hash", "sources", "documents", "engine", "model", "template", "template_hash",
    "parameters", "seed", "repeat", "recipe", "salt", "run_id", "artefact", "digest", "log",
}  # fmt: skip
"""Every fact that is embedded: a new one needs a line below."""
MANIFEST = {"id", "type", "path", "hash", "generated", "sources", "generator"}
GENERATOR = {"tool", "version", "engine", "recipe", "parameters"}

steps = st.one_of(
    st.tuples(
        st.just("generate"),
        st.fixed_dictionaries(
            {"count": st.sampled_from([1, 2]), "seed": st.integers(0, 3), "temperature": st.sampled_from([0, 0.7])}
        ),
        st.sets(st.sampled_from(FILES), min_size=2).map(sorted),
    ),
    st.tuples(st.just("program"), st.fixed_dictionaries({"rate": st.floats(0, 1)}), st.booleans()),
    st.tuples(st.just("experiment"), st.sampled_from([0, 1]), st.none()),
)


class Recorded:
    """What the log says of a run."""

    def __init__(self, ws: Workspace, id: str) -> None:
        records, blobs = ws._context.records, ws._context.blobs
        self.run = records.get(Run, id)
        used = [edge.dst for edge in records.edges(id, "out") if edge.rel == "used"]
        made = [edge.src for edge in records.edges(id, "in") if edge.rel == "generated_by"]
        self.documents = [records.get(DocumentRecord, one) for one in used if one.startswith("document_")]
        self.sources = {one.source: records.get(Source, one.source) for one in self.documents}
        self.outputs = {one: records.get(Artefact, one) for one in made}
        self.recipe = json.loads(blobs.get(self.run.recipe)) if self.run.recipe else None
        self.environment = json.loads(blobs.get(self.run.fields["environment"]))
        plan = next(event for event in records.events(subject=id) if event.kind == "run.planned")
        self.planned = plan.body


def seconds(moment: str) -> str:
    return datetime.fromisoformat(moment).strftime("%Y-%m-%dT%H:%M:%SZ")


def agrees(told: dict[str, Any], ws: Workspace, recorded: Recorded, artefact: Artefact) -> None:
    """An exported ``_provenance`` with the records of the run that it names."""
    assert set(told) == PROVENANCE
    run, recipe, environment = recorded.run, recorded.recipe, recorded.environment
    assert recipe is not None
    digests = sorted({one.digest for one in recorded.sources.values()})
    one = digests[0] if len(digests) == 1 else "sha256:" + hashlib.sha256(canonical_json(digests)).hexdigest()
    head = ws.coordinate
    expected = {
        "generated_by": f"{environment['tool']} v{environment['version']}",
        "timestamp": run.ended_at,
        "source_hash": one,
        "sources": digests,
        "documents": sorted({document.digest for document in recorded.documents}),
        "engine": f"{recipe['engine']}@{recipe['engine_version']}",
        "model": run.params["model"],
        "template": f"{recipe['template']['name']}@{recipe['template']['version']}",
        "template_hash": recipe["template"]["digest"],
        "seed": run.seed,
        "repeat": run.repeat,
        "recipe": run.recipe,
        "salt": derived("personas", recipe["salt"]),
        "run_id": run.id,
        "artefact": artefact.id,
        "digest": artefact.digest,
    }
    assert {key: told[key] for key in expected} == expected
    assert {(key, text(value)) for key, value in told["parameters"].items() if value is not None} <= set(
        run.params.items()
    )
    assert recorded.planned["params"] == run.params
    assert (told["log"]["position"], told["log"]["root"]) == (head.position, head.root)
    assert told["log"]["checkpoint"].startswith(f"{ws.audit.origin}\n{head.position}\n")


def text(value: Any) -> str:
    return value if isinstance(value, str) else canonical_json(value).decode()


def manifest_agrees(folder: Path, recorded: Recorded) -> None:
    """The ``manifest.yaml`` of a run folder with the records of the run."""
    whole = load_yaml((folder / "manifest.yaml").read_text(encoding="utf-8"), "manifest.yaml")
    assert isinstance(whole, dict)
    run, recipe = recorded.run, recorded.recipe
    assert set(whole) == {"run", "artefacts"}
    assert whole["run"] == run.id
    assert sorted(one["id"] for one in whole["artefacts"]) == sorted(recorded.outputs)
    for one in whole["artefacts"]:
        assert set(one) == MANIFEST
        assert set(one["generator"]) == GENERATOR
        artefact = recorded.outputs[one["id"]]
        assert (one["path"], one["hash"]) == (artefact.path, artefact.digest)
        assert one["type"] == {"personas": "persona_set"}.get(artefact.kind, artefact.kind)
        assert one["generated"] == seconds(str(run.ended_at))
        assert digest(folder / one["path"]) == artefact.digest
        named = {source["id"]: source["hash"] for source in one["sources"] if not source["id"].startswith("sha256:")}
        assert named == {id: source.digest for id, source in recorded.sources.items()}
        for source in one["sources"]:
            if "path" in source:
                assert digest(folder / source["path"]) == source["hash"]
        made = one["generator"]
        assert (made["tool"], made["version"]) == (recorded.environment["tool"], recorded.environment["version"])
        assert made["recipe"] == run.recipe
        assert made["engine"] == (f"{recipe['engine']}@{recipe['engine_version']}" if recipe else None)
        parameters = dict(made["parameters"])
        template = parameters.pop("template", None)
        assert template == (f"{recipe['template']['name']}@{recipe['template']['version']}" if recipe else None)
        told = {(key, text(value)) for key, value in parameters.items() if value is not None}
        assert told <= set(run.params.items())
        assert recipe is not None or dict(told) == run.params


def digest(path: Path) -> str:
    return "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest()


def happens(ws: Workspace, base: Path, number: int, step: tuple[str, Any, Any]) -> None:
    kind, given_, more = step
    if kind == "generate":
        ws.generate(sources=more, flags=given_)
    elif kind == "experiment":
        file = base / f"variants{number}.yaml"
        file.write_text(
            f"name: e{number}\nvariants:\n- {{name: a, parameters: {{temperature: {given_}, count: 1}}}}\n",
            encoding="utf-8",
        )
        ws.experiment.create(name=f"e{number}", variants=file)
        ws.experiment.run(f"e{number}")
    else:
        try:
            with ws.run.start(params=given_) as run:
                run.log_bytes(f"{number}".encode(), "found.txt")
                if more:
                    raise ZeroDivisionError
        except ZeroDivisionError:
            pass


@settings(max_examples=8)
@given(history=st.lists(steps, min_size=1, max_size=4))
def test_what_is_embedded_and_the_manifest_say_what_the_log_says(history: list[tuple[str, Any, Any]]) -> None:
    with tempfile.TemporaryDirectory() as place, pytest.MonkeyPatch.context() as patch:
        base = Path(place)
        patch.setenv("XDG_CONFIG_HOME", str(base / "config"))
        (base / "in").mkdir()
        for name, words in INTERVIEWS.items():
            (base / "in" / name).write_text(words, encoding="utf-8")
        with Workspace.init(base / "ws") as ws:
            ws.project.create("Shop Research")
            ws.source.import_([base / "in"])
            for number, step in enumerate(history):
                happens(ws, base, number, step)
            everything_agrees(ws, base)
            before = {path: path.read_bytes() for path in ws.root.glob("projects/**/manifest.yaml")}
            ws.rebuild()
            assert {path: path.read_bytes() for path in ws.root.glob("projects/**/manifest.yaml")} == before
            everything_agrees(ws, base)


def everything_agrees(ws: Workspace, base: Path) -> None:
    runs = [Recorded(ws, run.id) for run in ws.run.list(limit=None).items]
    for recorded in runs:
        for folder in ws.root.glob(f"projects/**/runs/{recorded.run.id}"):
            manifest_agrees(folder, recorded)
        for artefact in recorded.outputs.values():
            if artefact.kind != "personas":
                continue
            for ending in ("json", "yaml"):
                out = base / f"out.{ending}"
                ws.artefact.export(run=recorded.run.id, output=out)
                whole = out.read_text(encoding="utf-8")
                told: Any = json.loads(whole) if ending == "json" else load_yaml(whole, str(out))
                agrees(told["_provenance"], ws, recorded, artefact)
            ws.artefact.export(ref=artefact.id, output=base / "named.json")
            maker = Recorded(ws, str(artefact.run))
            agrees(json.loads((base / "named.json").read_bytes())["_provenance"], ws, maker, artefact)
            inside = json.loads(ws._context.blobs.get(artefact.digest))["_provenance"]
            outside = json.loads((base / "named.json").read_bytes())["_provenance"]
            assert inside.items() <= outside.items(), "what is stored says nothing that an export does not"
