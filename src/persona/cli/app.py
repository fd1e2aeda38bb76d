"""The root of the command line: finds a command by name, loads only its module, turns errors into exit statuses."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

import click
from click.shell_completion import CompletionItem

from persona.cli import complaints
from persona.cli.command import as_option
from persona.cli.common import HELP, PLACE, TALK, VERSION
from persona.cli.menu import group_menu, root_menu
from persona.cli.pipes import hush
from persona.cli.registry import ELSEWHERE, GROUPS_ELSEWHERE, ROOT, Branch, Leaf
from persona.cli.session import Session, wants_json
from persona.errors import PersonaError, UsageError, did_you_mean

COMPLETE = "_PERSONA_COMPLETE"


class LazyGroup(click.Group):
    """A group that knows its commands by the registry and imports one when it is called."""

    def __init__(self, name: str, menu: str, items: Mapping[str, Leaf | Branch], **more: Any) -> None:
        super().__init__(name, invoke_without_command=True, callback=_help_or_complain, **more)
        self._menu = menu
        self._items = items

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of the registry."""
        return list(self._items)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """One command, its module loaded now; a group without loading anything."""
        item = self._items.get(cmd_name)
        if item is None:
            return None
        if isinstance(item, Branch):
            return LazyGroup(cmd_name, group_menu(cmd_name, item), item.leaves)
        from importlib import import_module

        found: click.Command = getattr(import_module(item.module), item.attribute)
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command named by the first word. Raises ``UsageError`` with the nearest name."""
        name = args[0]
        if name not in self._items and not name.startswith("-") and not ctx.resilient_parsing:
            raise _no_such_command(ctx.command_path, name, self._items)
        return super().resolve_command(ctx, args)

    def get_help(self, ctx: click.Context) -> str:
        """The menu of this group."""
        return self._menu

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Names of commands for the shell, without loading them."""
        names = [
            CompletionItem(name, help=item.help) for name, item in self._items.items() if name.startswith(incomplete)
        ]
        return names or click.Command.shell_complete(self, ctx, incomplete)


class Root(LazyGroup):
    """The whole command line."""

    def main(  # type: ignore[override]  # the answer is always an exit
        self, args: Sequence[str] | None = None, prog_name: str | None = None, **more: Any
    ) -> NoReturn:
        """Run the arguments and leave with the exit status."""
        instruction = os.environ.get(COMPLETE)
        if instruction:
            from click.shell_completion import shell_complete

            sys.exit(shell_complete(self, {}, "persona", COMPLETE, instruction))
        status = run(self, list(sys.argv[1:] if args is None else args))
        try:
            sys.stdout.flush()
        except BrokenPipeError:
            hush()
        sys.exit(status)


def run(group: click.Group, arguments: list[str]) -> int:
    """Run one call and print what went wrong. The exit status; never raises for what a person or a disk did."""
    session = Session()
    session.json = wants_json(arguments)
    try:
        with group.make_context("persona", arguments, obj=session) as context:
            status = group.invoke(context)
            return status if isinstance(status, int) else 0
    except click.exceptions.Exit as leaving:
        return leaving.exit_code
    except (KeyboardInterrupt, EOFError, click.Abort):
        session.err.write([""] if session.err.is_terminal else [])
        return session.fail(complaints.stopped())
    except click.ClickException as error:
        return session.fail(complaints.from_click(error, arguments))
    except PersonaError as error:
        return session.fail(error)
    except BrokenPipeError:
        hush()
        return 0
    except OSError as error:
        _trace_if_wanted()
        return session.fail(complaints.from_system(error))
    except Exception as error:  # noqa: BLE001  # a fault of ours is told as one, not as a traceback
        _trace_if_wanted()
        return session.fail(complaints.unexpected(error))


def _trace_if_wanted() -> None:
    if os.environ.get("PERSONA_TRACEBACK"):
        import traceback

        traceback.print_exc()


@click.pass_context
def _help_or_complain(context: click.Context) -> int:
    """A group named alone shows its help; with ``--json`` that is an error, because help is no data."""
    if context.invoked_subcommand is not None:
        return 0
    if context.obj.json:
        raise UsageError(
            "no command is named", place=context.command_path, hints=[f"see them: `{context.command_path} --help`"]
        )
    click.echo(context.get_help())
    return 0


def _no_such_command(path: str, name: str, items: Mapping[str, Leaf | Branch]) -> UsageError:
    whole = f"{path} {name}"
    if whole in ELSEWHERE:
        hint = f"did you mean `{ELSEWHERE[whole]}`?"
        return UsageError(f"there is no command `{whole}`", code="unknown-command", place=path, hints=[hint])
    near = did_you_mean(name, items)
    if near is None and path in GROUPS_ELSEWHERE:
        hint = f"to bring in interviews and surveys: `{GROUPS_ELSEWHERE[path]}`"
    elif near is None:
        homes = [f"{noun} {name}" for noun, item in ROOT.items() if isinstance(item, Branch) and name in item.leaves]
        hint = f"did you mean `persona {homes[0]}`?" if homes else f"see what there is: `{path} --help`"
    else:
        hint = f"did you mean `{path} {near}`?"
    return UsageError(f"there is no command `{whole}`", code="unknown-command", place=path, hints=[hint])


def _say_version(context: click.Context, parameter: click.Parameter, value: bool) -> None:
    if value and not context.resilient_parsing:
        from persona import __version__

        click.echo(f"persona {__version__}")
        context.exit()


root = Root(
    "persona",
    root_menu(),
    ROOT,
    params=[
        click.Option(
            VERSION.names, is_flag=True, is_eager=True, expose_value=False, callback=_say_version, help=VERSION.help
        ),
        *(as_option(one) for one in TALK + PLACE),
    ],
    context_settings={"help_option_names": list(HELP.names), "max_content_width": 100},
)
"""The command ``persona``."""
