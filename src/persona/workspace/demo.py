"""The demonstration: a whole workspace from the bundled interviews, with three variants, a trace and a report."""

from __future__ import annotations

import time
from pathlib import Path

from persona.errors import Conflict
from persona.workspace.context import Progress, silent
from persona.workspace.views import DemoView
from persona.workspace.workspace import Workspace

BUNDLED = Path(__file__).resolve().parent.parent / "demo"
"""The corpus, project.yaml and experiment.yaml that come with the package."""


def run_demo(folder: str | Path, *, progress: Progress = silent) -> DemoView:
    """Build a workspace in ``folder``, import the corpus, run every variant, verify and report.

    Raises ``Conflict`` when the folder holds a workspace already: a demonstration never touches anyone's work.
    """
    begun = time.monotonic()
    root = Path(folder).expanduser().absolute()
    if root.exists() and any(root.iterdir()):
        raise Conflict(
            "the folder for the demonstration is not empty",
            code="demo-folder",
            place=str(root),
            hints=["choose another: `persona demo ANOTHER-FOLDER`"],
        )
    with Workspace.init(root) as ws:
        project = ws.project.create(file=BUNDLED / "project.yaml").project.id
        imported = ws.source.import_([BUNDLED / "corpus"], project=project, progress=progress)
        ws.experiment.create(file=BUNDLED / "experiment.yaml", project=project)
        done = ws.experiment.run(project=project, progress=progress)
        runs = tuple(ws.made(one.run) for one in done.outcomes)
        first = runs[0].view.run.id
        trace = ws.trace(first)
        report = ws.report(first)
        verify = ws.verify(progress=progress)
    return DemoView(
        workspace=str(root),
        imported=imported,
        runs=runs,
        trace=trace,
        verify=verify,
        report=report,
        seconds=round(time.monotonic() - begun, 3),
    )
