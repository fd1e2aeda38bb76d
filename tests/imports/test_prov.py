"""Provenance in PROV is taken in as external things: counted, sealed, followed across, and never half."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import prov
import pytest
from hypothesis import given
from hypothesis import strategies as st

from persona.errors import InvalidInput, NotFound, PersonaError
from persona.lineage.foreign.prov import told_by_prov
from persona.lineage.foreign.told import CIRCLE, ITSELF, NO_COUNTERPART, NO_END, total
from persona.lineage.prov.formats import read_prov
from persona.lineage.prov.held import Held
from persona.model.canonical import digest_of
from persona.model.prov import ELEMENTS, FORMS, Statement
from persona.model.records import DERIVATION, Import, Source
from persona.workspace import Workspace

CORPUS = Path(prov.__file__).parent / "tests"

ACCOUNT = """document
  prefix ex <http://example.org/>
  entity(ex:raw, [prov:label="The raw interviews", ex:sha256="{digest}"])
  entity(ex:report, [ex:pages="12"])
  activity(ex:writing, 2026-01-16T09:00:00, 2026-01-16T17:00:00)
  agent(ex:adelaide, [prov:type='prov:Person'])
  used(ex:writing, ex:raw, 2026-01-16T09:05:00)
  wasGeneratedBy(ex:report, ex:writing, -)
  wasDerivedFrom(ex:report, ex:raw, [prov:type='prov:Quotation'])
  wasAssociatedWith(ex:writing, ex:adelaide, -)
  wasAttributedTo(ex:report, ex:adelaide)
  wasGeneratedBy(ex:raw, -, 2026-01-01T00:00:00)
  wasInvalidatedBy(ex:report, ex:writing, -)
  specializationOf(ex:report, ex:report)
endDocument
"""


def account(ws: Workspace, folder: Path) -> Path:
    """A file about the interview that the workspace holds."""
    path = folder / "account.provn"
    path.write_text(ACCOUNT.format(digest=ws._context.records.find(Source).items[0].digest.removeprefix("sha256:")))
    return path


def by_label(ws: Workspace, import_: str) -> dict[str, str]:
    return {one.label: one.id for one in ws.imports.things(import_, limit=1000)}


def test_an_account_becomes_external_things_with_a_report(ws: Workspace, tmp_path: Path) -> None:
    view = ws.imports.prov(account(ws, tmp_path))
    assert (view.format, view.name, view.things, view.again) == ("prov-n", "account.provn", 4, False)
    assert view.kinds == {"entity": 2, "activity": 1, "agent": 1}
    assert (view.statements, view.taken, view.lost, view.reduced) == (12, 9, 3, 1)
    assert {(one.statement, one.reason, one.count) for one in view.losses} == {
        ("wasGeneratedBy", NO_END, 1), ("wasInvalidatedBy", NO_COUNTERPART, 1), ("specializationOf", ITSELF, 1),
    }  # fmt: skip
    assert [(one.statement, one.examples) for one in view.reductions] == [("used", ("used(ex:writing, ex:raw)",))]
    assert view.digest == digest_of((tmp_path / "account.provn").read_bytes())
    assert ws._context.blobs.get(view.digest) == (tmp_path / "account.provn").read_bytes()
    assert ws.verify().ok


def test_lineage_crosses_from_what_is_held_into_what_was_imported_and_back(ws: Workspace, tmp_path: Path) -> None:
    view = ws.imports.prov(account(ws, tmp_path))
    assert view.linked == 1
    names, source = by_label(ws, view.id), ws._context.records.find(Source).items[0].id
    report = names["report"]
    up = ws.lineage.walk(report, "up", depth=None)
    assert {one.id for one in up.things} >= {names["The raw interviews"], names["writing"], names["adelaide"], source}
    down = ws.lineage.walk("P01.txt", "down", depth=None)
    assert report in {one.id for one in down.things}
    shown = ws.lineage.show(report)
    assert (shown.thing.kind, shown.thing.label) == ("external", "report, entity of account.provn")
    assert {(edge.rel, edge.dst) for edge, _ in shown.out} == {
        ("generated_by", names["writing"]),
        ("quoted_from", names["The raw interviews"]),
        ("attributed_to", names["adelaide"]),
    }
    assert ws.lineage.show(view.id).thing.label == "prov-n, account.provn"
    assert ws.lineage.path(report, source).things[-1].id == source


def test_no_word_of_the_document_stands_in_the_log(ws: Workspace, tmp_path: Path) -> None:
    before = ws._context.records.head().size
    ws.imports.prov(account(ws, tmp_path))
    told = " ".join(repr((one.subject, one.body, one.edges)) for one in ws._context.records.events(after=before))
    for word in ("raw", "report", "writing", "adelaide", "account.provn", "example.org", "pages"):
        assert word not in told.replace("'prov-n'", "")


def test_the_same_document_is_taken_once(ws: Workspace, tmp_path: Path) -> None:
    path = account(ws, tmp_path)
    first = ws.imports.prov(path)
    head = ws._context.records.head()
    (tmp_path / "copy.provn").write_bytes(path.read_bytes())
    second = ws.imports.prov(tmp_path / "copy.provn")
    assert (second.id, second.again) == (first.id, True)
    assert ws._context.records.head() == head
    ws.project.create("Second")
    assert not ws.imports.prov(path, project="second").again
    assert [one.project for one in ws.imports.list()] == ["shop-research", "second"]
    assert len(ws.imports.list(project="second")) == 1


def test_what_is_held_here_is_asked_for_many_at_once(
    ws: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = ws._context.records.find(Source).items[0]
    names = [f"{number:064x}" for number in range(1200)] + [source.digest.removeprefix("sha256:")]
    told = "\n".join(f'entity(ex:e{at}, [ex:sha256="{name}"])' for at, name in enumerate(names))
    (tmp_path / "many.provn").write_text(f"document\n prefix ex <http://example.org/>\n{told}\nendDocument\n")
    asked: list[object] = []
    find = type(ws._context.records).find
    monkeypatch.setattr(
        type(ws._context.records), "find", lambda *some, **more: asked.append(more.get("digest")) or find(*some, **more)
    )
    assert ws.imports.prov(tmp_path / "many.provn").linked == 1
    assert sum(isinstance(one, tuple) for one in asked) == 3 * 3
    assert len(asked) < 20


def test_circles_are_told_and_left_out(ws: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "circle.provn"
    lines = ["wasDerivedFrom(ex:a, ex:b)", "used(ex:r, ex:a)", "wasGeneratedBy(ex:b, ex:r, -)"]
    lines += ["wasDerivedFrom(ex:c, ex:a)", "wasInformedBy(ex:r, ex:s)", "wasInformedBy(ex:s, ex:r)"]
    path.write_text("\n".join(["document", "prefix ex <http://example.org/>", *lines, "endDocument"]))
    view = ws.imports.prov(path)
    assert {one.statement for one in view.losses} == {"wasDerivedFrom", "used", "wasGeneratedBy"}
    assert {one.reason for one in view.losses} == {CIRCLE}
    assert (view.taken, view.lost, view.edges) == (3, 3, 4)  # one says where the thing stands that is alone
    names = by_label(ws, view.id)
    assert [edge.dst for edge, _ in ws.lineage.show(names["ex:c"]).out] == [names["ex:a"]]
    assert {one.id for one in ws.lineage.walk(names["ex:r"], "up", depth=None).things} == {names["ex:r"], names["ex:s"]}


def test_a_chain_of_a_hundred_thousand_is_taken_whole(ws: Workspace, tmp_path: Path) -> None:
    count = 100_000
    derived = {f"_:{at}": {"prov:generatedEntity": f"e:{at}", "prov:usedEntity": f"e:{at + 1}"} for at in range(count)}
    path = tmp_path / "chain.json"
    path.write_text(json.dumps({"prefix": {"e": "urn:e:"}, "wasDerivedFrom": derived}))
    view = ws.imports.prov(path)
    assert (view.things, view.edges, view.taken, view.lost) == (count + 1, count, count, 0)
    last = f"external:{view.id}/entity-{count + 1}"
    assert ws.imports.things(view.id, "e:0", 1)[0].id == last  # the newest thing is told last
    found = ws.lineage.walk(last, "up", depth=50, limit=100)
    assert [one.id for one in found.things] == [f"external:{view.id}/entity-{count + 1 - at}" for at in range(51)]


@pytest.mark.parametrize("form", ["json", "provn", "xml", "ttl", "nq"])
def test_our_own_account_goes_elsewhere_and_comes_home(
    form: str, ws: Workspace, other: Workspace, tmp_path: Path
) -> None:
    ws.generate(flags={"count": 1})
    path = tmp_path / f"account.{form}"
    ws.prov.write(path)
    read = read_prov(path.read_bytes(), str(path))
    elements = {kind: {one.id for one in _all(read, kind)} for kind in ELEMENTS}
    away = other.imports.prov(path)
    assert {kind: away.kinds[kind] for kind in ELEMENTS} == {kind: len(ids) for kind, ids in elements.items()}
    assert away.statements == read.count() == away.taken + away.lost
    assert away.said == {kind: count for kind in FORMS if (count := len(list(_all(read, kind))))}
    lost = Counter({one.statement: one.count for one in away.losses})
    assert lost == Counter({"actedOnBehalfOf": away.said["actedOnBehalfOf"]})
    assert away.linked == 0
    assert other.verify().ok
    home = ws.imports.prov(path)
    run, source = ws.run.list().items[0].id, ws._context.records.find(Source).items[0].id
    mirrors = {edge.dst for id in (run, source) for edge, _ in ws.lineage.show(id).out if edge.rel == "alternate_of"}
    assert home.linked >= 5
    assert len(mirrors) == 2
    assert ws.lineage.check().valid
    assert ws.verify().ok


def _all(read: Held, kind: str) -> list[Statement]:
    return [one for bundle in (None, *read.bundles()) for one in read.statements(kind, bundle)]  # type: ignore[arg-type]


def test_every_document_of_the_corpus_is_taken_or_refused_clearly() -> None:
    paths = sorted((CORPUS / "json").glob("*.json")) + sorted((CORPUS / "unification").glob("*.json"))
    paths += sorted((CORPUS / "xml").glob("*.xml"))
    taken = 0
    for path in paths:
        try:
            read = read_prov(path.read_bytes(), path.name)
        except InvalidInput:
            continue
        told = told_by_prov(read, path.name)
        order = told.settle()
        taken += 1
        assert sum(told.said.values()) == read.count(), path.name
        assert sorted(order) == list(range(len(told.things))), path.name
        assert len(told.relations) + total(told.lost) == sum(
            count for kind, count in told.said.items() if kind not in ELEMENTS
        ), path.name
    assert taken >= 398


def test_malformed_documents_leave_nothing_behind(ws: Workspace) -> None:
    head, blobs = ws._context.records.head(), list(ws._context.blobs.digests())
    paths = sorted(path for path in (CORPUS / "malformed").iterdir() if path.suffix != ".py" and path.is_file())
    assert len(paths) >= 5
    for path in paths:
        with pytest.raises(PersonaError):
            ws.imports.prov(path)
    assert (ws._context.records.head(), list(ws._context.blobs.digests())) == (head, blobs)


def test_what_is_no_provenance_is_refused(ws: Workspace, tmp_path: Path) -> None:
    (tmp_path / "empty.json").write_text("{}")
    with pytest.raises(InvalidInput, match="tells of nothing"):
        ws.imports.prov(tmp_path / "empty.json")
    with pytest.raises(NotFound):
        ws.imports.prov(tmp_path / "missing.json")
    with pytest.raises(InvalidInput):
        ws.imports.prov(tmp_path)
    assert ws.imports.list() == ()


names = st.sampled_from([f"ex:{letter}" for letter in "abcdef"])
relations = [kind for kind in FORMS if kind not in ELEMENTS]


@st.composite
def statements(draw: st.DrawFn) -> Statement:
    kind = draw(st.sampled_from([*ELEMENTS, *relations, "wasDerivedFrom", "used", "wasGeneratedBy"]))
    if kind in ELEMENTS:
        return Statement(kind, draw(names), (None,) * len(FORMS[kind]))
    arguments = [
        draw(names) if not form.optional else draw(st.none() | names) if form.part not in ("time",) else None
        for form in FORMS[kind]
    ]
    return Statement(kind, None, tuple(arguments))


@given(st.lists(statements(), max_size=40))
def test_every_statement_is_counted_once_and_no_circle_is_left(given: list[Statement]) -> None:
    held: dict[str, list[Statement]] = {}
    for one in given:
        held.setdefault(one.kind, []).append(one)
    told = told_by_prov(Held({"ex": "urn:ex:"}, {None: held}), "drawn")  # type: ignore[dict-item]
    order = told.settle()
    assert told.said == Counter(one.kind for one in given)
    elements = sum(one.kind in ELEMENTS for one in given)
    assert elements + len(told.relations) + total(told.lost) == len(given)
    assert total(told.reduced) <= len(given)
    place = {at: number for number, at in enumerate(order)}
    assert sorted(place) == list(range(len(told.things)))
    for one in told.relations:
        assert one.src != one.dst
        if one.rel in DERIVATION:
            assert place[one.dst] < place[one.src]


def test_a_workspace_with_imports_is_archived_rebuilt_and_looked_back_at(ws: Workspace, tmp_path: Path) -> None:
    before = ws._context.records.head().size
    view = ws.imports.prov(account(ws, tmp_path))
    report = by_label(ws, view.id)["report"]
    ws._context.records.rebuild()
    assert ws.verify().ok
    assert ws.imports.show(view.id) == view
    ws.prov.write(tmp_path / "all.json")
    ws.archive(tmp_path / "all.zip")
    ws.project.create("Beta")
    ws.archive(tmp_path / "part.zip", project="shop-research")
    ws.archive(tmp_path / "beta.zip", project="beta")
    for name in ("all", "part"):
        made, _ = Workspace.from_archive(tmp_path / f"{name}.zip", tmp_path / name)
        with made:
            assert made.imports.show(view.id) == view
            assert made.lineage.walk(report, "up").reached == 3
            assert made.verify().ok
    made, _ = Workspace.from_archive(tmp_path / "beta.zip", tmp_path / "beta")
    with made:
        assert made.imports.list() == ()
    root = ws.root
    with Workspace.open(root, as_of=str(before)) as past:
        assert past.imports.list() == ()
        assert past._context.records.find(Import).items == ()
        with pytest.raises(NotFound):
            past.imports.show(view.id)
