"""``persona run``: list, show, delete, restore, tag, note."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from persona.cli import pairs
from persona.cli.answer import Answer, nothing
from persona.cli.command import command
from persona.cli.completing import experiments, runs
from persona.cli.run_text import draw_run, runs_table
from persona.cli.screen import Screen
from persona.cli.session import Session
from persona.cli.wording import pairs as on_one_line
from persona.errors import UsageError

if TYPE_CHECKING:
    from persona.workspace import Workspace


@command(
    "list",
    "persona run list --experiment temp-test --status completed",
    "persona run list --where 'metrics.diversity_score > 0.7 and params.temperature = 0.3'",
    "persona run list --order -metrics.diversity_score --limit 5",
    past=True,
)
@click.option("--experiment", metavar="NAME", shell_complete=experiments, help="Only runs of this experiment.")
@click.option(
    "--status", metavar="STATUS", help="Only planned, running, completed, failed, cancelled or interrupted runs."
)
@click.option("--where", metavar="FILTER", help="Only runs that fit, by columns, params.KEY, metrics.KEY or tags.KEY.")
@click.option("--order", metavar="FIELD", help="Sort by a field; a minus sign before it turns the order round.")
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True, metavar="N", help="At most N runs.")
@click.option("--after", metavar="POSITION", help="Go on where a shorter list ended.")
@click.option("--deleted", is_flag=True, help="Deleted runs too.")
@click.option("--all-projects", is_flag=True, help="Runs of every project.")
def list_(
    session: Session,
    experiment: str | None,
    status: str | None,
    where: str | None,
    order: str | None,
    limit: int,
    after: str | None,
    deleted: bool,
    all_projects: bool,
) -> Answer:
    """List runs, the newest first.

    Parameters are shown where they differ between the runs listed. Failed and interrupted runs are runs too.
    """
    with session.open() as ws:
        page = ws.run.list(
            project=session.project,
            experiment=experiment,
            status=status,
            where=where,
            order=order,
            limit=limit,
            after=after,
            deleted=deleted,
            all_projects=all_projects,
        )
    next: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    if page.next is not None:
        again: list[str] = ["run", "list"]
        for name, value in (("experiment", experiment), ("status", status), ("where", where), ("order", order)):
            # `--order=-field`: a value that begins with a minus sign must not stand alone
            again += [f"--{name}={value}"] if value else []
        again += ["--limit", str(limit)] if limit != 50 else []
        again += ["--deleted"] if deleted else []
        again += ["--all-projects"] if all_projects else []
        next = (session.step(*again, f"--after={page.next}", project=True),)
        notes = (f"{len(page.items)} of {page.total:,} runs are listed",)
    if not page.items:
        filtered = any((experiment, status, where, after))
        what = "no run fits" if filtered else "there is no run yet"
        return Answer(page, nothing, (session.step("run", "list", project=True),) if filtered else (), (what,))
    return Answer(page, lambda screen: runs_table(screen, page.items, projects=all_projects), next, notes)


@command("show", "persona run show run_20250116_143022", "persona run show", past=True)
@click.argument("ref", metavar="[RUN]", required=False, shell_complete=runs)
def show(session: Session, ref: str | None) -> Answer:
    """Show everything recorded about a run.

    A run is named by its id or an unambiguous beginning of it; the newest that makes personas when none is named. With
    `-v` also the fields the program keeps for itself and the lineage.
    """
    with session.open() as ws:
        view = ws.run.show(newest(ws, session.project) if ref is None else ref)
    everything = session.verbose > 0
    next: tuple[str, ...] = ()
    if view.run.deleted:
        next = (session.step("run", "restore", view.run.id),)
    elif any(one.kind == "personas" for one in view.outputs):
        next = (session.step("report", view.run.id),)
    return Answer(view, lambda screen: draw_run(screen, view, everything=everything), next, view.notes)


@command("delete", "persona run delete run_20250116_143022")
@click.argument("refs", metavar="RUN...", nargs=-1, required=True, shell_complete=runs)
def delete(session: Session, refs: tuple[str, ...]) -> Answer:
    """Hide a run; it can be restored.

    Nothing is erased: the run leaves the lists and stays in the log.
    """
    with session.open() as ws:
        ids = [ws.run.resolve(ref).id for ref in refs]  # all must be known before the first is touched
        gone = [ws.run.delete(id) for id in ids]

    def lines(screen: Screen) -> Iterable[str]:
        return (f"deleted {run.id}" for run in gone)

    return Answer(gone, lines, (session.step("run", "restore", *ids),))


@command("restore", "persona run restore run_20250116_143022")
@click.argument("refs", metavar="RUN...", nargs=-1, required=True, shell_complete=runs)
def restore(session: Session, refs: tuple[str, ...]) -> Answer:
    """Bring a deleted run back.

    Deleted runs are listed by `persona run list --deleted`.
    """
    with session.open() as ws:
        ids = [ws.run.resolve(ref).id for ref in refs]
        back = [ws.run.restore(id) for id in ids]

    def lines(screen: Screen) -> Iterable[str]:
        return (f"restored {run.id}" for run in back)

    return Answer(back, lines, (session.step("run", "show", ids[0]),))


@command(
    "tag", "persona run tag run_20250116_143022 reviewed=yes", "persona run tag run_20250116_143022 --remove reviewed"
)
@click.argument("words", metavar="RUN KEY=VALUE...", nargs=-1, shell_complete=runs)
@click.option("--remove", multiple=True, metavar="KEY", help="A tag to remove; may be given several times.")
def tag(session: Session, words: tuple[str, ...], remove: tuple[str, ...]) -> Answer:
    """Set or remove tags of a run.

    Runs are found by tag with `persona run list --where "tags.reviewed = yes"`.
    """
    given = pairs.split(words)
    pairs.need_change(given.pairs, remove)
    with session.open() as ws:
        run = ws.run.tag(_named(given.ref), given.pairs, remove)

    def lines(screen: Screen) -> Iterable[str]:
        yield f"{run.id}  {on_one_line(run.tags) or 'no tags'}"

    return Answer(run, lines, (session.step("run", "show", run.id),))


@command("note", 'persona run note run_20250116_143022 verdict="too few goals" score=2')
@click.argument("words", metavar="RUN KEY=VALUE...", nargs=-1, shell_complete=runs)
@click.option("--remove", multiple=True, metavar="KEY", help="A field to remove; may be given several times.")
def note(session: Session, words: tuple[str, ...], remove: tuple[str, ...]) -> Answer:
    """Set or remove free fields of a run.

    A value that reads as JSON (a number, true, a list) is kept as that; anything else is text.
    """
    given = pairs.split(words)
    pairs.need_change(given.pairs, remove)
    with session.open() as ws:
        run = ws.run.note(_named(given.ref), pairs.fields(given.pairs, remove))
    told = {key: run.fields[key] for key in given.pairs if key in run.fields}

    def lines(screen: Screen) -> Iterable[str]:
        yield f"{run.id}  {on_one_line(told) or 'removed ' + ', '.join(remove)}"

    return Answer(run, lines, (session.step("run", "show", run.id),))


def newest(ws: Workspace, project: str | None) -> str:
    """The id of the run that is meant when none is named. Raises ``NotFound`` when the project has none."""
    return ws.run.newest(project).id


def _named(ref: str | None) -> str:
    if ref is None:
        raise UsageError("no run is named", code="bad-pair", hints=["see the runs: `persona run list`"])
    return ref
