"""Write docs/cli.md and docs/errors.md from the commands and the table of codes; ``--check`` only compares.

The pages are generated so that they cannot say something else than the program does.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import click

from persona.cli.codes import CODES, EXIT_STATUSES, FINDINGS
from persona.cli.common import PLACE, TALK
from persona.cli.registry import ROOT, SECTIONS, Branch, Leaf

DOCS = Path(__file__).resolve().parent.parent / "docs"
GENERATED = "<!-- Written by scripts/make_cli_reference.py: change the program, not this page. -->"
WIDTH = 92


CLI_HEAD = """\
`persona NOUN VERB`: data go to standard output, talk goes to standard error. The exit status says how it
went ([errors.md](errors.md)). After each change one line names the next useful command.
"""

COMMON_HEAD = """\
Accepted by every command, before or after its name; `--project` and `--workspace` where a workspace is
needed.
"""

COMMON_FOOT = """\
Environment: `PERSONA_WORKSPACE`, `PERSONA_PROJECT`, and `PERSONA_` before the name of any setting; `NO_COLOR`
and `FORCE_COLOR`; `PERSONA_TRACEBACK=1` shows where a fault of the program happened.

With `--json` the answer is one object on standard output: `ok`, `data`, `errors`, `next`. Its JSON Schema is
printed by `persona explain json-envelope`.
"""

ERRORS_HEAD = """\
Every error says what happened, where, and what helps. It has a code, which stands in the `errors` of a
`--json` answer and does not change; `persona explain CODE` prints the line of this page.
"""


def cli_page() -> Iterator[str]:
    """Every command as its own help shows it."""
    yield from ("# The command line", "", GENERATED, "", CLI_HEAD)
    for section, items in SECTIONS.items():
        yield f"**{section}**: " + ", ".join(f"[`{name}`](#persona-{name})" for name in items)
        yield ""
    yield from ("## Common options", "", COMMON_HEAD, "| option | what it does |", "|---|---|")
    yield from (f"| `{one.written}` | {one.help} |" for one in (*TALK, *PLACE))
    yield from ("", COMMON_FOOT.rstrip())
    for name, item in ROOT.items():
        yield from ("", f"## persona {name}", "")
        if isinstance(item, Leaf):
            yield from command_help(f"persona {name}", item)
            continue
        yield from (item.help, "")
        yield from branch(name, item)


def branch(name: str, item: Branch) -> Iterator[str]:
    """The commands of a group."""
    for number, (verb, leaf) in enumerate(item.leaves.items()):
        if number:
            yield ""
        yield from (f"### persona {name} {verb}", "")
        yield from command_help(f"persona {name} {verb}", leaf)


def command_help(path: str, leaf: Leaf) -> Iterator[str]:
    """The help of one command without the common options, which stand once above."""
    verb = getattr(import_module(leaf.module), leaf.attribute)
    context = click.Context(verb, info_name=path, terminal_width=WIDTH, help_option_names=["-h", "--help"])
    text = verb.get_help(context)
    head, _, tail = text.partition("\nCommon options:\n")
    examples = tail[tail.index("\nExamples:") :]
    yield "```text"
    yield from (head.rstrip() + "\n" + examples.rstrip()).splitlines()
    yield "```"


def errors_page() -> Iterator[str]:
    """Exit statuses, error codes and findings."""
    yield from ("# Errors", "", GENERATED, "", ERRORS_HEAD)
    yield from ("## Exit statuses", "", "| status | meaning |", "|---:|---|")
    yield from (f"| {status} | {meaning} |" for status, meaning in EXIT_STATUSES.items())
    yield from ("", "## Error codes", "", "| code | status | what it means | what helps |", "|---|---:|---|---|")
    for name, code in CODES.items():
        statuses = ", ".join(str(status) for status in code.statuses)
        yield f"| `{name}` | {statuses} | {cell(code.meaning)} | {cell(code.helps)} |"
    yield from ("", "## Findings of `persona verify`", "")
    yield from ("Any of them leads to exit status 6.", "", "| finding | what it means | what helps |", "|---|---|---|")
    for name, finding in FINDINGS.items():
        yield f"| `{name}` | {cell(finding.meaning)} | {cell(finding.helps)} |"


def cell(text: str) -> str:
    """Text inside a table of Markdown."""
    return text.replace("|", "\\|")


def main() -> int:
    """Write the pages, or say which of them is out of date."""
    pages = {"cli.md": cli_page(), "errors.md": errors_page()}
    stale = []
    for name, lines in pages.items():
        text = "\n".join(lines) + "\n"
        path = DOCS / name
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        if "--check" in sys.argv[1:]:
            stale.append(f"docs/{name}")
        else:
            path.write_text(text, encoding="utf-8")
            print(f"wrote docs/{name}")
    if stale:
        print(f"error: out of date: {', '.join(stale)}\n\nhint: `make docs` writes them again", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
