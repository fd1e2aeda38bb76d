"""A workspace in which everything has happened that formats for others can tell."""

from __future__ import annotations

from pathlib import Path

import pytest

from persona.workspace import Workspace

INTERVIEWS = {
    "Zora-Quill.txt": "Interviewer: What do you try to get done?\nZora Quill: I want to finish the weekly order in ten minutes. "
    "I compare three suppliers before I buy anything. The stock page loads so slowly that I give up twice a week.\n",
    "second.txt": "Interviewer: What do you try to get done?\nBasil Thorne: My goal is to keep the shelves full without calling anybody. "
    "It is frustrating that the search does not understand our product names. I write them on paper instead.\n",
}
SURVEY = (
    "respondent,age,favourite colour of the walrus,What annoys you most about ordering supplies?,What would help you every day?\n"
    'Ilka,41,blue,"I need flour before four in the morning and the site forgets my basket.","I want one list that I can send again."\n'
    'Mattis,35,green,"The delivery date is never right and I have to phone them.",\n'
    'Orla,52,blue,,"I would like to see on Sunday what is missing on Monday."\n'
)
RULES = 'constraints:\n  required_fields: [goals]\n  require:\n    - claims >= 1\n    - not text ~ "walrus"\n    - personas >= 40\n'
WORDS = ("Zora", "Quill", "Basil", "Thorne", "Ilka", "Mattis", "Orla", "walrus", "supplies", "second.txt", "survey.csv", "flour",
         "suppliers", "favourite", "annoys", "secret plan", "ada")  # fmt: skip
"""Names of people and files, and words of sources, rules and descriptions, of which no event may hold one."""


def make(folder: Path) -> Workspace:
    """Interviews, a survey, an experiment, a run of a program, a run that failed, a report, tags, a second project."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("XDG_CONFIG_HOME", str(folder / "config"))
        monkeypatch.setenv("PERSONA_USER", "ada")
        for name in ("WORKSPACE", "PROJECT", "MODEL", "SEED", "OPENLINEAGE"):
            monkeypatch.delenv(f"PERSONA_{name}", raising=False)
        (folder / "files").mkdir(parents=True)
        for name, text in {**INTERVIEWS, "survey.csv": SURVEY}.items():
            (folder / "files" / name).write_text(text, encoding="utf-8")
        ws = Workspace.init(folder / "ws")
        ws.project.create("Shop")
        project_file = ws.root / "projects/shop/project.yaml"
        project_file.write_text("name: Shop\n" + RULES, encoding="utf-8")
        ws.source.import_([str(folder / "files")])
        file = folder / "variants.yaml"
        file.write_text("name: tone\nvariants:\n  - name: plain\n  - name: warm\n    parameters: {temperature: 0.7}\n")
        ws.experiment.create(file=file, description="a secret plan")
        ws.experiment.run("tone")
        done = ws.generate(flags={"count": 1})
        ws.report(done.view.run.id)
        ws.run.tag(done.view.run.id, {"reviewed": "yes"})
        ws.artefact.tag("personas", {"audience": "design"})
        ws.experiment.tag("tone", {"stage": "pilot"})
        ws.source.tag(ws.source.list()[0].id, {"wave": "1"})
        with ws.run.start(project="shop", params={"rate": 0.5}) as active:
            active.use(folder / "files/second.txt")
            active.use("personas")
            active.log({"loss": 0.25})
            active.log_bytes(b"bytes", "model.bin")
        with pytest.raises(ZeroDivisionError), ws.run.start(project="shop"):
            raise ZeroDivisionError
        ws.project.create("Other", use=False)
        with ws.run.start(project="other"):
            pass
    return ws
