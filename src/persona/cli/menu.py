"""The help of the root and of the groups, from the registry alone: nothing is loaded to show what there is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from persona.cli.common import HELP, PLACE, TALK, VERSION
from persona.cli.registry import ROOT, SECTIONS, Branch

TITLE = "From interviews to personas whose every sentence can be traced."
WELCOME = "New here? `persona demo` shows the whole job in half a minute."


def menu_asked_for(arguments: Sequence[str]) -> str | None:
    """The menu that these arguments ask for; None when they ask for anything else."""
    words = [word for word in arguments if word not in HELP.names]
    if len(arguments) - len(words) > 1 or len(words) > 1:
        return None
    if not words:
        return root_menu()
    item = ROOT.get(words[0])
    return group_menu(words[0], item) if isinstance(item, Branch) and words[0] == arguments[0] else None


def root_menu() -> str:
    """The help of ``persona``."""
    return "\n".join(_root())


def group_menu(name: str, branch: Branch) -> str:
    """The help of a group such as ``persona run``."""
    return "\n".join(_group(name, branch))


def _root() -> Iterator[str]:
    yield from ("Usage: persona [OPTIONS] COMMAND ...", "", f"  {TITLE}", "", f"  {WELCOME}")
    for title, items in SECTIONS.items():
        yield from ("", f"{title}:")
        yield from _columns((name, item.help) for name, item in items.items())
    yield from ("", "Options:")
    yield from _columns((one.written, one.help) for one in (VERSION, HELP))
    yield from ("", "Common options, before or after a command:")
    yield from _columns((one.written, one.help) for one in (*TALK, *PLACE))


def _group(name: str, branch: Branch) -> Iterator[str]:
    yield from (f"Usage: persona {name} COMMAND ...", "", f"  {branch.help}", "", "Commands:")
    yield from _columns((verb, leaf.help) for verb, leaf in branch.leaves.items())
    yield from ("", f"Each has its own help: `persona {name} {next(iter(branch.leaves))} --help`")


def _columns(rows: Iterable[tuple[str, str]]) -> Iterator[str]:
    listed = list(rows)
    room = max(12, *(len(name) for name, _ in listed))
    return (f"  {name.ljust(room)}  {help}" for name, help in listed)
