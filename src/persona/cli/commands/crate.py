"""``persona export ro-crate``."""

from __future__ import annotations

from collections.abc import Iterable

import click

from persona.cli.answer import Answer
from persona.cli.command import command
from persona.cli.completing import runs
from persona.cli.pairs import only
from persona.cli.screen import Screen, facts
from persona.cli.session import Session
from persona.cli.wording import counted, size


@command(
    "ro-crate",
    "persona export ro-crate --run run_20250116_143022 --output run.zip",
    "persona export ro-crate --experiment temp-test --output crate",
    "persona export ro-crate --profile 1.2 --license https://creativecommons.org/licenses/by/4.0/ --output crate",
    past=True,
)
@click.option("--run", metavar="RUN", shell_complete=runs, help="Only this run.")
@click.option("--experiment", metavar="NAME", help="The runs of this experiment.")
@click.option("--output", "-o", metavar="PLACE", required=True, help="A folder, or a file that ends in .zip.")
@click.option("--profile", metavar="V", default="1.1", help="1.1 with Process Run Crate 0.5, or 1.2. [default: 1.1]")
@click.option("--with-sources", is_flag=True, help="Take in interviews, documents and reports, with all names.")
@click.option("--license", metavar="URL", help="Under which licence it is handed on.")
@click.option("--organisation", metavar="NAME", help="Whom the people work for: NAME, or NAME <URL>.")
@click.option("--contact", metavar="MAIL", help="Where to ask the organisation.")
@click.option("--person", "people", multiple=True, metavar="NAME=ORCID", help="The ORCID of a recorded person.")
def ro_crate(
    session: Session,
    run: str | None,
    experiment: str | None,
    output: str,
    profile: str,
    with_sources: bool,
    license: str | None,
    organisation: str | None,
    contact: str | None,
    people: tuple[str, ...],
) -> Answer:
    """Write a run, an experiment or a project as a research object.

    An RO-Crate holds what was made, how and by whom, and a signed checkpoint of the log. Without `--run` and
    `--experiment` it is of the whole project. Interviews stay here: they are described by their digests, without
    names, and written only `--with-sources`.
    """
    named = only(people, "--person")
    session.may_overwrite(output)
    with session.open() as ws, session.progress() as progress:
        progress("writing", 0, 1)
        made = ws.crate.export(
            output,
            run=run,
            experiment=experiment,
            project=session.project,
            profile=profile,
            with_sources=with_sources,
            license=license,
            organisation=organisation,
            contact=contact,
            people=named,
        )

    def lines(screen: Screen) -> Iterable[str]:
        told = f"{counted(made.files, 'file')}, {size(made.bytes)}"
        yield f"wrote {screen.bold(made.path)}  {screen.dim(told)}"
        signed = "" if made.signed else ", not signed"
        kept = counted(made.withheld, "file") + " described by digest only"
        rows = [("of", made.of), ("holds", counted(made.runs, "run"))]
        rows += [("withheld", kept)] if made.withheld else []
        rows.append(("checkpoint", f"{counted(made.position, 'event')}, root {made.root}{signed}"))
        yield from facts(screen, rows, "  ")

    notes = []
    if with_sources:
        notes.append("it holds the words and names of the participants: give it only to those who may read them")
    if made.left_out:
        notes.append(f"left out, because they have not ended: {', '.join(made.left_out[:5])}")
    return Answer(made, lines, (), tuple(notes))
