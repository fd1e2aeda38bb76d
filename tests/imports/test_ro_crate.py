"""Research objects are taken in: a folder, a ZIP file or the metadata alone; every entity and reference is counted."""

from __future__ import annotations

import json
import random
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from persona.errors import PersonaError
from persona.lineage.foreign.ro_crate import NESTED, PROPERTIES, read_metadata, told_by_crate
from persona.lineage.foreign.told import NO_COUNTERPART, total
from persona.model.records import DERIVATION, Source
from persona.workspace import Workspace

METADATA = "ro-crate-metadata.json"


def crate(*entities: dict[str, Any]) -> bytes:
    descriptor = {"@id": METADATA, "@type": "CreativeWork", "about": {"@id": "./"}}
    root = {"@id": "./", "@type": "Dataset", "name": "A study", "hasPart": [{"@id": "report.pdf"}, {"@id": "raw.txt"}]}
    context = "https://w3id.org/ro/crate/1.1/context"
    return json.dumps({"@context": context, "@graph": [descriptor, root, *entities]}).encode()


def small(digest: str = "0" * 64) -> bytes:
    return crate(
        {"@id": "raw.txt", "@type": "File", "name": "The raw words", "sha256": digest},
        {"@id": "report.pdf", "@type": "File", "author": {"@id": "#ada"}, "license": {"@id": "urn:cc0"}},
        {"@id": "#ada", "@type": "Person", "name": "Adelaide", "affiliation": {"@type": "Organization", "name": "Us"}},
        {
            "@id": "#writing", "@type": "CreateAction", "name": "Writing it up", "endTime": "2026-01-16",
            "object": {"@id": "raw.txt"}, "result": [{"@id": "report.pdf"}], "agent": {"@id": "#ada"},
        },
    )  # fmt: skip


def statements(data: bytes) -> int:
    """Entities and references, counted without the reader."""
    found = 0
    for one in json.loads(data)["@graph"]:
        found += 1
        for key, value in one.items():
            if not key.startswith("@"):
                found += sum(isinstance(item, dict) for item in (value if isinstance(value, list) else [value]))
    return found


@pytest.mark.parametrize("form", ["file", "folder", "zip", "zip of a folder"])
def test_a_crate_is_read_from_wherever_it_stands(form: str, ws: Workspace, tmp_path: Path) -> None:
    source = ws._context.records.find(Source).items[0]
    data = small(source.digest.removeprefix("sha256:"))
    path = tmp_path / "crate"
    if form in ("file", "folder"):
        path.mkdir()
        (path / METADATA).write_bytes(data)
        path = path / METADATA if form == "file" else path
    else:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(METADATA if form == "zip" else f"study/{METADATA}", data)
    view = ws.imports.ro_crate(path)
    assert view.kinds == {"entity": 4, "activity": 1, "agent": 1}
    assert (view.statements, view.taken, view.lost, view.linked) == (statements(data), 12, 3, 1)
    assert {(one.statement, one.reason) for one in view.losses} == {
        ("about", NO_COUNTERPART), ("license", NO_COUNTERPART), ("affiliation", NESTED),
    }  # fmt: skip
    names = {one.label: one.id for one in ws.imports.things(view.id)}
    up = {one.id for one in ws.lineage.walk(names["report.pdf"], "up", depth=None).things}
    assert up == {names[one] for one in ("report.pdf", "Writing it up", "The raw words", "Adelaide")} | {source.id}
    assert names["report.pdf"] in {one.id for one in ws.lineage.walk("P01.txt", "down", depth=None).things}
    assert ws._context.blobs.get(view.digest) == data
    assert ws.verify().ok


def test_our_own_crate_goes_elsewhere_and_comes_home(ws: Workspace, other: Workspace, tmp_path: Path) -> None:
    ws.generate(flags={"count": 1})
    ws.crate.export(tmp_path / "crate.zip")
    with zipfile.ZipFile(tmp_path / "crate.zip") as archive:
        data = archive.read(METADATA)
    away = other.imports.ro_crate(tmp_path / "crate.zip")
    assert away.statements == statements(data) == away.taken + away.lost
    lost = {one.statement for one in away.losses}
    assert lost.isdisjoint(PROPERTIES)
    assert {one.reason for one in away.losses} == {NO_COUNTERPART}
    assert away.kinds["activity"] == 1
    home = ws.imports.ro_crate(tmp_path / "crate.zip")
    assert home.linked >= 2
    assert ws.verify().ok


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"{}", "import-shape"),
        (b"[]", "import-shape"),
        (b'{"@graph": 5}', "import-shape"),
        (b'{"@graph": [5]}', "import-shape"),
        (b'{"@graph": [{"@id": ""}]}', "import-shape"),
        (b'{"@graph": []}', "import-empty"),
        (b'{"@graph"', "import-syntax"),
        (b"PK\x03\x04 broken", "import-syntax"),
    ],
)
def test_what_is_no_crate_is_refused(ws: Workspace, tmp_path: Path, data: bytes, code: str) -> None:
    (tmp_path / "odd.json").write_bytes(data)
    head = ws._context.records.head()
    with pytest.raises(PersonaError) as found:
        ws.imports.ro_crate(tmp_path / "odd.json")
    assert found.value.code == code
    assert ws._context.records.head() == head


def test_a_place_without_metadata_and_a_bomb_are_refused(ws: Workspace, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with zipfile.ZipFile(tmp_path / "none.zip", "w") as archive:
        archive.writestr("a/b/ro-crate-metadata.json", b"{}")
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(METADATA, b" " * (129 << 20))
    wanted = {"folder": "crate-no-metadata", "none.zip": "crate-no-metadata", "bomb.zip": "prov-limit"}
    wanted["missing"] = "file-not-found"
    for name, code in wanted.items():
        with pytest.raises(PersonaError) as found:
            ws.imports.ro_crate(tmp_path / name)
        assert found.value.code == code, name


def test_damaged_zip_files_are_read_or_refused_and_never_fall(tmp_path: Path, repeats: int) -> None:
    path = tmp_path / "crate.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(METADATA, small())
    good, chance, outcomes = path.read_bytes(), random.Random(7), set()
    for _ in range(repeats * 40):
        data = bytearray(good)
        for _ in range(chance.choice([1, 2, 5])):
            data[chance.randrange(len(data))] = chance.randrange(256)
        path.write_bytes(data)
        try:
            told_by_crate(read_metadata(path), "damaged.zip").settle()
            outcomes.add("read")
        except PersonaError as error:
            outcomes.add(error.code)
    assert {"read", "file-unreadable"} <= outcomes


leaves = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
references = st.builds(lambda id: {"@id": id}, st.sampled_from("abcd"))
values = st.recursive(leaves | references, lambda inner: st.lists(inner, max_size=3), max_leaves=6)
entities = st.builds(
    lambda id, kind, rest: {**rest, "@id": id, "@type": kind},
    st.sampled_from("abcd"),
    st.sampled_from(["File", "CreateAction", "Person", ["File", "SoftwareSourceCode"]]),
    st.dictionaries(st.sampled_from([*PROPERTIES, "about", "name", "sha256"]), values, max_size=5),
)


@given(st.lists(entities, max_size=8))
def test_any_graph_is_read_and_leaves_no_circle(graph: list[dict[str, Any]]) -> None:
    told = told_by_crate(json.dumps({"@graph": graph}).encode(), "drawn")
    order = told.settle()
    place = {at: number for number, at in enumerate(order)}
    assert sorted(place) == list(range(len(told.things)))
    assert all(place[one.dst] < place[one.src] for one in told.relations if one.rel in DERIVATION)
    assert told.said["entity"] == len(graph)
    assert len(graph) + len(told.relations) + total(told.lost) == sum(told.said.values())
