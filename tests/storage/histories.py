"""Random histories of a workspace, valid and invalid events mixed."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from persona.errors import Conflict, InvalidInput, NotFound
from persona.model.canonical import digest_of
from persona.model.filters import And, Compare, Expression, Field, Not, Or
from persona.model.records import EDGE_KINDS, Draft, Edge
from persona.storage.records import DatabaseRecords

DIGESTS = [digest_of(bytes([n])) for n in range(3)]
PROJECTS = ["p", "q"]
RUNS = ["run_1", "run_2", "run_3"]
NAMES = ["one", "two"]
KEYS = ["a", "b", "a key %_!"]
VALUES = ["0.3", "3", "-1e2", "x", "X_y", "30%", "", "ä", "1e999", "x" * 450]
STEPS = st.integers(0, 3)
METRICS = st.sampled_from([0.0, 1.0, 0.3, 3.0, -2.5, 1e-9, 1e30])

projects = st.sampled_from(PROJECTS)
runs = st.sampled_from(RUNS)
names = st.sampled_from(NAMES)
digests = st.sampled_from(DIGESTS)
texts = st.dictionaries(st.sampled_from(KEYS), st.sampled_from(VALUES), max_size=3)
fields = st.dictionaries(st.sampled_from(KEYS), st.none() | st.integers(0, 9) | st.just({"deep": [1.5]}), max_size=2)
times = st.sampled_from(["2026-01-01T00:00:00.000000Z", "2026-01-01T00:00:01.000000Z"])
points = st.lists(
    st.fixed_dictionaries(
        {"key": st.sampled_from(KEYS), "value": METRICS}, optional={"step": STEPS, "at": times | st.just("")}
    ),
    max_size=3,
)
versions = st.builds("{}/{}:v{}".format, projects, names, st.integers(1, 2))
things = st.one_of(projects, runs, versions, digests, st.just("source_1"), st.just("engine:x@1"))
edges = st.lists(st.builds(Edge, things, st.sampled_from(EDGE_KINDS[:3]), things), max_size=3).map(tuple)


def draft(kind: str, subject: st.SearchStrategy[str], **body: Any) -> st.SearchStrategy[Draft]:
    needed = {key: value for key, value in body.items() if not key.startswith("_")}
    optional = {key[1:]: value for key, value in body.items() if key.startswith("_")}
    bodies = st.fixed_dictionaries(needed, optional=optional)
    return st.builds(Draft, st.just(kind), subject, bodies, edges)


def _tagging(noun: str, ids: st.SearchStrategy[str]) -> list[st.SearchStrategy[Draft]]:
    unset = st.lists(st.sampled_from(KEYS), max_size=1)
    found = [draft("thing.tagged", ids, noun=st.just(noun), set=texts, unset=unset)]
    if noun not in ("source", "participant"):
        found.append(draft("thing.noted", ids, noun=st.just(noun), fields=fields))
    return found


def _versioned(parts: tuple[str, str, int, str, str | None]) -> Draft:
    project, name, version, digest, run = parts
    body = {"project": project, "name": name, "version": version, "kind": "file", "digest": digest, "bytes": version}
    if run is None:  # some versions take the alias along as they are made
        body["alias"] = "latest"
    id = f"{project}/{name}:v{version}"
    return Draft(
        "artefact.logged", id, {**body, "path": f"output/{name}", "run": run}, (Edge(id, "generated_by", run),)
    )


def _alias(parts: tuple[str, str, str, int | None]) -> Draft:
    project, name, alias, version = parts
    target = None if version is None else f"{project}/{name}:v{version}"
    body = {"project": project, "name": name, "alias": alias, "artefact": target}
    return Draft("alias.moved", f"{project}/{name}", body)


def _source(count: int) -> Draft:
    documents = [
        {
            "id": f"document_1.{n}",
            "digest": DIGESTS[0],
            "ordinal": n,
            "turns": 2,
            "characters": 9,
            "participants": ["x"],
        }
        for n in range(count)
    ]
    body = {"project": "p", "digest": DIGESTS[1], "media_type": "text/plain", "bytes": 5, "card": DIGESTS[2]}
    return Draft("source.imported", "source_1", {**body, "reader": "txt/1", "documents": documents})


experiment = st.just("p/e")
withdrawals = st.sampled_from(["withdrawal_1", "withdrawal_2"])
erasures = st.fixed_dictionaries(
    {"digest": digests, "kind": st.sampled_from(["document", "card"])}, optional={"successor": st.none() | digests}
)
_runs = st.one_of(
    draft("run.started", runs, _at=times, _fields=fields),
    draft("run.logged", runs, _params=texts, _metrics=points, _fields=fields),
    draft("run.finished", runs, status=st.sampled_from(["completed", "failed"]), _at=times, _metrics=points),
    draft("run.deleted", runs),
    draft("run.restored", runs),
    *_tagging("run", runs),
)
_others = st.one_of(
    draft("project.created", projects, title=st.sampled_from(["T", "U"]), _tags=texts, _fields=fields),
    draft("project.changed", projects, _title=st.just("V"), _status=st.just("archived"), _fields=fields),
    draft(
        "run.planned",
        runs,
        uuid=st.just("u"),
        project=projects,
        _experiment=st.none() | st.just("e"),
        _variant=st.sampled_from(["3", "v"]),
        _seed=st.integers(0, 12),
        _params=texts,
        _tags=texts,
        _fields=fields,
    ),
    draft(
        "call.recorded",
        st.sampled_from(["call_1", "call_2"]),
        run=runs,
        ordinal=st.integers(1, 3),
        step=st.just("observe"),
        about=digests,
        key=digests,
        provider=st.just("openai"),
        model=st.just("m"),
        mode=st.just("native"),
        status=st.sampled_from(["answered", "failed"]),
        request=digests,
        seconds=st.sampled_from([0.0, 1.0, 0.25]),
        attempts=st.integers(1, 3),
        _answered=st.none() | st.just("m-2026"),
        _reused=st.none() | st.just("call_1"),
        _response=st.none() | digests,
        _input_tokens=st.none() | st.integers(0, 9),
        _cost=st.none() | st.sampled_from([0.0, 2.0, 0.001]),
        _error=st.none() | st.just({"code": "model-busy", "message": "busy"}),
    ),
    st.tuples(projects, names, st.integers(1, 2), digests, runs).map(_versioned),
    st.tuples(projects, names, st.sampled_from(["latest", "best"]), st.none() | st.integers(1, 2)).map(_alias),
    draft("experiment.created", experiment, project=st.just("p"), name=st.just("e"), file=digests, _tags=texts),
    draft("experiment.changed", experiment, _version=st.integers(2, 4), _description=st.just("d"), _fields=fields),
    draft("participant.added", st.just("participant_1"), project=st.just("p"), card=digests),
    draft("participant.changed", st.just("participant_1"), card=digests),
    draft(
        "participant.consented",
        st.just("participant_1"),
        _use=st.none() | st.booleans(),
        _quotation=st.none() | st.booleans(),
        _retention=st.none() | st.just("2027-01-01"),
    ),
    draft("participant.withdrawn", st.just("participant_1"), withdrawal=withdrawals),
    draft("withdrawal.begun", withdrawals, project=projects, participants=st.just(["participant_1"])),
    draft("words.erased", withdrawals, items=st.lists(erasures, max_size=3)),
    draft(
        "document.redacted",
        st.just("document_1.0"),
        digest=digests,
        participants=st.just([]),
        withdrawal=withdrawals,
    ),
    draft("withdrawal.ended", withdrawals, _fields=fields),
    draft(
        "provenance.imported",
        st.just("import_1"),
        project=projects,
        format=st.just("prov-n"),
        digest=digests,
        card=digests,
        **dict.fromkeys(
            ("bytes", "things", "edges", "statements", "taken", "reduced", "lost", "linked"), st.integers(0, 9)
        ),
    ),
    draft("provenance.told", st.just("import_1"), first=st.integers(1, 9), things=st.integers(0, 9), _card=digests),
    st.integers(0, 2).map(_source),
    *_tagging("project", projects),
    *_tagging("source", st.just("source_1")),
    *_tagging("participant", st.just("participant_1")),
    *_tagging("experiment", experiment),
    *_tagging("artefact", versions),
)
drafts = st.one_of(_runs, _others)

opening = [
    Draft("project.created", "p", {"title": "P", "fields": {"a": 1}, "tags": {"a": "x"}}),
    *(
        Draft(
            "run.planned",
            run,
            {
                "uuid": run,
                "project": "p",
                "seed": place,
                "params": {"a": VALUES[place], "b": VALUES[3 - place]},
                "tags": {"a": VALUES[place + 3]},
                "fields": {"a": 1, "b": {"deep": [2]}},
            },
        )
        for place, run in enumerate(RUNS)
    ),
]
opening += [
    *(_versioned(("p", "one", version, DIGESTS[version], RUNS[0])) for version in (1, 2)),
    _alias(("p", "one", "latest", 1)),
    _alias(("p", "one", "best", 1)),
]
"""So that most of what follows has something to happen to."""

histories = st.lists(st.lists(drafts, min_size=1, max_size=3), min_size=1, max_size=25)


def live(records: DatabaseRecords, history: list[list[Draft]]) -> None:
    """Append a history; what is refused is left out, whole transactions at a time."""
    records.append(opening)
    for transaction in history:
        try:
            records.append(transaction, actor="person:test")
        except (Conflict, NotFound, InvalidInput):
            continue


_columns = st.one_of(
    st.builds(
        Compare,
        st.sampled_from(["id", "status", "variant", "experiment", "started_at", "project"]).map(lambda n: Field("", n)),
        st.sampled_from(["=", "!=", "<", "<=", ">", ">=", "~"]),
        st.sampled_from(["completed", "v", "run_2", "RUN", "3", 3.0, 0.5, "2026", "_", "%"]),
    ),
    st.builds(
        Compare,
        st.sampled_from(["seed", "repeat"]).map(lambda n: Field("", n)),
        st.sampled_from(["=", "!=", "<", "<=", ">", ">=", "~"]),
        st.sampled_from([0.0, 3.0, 2.5, "3", "x", 1.0]),
    ),
    st.builds(
        Compare, st.just(Field("", "deleted")), st.sampled_from(["=", "!="]), st.sampled_from(["true", "false", 1.0])
    ),
)
_texts = st.builds(
    Compare,
    st.builds(Field, st.sampled_from(["params", "tags"]), st.sampled_from([*KEYS, "absent"])),
    st.sampled_from(["=", "!=", "<", "<=", ">", ">=", "~"]),
    st.sampled_from([*VALUES[:-1], 0.3, 3.0, -100.0, 5.5, "Ä"]),
)
_metrics = st.builds(
    Compare,
    st.builds(Field, st.just("metrics"), st.sampled_from(KEYS)),
    st.sampled_from(["=", "!=", "<", "<=", ">", ">="]),
    METRICS | st.sampled_from(["0.3", "3"]),
)
expressions: st.SearchStrategy[Expression] = st.recursive(
    _columns | _texts | _metrics,
    lambda inner: st.one_of(
        inner.map(Not),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: And(tuple(parts))),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: Or(tuple(parts))),
    ),
    max_leaves=5,
)
