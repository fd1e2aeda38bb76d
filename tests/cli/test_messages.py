"""What people read when something goes wrong, word for word."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.cli.calling import Say

from persona.cli.complaints import from_system, plain, show, unexpected
from persona.cli.screen import Screen
from persona.errors import PermissionDenied, PersonaError, StorageError

MESSAGES = [
    (
        "run lits",
        2,
        """\
error: there is no command `persona run lits`
  --> persona run

hint: did you mean `persona run list`?
""",
    ),
    (
        "list runs",
        2,
        """\
error: there is no command `persona list`
  --> persona

hint: did you mean `persona run list`?
""",
    ),
    (
        "run reproduce --level replays",
        2,
        """\
error: `replays` is not a level of reproduction
  --> known: verify, replay, rerun, environment

hint: did you mean `replay`?
""",
    ),
    (
        "run list --expriment temp-test",
        2,
        """\
error: there is no option `--expriment`
  --> persona run list

hint: did you mean `--experiment`?
hint: see how it is used: `persona run list --help`
""",
    ),
    (
        "run list --limit ten",
        2,
        """\
error: `--limit`: it must be a whole number, 1 or more
  --> persona run list

hint: see how it is used: `persona run list --help`
""",
    ),
    (
        "source import",
        2,
        """\
error: `PATH` is missing
  --> persona source import

hint: see how it is used: `persona source import --help`
""",
    ),
    (
        "source import interviews --deny names.txt",
        2,
        """\
error: `--deny` says how to redact, and `--redact` is missing
  --> persona source import

hint: add `--redact`, or leave the option out
""",
    ),
    (
        "source import interviews --redact --ner no_such_model",
        3,
        """\
error: spaCy is not installed
  --> --ner no_such_model

hint: install the extra: `pip install 'persona-workbench[ner]'`
hint: or go without: leave `--ner` out
""",
    ),
    (
        "source import interviews --redact --review review.tsv",
        2,
        """\
error: the review file holds the words that are replaced, so it must lie outside the workspace
  --> review.tsv

hint: name a file elsewhere: `--review ~/review.tsv`
""",
    ),
    (
        "run list --experiment",
        2,
        """\
error: option `--experiment` requires an argument
  --> persona run list

hint: see how it is used: `persona run list --help`
""",
    ),
    (
        "completion tcsh",
        2,
        """\
error: `bash|zsh|fish`: `tcsh` is not one of `bash`, `zsh`, `fish`
  --> persona completion

hint: see how it is used: `persona completion --help`
""",
    ),
    (
        "verify everything",
        2,
        """\
error: got unexpected extra argument (everything)
  --> persona verify

hint: see how it is used: `persona verify --help`
""",
    ),
    (
        "experiment run temp-test --variant balnced",
        3,
        """\
error: variant `balnced` is not in experiment `temp-test`
  --> projects/shop-research/experiments/temp-test/experiment.yaml, variants: conservative, balanced

hint: did you mean `balanced`? Run `persona experiment run temp-test --variant balanced`
""",
    ),
    (
        "generate --temperature hot",
        5,
        """\
error: `temperature` is 'hot', but must be a number from 0 to 100
  --> --temperature

hint: see what each setting means, and its value: `persona config show`
""",
    ),
    (
        "run tag run_2 reviewed done",
        2,
        """\
error: `reviewed` is neither a pair nor the first name

hint: write a pair with an equals sign: `reviewed=VALUE`, or `reviewed=` for an empty value
""",
    ),
    (
        "project tag shop-research",
        2,
        """\
error: there is nothing to set and nothing to remove

hint: give at least one `KEY=VALUE` or `--remove KEY`
""",
    ),
    (
        "generate --tag pilot",
        2,
        """\
error: `pilot` is not a pair
  --> --tag

hint: write `--tag pilot=VALUE`, or `--tag pilot=` for an empty value
""",
    ),
    (
        "artefact export personas --run run_2",
        2,
        """\
error: an artefact and a run are both named
  --> export

hint: name one of them: `persona artefact list`
""",
    ),
    (
        "artefact export --format jsn",
        2,
        """\
error: `jsn` is not a format of export
  --> known: json, yaml, csv, md, html

hint: did you mean `json`?
""",
    ),
    (
        "artefact export --output variants.yaml",
        4,
        """\
error: the file exists already
  --> variants.yaml

hint: add `--yes` to overwrite it, or choose another name with `--output`
""",
    ),
]


@pytest.mark.parametrize(("line", "status", "message"), MESSAGES, ids=[line for line, _, _ in MESSAGES])
def test_a_mistake_is_told_in_these_words(line: str, status: int, message: str, say: Say, shop: Path) -> None:
    said = say(*line.split())
    assert (said.status, said.out, said.err) == (status, "", message)


def test_outside_any_workspace_the_command_that_makes_one_is_named(say: Say, empty: Path) -> None:
    said = say("run", "list")
    assert (said.status, said.out) == (3, "")
    assert "hint: " in said.err
    assert "`persona init`" in said.err


def test_yes_overwrites(say: Say, shop: Path) -> None:
    assert say("artefact", "export", "--output", "variants.yaml", "--yes").status == 0
    assert (shop / "variants.yaml").read_text(encoding="utf-8").startswith("personas:")


def test_an_empty_list_says_so_and_prints_no_data(say: Say, empty: Path) -> None:
    assert say("init").status == 0
    assert say("project", "list").out == ""
    assert say("project", "list").err.splitlines() == [
        "note: there is no project yet",
        "next: persona project create 'My research'",
    ]
    assert say("project", "create", "One").status == 0
    for words, note in (
        (("run", "list"), "note: there is no run yet"),
        (("source", "list"), "note: the project has no sources yet"),
        (("participant", "list"), "note: nobody speaks here yet"),
        (("experiment", "list"), "note: the project has no experiment yet"),
        (("artefact", "list"), "note: there is no artefact yet"),
    ):
        said = say(*words)
        assert (said.status, said.out) == (0, "")
        assert said.err.splitlines()[0] == note


def lines_of(error: PersonaError) -> list[str]:
    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        return list(show(error, Screen(nowhere)))


def test_an_error_without_place_and_hint_is_one_line() -> None:
    assert lines_of(PersonaError("it broke")) == ["error: it broke"]


def test_an_error_of_several_lines_keeps_them_aligned() -> None:
    assert lines_of(PersonaError("it broke\ntwice", place="a\nb")) == [
        "error: it broke",
        "       twice",
        "  --> a",
        "  --> b",
    ]


def test_a_refusal_of_the_system_becomes_an_error_of_its_class() -> None:
    full = from_system(OSError(28, "No space left on device", "/x/y"))
    assert isinstance(full, StorageError)
    assert (full.message, full.place) == ("the operating system refused: no space left on device", "/x/y")
    forbidden = from_system(PermissionError(13, "Permission denied", "/x"))
    assert isinstance(forbidden, PermissionDenied)


def test_a_fault_of_the_program_names_the_way_to_its_traceback() -> None:
    error = unexpected(ZeroDivisionError("division by zero"))
    assert (error.exit_status, error.code) == (1, "internal")
    assert "PERSONA_TRACEBACK=1" in error.hints[0]


def test_a_fault_of_the_program_is_no_traceback_unless_asked(tmp_path: Path) -> None:
    """A real fault: a command whose module is gone."""
    script = (
        "import sys\n"
        "from persona.cli import registry\n"
        "registry.ROOT['verify'] = registry.ROOT['verify']._replace(attribute='gone')\n"
        "sys.argv = ['persona', 'verify']\n"
        "from persona.cli.__main__ import main\n"
        "main()\n"
    )

    def start(**environ: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", script],
            cwd=tmp_path,
            env={**os.environ, **environ},
            capture_output=True,
            text=True,
            check=False,
        )

    calm, asked = start(), start(PERSONA_TRACEBACK="1")
    assert (calm.returncode, calm.stdout) == (1, "")
    assert calm.stderr.startswith("error: this is a fault of the program, not of yours: AttributeError")
    assert "Traceback" not in calm.stderr
    assert "Traceback" in asked.stderr


def test_sentences_of_click_lose_their_full_stop_and_capital() -> None:
    assert plain("Got unexpected extra argument 'x'.") == "got unexpected extra argument `x`"
