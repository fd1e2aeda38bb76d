"""Outputs under one name: versions in a row, whoever makes them, and nothing new where nothing changed."""

from __future__ import annotations

import random
import threading
import time
from contextlib import nullcontext
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from persona.errors import Conflict
from persona.model.canonical import digest_of
from persona.model.records import Artefact, Draft
from persona.runs.artefacts import Newest, Output, append_outputs, latest
from persona.storage import Records, open_records
from persona.workspace import Workspace


@pytest.fixture
def records(tmp_path: Path) -> Records:
    opened = open_records(tmp_path / "workspace.db", create=True)
    opened.append(
        [Draft("project.created", "p", {"title": "P", "status": "active", "file": None, "fields": {}, "tags": {}})]
    )
    return opened


def output(data: bytes, name: str = "model") -> Output:
    return Output(name, "data", digest_of(data), len(data), name)


def log(records: Records, *data: bytes, known: dict[str, Newest] | None = None) -> list[str]:
    outputs = [output(one) for one in data]
    return append_outputs(records, "p", None, outputs, lambda _: [], actor="me", known=known)


def versions(records: Records) -> list[tuple[int, str, bool]]:
    found = records.find(Artefact, project="p", order="version").items
    return [(one.version, one.digest, "latest" in one.aliases) for one in found]


def test_equal_bytes_make_no_new_version(records: Records) -> None:
    assert log(records, b"one") == ["p/model:v1"]
    assert log(records, b"one") == ["p/model:v1"]
    assert log(records, b"two") == ["p/model:v2"]
    assert log(records, b"one") == ["p/model:v3"]  # equal to an older one, not to the newest
    assert [version for version, _, _ in versions(records)] == [1, 2, 3]


def test_several_outputs_of_one_name_in_one_transaction(records: Records) -> None:
    known: dict[str, Newest] = {}
    assert log(records, b"a", b"b", b"b", b"c", known=known) == [f"p/model:v{n}" for n in (1, 2, 2, 3)]
    assert [one[2] for one in versions(records)] == [False, False, True]


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 2), st.sampled_from([b"a", b"b", b"c"])), max_size=12))
def test_writers_who_remember_agree_with_one_who_looks(acts: list[tuple[int, bytes]]) -> None:
    """Three writers with memories of their own make exactly the versions that one without a memory would."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        first = open_records(Path(folder) / "w.db", create=True)
        first.append(
            [Draft("project.created", "p", {"title": "P", "status": "active", "file": None, "fields": {}, "tags": {}})]
        )
        writers = [(first, {})] + [(open_records(Path(folder) / "w.db"), {}) for _ in range(2)]
        expected: list[bytes] = []
        for who, data in acts:
            records, known = writers[who]
            (id,) = log(records, data, known=known)
            if not expected or expected[-1] != data:
                expected.append(data)
            assert id == f"p/model:v{len(expected)}"
        found = versions(first)
        assert [digest for _, digest, _ in found] == [digest_of(one) for one in expected]
        assert [latest for _, _, latest in found] == [n == len(expected) for n in range(1, len(expected) + 1)]
        assert first.check() == []
        for records, _ in writers:
            records.close()


def test_a_failed_append_is_forgotten(records: Records) -> None:
    known: dict[str, Newest] = {}
    log(records, b"one", known=known)
    broken = [Draft("no.such-kind", "x", {})]
    with pytest.raises(Exception, match=r"no\.such-kind"):
        append_outputs(records, "p", None, [output(b"two")], lambda _: broken, actor="me", known=known)
    assert known == {}
    assert log(records, b"three", known=known) == ["p/model:v2"]


def test_whoever_names_an_output_is_the_next_to_write(records: Records, tmp_path: Path) -> None:
    others: list[threading.Thread] = []

    def rival() -> None:
        own = open_records(tmp_path / "workspace.db")
        log(own, b"rival")
        own.close()

    def slow(_: list[str]) -> list[Draft]:
        others.append(threading.Thread(target=rival))
        others[-1].start()
        time.sleep(0.2)
        return []

    append_outputs(records, "p", None, [output(b"mine")], slow, actor="me")
    assert len(others) == 1, "nobody came in between, so nothing is named anew"
    others[0].join()
    assert [version for version, _, _ in versions(records)] == [1, 2]


def test_a_name_fought_over_without_end_is_a_conflict(
    records: Records, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "turn", nullcontext)  # a turn is a courtesy: who waits too long goes without
    rival = open_records(tmp_path / "workspace.db")
    count = 0

    def quicker(_: list[str]) -> list[Draft]:
        nonlocal count
        count += 1
        log(rival, b"rival %d" % count)
        return []

    with pytest.raises(Conflict):
        append_outputs(records, "p", None, [output(b"mine")], quicker, actor="me")
    assert count > 1
    assert [version for version, _, _ in versions(records)] == list(range(1, count + 1))
    rival.close()


def test_a_run_that_makes_what_is_there_is_recorded_as_its_maker(tmp_path: Path) -> None:
    with Workspace.init(tmp_path / "ws") as ws:
        ws.project.create("Shop")
        ids = []
        for _ in range(2):
            with ws.run.start() as run:
                run.log_bytes(b"same", "model")
            ids.append(run.id)
        records = ws._context.records
        assert latest(records, "shop", "model") == Newest("shop/model:v1", 1, digest_of(b"same"), ids[0])
        makers = {edge.dst for edge in records.edges("shop/model:v1", "out") if edge.rel == "generated_by"}
        assert makers == set(ids)


def test_two_programs_in_turn_number_their_versions_in_a_row(tmp_path: Path) -> None:
    chance = random.Random(3)
    with Workspace.init(tmp_path / "ws") as one:
        one.project.create("Shop")
        with Workspace.open(tmp_path / "ws") as two:
            for number in range(12):
                ws = chance.choice((one, two))
                with ws.run.start() as run:
                    run.log_bytes(b"%d" % number, "model")
                assert ws.artefact.show("model").artefact.version == number + 1
            assert one.verify().ok
