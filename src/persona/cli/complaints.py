"""What went wrong, in words: the errors of click and of the operating system as ours, and how an error is shown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

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


def from_click(error: click.ClickException) -> PersonaError:
    """An error of the command line as one of ours, with the command whose help says more."""
    import click

    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "persona"
    help_hint = f"see how it is used: `{path} --help`"
    if isinstance(error, click.NoSuchOption):
        known = _options(context)
        near = did_you_mean(error.option_name, known)
        hints = [f"did you mean `{near}`?"] if near else []
        return UsageError(f"there is no option `{error.option_name}`", place=path, hints=[*hints, help_hint])
    if isinstance(error, click.MissingParameter) and error.param is not None:
        name = (
            error.param.make_metavar(context)
            if context is not None and error.param.param_type_name == "argument"
            else ""
        )
        shown = name.strip("[].") or (error.param.opts[-1] if error.param.opts else "")
        return UsageError(f"`{shown}` is missing", place=path, hints=[help_hint])
    if isinstance(error, click.BadParameter) and error.param is not None:
        shown = error.param.opts[0] if error.param.param_type_name == "option" else (error.param.human_readable_name)
        return UsageError(f"`{shown}`: {plain(error.message)}", place=path, hints=[help_hint])
    return UsageError(plain(error.format_message()), place=path, hints=[help_hint])


def _options(context: click.Context | None) -> list[str]:
    return [name for one in context.command.get_params(context) for name in one.opts] if context is not None else []


def plain(message: str) -> str:
    """A sentence of click in the manner of ours: no full stop, backticks round what was typed."""
    message = message.strip().rstrip(".").replace("'", "`")
    return message[:1].lower() + message[1:]


def from_system(error: OSError) -> PersonaError:
    """A refusal of the operating system that no room of the house has put into its own words."""
    reason = (error.strerror or str(error)).lower()
    place = str(error.filename) if error.filename else None
    if isinstance(error, PermissionError):
        return PermissionDenied(f"the operating system forbids it: {reason}", place=place)
    return StorageError(f"the operating system refused: {reason}", code="system", place=place)


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
