"""What was typed stays in the log: a withdrawal says where a name or words of the person stand, and repeats none of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.cli.calling import call

from persona.errors import InvalidInput
from persona.runs.erasure.needles import Needles
from persona.runs.erasure.typed import typed_in_log
from persona.workspace import Workspace

SAID = "The stock page loads so slowly that I give up twice a week."


class Log:
    """A log of one event. Meets what is asked of ``Records``."""

    def __init__(self, body: dict[str, object]) -> None:
        self.body = body
        self.seq, self.kind, self.subject = 7, "thing.noted", "run_x"

    def events(self) -> list[Log]:
        return [self]


def test_tags_notes_names_and_errors_are_named_by_their_place(full: Workspace, tmp_path: Path) -> None:
    run = full.generate(flags={"count": 1}).view.run.id
    full.run.tag(run, {"about": "what P01 wants"})
    full.run.note(run, {"quote": f"They said: {SAID.lower()}"})
    full.run.note(run, {"P01": "seen"})
    full.run.note(run, {"verdict": "good", "about": "P010 and xP01"})
    with pytest.raises(InvalidInput), full.run.start():
        raise InvalidInput("P01 is in two groups", code="bad-parameter", place="x")  # only its class is recorded
    failing = full.run.start()
    failing.finish("failed", {"code": "own", "message": "P01 is in two groups"})
    head = full._context.records.head().size
    (tmp_path / "x.yaml").write_text(
        "name: p01-first\ndescription: only P01\nvariants:\n  - name: a\n", encoding="utf-8"
    )
    full.experiment.create(file=tmp_path / "x.yaml")
    events = {event.seq: event for event in full._context.records.events()}
    typed = full.participant.withdraw("P01", dry_run=True).typed
    assert [(one.kind, one.parts) for one in typed] == [
        ("thing.tagged", ("set",)),
        ("thing.noted", ("fields",)),
        ("thing.noted", ("fields",)),
        ("run.finished", ("error",)),
        ("experiment.created", ("description",)),
    ]
    assert all(events[one.position].subject == one.subject for one in typed)
    assert typed[-1].position == head + 1
    assert [one.subject for one in typed[:4]] == [run, run, run, failing.id]
    said = call("participant", "withdraw", "P01", "--yes", "--workspace", str(full.root))
    assert said.status == 0, said.err
    flat = " ".join(said.err.split())
    for one in typed:
        assert f"event {one.position}, {one.kind} of {one.subject}" in flat
    assert "so slowly" not in said.err
    assert "two groups" not in said.err


def test_nothing_is_said_where_nothing_was_typed(full: Workspace) -> None:
    full.generate(flags={"count": 1})
    said = call("participant", "withdraw", "P02", "--yes", "--json", "--workspace", str(full.root))
    assert [one["typed"] for one in json.loads(said.out)["data"]] == [[]]


@given(
    st.recursive(
        st.text('ab .\n"\\\u00e9', max_size=8),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("xy", max_size=3), inner, max_size=3),
    ),
    st.booleans(),
)
@example({}, True)
def test_a_name_is_found_however_deep_it_stands(value: object, planted: bool) -> None:
    body = {"fields": [value, {"deep": {"Zoe": 1}} if planted else {"deep": {"Zoella": 1, "x": "sha256:Zoe"}}]}
    found = typed_in_log(Log(body), ["Zoe"], Needles([SAID]))  # type: ignore[arg-type]
    assert [(one.position, one.parts) for one in found] == ([(7, ("fields",))] if planted else [])


def test_five_words_in_a_row_are_found_and_four_are_not() -> None:
    for count in (4, 5):
        text = " ".join(SAID.split()[3 : 3 + count])
        found = typed_in_log(Log({"fields": {"a": f"so {text} then"}}), ["P"], Needles([SAID]))  # type: ignore[arg-type]
        assert len(found) == (count == 5)
