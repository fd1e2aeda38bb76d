"""``persona source`` and ``persona participant``: the words and the people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

import click

from persona.cli.answer import Answer, nothing
from persona.cli.command import command
from persona.cli.completing import sources
from persona.cli.screen import Screen, facts
from persona.cli.session import Session
from persona.cli.tables import Column, table
from persona.cli.wording import counted, moment, pairs, several, short_digest, size
from persona.errors import InvalidInput, UsageError
from persona.model.redaction import RedactionRequest

if TYPE_CHECKING:
    from persona.workspace.views import DocumentView, ImportReport, SourceDetail, TurnView


@command(
    "import",
    "persona source import interviews/",
    'persona source import "interviews/*.vtt" survey.csv',
    "persona source import interviews/ --dry-run",
    "persona source import interviews/ --redact --deny names.txt --dry-run",
)
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=click.Path())
@click.option("--dry-run", is_flag=True, help="Read everything and say what would be imported; record nothing.")
@click.option(
    "--separate-people",
    is_flag=True,
    help="Take the same label in two files for two people. Without it, P07 is one person everywhere.",
)
@click.option(
    "--redact/--no-redact",
    default=None,
    help="Replace names and personal data before anything is stored; the original is not sealed.",
)
@click.option("--deny", metavar="FILE", multiple=True, help="Names and words that must go, one a line.")
@click.option("--allow", metavar="FILE", multiple=True, help="Words that stay, one a line, or an edited review file.")
@click.option(
    "--review", metavar="FILE", help="Write every replacement to a file outside the workspace, to be checked."
)
@click.option("--ner", metavar="MODEL", help="Find more names with an installed spaCy model.")
def import_(
    session: Session,
    paths: tuple[str, ...],
    dry_run: bool,
    separate_people: bool,
    redact: bool | None,
    deny: tuple[str, ...],
    allow: tuple[str, ...],
    review: str | None,
    ner: str | None,
) -> Answer:
    """Seal files, folders and globs as sources of the project.

    Reads txt, md, vtt, srt, csv, xlsx, json, docx and pdf. A file that cannot be read is reported with the reason
    and the rest is imported; the exit status then is 5. Bytes already here are left alone. With --redact, e-mail
    addresses, numbers, links, speakers' names and listed words are replaced first: look at it with --dry-run.
    """
    request = _redaction(session, redact, deny, allow, review, ner)
    with session.open() as ws, session.progress() as progress:
        report = ws.source.import_(
            paths,
            project=session.project,
            dry_run=dry_run,
            separate_people=separate_people,
            redact=request,
            progress=progress,
        )
    errors = tuple(
        InvalidInput(
            str(one.error.get("message", "")),
            code=str(one.error.get("code") or "invalid-input"),
            place=_place(one.path, str(one.error.get("place") or "")),
            hints=one.error.get("hints") or (),
        )
        for one in report.files
        if one.outcome == "refused" and one.error is not None
    )
    flags = ["--separate-people"] if separate_people else []
    flags += {True: ["--redact"], False: ["--no-redact"], None: []}[redact]
    flags += [word for name in deny for word in ("--deny", name)] + [
        word for name in allow for word in ("--allow", name)
    ]
    flags += ["--ner", ner] if ner else []
    if dry_run:
        useful = any(one.outcome == "preview" for one in report.files)
        step = session.step("source", "import", *paths, *flags, project=True)
    else:
        useful = report.imported + report.unchanged > 0
        step = session.step("generate", project=True)
    notes = (*report.notes, *(() if report.files else ("no file was found there",)))
    return Answer(
        report,
        lambda screen: _import_lines(screen, report, session.verbose > 0),
        (step,) if useful else (),
        notes,
        errors,
    )


def _redaction(
    session: Session,
    redact: bool | None,
    deny: tuple[str, ...],
    allow: tuple[str, ...],
    review: str | None,
    ner: str | None,
) -> RedactionRequest | bool | None:
    """What the options ask for. Raises ``UsageError`` when they belong to a redaction that is not asked for."""
    given = {"--deny": deny, "--allow": allow, "--review": review, "--ner": ner}
    if not redact:
        for name, value in given.items():
            if value:
                raise UsageError(
                    f"`{name}` says how to redact, and `--redact` is missing",
                    code="redact-missing",
                    place="persona source import",
                    hints=["add `--redact`, or leave the option out"],
                )
        return redact
    session.may_overwrite(review, "--review")
    return RedactionRequest(
        tuple(Path(name) for name in deny),
        tuple(Path(name) for name in allow),
        Path(review) if review else None,
        overwrite=True,
        ner=ner,
    )


def _place(path: str, place: str) -> str:
    """The place in a file under the path by which the file was named here; readers know only its name."""
    name = PurePath(path).name
    return path + place.removeprefix(name) if place.startswith(name) else place or path


def _import_lines(screen: Screen, report: ImportReport, everything: bool) -> Iterator[str]:
    """Files with something to say (all with ``-v``), then the sum."""
    told = [one for one in report.files if everything or one.outcome != "refused"]
    if len(told) > 40 and not everything:
        told = [one for one in told if one.notes and one.outcome != "unchanged"]
    paint = {"imported": screen.green, "preview": screen.green, "refused": screen.red}
    names = {"preview": "would import"}
    outcomes = [paint.get(one.outcome, screen.dim)(names.get(one.outcome, one.outcome)) for one in told]
    yield from table(
        screen,
        [
            Column("OUTCOME", outcomes),
            Column("FILE", [one.path for one in told], cut=True),
            Column("DOCUMENTS", [str(one.documents or "") for one in told], right=True, drop=3),
            Column("PEOPLE", [str(one.participants or "") for one in told], right=True, drop=2),
            Column("TURNS", [str(one.turns or "") for one in told], right=True, drop=2),
            Column("REMARKS", ["; ".join(one.notes) for one in told], cut=True, drop=1),
        ],
    )
    if told:
        yield ""
    taken = sum(one.outcome == "preview" for one in report.files) if report.dry_run else report.imported
    verb = "would import" if report.dry_run else "imported"
    told_sum = [f"{verb} {counted(taken, 'file')} into {screen.bold(report.project)}"]
    if taken:
        told_sum.append(f"{counted(report.documents, 'document')}, {counted(report.participants, 'participant')}")
    for number, what in (
        (report.unchanged, "already here"),
        (report.skipped, "skipped"),
        (report.refused, screen.red("refused")),
    ):
        if number:
            told_sum.append(f"{number} {what}")
    yield "; ".join(told_sum)
    if report.redacted is not None:
        yield from _redaction_lines(screen, report, everything)


def _redaction_lines(screen: Screen, report: ImportReport, everything: bool) -> Iterator[str]:
    """How much was replaced; a preview also tells the words, the most frequent first (all with ``-v``)."""
    counts = [f"{number} {kind}" for kind, number in (report.redacted or {}).items()]
    total = sum((report.redacted or {}).values())
    verb = "would replace" if report.dry_run else "replaced"
    yield f"{verb} {counted(total, 'stretch', 'stretches')}" + (f": {', '.join(counts)}" if counts else "")
    words = [(one, file.path) for file in report.files for one in file.replacements]
    if not words:
        return
    words.sort(key=lambda item: -item[0].count)
    shown = words if everything else words[:40]
    yield ""
    yield from table(
        screen,
        [
            Column("KIND", [one.kind for one, _ in shown]),
            Column("WORDS", [" ".join(one.before.split()) for one, _ in shown], cut=True),
            Column("BECOME", [one.after or "(left out)" for one, _ in shown]),
            Column("TIMES", [str(one.count) for one, _ in shown], right=True),
            Column("FIRST", [f"{PurePath(path).name}, {one.place}" for one, path in shown], cut=True, drop=1),
        ],
    )
    if len(shown) < len(words):
        yield screen.dim(f"and {len(words) - len(shown)} more: `-v` shows them all")


@command("list", "persona source list", "persona source list --json", past=True)
def list_(session: Session) -> Answer:
    """List the sources of the project.

    In the order in which they were imported.
    """
    with session.open() as ws:
        views = ws.source.list(session.project)

    def lines(screen: Screen) -> Iterable[str]:
        return table(
            screen,
            [
                Column("SOURCE", [view.id for view in views]),
                Column("FILE", [view.name for view in views], cut=True),
                Column("READER", [view.reader for view in views], drop=3),
                Column("DOCUMENTS", [str(view.documents) for view in views], right=True, drop=5),
                Column("TURNS", [str(view.turns) for view in views], right=True, drop=2),
                Column("PEOPLE", [several(view.participants) for view in views], cut=True, drop=1),
                Column("SIZE", [size(view.bytes) for view in views], right=True, drop=4),
                Column("TAGS", [pairs(view.tags) for view in views], cut=True, drop=3),
            ],
        )

    if not views:
        step = session.step("source", "import", "--help", project=False)
        return Answer(views, nothing, (step,), ("the project has no sources yet",))
    return Answer(views, lines)


@command("show", "persona source show P07.vtt", "persona source show source_20250116_143022 --turns 5", past=True)
@click.argument("ref", metavar="SOURCE", shell_complete=sources)
@click.option("--turns", type=click.IntRange(min=0), metavar="N", help="Show only the first N turns of each document.")
def show(session: Session, ref: str, turns: int | None) -> Answer:
    """Show a source, turn by turn.

    A source is named by its id, an unambiguous beginning of it, or the name of its file. Each turn stands with
    its speaker, its characters in the document and its place in the original.
    """
    with session.open() as ws:
        detail = ws.source.show(ref, session.project)
    return Answer(detail, lambda screen: _source_lines(screen, detail, turns))


def _source_lines(screen: Screen, detail: SourceDetail, most: int | None) -> Iterator[str]:
    source = detail.source
    held = (
        counted(source.documents, "document"),
        counted(source.turns, "turn"),
        counted(source.characters, "character"),
    )
    yield screen.bold(source.name)
    yield from facts(
        screen,
        [
            ("source", source.id),
            ("digest", source.digest),
            (
                "original" if source.redacted is None else "sealed",
                f"{size(source.bytes)}, {source.media_type}, read by {source.reader}",
            ),
            ("holds", ", ".join(held)),
            ("people", several(source.participants, 12)),
            ("redacted", _redacted(source.redacted)),
            ("imported", moment(source.imported_at) + " UTC"),
            ("tags", pairs(source.tags)),
        ],
        "  ",
    )
    for document in detail.documents:
        yield ""
        yield from _document_lines(screen, document, most)


def _redacted(counts: dict[str, int] | None) -> str:
    """What was replaced before sealing; empty where the original itself is sealed."""
    if counts is None:
        return ""
    return ", ".join(f"{number} {kind}" for kind, number in counts.items()) or "nothing found to replace"


def _document_lines(screen: Screen, document: DocumentView, most: int | None) -> Iterator[str]:
    told = [short_digest(document.record.digest), *([document.encoding] if document.encoding else [])]
    yield f"{screen.bold(document.title)}  {screen.dim(', '.join(told))}"
    if document.attributes:
        yield from (screen.dim(line) for line in screen.wrap(pairs(document.attributes), "  "))
    for turn in document.turns[:most]:
        yield ""
        yield _turn_head(screen, turn)
        for paragraph in turn.text.splitlines() or [""]:
            yield from screen.wrap(paragraph, "    ")
    if most is not None and len(document.turns) > most:
        yield ""
        yield screen.dim(f"  and {counted(len(document.turns) - most, 'more turn')}")


def _turn_head(screen: Screen, turn: TurnView) -> str:
    who = screen.bold(turn.speaker or "?") if turn.role == "participant" else (turn.speaker or "?")
    told = [turn.role]
    if turn.participant is not None and turn.participant != turn.speaker:
        told[0] += f" {turn.participant}"
    if turn.question:
        told.append(turn.question)
    told += [turn.place, f"characters {turn.start} to {turn.end}"]
    if turn.began is not None:
        minutes, seconds = divmod(turn.began, 60)
        told.append(f"{int(minutes)}:{seconds:04.1f}")
    return f"  {who}  {screen.dim(', '.join(part for part in told if part))}"
