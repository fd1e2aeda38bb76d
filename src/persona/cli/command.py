"""What every command shares: the common options, help with examples, and answering.

A command is a function that takes the ``Session`` and its own parameters and returns an ``Answer``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from persona.cli.answer import Answer
from persona.cli.common import PLACE, TALK, WHEN, Common
from persona.cli.session import Session

Function = Callable[..., Answer]


def _remember(context: click.Context, parameter: click.Parameter, value: Any) -> None:
    """Write a common option into the session, wherever on the line it stood; a default never overwrites."""
    name = parameter.name or ""
    source = context.get_parameter_source(name)
    if source is click.core.ParameterSource.COMMANDLINE:
        setattr(context.obj, name, value)


def as_option(one: Common) -> click.Option:
    """A common option as click takes it."""
    kind: dict[str, Any] = {"is_flag": True}
    if one.counts:
        kind = {"count": True}
    elif one.choices:
        kind = {"type": click.Choice(one.choices), "metavar": one.value}
    elif one.value:
        kind = {"metavar": one.value}
    return click.Option(one.names, help=one.help, expose_value=False, callback=_remember, **kind)


class Verb(click.Command):
    """A command with examples, whose help lists its own options first and the common ones after."""

    examples: tuple[str, ...] = ()
    common: tuple[click.Option, ...] = ()

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Own options, then the common ones."""
        own = [one for one in self.get_params(ctx) if isinstance(one, click.Option) and one not in self.common]
        for title, group in (("Options", own), ("Common options", self.common)):
            lines = [line for one in group if (line := one.get_help_record(ctx)) is not None]
            if lines:
                with formatter.section(title):
                    formatter.write_dl(lines)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Examples exactly as they are typed."""
        with formatter.section("Examples"):
            for example in self.examples:
                formatter.write(f"{'':{formatter.current_indent}}{example}\n")


def command(name: str, *examples: str, place: bool = True, past: bool = False) -> Callable[[Function], Verb]:
    """Make a command of a function; its docstring is the help. ``place``: it works in a workspace.

    ``past``: it reads records and writes none, so it can be asked as of any moment.

    Options and arguments are declared below with ``click.option`` and ``click.argument``.
    """

    def decorate(function: Function) -> Verb:
        import functools
        import inspect

        @functools.wraps(function)
        def callback(**given: Any) -> int:
            session: Session = click.get_current_context().obj
            return session.give(function(session, **given))

        common = tuple(as_option(one) for one in TALK + (PLACE if place else ()) + (WHEN if past else ()))
        own: list[click.Parameter] = list(reversed(getattr(function, "__click_params__", [])))
        verb = Verb(
            name,
            params=[*own, *common],
            callback=callback,
            help=inspect.cleandoc(function.__doc__ or ""),
        )
        verb.examples = examples
        verb.common = common
        return verb

    return decorate


def parameters_of_a_run(function: Function) -> Function:
    """The options that settle a run, as ``config`` knows them; ``flags_of`` checks their values."""
    from persona.config import SETTINGS

    for name, known in reversed(SETTINGS.items()):
        if known.parameter:
            default = "" if known.default is None else f" [default: {known.default}]"
            help = known.meaning[:1].upper() + known.meaning[1:] + "." + default
            function = click.option(known.flag, name, metavar="VALUE", help=help)(function)
    return function


def limits_of_calls(function: Function) -> Function:
    """The options that bound how models are asked, and ``--fresh``."""
    from persona.config import LIMITS, SETTINGS

    function = click.option(
        "--fresh", is_flag=True, help="Ask the model again, also where its answer is recorded already."
    )(function)
    for name in reversed(LIMITS):
        known = SETTINGS[name]
        default = "" if known.default is None else f" [default: {known.default:g}]"
        help = known.meaning[:1].upper() + known.meaning[1:] + "." + default
        function = click.option(known.flag, name, metavar="VALUE", help=help)(function)
    return function


def flags_of(given: dict[str, Any]) -> dict[str, Any]:
    """The parameters of a run that were really given, with their right types.

    Raises ``InvalidInput`` naming the option whose value cannot be read.
    """
    from persona.model.parameters import check_parameter

    return {
        name: check_parameter(name, value, f"--{name.replace('_', '-')}")
        for name, value in given.items()
        if value is not None
    }
