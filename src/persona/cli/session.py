"""One call of the command line: what the common options say, and how commands reach the workspace and people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from persona.cli.pipes import hush
from persona.cli.screen import Colour, Screen, standard, tolerate
from persona.errors import Conflict, PersonaError

if TYPE_CHECKING:
    from persona.cli.answer import Answer
    from persona.cli.progress import Progress
    from persona.workspace import Workspace
    from persona.workspace.views import Coordinate


class Session:
    """The state of one call. The common options write into it before a command begins."""

    def __init__(self) -> None:
        self.json = False
        self.streams = False
        self.quiet = False
        self.verbose = 0
        self.yes = False
        self.no_input = False
        self.color: Colour = "auto"
        self.workspace: str | None = None
        self.project: str | None = None
        self.as_of: str | None = None
        self.coordinate = False
        self.stands_on: Coordinate | None = None
        self._out: Screen | None = None
        self._err: Screen | None = None

    # Screens

    @property
    def out(self) -> Screen:
        """Where data go."""
        if self._out is None:
            tolerate(*standard())
            self._out = Screen(standard()[0], self.color)
        return self._out

    @property
    def err(self) -> Screen:
        """Where talk goes."""
        if self._err is None:
            tolerate(*standard())
            self._err = Screen(standard()[1], self.color)
        return self._err

    # The workspace

    @contextmanager
    def open(self) -> Iterator[Workspace]:
        """The workspace given by ``--workspace`` or PERSONA_WORKSPACE, else the one at or above the current folder."""
        from persona.workspace import Workspace

        with Workspace.open(self.workspace, as_of=self.as_of) as ws:
            if self.coordinate or self.as_of is not None:
                self.stands_on = ws.coordinate
            at_first = ws.notes
            for note in at_first:
                self.note(note)
            yield ws
            for note in ws.notes[len(at_first) :]:
                self.note(note)

    @contextmanager
    def progress(self) -> Iterator[Progress]:
        """A sign of life on the terminal for work that takes more than a second."""
        from persona.cli.progress import Progress

        progress = Progress(self.err, draw=not self.quiet, tell=self.verbose > 0 and not self.quiet)
        try:
            yield progress
        finally:
            progress.close()

    # Next steps and paths as they can be pasted here

    def step(self, *words: str, project: bool = False) -> str:
        """A command that can be pasted in the current folder, with ``--workspace`` when this call was given it.

        ``project`` says that the command works on the current project, so ``--project`` is carried along too.
        """
        import shlex

        whole = ["persona", *words]
        if project and self.project:
            whole += ["--project", self.project]
        if self.workspace:
            whole += ["--workspace", self.workspace]
        return shlex.join(whole)

    def path(self, ws: Workspace, relative: str) -> str:
        """A path of the workspace as seen from the current folder."""
        return shown_path(ws.root / relative)

    # Talk

    def note(self, text: str) -> None:
        """A remark for people, such as a warning about a file."""
        if not self.quiet:
            self.err.write(self.err.wrap(text, f"{self.err.yellow('note:')} "))

    def may_overwrite(self, output: str | None, option: str = "--output") -> None:
        """Ask before a file is overwritten. Raises ``Conflict`` when it exists and nobody may be asked."""
        if output is None or output == "-" or self.yes or not Path(output).exists():
            return
        stdin_is_terminal = standard_input_is_terminal()
        if not self.no_input and not self.json and stdin_is_terminal and self.err.is_terminal:
            import click

            if click.confirm(f"overwrite {output}?", err=True):
                return
        raise Conflict(
            "the file exists already",
            code="file-exists",
            place=output,
            hints=[f"add `--yes` to overwrite it, or choose another name with `{option}`"],
        )

    def give(self, answer: Answer) -> int:
        """Print an answer: data to stdout, talk to stderr. The exit status.

        A reader who goes away early (``| head``) has had enough: that is no error.
        """
        try:
            if self.json:
                from persona.cli.envelope import encode

                whole = encode(
                    answer.data, answer.errors, answer.next, coordinate=self.stands_on, indent=not self.streams
                )
                self.out.write(whole.splitlines())
            else:
                self.out.write(answer.lines(self.out))
        except BrokenPipeError:
            hush()
        self._talk(answer)
        return answer.exit_status

    def stream(self, data: object) -> None:
        """One line of JSON for programs that listen while the work goes on; nothing for people.

        A command that streams sets ``streams`` first, so that the envelope, too, is one line: the last.
        """
        if self.json:
            import msgspec

            with suppress(BrokenPipeError):
                self.out.write([msgspec.json.encode(data).decode()])

    def _talk(self, answer: Answer) -> None:
        from persona.cli import complaints

        if self.json:
            return
        if self.stands_on is not None:
            at = self.stands_on
            self.err.write([f"{self.err.dim('as of:')} event {at.position}, {at.recorded_at}, root {at.root}"])
        for note in answer.notes:
            self.note(note)
        for number, error in enumerate(answer.errors):
            if number == 10:
                self.err.write([f"and {len(answer.errors) - number} more: see them all with `--json`"])
                break
            self.err.write(complaints.show(error, self.err))
        if not self.quiet:
            self.err.write(f"{self.err.dim('next:')} {self.err.cyan(step)}" for step in answer.next)

    def fail(self, error: PersonaError) -> int:
        """Print an error, as an envelope when that was asked for. The exit status."""
        try:
            if self.json:
                from persona.cli.envelope import encode

                self.out.write(encode(None, [error], indent=not self.streams).splitlines())
            else:
                from persona.cli import complaints

                self.err.write(complaints.show(error, self.err))
        except BrokenPipeError:
            hush()
        return error.exit_status


def shown_path(path: Path) -> str:
    """A path relative to the current folder when it lies below it, else whole."""
    try:
        return str(path.absolute().relative_to(Path.cwd()))
    except ValueError:
        return str(path.absolute())


def standard_input_is_terminal() -> bool:
    """Whether somebody can answer a question."""
    import sys

    return sys.stdin is not None and sys.stdin.isatty()


def wants_json(arguments: Sequence[str]) -> bool:
    """Whether ``--json`` is among the arguments, known before they are read: a wrong one is answered in JSON too."""
    before = list(arguments)
    if "--" in before:
        before = before[: before.index("--")]
    return "--json" in before
