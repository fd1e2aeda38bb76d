"""``persona experiment edit``."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click

from persona.cli.answer import Answer
from persona.cli.command import command
from persona.cli.completing import experiments
from persona.cli.screen import Screen
from persona.cli.session import Session, standard_input_is_terminal
from persona.errors import UsageError


@command("edit", "persona experiment edit temp-test", "persona experiment edit temp-test --file experiment.yaml")
@click.argument("name", metavar="[EXPERIMENT]", required=False, shell_complete=experiments)
@click.option("--file", metavar="FILE", help="Take this file in place of an editor.")
def edit(session: Session, name: str | None, file: str | None) -> Answer:
    """Change an experiment's file; what was before stays as a version.

    Opens the editor that VISUAL or EDITOR names. A file that cannot be read changes nothing, and says where it is
    wrong. Runs that were made before keep the version they were planned with.
    """
    with session.open() as ws:
        before = ws.experiment.show(name, project=session.project)
        if file is not None:
            text = ws.experiment.text_of(Path(file))
        else:
            if session.json or session.no_input or not standard_input_is_terminal():
                raise UsageError(
                    "there is no terminal to edit in",
                    code="experiment-file",
                    place="persona experiment edit",
                    hints=[
                        "give the file: `"
                        + session.step(
                            "experiment", "edit", before.experiment.name, "--file", "experiment.yaml", project=True
                        )
                        + "`"
                    ],
                )
            now = (ws.root / before.path).read_text(encoding="utf-8")
            text = click.edit(now, extension=".yaml") or now
        view = ws.experiment.edit(before.experiment.name, text, project=session.project)

    def lines(screen: Screen) -> Iterable[str]:
        experiment = view.experiment
        if experiment.version == before.experiment.version:
            yield f"nothing changed: {experiment.name} stays at version {experiment.version}"
        else:
            yield f"{screen.bold(experiment.name)} is at version {experiment.version}: {', '.join(view.variants)}"
        yield f"{screen.dim('file')}  {session.path(ws, view.path)}"

    return Answer(view, lines, (session.step("experiment", "run", view.experiment.name, project=True),), view.notes)
