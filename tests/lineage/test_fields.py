"""The grain of the schema: fields of personas and the columns, heads and speech they rest on."""

from __future__ import annotations

from pathlib import Path

import pytest

from persona.errors import InvalidInput
from persona.generation.demographics import keys_of
from persona.lineage.fields import fields_of
from persona.model.records import Run
from persona.model.sources import Input
from persona.runs.execute import load_recipe
from persona.runs.inputs import load_inputs
from persona.workspace import Workspace

ANSWERS = (
    "I want to {} the whole order in one evening without help",
    "I need to {} my list before the shop closes every week",
    "My goal is to {} everything on the phone while I travel",
)
WORDS = ("finish", "check", "compare", "write", "share", "print", "plan", "sort", "count", "keep", "mark", "send")


def make(folder: Path) -> Workspace:
    """A survey of twelve and four interviews, and personas of them."""
    lines = ["Respondent,Occupation,What do you want to get done?,What is hard about it?"]
    for number, word in enumerate(WORDS):
        want = ANSWERS[number % 3].format(word)
        lines.append(
            f"R{number:02},{'nurse' if number % 2 else 'cook'},{want},It is slow and I never {word} it in time"
        )
    (folder / "survey.csv").write_text("\n".join(lines))
    files = [folder / f"P{number}.md" for number in range(1, 5)]
    for number, file in enumerate(files, start=1):
        said = ". ".join(answer.format(WORDS[number]) for answer in ANSWERS)
        head = f"---\nparticipant: P{number}\noccupation: baker\n---\n"
        file.write_text(f"{head}Interviewer: What do you want?\nP{number}: {said}. It is slow and I wait.\n")
    ws = Workspace.init(folder / "ws")
    ws.project.create("Shop")
    ws.source.import_([str(folder / "survey.csv"), *map(str, files)])
    ws.generate(flags={"count": 1})
    return ws


@pytest.fixture
def surveyed(tmp_path: Path) -> Workspace:
    return make(tmp_path)


def test_fields_rest_on_columns_heads_and_speech(surveyed: Workspace) -> None:
    view = surveyed.lineage.fields()
    rows = {(row.field, row.origin, row.name): row for row in view.fields}
    personas = surveyed.artefact.personas(surveyed._things.newest())
    said = [one for persona in personas.personas for path, one in persona.claims() if path.startswith("goals")]
    assert said, "the survey gives goals"
    goals = [row for row in view.fields if row.field == "goals"]
    assert {row.name for row in goals} <= {"What do you want to get done?", "What is hard about it?", ""}
    spans = {(one.document, one.start, one.end) for claim in said for one in claim.evidence}
    assert sum(row.highlights for row in goals) == len(spans)
    job = rows["demographics.occupation", "column", "occupation"]
    assert (job.claims, job.people, job.verbatim) == (1, len(WORDS), False)
    assert rows["demographics.occupation", "header", "occupation"].people == 4
    survey = next(row for row in view.fields if row.origin == "column")
    assert survey.example == "survey.csv"
    assert len(survey.sources) == 1
    surveyed.close()


def test_every_highlight_is_counted_once_in_its_field(surveyed: Workspace) -> None:
    view = surveyed.lineage.fields("personas:v1")
    personas = surveyed.artefact.personas(surveyed._things.newest())
    for field in {row.field for row in view.fields if not row.field.startswith("demographics.")}:
        claims = [
            one for persona in personas.personas for path, one in persona.claims() if path.partition("[")[0] == field
        ]
        spans = {(one.document, one.start, one.end) for claim in claims for one in claim.evidence}
        rows = [row for row in view.fields if row.field == field]
        assert sum(row.highlights for row in rows) == len(spans), field
        assert all(row.verbatim <= all(one.verbatim for one in claims) or len(rows) > 1 for row in rows)
    surveyed.close()


def test_what_holds_no_personas_has_no_fields(surveyed: Workspace) -> None:
    with surveyed.run.start() as run:
        run.log_bytes(b"x", "model")
    with pytest.raises(InvalidInput) as caught:
        surveyed.lineage.fields("model")
    assert caught.value.code == "not-personas"
    surveyed.close()


def test_who_may_not_be_used_is_not_counted(surveyed: Workspace) -> None:
    """A document names everybody who speaks; a run has labels only for those whose words it may use."""
    context = surveyed._context
    made = surveyed._things.newest()
    recipe = load_recipe(context.blobs, context.records.get(Run, str(made.run)))
    assert recipe is not None
    inputs = load_inputs(context.blobs, recipe)
    personas = surveyed.artefact.personas(made)
    silent = next(
        one for one in inputs if one.document.participants[0].attributes and not one.document.turns[0].question
    )
    less = [one if one is not silent else Input(one.digest, one.document, {}) for one in inputs]
    rows = {row[:3]: row.people for row in fields_of(personas, less, keys_of)}
    assert rows["demographics.occupation", "header", "occupation"] == 3
    surveyed.close()
