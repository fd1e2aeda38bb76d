"""``persona run reproduce`` and ``persona why``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import click

from persona.cli.answer import Answer
from persona.cli.command import command
from persona.cli.commands.run import newest
from persona.cli.completing import experiments, runs
from persona.cli.screen import Screen, facts
from persona.cli.session import Session
from persona.cli.tables import Column, table
from persona.cli.wording import counted, size
from persona.errors import IntegrityError

if TYPE_CHECKING:
    from persona.model.reproductions import Comparison, Difference, Reproduction
    from persona.workspace.views import KeyComparison

SHOWN = 12
"""How many changes are listed on a terminal; `-v` and `--json` give them all."""


@command(
    "reproduce",
    "persona run reproduce run_20250116_143022",
    "persona run reproduce run_20250116_143022 --level verify",
    "persona run reproduce run_20250116_143022.zip",
)
@click.argument("ref", metavar="[RUN|FILE]", required=False, shell_complete=runs)
@click.option(
    "--level",
    metavar="LEVEL",
    default="replay",
    show_default=True,
    help="verify: read and hash again. replay: make it again, unrecorded. rerun: as a new run. environment: compare.",
)
def reproduce(session: Session, ref: str | None, level: str) -> Answer:
    """Do a run again with the same parameters, and judge each output.

    A verdict is identical, equivalent (other bytes, scores within the spread of at least three runs of the same
    plan), different or missing. Where outputs differ, the first step that diverged and the class of its cause are
    named, and the command leaves with status 6. The newest run that makes personas when none is named. A file that
    `persona run export` wrote is done again as it stands, without a workspace and without network.
    """
    if ref is not None and is_file(ref):
        from persona.workspace.elsewhere import reproduce_file

        with session.progress() as progress:
            found = reproduce_file(ref, level, progress=progress)
    else:
        with session.open() as ws, session.progress() as progress:
            found = ws.reproduce(newest(ws, session.project) if ref is None else ref, level, progress=progress)
    errors: tuple[IntegrityError, ...] = ()
    if found.verdict in ("different", "missing"):
        told = f"the run was not reproduced: {found.verdict}"
        if found.level == "environment":
            told = "the environment is not the one that was recorded"
        errors = (
            IntegrityError(
                told,
                code="not-reproduced",
                place=f"{found.of}, first at {found.diverged}",
                hints=["what it means: `persona explain not-reproduced`"],
            ),
        )
    next = (session.step("why", found.run, found.of),) if found.run else ()
    return Answer(found, lambda screen: draw(screen, found, everything=session.verbose > 0), next, (), errors)


@command("reproduce", "persona experiment reproduce temp-test", "persona experiment reproduce temp-test --level verify")
@click.argument("name", metavar="[EXPERIMENT]", required=False, shell_complete=experiments)
@click.option(
    "--level",
    metavar="LEVEL",
    default="replay",
    show_default=True,
    help="verify: read and hash again. replay: make the personas again, unrecorded, without network.",
)
def experiment(session: Session, name: str | None, level: str) -> Answer:
    """Do every run of an experiment again, and judge it.

    The comparison that was stored last is drawn again from the records, too. Leaves with status 6 when anything
    differs.
    """
    with session.open() as ws, session.progress() as progress:
        found = ws.reproduce_experiment(name, level, project=session.project, progress=progress)
    wrong = [one for one in found.runs if one.verdict not in ("identical", "equivalent")]
    errors = [
        IntegrityError(
            f"the run was not reproduced: {one.verdict}",
            code="not-reproduced",
            place=f"{one.run}, first at {one.diverged}",
            hints=[f"see why: `persona run reproduce {one.run}`"],
        )
        for one in wrong
    ]
    if found.comparison == "different":
        told = "the stored comparison does not come out the same from the records: runs were added, or it was changed"
        errors.append(
            IntegrityError(
                told,
                code="not-reproduced",
                place=f"experiment {found.experiment}",
                hints=["see each run: `" + session.step("experiment", "show", found.experiment, project=True) + "`"],
            )
        )

    def lines(screen: Screen) -> Iterable[str]:
        counts = Counter(one.verdict for one in found.runs)
        told = ", ".join(f"{count} {verdict}" for verdict, count in counts.items())
        yield f"{screen.bold(found.experiment)}  {len(found.runs)} runs at the level {found.level}: {told}"
        if found.comparison:
            yield f"the stored comparison: {found.comparison}"

    return Answer(found, lines, (), (), tuple(errors))


def draw(screen: Screen, found: Reproduction, *, everything: bool) -> Iterator[str]:
    """The verdict, each output, what explains a difference, and what has changed since."""
    from persona.model.reproductions import LEVELS

    good = found.verdict in ("identical", "equivalent")
    verdict = screen.green(found.verdict) if good else screen.red(found.verdict)
    yield f"{screen.bold(found.of)}  {verdict}"
    told = [("level", f"{found.level}: {LEVELS[found.level]}")]
    if found.run:
        told.append(("new run", found.run))
    if found.diverged:
        told.append(("first step", found.diverged))
    if found.cause:
        told.append(("cause", found.cause))
    yield from facts(screen, told, "  ")
    if found.outputs:
        yield ""
        yield from table(
            screen,
            [
                Column("OUTPUT", [one.name for one in found.outputs]),
                Column("VERDICT", [one.verdict for one in found.outputs]),
                Column("RECORDED", [one.recorded.removeprefix("sha256:")[:12] for one in found.outputs]),
                Column("NOW", [(one.found or "").removeprefix("sha256:")[:12] for one in found.outputs]),
                Column("WHY", [one.message for one in found.outputs], cut=True),
            ],
        )
    if found.changes:
        yield ""
        yield screen.bold("Changed since")
        yield from _changes(screen, found.changes, everything=everything)


@command(
    "environment",
    "persona run environment run_20250116_143022 --output environment",
    "persona run environment",
    past=True,
)
@click.argument("ref", metavar="[RUN]", required=False, shell_complete=runs)
@click.option("--output", "-o", metavar="FOLDER", default="environment", show_default=True, help="Where to write it.")
def environment(session: Session, ref: str | None, output: str) -> Answer:
    """Write what builds the environment of a run again.

    The versions of all packages, a CycloneDX bill of materials, everything that was recorded, the changes of the git
    work tree, and the commands that build it. Nothing is built or run here.
    """
    with session.open() as ws:
        made = ws.environment(newest(ws, session.project) if ref is None else ref, output)

    def lines(screen: Screen) -> Iterable[str]:
        yield f"wrote {screen.bold(made.path)}  {screen.dim(', '.join(made.files))}"

    return Answer(made, lines, (session.step("run", "show", made.run),))


def is_file(ref: str) -> bool:
    """Whether a file is meant and no run, whether it is there or not: no id of a run has a dot or a slash."""
    import os

    marks = {os.sep, os.altsep or os.sep, "."}
    return any(mark in ref for mark in marks) or os.path.isfile(ref)  # noqa: PTH113  # pathlib costs a start-up more


@command(
    "export",
    "persona run export run_20250116_143022",
    "persona run export --output run.zip",
    "persona run export --with-diff",
    past=True,
)
@click.argument("ref", metavar="[RUN]", required=False, shell_complete=runs)
@click.option("--output", "-o", metavar="FILE", help="The file to write; RUN.zip in the current folder otherwise.")
@click.option("--with-diff", is_flag=True, help="Take in the uncommitted changes of the git work tree.")
def export(session: Session, ref: str | None, output: str | None, with_diff: bool) -> Answer:
    """Write a run and all that it stands on into one file.

    The file holds the interviews it read with the names of files and people, the recipe, every recorded call, the
    result, and where the run ran: packages, machine, user, git branch and commit. `persona run reproduce FILE` verifies
    and replays it on any machine, without network. Give it only to those who may read the interviews.
    """
    session.may_overwrite(output)
    with session.open() as ws, session.progress() as progress:
        progress("writing", 0, 1)
        made = ws.bundle.export(newest(ws, session.project) if ref is None else ref, output, with_diff=with_diff)

    def lines(screen: Screen) -> Iterable[str]:
        yield f"wrote {screen.bold(made.path)}  {screen.dim(size(made.bytes))}"
        told = [("holds", ", ".join(counted(count, noun) for noun, count in made.holds.items()))]
        yield from facts(screen, [*told, ("digest", made.digest)], "  ")

    notes = ["it holds the words and names of the participants: give it only to those who may read them"]
    if made.left_out:
        notes.append("the uncommitted changes of your git work tree are left out; `--with-diff` takes them in")
    elif with_diff:
        notes.append("it holds the uncommitted changes of your git work tree, if the run recorded any")
    words = ["run", "reproduce", made.path, *(["--level", made.level] if made.level != "replay" else [])]
    return Answer(made, lines, (session.step(*words),), tuple(notes))


@command(
    "why",
    "persona why run_20250116_143022",
    "persona why run_20250116_143022 run_20250116_142955",
    "persona why call_20250116_143022",
    past=True,
)
@click.argument("ref", metavar="[RUN|CALL]", required=False, shell_complete=runs)
@click.argument("other", metavar="[OTHER]", required=False, shell_complete=runs)
def why(session: Session, ref: str | None, other: str | None) -> Answer:
    """Say what differs from another run, or why a call was made.

    A run is compared with the run before it, of the same variant or outside experiments, when no other is named; a
    call with the one before it that asked about the same thing. Each part that differs comes with its class: input,
    prompt, parameter or code.
    """
    if ref is not None and ref.startswith("call_"):
        with session.open() as ws:
            asked = ws.call.why(ref)
        return Answer(asked, lambda screen: draw_key(screen, asked), (session.step("call", "show", asked.call),))
    with session.open() as ws:
        found = ws.why(newest(ws, session.project) if ref is None else ref, other)
    next = (session.step("run", "reproduce", found.run),)
    return Answer(found, lambda screen: draw_why(screen, found), next)


def draw_why(screen: Screen, found: Comparison) -> Iterable[str]:
    """The two runs, and each difference between their plans."""
    yield f"{screen.bold(found.run)}  {screen.dim('beside ' + found.before if found.before else '')}".rstrip()
    yield from screen.wrap(found.reason, "  ")
    if found.same_output is not None and found.differences:
        yield f"  {'the outputs are the same' if found.same_output else 'the outputs differ'}"
    if found.differences:
        yield ""
        yield from _changes(screen, found.differences, everything=True)


def draw_key(screen: Screen, found: KeyComparison) -> Iterable[str]:
    """A call, and what in its key differs from the one before it."""
    yield f"{screen.bold(found.call)}  {screen.dim('beside ' + found.before if found.before else '')}".rstrip()
    yield from screen.wrap(found.reason, "  ")
    if found.differences:
        yield ""
        yield from _changes(screen, found.differences, everything=True)


def _changes(screen: Screen, changes: Sequence[Difference], *, everything: bool) -> Iterator[str]:
    shown = changes if everything else changes[:SHOWN]
    yield from table(
        screen,
        [
            Column("PART", [one.part for one in shown]),
            Column("CAUSE", [one.cause for one in shown]),
            Column("BEFORE", [one.before or "absent" for one in shown], cut=True),
            Column("AFTER", [one.after or "absent" for one in shown], cut=True),
        ],
    )
    if len(shown) < len(changes):
        yield screen.dim(f"and {len(changes) - len(shown)} more: see them with `-v`")
