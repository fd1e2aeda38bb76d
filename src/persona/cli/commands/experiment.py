"""``persona experiment``: create, run, list, show, tag, note."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from persona.cli import pairs
from persona.cli.answer import Answer, nothing
from persona.cli.command import command, flags_of, limits_of_calls, parameters_of_a_run
from persona.cli.commands.generate import broken
from persona.cli.completing import experiments
from persona.cli.experiment_text import SHOWN, draw_experiment_run, failures
from persona.cli.screen import Screen, facts
from persona.cli.session import Session
from persona.cli.tables import Column, table
from persona.cli.wording import counted, moment, plain
from persona.cli.wording import pairs as on_one_line

if TYPE_CHECKING:
    from persona.workspace.views import ExperimentView


@command(
    "create",
    'persona experiment create --name "temp-test" --variants variants.yaml',
    "persona experiment create --file experiment.yaml",
)
@click.option("--name", metavar="NAME", help="The name; a whole experiment.yaml may carry its own.")
@click.option("--variants", metavar="FILE", help="A YAML file with a list of variants: a name and parameters each.")
@click.option("--file", metavar="FILE", help="A whole experiment.yaml to take as it is.")
@click.option("--description", default="", metavar="TEXT", help="The question it answers.")
def create(session: Session, name: str | None, variants: str | None, file: str | None, description: str) -> Answer:
    """Make an experiment from a file of variants.

    A variant fixes some parameters of a run; the experiment runs them over the same sources.
    """
    with session.open() as ws:
        view = ws.experiment.create(
            name=name,
            variants=Path(variants) if variants else None,
            file=Path(file) if file else None,
            description=description,
            project=session.project,
        )

    def lines(screen: Screen) -> Iterable[str]:
        count = counted(len(view.variants), "variant")
        told = f"with {count}: {', '.join(view.variants)}" if view.variants else "whose search makes its variants"
        yield f"made the experiment {screen.bold(view.experiment.name)} {told}"
        yield f"{screen.dim('file')}  {session.path(ws, view.path)}"

    return Answer(view, lines, (session.step("experiment", "run", view.experiment.name, project=True),), view.notes)


@command(
    "run",
    "persona experiment run --variant balanced --count 5",
    "persona experiment run temp-test --repeats 8 --jobs 16",
)
@click.argument("name", metavar="[EXPERIMENT]", required=False, shell_complete=experiments)
@click.option("--variant", metavar="NAME", help="Only this variant; all of them when left out.")
@click.option("--repeats", type=click.IntRange(min=1), metavar="N", help="So many runs of each variant in the end.")
@click.option(
    "--executor", default="local", metavar="WHO", help="Who does the runs: local, or the nodes of a ray cluster."
)
@click.option("--gate", is_flag=True, help="Leave with status 5 when a constraint of the project is broken.")
@parameters_of_a_run
@limits_of_calls
def run(
    session: Session,
    name: str | None,
    variant: str | None,
    repeats: int | None,
    executor: str,
    gate: bool,
    fresh: bool,
    **given: Any,
) -> Answer:
    """Run one variant of an experiment, or all of them.

    Only what is missing is done; Ctrl-C keeps what is done, and the same command goes on. A parameter given here may
    not contradict the variant. Repeats add their number to the seed, so each draws anew. With --json each outcome is
    a line as it comes, and the envelope is the last line. Limits hold for all runs together.
    """
    flags = flags_of(given)
    count = flags.pop("count", None)
    session.streams = True
    with session.open() as ws, session.progress() as progress:
        done = ws.experiment.run(
            name,
            variant=variant,
            count=count,
            repeats=repeats,
            flags=flags,
            fresh=fresh,
            executor=executor,
            project=session.project,
            progress=progress,
            heard=session.stream,
        )
        completed = [one.run for one in done.outcomes if one.status == "completed"]
        made = [ws.made(run) for run in completed] if gate or len(completed) <= SHOWN else []
    next = [session.step("run", "list", "--experiment", done.experiment, project=True)]
    next += [session.step("report", run) for run in completed[:1]]

    def lines(screen: Screen) -> Iterable[str]:
        return draw_experiment_run(screen, done, made, everything=session.verbose > 0)

    errors = (*failures(done), *(broken(made) if gate else ()))
    warnings = tuple(f"{one.view.run.id}: {told}" for one in made for told in one.personas.warnings())
    return Answer(done, lines, tuple(next), warnings, errors)


@command("list", "persona experiment list", past=True)
def list_(session: Session) -> Answer:
    """List the experiments of the project.

    A star marks the one that `persona experiment run` takes when none is named.
    """
    with session.open() as ws:
        views = ws.experiment.list(session.project)

    def lines(screen: Screen) -> Iterable[str]:
        return table(
            screen,
            [
                Column(" ", ["*" if view.current else "" for view in views]),
                Column("EXPERIMENT", [view.experiment.name for view in views]),
                Column("VARIANTS", [", ".join(view.variants) for view in views], cut=True, drop=1),
                Column("RUNS", [str(_runs(view)) for view in views], right=True),
                Column("QUESTION", [view.experiment.description for view in views], cut=True, drop=2),
            ],
        )

    if not views:
        step = session.step("experiment", "create", "--help")
        return Answer(views, nothing, (step,), ("the project has no experiment yet",))
    return Answer(views, lines)


@command("show", "persona experiment show temp-test", past=True)
@click.argument("name", metavar="[EXPERIMENT]", required=False, shell_complete=experiments)
def show(session: Session, name: str | None) -> Answer:
    """Show an experiment and its variants.

    With their parameters and how many runs each has in which state.
    """
    with session.open() as ws:
        view = ws.experiment.show(name, project=session.project)
    return Answer(view, lambda screen: _lines(screen, view), (), view.notes)


@command("tag", "persona experiment tag temp-test stage=pilot", "persona experiment tag temp-test --remove stage")
@click.argument("words", metavar="[EXPERIMENT] KEY=VALUE...", nargs=-1)
@click.option("--remove", multiple=True, metavar="KEY", help="A tag to remove; may be given several times.")
def tag(session: Session, words: tuple[str, ...], remove: tuple[str, ...]) -> Answer:
    """Set or remove tags of an experiment.

    The experiment made or run last when none is named.
    """
    given = pairs.split(words)
    pairs.need_change(given.pairs, remove)
    with session.open() as ws:
        view = ws.experiment.tag(given.ref, given.pairs, remove, project=session.project)
    step = session.step("experiment", "show", view.experiment.name, project=True)
    return Answer(view, lambda screen: _lines(screen, view), (step,))


@command("note", 'persona experiment note temp-test question="Does heat help?"')
@click.argument("words", metavar="[EXPERIMENT] KEY=VALUE...", nargs=-1)
@click.option("--remove", multiple=True, metavar="KEY", help="A field to remove; may be given several times.")
def note(session: Session, words: tuple[str, ...], remove: tuple[str, ...]) -> Answer:
    """Set or remove free fields of an experiment.

    A value that reads as JSON (a number, true, a list) is kept as that; anything else is text.
    """
    given = pairs.split(words)
    pairs.need_change(given.pairs, remove)
    with session.open() as ws:
        view = ws.experiment.note(given.ref, pairs.fields(given.pairs, remove), project=session.project)
    step = session.step("experiment", "show", view.experiment.name, project=True)
    return Answer(view, lambda screen: _lines(screen, view), (step,))


def _runs(view: ExperimentView) -> int:
    return sum(sum(states.values()) for states in view.runs.values())


def _lines(screen: Screen, view: ExperimentView) -> Iterator[str]:
    experiment = view.experiment
    fields = {
        key: value
        for key, value in experiment.fields.items()
        if key not in ("title", "created", "evaluation") and value not in ("", None)
    }
    yield screen.bold(experiment.name) + ("  (chosen)" if view.current else "")
    yield from facts(
        screen,
        [
            ("about", experiment.description),
            ("file", f"{view.path}, version {experiment.version}"),
            ("made", moment(experiment.created_at) + " UTC"),
            ("evaluation", ", ".join(f"{key}: {plain(value)}" for key, value in view.evaluation.items())),
            ("tags", on_one_line(experiment.tags)),
            ("fields", on_one_line(fields)),
        ],
        "  ",
    )
    yield ""
    names = list(dict.fromkeys([*view.variants, *view.runs]))
    yield from table(
        screen,
        [
            Column("VARIANT", [name or "(none)" for name in names]),
            Column("PARAMETERS", [on_one_line(view.variants.get(name, {})) for name in names], cut=True),
            Column(
                "RUNS",
                [
                    ", ".join(f"{count} {state}" for state, count in sorted(view.runs.get(name, {}).items())) or "none"
                    for name in names
                ],
                cut=True,
            ),
        ],
    )
