"""What a person may say in ``--as-of``, and what can be done in the past."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from tests.storage.drafts import planned

from persona.errors import InvalidInput, NotFound, UsageError
from persona.lineage.moments import position_of
from persona.lineage.notes import Checkpoint, new_key
from persona.lineage.past import Past
from persona.lineage.proofs import origin_of
from persona.model.records import Draft, Project, Run
from persona.storage import Records, open_records, root


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    """A project, a run that ends, and what is said of it afterwards."""
    opened = open_records(tmp_path / "workspace.db", create=True)
    opened.append([Draft("project.created", "p", {"title": "P"})])
    opened.append([planned("run_20260116_143022_abc123")])
    opened.append([Draft("run.started", "run_20260116_143022_abc123", {})])
    opened.append([Draft("run.finished", "run_20260116_143022_abc123", {"status": "completed"})])
    opened.append([tag("run", "run_20260116_143022_abc123", "release", "1")])
    opened.append([tag("project", "p", "release", "2")])
    opened.append([tag("run", "run_20260116_143022_abc123", "release", "")])
    yield opened
    opened.close()


def tag(noun: str, subject: str, key: str, value: str) -> Draft:
    change = {"set": {key: value}, "unset": []} if value else {"set": {}, "unset": [key]}
    return Draft("thing.tagged", subject, {"noun": noun, **change})


def seqs(records: Records) -> dict[str, int]:
    return {f"{event.kind} {event.subject[:3]} {event.seq}": event.seq for event in records.events()}


def test_a_position_is_itself(records: Records) -> None:
    assert position_of(records, "3") == position_of(records, "@3") == 3


def test_a_run_means_its_end_and_a_tag_when_it_was_last_set(records: Records) -> None:
    ended = next(event.seq for event in records.events() if event.kind == "run.finished")
    assert position_of(records, "run_20260116") == ended
    assert position_of(records, "tag:release") == ended + 2
    assert position_of(records, "tag:release=1") == ended + 1


def test_a_time_means_the_last_event_by_then(records: Records) -> None:
    events = list(records.events())
    for event in events:
        assert position_of(records, event.recorded_at) >= event.seq
    third = datetime.fromisoformat(events[2].recorded_at)
    before = (third - timedelta(microseconds=1)).isoformat()
    assert position_of(records, before) < 3
    elsewhere = third.astimezone(__import__("zoneinfo").ZoneInfo("Asia/Tokyo")).isoformat()
    assert position_of(records, elsewhere) == position_of(records, events[2].recorded_at)


def test_a_day_means_its_end(records: Records) -> None:
    today = next(iter(records.events())).recorded_at[:10]
    size = records.head().size
    assert position_of(records, today) == size
    tomorrow = (datetime.fromisoformat(today) + timedelta(days=1)).date().isoformat()
    assert position_of(records, tomorrow) == size


@pytest.mark.parametrize("said", ["", "soon", "@", "-1", "2026-02-30", "2026-01-01T25:00", "1" * 40, "tag", "²"])
def test_what_is_no_moment_is_told_the_ways(said: str, records: Records) -> None:
    with pytest.raises(InvalidInput, match=r"no (moment|time)") as caught:
        position_of(records, said)
    assert "position" in caught.value.hints[0]


@pytest.mark.parametrize("said", ["0", "99", "1999-12-31", "tag:never", "tag:release=9", "tag:", "run_19990101"])
def test_a_moment_that_never_was_is_not_found(said: str, records: Records) -> None:
    with pytest.raises(NotFound):
        position_of(records, said)


def test_a_checkpoint_means_the_state_that_was_signed(records: Records, tmp_path: Path) -> None:
    note = tmp_path / "checkpoint.txt"
    origin, head = origin_of(records), records.head(as_of=4)
    state = Checkpoint(origin, head.size, bytes.fromhex(head.root))
    note.write_text(new_key(origin).signed(state.text()), encoding="utf-8")
    assert position_of(records, str(note)) == 4
    for other in (state._replace(size=5), state._replace(size=99), state._replace(origin="persona/x")):
        note.write_text(new_key(origin).signed(other.text()), encoding="utf-8")
        with pytest.raises(NotFound):
            position_of(records, str(note))
    for text in (b"", b"\xff\xfe", b"a note\n\nand no signature\n"):
        note.write_bytes(text)
        with pytest.raises(InvalidInput):
            position_of(records, str(note))


WRITING: list[Callable[[Past], object]] = [
    lambda past: past.append([Draft("project.created", "q", {"title": "Q"})]),
    lambda past: past.rebuild(),
    lambda past: past.check(),
    lambda past: past.alone("plan"),
]


@pytest.mark.parametrize("write", WRITING)
def test_the_past_is_not_written(write: Callable[[Past], object], records: Records) -> None:
    size = records.head().size
    with pytest.raises(UsageError, match="never changed"):
        write(Past(records, 3))
    assert records.head().size == size


def test_the_past_knows_no_later_moment(records: Records) -> None:
    past = Past(records, 2)
    assert past.get(Run, "run_20260116_143022_abc123").status == "planned"
    assert past.get(Run, "run_20260116_143022_abc123", as_of=4).status == "planned"
    assert past.get(Project, "p", as_of=1).title == "P"
    with pytest.raises(NotFound):
        past.get(Run, "run_20260116_143022_abc123", as_of=1)
    assert [event.seq for event in past.events()] == [1, 2]
    assert past.head().root == root([event.leaf for event in records.events(upto=2)]).hex()
    assert past.position_at("9999-12-31T00:00:00.000000Z") == 2
