"""What went wrong, in words: the errors of click and of the operating system as ours, and how an error is shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from persona.cli.registry import ROOT, Branch
from persona.errors import Cancelled, PermissionDenied, PersonaError, StorageError, UsageError, did_you_mean

if TYPE_CHECKING:
    import click

    from persona.cli.screen import Screen


def show(error: PersonaError, screen: Screen) -> Iterator[str]:
    """The lines of an error: what happened, where, and after a blank line what helps."""
    first, *rest = error.message.splitlines() or [""]
    yield f"{screen.bold(screen.red('error:'))} {first}"
    yield from (f"       {line}" for line in rest)
    if error.place:
        for line in error.place.splitlines():
            yield f"  {screen.dim('-->')} {line}"
    if error.hints:
        yield ""
    for hint in error.hints:
        yield f"{screen.cyan('hint:')} {hint}"


def from_click(error: click.ClickException, arguments: Sequence[str] = ()) -> PersonaError:
    """An error of the command line as one of ours, with the command whose help says more.

    ``arguments`` are what was typed: click does not always know which command it was reading.
    """
    import click

    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else _command_in(arguments)
    hints = [f"see how it is used: `{path} --help`"]
    message = plain(error.format_message())
    if isinstance(error, click.NoSuchOption):
        message = f"there is no option `{error.option_name}`"
        near = did_you_mean(error.option_name, _options(context))
        hints = ([f"did you mean `{near}`?"] if near else []) + hints
    elif isinstance(error, click.MissingParameter) and error.param is not None:
        message = f"`{_name(error.param)}` is missing"
    elif isinstance(error, click.BadParameter) and error.param is not None:
        message = f"`{_name(error.param)}`: {_wanted(error.param) or plain(error.message)}"
    return UsageError(message, place=path, hints=hints)


def _command_in(arguments: Sequence[str]) -> str:
    """The longest command among the words typed, found without reading options."""
    words = iter(arguments)
    for word in words:
        item = ROOT.get(word)
        if item is not None:
            verb = next((word for word in words if not word.startswith("-")), "")
            inside = isinstance(item, Branch) and verb in item.leaves
            return f"persona {word} {verb}" if inside else f"persona {word}"
    return "persona"


def _name(parameter: click.Parameter) -> str:
    if parameter.param_type_name == "option":
        return parameter.opts[0]
    return (parameter.metavar or parameter.human_readable_name).strip("[].")


def _wanted(parameter: click.Parameter) -> str:
    """What a number must be, in words; click says `valid integer range`."""
    import click

    kind = parameter.type
    return f"it must be a whole number, {kind.min} or more" if isinstance(kind, click.IntRange) else ""


def _options(context: click.Context | None) -> list[str]:
    return [name for one in context.command.get_params(context) for name in one.opts] if context is not None else []


def plain(message: str) -> str:
    """A sentence of click in the manner of ours: no full stop, backticks round what was typed."""
    message = message.strip().rstrip(".").replace("'", "`")
    return message[:1].lower() + message[1:]


def from_system(error: OSError) -> PersonaError:
    """A refusal of the operating system that no room of the house has put into its own words."""
    reason = (error.strerror or str(error)).lower()
    import shlex

    place = str(error.filename) if error.filename else None
    hints = [f"see what is there, and who may read and write it: `ls -ld {shlex.quote(place)}`"] if place else []
    if isinstance(error, PermissionError):
        return PermissionDenied(f"the operating system forbids it: {reason}", place=place, hints=hints)
    return StorageError(f"the operating system refused: {reason}", code="system", place=place, hints=hints)


def stopped() -> PersonaError:
    """A person pressed Ctrl-C."""
    return Cancelled(
        "stopped; what was recorded until now is kept",
        hints=["a run that was stopped is a record too: `persona run list --status cancelled`"],
    )


def unexpected(error: BaseException) -> PersonaError:
    """A fault of the program. Never shows a traceback unless one is asked for."""
    return PersonaError(
        f"this is a fault of the program, not of yours: {type(error).__name__}: {error}",
        code="internal",
        hints=["to see where it happened, set `PERSONA_TRACEBACK=1` and run the command again"],
    )
